//! Half-gates in registers: the keys of a group of ANDs are scheduled side by side, a word of every key in each register, so that SubWord
//! is one instruction for all of them; and every round key is used where it is made.

use std::mem::MaybeUninit;

use crate::{
    Block,
    simd::{GateKernel, Gates, Group, counters, group},
};

/// The constants of the key schedule (FIPS-197 §5.2), in every word.
const CONSTANTS: [Block; 10] = {
    let words: [u64; 10] = [1, 2, 4, 8, 16, 32, 64, 128, 27, 54];
    let mut blocks = [Block::ZERO; 10];
    let mut round = 0;
    while round < 10 {
        let pair = words[round] << 32 | words[round];
        blocks[round] = Block([pair, pair]);
        round += 1;
    }
    blocks
};

/// ANDs on lanes, and the slots that they read and write.
pub(super) struct Layer<'a, T, F> {
    pub ands: &'a [T],
    /// Slots a, b and out of an AND.
    pub of: F,
    pub lanes: usize,
    pub slots: &'a mut [Block],
    /// S.
    pub start: Block,
    /// The number of the first AND.
    pub first: u64,
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
    unsafe fn each_group<V: Gates>(self, mut gate: impl FnMut(Group<V>, Group<V>, usize, usize) -> Group<V>) {
        let Layer { ands, of, lanes, slots, start, first } = self;
        let (total, rows) = (ands.len() * lanes, slots.len().checked_div(lanes).unwrap_or(0));
        let (mut places, mut at) = (Places { ands: ands.iter(), of, lanes, rows, place: [0; 3], left: 0 }, 0);
        let slots = slots.as_mut_ptr();
        // SAFETY: inside the trampoline of V; only places within the slots come out of `places`.
        unsafe {
            let start = V::broadcast(start);
            let mut group = [[0; 3]; 8];
            while at + V::WORDS <= total {
                places.next(&mut group[..V::WORDS]);
                let x = V::gather(|k| slots.add(group[k][0]), |k| slots.add(group[k][1]));
                let keys: Group<V> = counters((first + at as u64) << 1);
                let labels = gate(x, xor(keys, [start; 4]), at, V::WORDS);
                V::scatter(labels, |k| slots.add(group[k][2]));
                at += V::WORDS;
            }
            if at < total {
                places.next(&mut group[..V::WORDS]);
                let x = V::gather(|k| slots.add(group[k][0]), |k| slots.add(group[k][1]));
                let count = total - at;
                let keys: Group<V> = counters((first + at as u64) << 1);
                let labels = gate(x, xor(keys, [start; 4]), at, count);
                // A group that is not full repeats its last AND, with keys of others: those labels go nowhere.
                let mut nowhere = Block::ZERO;
                let nowhere = &raw mut nowhere;
                V::scatter(labels, |k| if k < count { slots.add(group[k][2]) } else { nowhere });
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
unsafe fn garble<V: Gates>(x: Group<V>, keys: Group<V>, [delta, sigma_delta]: [V; 2]) -> (Group<V>, Group<V>) {
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
unsafe fn evaluate<V: Gates>(x: Group<V>, keys: Group<V>, table: Group<V>) -> Group<V> {
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
pub(super) unsafe fn hash<V: Gates, const M: usize>(
    keys: Group<V>,
    mut x: [Group<V>; M],
    feed: Group<V>,
) -> [Group<V>; M] {
    // SAFETY: the caller's promise.
    unsafe {
        for x in &mut x {
            *x = xor(*x, keys);
        }
        let mut schedule = Schedule::new(keys);
        round::<V, M, 0>(&mut schedule, &mut x);
        round::<V, M, 1>(&mut schedule, &mut x);
        round::<V, M, 2>(&mut schedule, &mut x);
        round::<V, M, 3>(&mut schedule, &mut x);
        round::<V, M, 4>(&mut schedule, &mut x);
        round::<V, M, 5>(&mut schedule, &mut x);
        round::<V, M, 6>(&mut schedule, &mut x);
        round::<V, M, 7>(&mut schedule, &mut x);
        round::<V, M, 8>(&mut schedule, &mut x);
        let last = xor(V::transpose(schedule.next::<9>()), feed);
        for x in &mut x {
            *x = group!(Q => x[Q].aes_last(last[Q]));
        }
        x
    }
}

/// # Safety
/// Inside the trampoline of V.
#[inline(always)]
unsafe fn round<V: Gates, const M: usize, const ROUND: usize>(schedule: &mut Schedule<V>, x: &mut [Group<V>; M]) {
    // SAFETY: the caller's promise.
    unsafe {
        let [w0, w1, w2, w3] = schedule.next::<ROUND>();
        let keys = V::columns::<false>([w0, w1, w2, w3]);
        for x in &mut *x {
            (x[0], x[1]) = (x[0].aes_round(keys[0]), x[1].aes_round(keys[1]));
        }
        // The second half of the keys is not made before the first one is used: else there are not enough registers.
        let used = x[M - 1][1];
        let [w0, w2] = [w0.after(used), w2.after(used)];
        schedule.words = [w0, w1, w2];
        let keys = V::columns::<true>([w0, w1, w2, w3]);
        for x in x {
            (x[2], x[3]) = (x[2].aes_round(keys[0]), x[3].aes_round(keys[1]));
        }
    }
}

/// The key schedule (FIPS-197 §5.2) of a group of keys, of which each register holds a word.
///
/// With g what SubWord gives in a round, word 3 of a key is that of four rounds before, ⊕ g: the sums over the words between cancel. So each
/// round waits for one ⊕ and not for four.
struct Schedule<V> {
    words: [V; 3],
    /// The last word: of the rounds before, the oldest of which is next.
    last: Group<V>,
    previous: V,
}

impl<V: Gates> Schedule<V> {
    /// # Safety
    /// Inside the trampoline of V.
    #[inline(always)]
    unsafe fn new(keys: Group<V>) -> Self {
        // SAFETY: the caller's promise.
        unsafe {
            let [w0, w1, w2, w3] = V::transpose(keys);
            let last = [w0.xor(w1).xor(w2.xor(w3)), w1.xor(w3), w2.xor(w3), w3];
            Schedule { words: [w0, w1, w2], last, previous: w3 }
        }
    }

    /// The keys of the next round.
    ///
    /// # Safety
    /// Inside the trampoline of V.
    #[inline(always)]
    unsafe fn next<const ROUND: usize>(&mut self) -> Group<V> {
        let Schedule { words, last, previous } = self;
        // SAFETY: the caller's promise.
        unsafe {
            let g = previous.substitute(V::broadcast(CONSTANTS[ROUND])).opaque();
            let w3 = last[ROUND % 4].xor(g).opaque();
            words[0] = words[0].xor(g).opaque();
            words[1] = words[1].xor(words[0]).opaque();
            words[2] = words[2].xor(words[1]).opaque();
            (last[ROUND % 4], *previous) = (w3, w3);
            [words[0], words[1], words[2], w3]
        }
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
pub(super) unsafe fn xor<V: Gates>(x: Group<V>, y: Group<V>) -> Group<V> {
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
