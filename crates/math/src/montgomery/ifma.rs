//! The path for AVX-512 IFMA: eight digits a register, multiplied 52 by 52 bits, low and high halves apart.

use std::arch::x86_64::*;

use super::{DIGIT_BITS, DIGIT_MASK, Lane};

/// Exponents that a fixed base is raised to side by side: each entry of the table that is read serves all of them.
pub(super) const TOGETHER: usize = 4;

/// Lanes that are selected at a time: for [`TOGETHER`] exponents they fill 20 of the 32 registers.
const BLOCK: usize = 5;

/// Whether the processor can, for moduli of so many lanes.
pub(super) fn fits(lanes: usize) -> bool {
    let lanes = matches!(lanes, 5 | 8 | 10 | 15);
    lanes && is_x86_feature_detected!("avx512f") && is_x86_feature_detected!("avx512ifma")
}

/// As [`super::portable::mul`], to the digit.
///
/// # Panics
/// If the lengths differ, or [`fits`] does not hold.
pub(super) fn mul(m: &[Lane], inverse: u64, digits: usize, a: &[Lane], b: &[Lane], out: &mut [Lane]) {
    assert!(fits(m.len()) && digits <= 8 * m.len(), "moduli of other lengths have the portable path");
    // SAFETY: the processor has the instructions.
    unsafe {
        match m.len() {
            5 => mul_lanes::<5>(whole(m), inverse, digits, whole(a), whole(b), whole_mut(out)),
            8 => mul_lanes::<8>(whole(m), inverse, digits, whole(a), whole(b), whole_mut(out)),
            10 => mul_lanes::<10>(whole(m), inverse, digits, whole(a), whole(b), whole_mut(out)),
            _ => mul_lanes::<15>(whole(m), inverse, digits, whole(a), whole(b), whole_mut(out)),
        }
    }
}

/// Entry `index[e]` of a table of `entries` for each exponent e, all of which is read.
///
/// # Panics
/// If the lengths do not fit, or [`fits`] does not hold.
pub(super) fn select<const E: usize>(table: &[Lane], index: &[u64; E], out: &mut [&mut [Lane]; E]) {
    let lanes = out[0].len();
    assert!(
        lanes.is_multiple_of(BLOCK) && fits(lanes) && table.len().is_multiple_of(lanes),
        "a table of whole entries"
    );
    assert!(out.iter().all(|out| out.len() == lanes), "one entry for each exponent");
    // SAFETY: the processor has the instructions.
    unsafe { select_lanes(table, lanes, index, out) }
}

fn whole<const Z: usize>(lanes: &[Lane]) -> &[Lane; Z] {
    lanes.try_into().expect("residues are as long as their modulus")
}

fn whole_mut<const Z: usize>(lanes: &mut [Lane]) -> &mut [Lane; Z] {
    lanes.try_into().expect("residues are as long as their modulus")
}

#[target_feature(enable = "avx512f")]
fn load(lane: &Lane) -> __m512i {
    // SAFETY: a lane is 64 bytes, aligned to 64.
    unsafe { _mm512_load_si512(lane.0.as_ptr().cast()) }
}

#[target_feature(enable = "avx512f")]
fn store(lane: &mut Lane, value: __m512i) {
    // SAFETY: a lane is 64 bytes, aligned to 64.
    unsafe { _mm512_store_si512(lane.0.as_mut_ptr().cast(), value) }
}

