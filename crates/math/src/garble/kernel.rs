//! Half-gates in registers: a group of ANDs at a time, with keys that were scheduled before.

use std::mem::MaybeUninit;

use crate::{
    Block,
    garble::keys::{Keys, RoundKeys},
    simd::{GateKernel, Gates, Group, group},
};

/// ANDs on lanes, and the slots that they read and write.
pub(super) struct Layer<'a, T, F> {
    pub ands: &'a [T],
    /// Slots a, b and out of an AND.
    pub of: F,
    pub lanes: usize,
    pub slots: &'a mut [Block],
    /// The number of the first AND.
    pub first: u64,
    pub keys: &'a mut Keys,
}

/// Garbles; two ciphertexts for each AND on each lane.
pub(super) struct Garble<'a, T, F> {
    pub layer: Layer<'a, T, F>,
    pub delta: Block,
    pub out: &'a mut [MaybeUninit<Block>],
}

/// Evaluates with these ciphertexts.
pub(super) struct Evaluate<'a, T, F> {
    pub layer: Layer<'a, T, F>,
    pub tables: &'a [Block],
}

impl<T, F: Fn(&T) -> [u32; 3]> GateKernel for Garble<'_, T, F> {
    type Out = ();

    #[inline(always)]
    unsafe fn run<V: Gates>(self) {
        let out = self.out.as_mut_ptr().cast::<Block>();
        // SAFETY: inside the trampoline of V; `out` has room for two blocks for each AND.
        unsafe {
            let delta = V::broadcast(self.delta);
            let offsets = [delta, sigma(delta)];
            self.layer.each_group::<V>(
                #[inline(always)]
                |x, keys, at, count| {
                    let (table, labels) = garble(x, keys, offsets);
                    put(table, out.add(2 * at), count);
                    labels
                },
            );
        }
    }
}

impl<T, F: Fn(&T) -> [u32; 3]> GateKernel for Evaluate<'_, T, F> {
    type Out = ();

    #[inline(always)]
    unsafe fn run<V: Gates>(self) {
        let tables = self.tables.as_ptr();
        // SAFETY: inside the trampoline of V; there are two ciphertexts for each AND.
        unsafe {
            self.layer.each_group::<V>(
                #[inline(always)]
                |x, keys, at, count| evaluate(x, keys, get(tables.add(2 * at), count)),
            );
        }
    }
}

impl<T, F: Fn(&T) -> [u32; 3]> Layer<'_, T, F> {
    /// Hands the inputs and the keys of group after group, the place of its first AND and how many there are, to `gate`, and puts the
    /// output labels into the slots. Panics if a slot does not exist.
    ///
    /// # Safety
    /// Inside the trampoline of V.
    #[inline(always)]
    unsafe fn each_group<V: Gates>(self, mut gate: impl FnMut(Group<V>, RoundKeys, usize, usize) -> Group<V>) {
        let Layer { ands, of, lanes, slots, first, keys } = self;
        let (total, rows) = (ands.len() * lanes, slots.len().checked_div(lanes).unwrap_or(0));
        let (mut places, mut at) = (Places { ands: ands.iter(), of, lanes, rows, place: [0; 3], left: 0 }, 0);
        let slots = slots.as_mut_ptr();
        // SAFETY: inside the trampoline of V; only places within the slots come out of `places`.
        unsafe {
            while at < total {
                let mut group = [[0; 3]; 8];
                places.next(&mut group[..V::WORDS]);
                let x = V::gather(|k| slots.add(group[k][0]), |k| slots.add(group[k][1]));
                let count = V::WORDS.min(total - at);
                let labels = gate(x, keys.from::<V>(first + at as u64), at, count);
                // A group that is not full repeats its last AND, with keys of others: those labels go nowhere.
                let mut nowhere = Block::ZERO;
                let nowhere = &raw mut nowhere;
                V::scatter(labels, |k| if k < count { slots.add(group[k][2]) } else { nowhere });
                at += count;
            }
        }
    }
}

/// Where the inputs and the output of AND after AND, lane after lane, stand among the slots.
struct Places<'a, T, F> {
    ands: std::slice::Iter<'a, T>,
    of: F,
    lanes: usize,
    /// Slots that exist on all lanes.
    rows: usize,
    /// Where the lane at hand of the AND at hand stands, and how many lanes it still has with this one.
    place: [usize; 3],
    left: usize,
}

impl<T, F: Fn(&T) -> [u32; 3]> Places<'_, T, F> {
    /// The places of the next ANDs; behind the last one, that one again.
    #[inline(always)]
    fn next(&mut self, places: &mut [[usize; 3]]) {
        if self.lanes == 1 && self.ands.len() >= places.len() {
            let (now, later) = self.ands.as_slice().split_at(places.len());
            self.ands = later.iter();
            for (place, and) in places.iter_mut().zip(now) {
                *place = self.row::<true>(and);
                self.place = *place;
            }
            return;
        }
        for place in places {
            if self.left > 1 {
                self.left -= 1;
                self.place = self.place.map(|at| at + 1);
            } else if let Some(and) = self.ands.next() {
                (self.place, self.left) = (self.row::<false>(and), self.lanes);
            }
            *place = self.place;
        }
    }

    /// Where the first lane of an AND stands.
    #[inline(always)]
    fn row<const NARROW: bool>(&self, and: &T) -> [usize; 3] {
        let slots = (self.of)(and).map(|slot| slot as usize);
        assert!(slots[0].max(slots[1]).max(slots[2]) < self.rows, "an AND's slots exist");
        if NARROW { slots } else { slots.map(|slot| slot * self.lanes) }
    }
}

