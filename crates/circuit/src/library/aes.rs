//! AES-128 (FIPS 197).
//!
//! The S-box is Boyar and Peralta's: "A new combinational logic minimization technique with applications to cryptology" (SEA 2010)
//! has one of 32 ANDs in 6 layers, "A depth-16 circuit for the AES S-box" (IFIP SEC 2012) one of 34 in 4. Their linear parts and
//! their products are shared; they differ in the inversion in GF(2⁴), of 5 or 7 ANDs. A block with its key schedule has 200
//! S-boxes: 6,400 ANDs in 60 layers, or 6,800 in 40.
//!
//! The straight-line programs are written down from memory of the papers' listings; the tests hold them to FIPS 197 and to another
//! implementation.

use crate::{Builder, Wire, Word};

/// Which circuit the S-box is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Sbox {
    /// 32 ANDs, 6 of them on the longest way through: for garbling, where each AND is paid for.
    Small,
    /// 34 ANDs, 4 on the longest way through: for protocols that take a round for each layer.
    Shallow,
}

/// A byte's wires, the lowest bit first.
type Byte = [Wire; 8];

/// The 16 bytes of an AES-128 block, encrypted; the key is expanded in the circuit. Bytes are in the order of FIPS 197.
///
/// # Panics
/// If `key` and `block` have not 128 bits each.
pub fn encrypt(b: &mut Builder, sbox: Sbox, key: &[Wire], block: &[Wire]) -> Word {
    assert_eq!((key.len(), block.len()), (128, 128), "a key and a block have 16 bytes");
    let mut key = bytes(key);
    let mut state = add_key(b, &bytes(block), &key);
    for round in 0..10 {
        state = state.iter().map(|byte| substitute(b, sbox, byte)).collect();
        state = shift_rows(&state);
        if round < 9 {
            state = mix_columns(b, &state);
        }
        next_key(b, sbox, round, &mut key);
        state = add_key(b, &state, &key);
    }
    state.concat()
}

fn bytes(bits: &[Wire]) -> Vec<Byte> {
    bits.as_chunks::<8>().0.to_vec()
}

fn xor_bytes(b: &mut Builder, x: &Byte, y: &Byte) -> Byte {
    std::array::from_fn(|i| b.xor(x[i], y[i]))
}

fn add_key(b: &mut Builder, state: &[Byte], key: &[Byte]) -> Vec<Byte> {
    state.iter().zip(key).map(|(x, k)| xor_bytes(b, x, k)).collect()
}

/// § 5.1.2 (byte r + 4c is row r of column c).
fn shift_rows(state: &[Byte]) -> Vec<Byte> {
    (0..16).map(|i| state[(i + 4 * (i % 4)) % 16]).collect()
}

/// § 5.1.3, by sums of neighbours: 2a ⊕ 3b ⊕ c ⊕ d = 2(a ⊕ b) ⊕ b ⊕ (c ⊕ d). 108 XORs a column.
fn mix_columns(b: &mut Builder, state: &[Byte]) -> Vec<Byte> {
    let mut mixed = Vec::with_capacity(16);
    for column in state.chunks(4) {
        let neighbours: [Byte; 4] = std::array::from_fn(|row| xor_bytes(b, &column[row], &column[(row + 1) % 4]));
        for row in 0..4 {
            let doubled = double(b, &neighbours[row]);
            let rest = xor_bytes(b, &column[(row + 1) % 4], &neighbours[(row + 2) % 4]);
            mixed.push(xor_bytes(b, &doubled, &rest));
        }
    }
    mixed
}

/// Times x in GF(2⁸), modulo x⁸ + x⁴ + x³ + x + 1.
fn double(b: &mut Builder, x: &Byte) -> Byte {
    std::array::from_fn(|i| match i {
        0 => x[7],
        1 | 3 | 4 => b.xor(x[i - 1], x[7]),
        _ => x[i - 1],
    })
}