/// A step for each digit of b: its multiple of a and the multiple of m that clears the lowest digit are added, low halves before the shift by a digit,
/// high halves after it. A digit's sum stays below 4 · 120 · 2^52.
#[target_feature(enable = "avx512f,avx512ifma")]
fn mul_lanes<const Z: usize>(
    m: &[Lane; Z],
    inverse: u64,
    digits: usize,
    a: &[Lane; Z],
    b: &[Lane; Z],
    out: &mut [Lane; Z],
) {
    let zero = _mm512_setzero_si512();
    let inverse = _mm512_set1_epi64(inverse as i64);
    let mut sum = [zero; Z];
    let b: &[u64] = bytemuck::cast_slice(b);
    for b in &b[..digits] {
        let b = _mm512_set1_epi64(*b as i64);
        sum[0] = _mm512_madd52lo_epu64(sum[0], load(&a[0]), b);
        let q = _mm512_madd52lo_epu64(zero, sum[0], inverse);
        let q = _mm512_broadcastq_epi64(_mm512_castsi512_si128(q));
        for j in 1..Z {
            sum[j] = _mm512_madd52lo_epu64(sum[j], load(&a[j]), b);
        }
        for j in 0..Z {
            sum[j] = _mm512_madd52lo_epu64(sum[j], load(&m[j]), q);
        }
        let carry = _mm512_maskz_srli_epi64::<{ DIGIT_BITS as u32 }>(1, sum[0]);
        for j in 0..Z - 1 {
            sum[j] = _mm512_alignr_epi64::<1>(sum[j + 1], sum[j]);
        }
        sum[Z - 1] = _mm512_alignr_epi64::<1>(zero, sum[Z - 1]);
        sum[0] = _mm512_add_epi64(sum[0], carry);
        for j in 0..Z {
            sum[j] = _mm512_madd52hi_epu64(sum[j], load(&a[j]), b);
        }
        for j in 0..Z {
            sum[j] = _mm512_madd52hi_epu64(sum[j], load(&m[j]), q);
        }
    }
    normalise(&mut sum);
    for j in 0..Z {
        store(&mut out[j], sum[j]);
    }
}

/// Brings every digit below 2^52. First each hands what is above to the next; then what ripples is found as an addition of integers finds it: digits above 2^52 − 1
/// make a carry, digits equal to it pass one on.
#[target_feature(enable = "avx512f,avx512ifma")]
fn normalise<const Z: usize>(sum: &mut [__m512i; Z]) {
    let zero = _mm512_setzero_si512();
    let mask = _mm512_set1_epi64(DIGIT_MASK as i64);
    let (mut above, mut made, mut passed) = (zero, 0u128, 0u128);
    for (j, sum) in sum.iter_mut().enumerate() {
        let high = _mm512_srli_epi64::<{ DIGIT_BITS as u32 }>(*sum);
        *sum = _mm512_add_epi64(_mm512_and_si512(*sum, mask), _mm512_alignr_epi64::<7>(high, above));
        above = high;
        made |= u128::from(_mm512_cmpgt_epu64_mask(*sum, mask)) << (8 * j);
        passed |= u128::from(_mm512_cmpeq_epu64_mask(*sum, mask)) << (8 * j);
    }
    let carries = (passed.wrapping_add(made << 1)) ^ passed;
    for (j, sum) in sum.iter_mut().enumerate() {
        let carry = _mm512_maskz_set1_epi64((carries >> (8 * j)) as u8, 1);
        *sum = _mm512_and_si512(_mm512_add_epi64(*sum, carry), mask);
    }
}

/// Ternary logic, not masked loads: whether those touch memory at all may depend on the mask.
#[target_feature(enable = "avx512f")]
fn select_lanes<const E: usize>(table: &[Lane], lanes: usize, index: &[u64; E], out: &mut [&mut [Lane]; E]) {
    let index = index.map(|i| _mm512_set1_epi64(i as i64));
    for block in (0..lanes).step_by(BLOCK) {
        let mut chosen = [[_mm512_setzero_si512(); BLOCK]; E];
        for (i, entry) in table.chunks_exact(lanes).enumerate() {
            let i = _mm512_set1_epi64(i as i64);
            let this = index.map(|index| _mm512_maskz_set1_epi64(_mm512_cmpeq_epu64_mask(index, i), -1));
            let entry: &[Lane; BLOCK] = whole(&entry[block..block + BLOCK]);
            for j in 0..BLOCK {
                let lane = load(&entry[j]);
                for e in 0..E {
                    // chosen | lane & this
                    chosen[e][j] = _mm512_ternarylogic_epi64::<0xf8>(chosen[e][j], lane, this[e]);
                }
            }
        }
        for e in 0..E {
            for j in 0..BLOCK {
                store(&mut out[e][block + j], chosen[e][j]);
            }
        }
    }
}