/// §5 of ZRE15, for the garbler: the two ciphertexts of every AND, and its output label for 0 in both places.
///
/// # Safety
/// Inside the trampoline of V.
#[inline(always)]
unsafe fn garble<V: Gates>(x: Group<V>, keys: RoundKeys, [delta, sigma_delta]: [V; 2]) -> (Group<V>, Group<V>) {
    // SAFETY: the caller's promise.
    unsafe {
        let zeros = group!(Q => sigma(x[Q]));
        let ones = xor(zeros, [sigma_delta; 4]);
        // H(A₀) and H(B₀); and the sums H(A₀) ⊕ H(A₁), H(B₀) ⊕ H(B₁).
        let [h, ones] = hash(keys, [zeros, ones], zeros);
        let sums = xor(h, xor(ones, [sigma_delta; 4]));
        let swapped = V::partners(x);
        let bits = group!(Q => swapped[Q].spread());
        // T_G = H(A₀) ⊕ H(A₁) ⊕ p_b·Δ, T_E = H(B₀) ⊕ H(B₁) ⊕ A₀.
        let table = xor(sums, V::either(and(bits, [delta; 4]), swapped));
        // W = H(A₀) ⊕ p_a·T_G ⊕ H(B₀) ⊕ p_b·(T_E ⊕ A₀).
        let halves = xor(h, and(V::partners(bits), V::either(table, sums)));
        (table, xor(halves, V::partners(halves)))
    }
}

/// §5 of ZRE15, for the evaluator: the output label of every AND, in both places.
///
/// # Safety
/// Inside the trampoline of V.
#[inline(always)]
unsafe fn evaluate<V: Gates>(x: Group<V>, keys: RoundKeys, table: Group<V>) -> Group<V> {
    // SAFETY: the caller's promise.
    unsafe {
        let inputs = group!(Q => sigma(x[Q]));
        let [h] = hash(keys, [inputs], inputs);
        // W = H(A) ⊕ s_a·T_G ⊕ H(B) ⊕ s_b·(T_E ⊕ A).
        let zero = [V::broadcast(Block::ZERO); 4];
        let halves = xor(table, V::either(zero, V::partners(x)));
        let halves = xor(h, and(group!(Q => x[Q].spread()), halves));
        xor(halves, V::partners(halves))
    }
}

/// AES of each of the M groups under the keys, ⊕ `feed`.
///
/// # Safety
/// Inside the trampoline of V.
#[inline(always)]
unsafe fn hash<V: Gates, const M: usize>(keys: RoundKeys, mut x: [Group<V>; M], feed: Group<V>) -> [Group<V>; M] {
    // SAFETY: the caller's promise.
    unsafe {
        let first = load(keys.of(0));
        for x in &mut x {
            *x = xor(*x, first);
        }
        for round in 1..10 {
            let key: Group<V> = load(keys.of(round));
            for x in &mut x {
                *x = group!(Q => x[Q].aes_round(key[Q]));
            }
        }
        let last = xor(load(keys.of(10)), feed);
        for x in &mut x {
            *x = group!(Q => x[Q].aes_last(last[Q]));
        }
        x
    }
}

/// σ(h‖l) = (h ⊕ l)‖h.
///
/// # Safety
/// Inside the trampoline of V.
#[inline(always)]
unsafe fn sigma<V: Gates>(x: V) -> V {
    // SAFETY: the caller's promise.
    unsafe { x.swap_words().xor(x.and(V::broadcast(Block([0, u64::MAX])))) }
}

#[inline(always)]
unsafe fn xor<V: Gates>(x: Group<V>, y: Group<V>) -> Group<V> {
    // SAFETY: the caller is inside the trampoline of V.
    unsafe { group!(Q => x[Q].xor(y[Q])) }
}

#[inline(always)]
unsafe fn and<V: Gates>(x: Group<V>, y: Group<V>) -> Group<V> {
    // SAFETY: the caller is inside the trampoline of V.
    unsafe { group!(Q => x[Q].and(y[Q])) }
}

/// Writes the first `count` pairs of blocks.
///
/// # Safety
/// Inside the trampoline of V; there is room for them.
#[inline(always)]
unsafe fn put<V: Gates>(x: Group<V>, to: *mut Block, count: usize) {
    // SAFETY: the caller's promise; the buffer has room for four of the widest registers.
    unsafe {
        if count == V::WORDS {
            return store(x, to);
        }
        let mut all = [Block::ZERO; 16];
        store(x, all.as_mut_ptr());
        to.copy_from_nonoverlapping(all.as_ptr(), 2 * count);
    }
}

/// Reads the first `count` pairs of blocks; the others are zero.
///
/// # Safety
/// Inside the trampoline of V; they exist.
#[inline(always)]
unsafe fn get<V: Gates>(from: *const Block, count: usize) -> Group<V> {
    // SAFETY: as in `put`.
    unsafe {
        if count == V::WORDS {
            return load(from);
        }
        let mut all = [Block::ZERO; 16];
        all.as_mut_ptr().copy_from_nonoverlapping(from, 2 * count);
        load(all.as_ptr())
    }
}

#[inline(always)]
unsafe fn load<V: Gates>(from: *const Block) -> Group<V> {
    // SAFETY: the caller is inside the trampoline of V, and gives four registers of blocks.
    unsafe { group!(Q => V::load(from.cast::<u64>().add(Q * V::WORDS))) }
}

#[inline(always)]
unsafe fn store<V: Gates>(x: Group<V>, to: *mut Block) {
    for (q, x) in x.into_iter().enumerate() {
        // SAFETY: the caller is inside the trampoline of V, and gives room for four registers of blocks.
        unsafe { x.store(to.cast::<u64>().add(q * V::WORDS)) };
    }
}