/// § 5.2: the round key after that of `round`.
fn next_key(b: &mut Builder, sbox: Sbox, round: usize, key: &mut [Byte]) {
    const RCON: [u8; 10] = [0x01, 0x02, 0x04, 0x08, 0x10, 0x20, 0x40, 0x80, 0x1b, 0x36];
    let mut word: [Byte; 4] = std::array::from_fn(|i| substitute(b, sbox, &key[12 + (i + 1) % 4]));
    for (i, bit) in word[0].iter_mut().enumerate() {
        *bit = b.xor(*bit, Wire::constant(RCON[round] >> i & 1 == 1));
    }
    for i in 0..16 {
        let before = if i < 4 { word[i] } else { key[i - 4] };
        key[i] = xor_bytes(b, &key[i], &before);
    }
}

/// § 5.1.1, by the straight-line program of the papers. Its x0 and s0 are the highest bits.
fn substitute(b: &mut Builder, sbox: Sbox, byte: &Byte) -> Byte {
    let mut x = *byte;
    x.reverse();
    let y = top(b, x);
    let [t21, t22, t23, t24] = squares(b, &y, x[7]);
    let (t29, t33, t37, t40) = match sbox {
        Sbox::Small => invert_small(b, t21, t22, t23, t24),
        Sbox::Shallow => invert_shallow(b, t21, t22, t23, t24),
    };
    let z = products(b, &y, x[7], t29, t33, t37, t40);
    let mut s = bottom(b, z);
    s.reverse();
    s
}

/// The linear layer at the top: y1 to y21 at their numbers.
fn top(b: &mut Builder, x: Byte) -> [Wire; 22] {
    let mut y = [Wire::ZERO; 22];
    y[14] = b.xor(x[3], x[5]);
    y[13] = b.xor(x[0], x[6]);
    y[9] = b.xor(x[0], x[3]);
    y[8] = b.xor(x[0], x[5]);
    let t0 = b.xor(x[1], x[2]);
    y[1] = b.xor(t0, x[7]);
    y[4] = b.xor(y[1], x[3]);
    y[12] = b.xor(y[13], y[14]);
    y[2] = b.xor(y[1], x[0]);
    y[5] = b.xor(y[1], x[6]);
    y[3] = b.xor(y[5], y[8]);
    let t1 = b.xor(x[4], y[12]);
    y[15] = b.xor(t1, x[5]);
    y[20] = b.xor(t1, x[1]);
    y[6] = b.xor(y[15], x[7]);
    y[10] = b.xor(y[15], t0);
    y[11] = b.xor(y[20], y[9]);
    y[7] = b.xor(x[7], y[11]);
    y[17] = b.xor(y[10], y[11]);
    y[19] = b.xor(y[10], y[8]);
    y[16] = b.xor(t0, y[11]);
    y[21] = b.xor(y[13], y[16]);
    y[18] = b.xor(x[0], y[16]);
    y
}

/// What is inverted in GF(2⁴): t21 to t24.
fn squares(b: &mut Builder, y: &[Wire; 22], x7: Wire) -> [Wire; 4] {
    let mut pair = |c: Wire, d: Wire, e: Wire, f: Wire, g: Wire, h: Wire| {
        let (shared, low, high) = (b.and(c, d), b.and(e, f), b.and(g, h));
        (b.xor(low, shared), b.xor(high, shared))
    };
    let (t4, t6) = pair(y[12], y[15], y[3], y[6], y[4], x7);
    let (t9, t11) = pair(y[13], y[16], y[5], y[1], y[2], y[7]);
    let (t14, t16) = pair(y[9], y[11], y[14], y[17], y[8], y[10]);
    [(t4, t14, y[20]), (t6, t16, y[19]), (t9, t14, y[21]), (t11, t16, y[18])].map(|(p, q, r)| {
        let sum = b.xor(p, q);
        b.xor(sum, r)
    })
}

/// The inverse in GF(2⁴) of the paper of 2010: t29, t33, t37, t40.
fn invert_small(b: &mut Builder, t21: Wire, t22: Wire, t23: Wire, t24: Wire) -> (Wire, Wire, Wire, Wire) {
    let t25 = b.xor(t21, t22);
    let t26 = b.and(t21, t23);
    let t27 = b.xor(t24, t26);
    let t28 = b.and(t25, t27);
    let t29 = b.xor(t28, t22);
    let t30 = b.xor(t23, t24);
    let t31 = b.xor(t22, t26);
    let t32 = b.and(t31, t30);
    let t33 = b.xor(t32, t24);
    let t34 = b.xor(t23, t33);
    let t35 = b.xor(t27, t33);
    let t36 = b.and(t24, t35);
    let t37 = b.xor(t36, t34);
    let t38 = b.xor(t27, t36);
    let t39 = b.and(t29, t38);
    let t40 = b.xor(t25, t39);
    (t29, t33, t37, t40)
}

/// The inverse in GF(2⁴) of the paper of 2012, two ANDs deep: M37, M39, M40 and M38 there.
fn invert_shallow(b: &mut Builder, m20: Wire, m21: Wire, m22: Wire, m23: Wire) -> (Wire, Wire, Wire, Wire) {
    let m24 = b.xor(m22, m23);
    let m25 = b.and(m22, m20);
    let m26 = b.xor(m21, m25);
    let m27 = b.xor(m20, m21);
    let m28 = b.xor(m23, m25);
    let m29 = b.and(m28, m27);
    let m30 = b.and(m26, m24);
    let m31 = b.and(m20, m23);
    let m32 = b.and(m27, m31);
    let m33 = b.xor(m27, m25);
    let m34 = b.and(m21, m22);
    let m35 = b.and(m24, m34);
    let m36 = b.xor(m24, m25);
    (b.xor(m21, m29), b.xor(m23, m30), b.xor(m35, m36), b.xor(m32, m33))
}

/// z0 to z17.
fn products(b: &mut Builder, y: &[Wire; 22], x7: Wire, t29: Wire, t33: Wire, t37: Wire, t40: Wire) -> [Wire; 18] {
    let t41 = b.xor(t40, t37);
    let t42 = b.xor(t29, t33);
    let t43 = b.xor(t29, t40);
    let t44 = b.xor(t33, t37);
    let t45 = b.xor(t42, t41);
    let left = [t44, t37, t33, t43, t40, t29, t42, t45, t41];
    let right = [y[15], y[6], x7, y[16], y[1], y[7], y[11], y[17], y[10]];
    let other = [y[12], y[3], y[4], y[13], y[5], y[2], y[9], y[14], y[8]];
    std::array::from_fn(|i| if i < 9 { b.and(left[i], right[i]) } else { b.and(left[i - 9], other[i - 9]) })
}

/// The linear layer at the bottom: s0 to s7.
fn bottom(b: &mut Builder, z: [Wire; 18]) -> Byte {
    let t46 = b.xor(z[15], z[16]);
    let t47 = b.xor(z[10], z[11]);
    let t48 = b.xor(z[5], z[13]);
    let t49 = b.xor(z[9], z[10]);
    let t50 = b.xor(z[2], z[12]);
    let t51 = b.xor(z[2], z[5]);
    let t52 = b.xor(z[7], z[8]);
    let t53 = b.xor(z[0], z[3]);
    let t54 = b.xor(z[6], z[7]);
    let t55 = b.xor(z[16], z[17]);
    let t56 = b.xor(z[12], t48);
    let t57 = b.xor(t50, t53);
    let t58 = b.xor(z[4], t46);
    let t59 = b.xor(z[3], t54);
    let t60 = b.xor(t46, t57);
    let t61 = b.xor(z[14], t57);
    let t62 = b.xor(t52, t58);
    let t63 = b.xor(t49, t58);
    let t64 = b.xor(z[4], t59);
    let t65 = b.xor(t61, t62);
    let t66 = b.xor(z[1], t63);
    let t67 = b.xor(t64, t65);
    let s3 = b.xor(t53, t66);
    [
        b.xor(t59, t63),
        b.xor(t64, !s3),
        b.xor(t55, !t67),
        s3,
        b.xor(t51, t66),
        b.xor(t47, t65),
        b.xor(t56, !t62),
        b.xor(t48, !t60),
    ]
}
