//! Half-gates in registers: the keys of a group of ANDs are scheduled side by side, a word of every key in each register, and every
//! round key is used where it is made.

use std::mem::MaybeUninit;

use crate::{
    Block,
    simd::{GateKernel, Gates, Group, counters, group},
};

/// The constants of the key schedule (FIPS-197 §5.2).
const ROUND_CONSTANTS: [u64; 10] = [1, 2, 4, 8, 16, 32, 64, 128, 27, 54];

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
        let (mut places, mut at) = (Places { ands: ands.iter(), of, lanes, rows, and: [0; 3], lane: lanes }, 0);
        let slots = slots.as_mut_ptr();
        // SAFETY: inside the trampoline of V; only places within the slots come out of `places`.
        unsafe {
            let start = V::broadcast(start);
            while at < total {
                let mut group = [[0; 3]; 8];
                group[..V::WORDS].iter_mut().for_each(|place| *place = places.next());
                let x = V::gather(|k| slots.add(group[k][0]), |k| slots.add(group[k][1]));
                let keys: Group<V> = counters((first + at as u64) << 1);
                let count = V::WORDS.min(total - at);
                let labels = gate(x, xor(keys, [start; 4]), at, count);
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
    /// Where the first lane of the AND at hand stands, and which lane is at hand.
    and: [usize; 3],
    lane: usize,
}

impl<T, F: Fn(&T) -> [u32; 3]> Places<'_, T, F> {
    /// The next place; behind the last one, that one again.
    #[inline(always)]
    fn next(&mut self) -> [usize; 3] {
        if self.lane + 1 < self.lanes {
            self.lane += 1;
        } else if let Some(and) = self.ands.next() {
            let slots = (self.of)(and).map(|slot| slot as usize);
            assert!(slots.iter().all(|slot| *slot < self.rows), "an AND's slots exist");
            (self.and, self.lane) = (slots.map(|slot| slot * self.lanes), 0);
        }
        self.and.map(|first| first + self.lane)
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
unsafe fn hash<V: Gates, const M: usize>(keys: Group<V>, mut x: [Group<V>; M], feed: Group<V>) -> [Group<V>; M] {
    // SAFETY: the caller's promise.
    unsafe {
        for x in &mut x {
            *x = xor(*x, keys);
        }
        let mut words = V::transpose(keys);
        for (round, constant) in ROUND_CONSTANTS.into_iter().enumerate() {
            words[0] = words[0].xor(words[3].substitute(V::broadcast(Block([constant << 32 | constant; 2]))));
            words[1] = words[1].xor(words[0]);
            words[2] = words[2].xor(words[1]);
            words[3] = words[3].xor(words[2]);
            words = group!(Q => words[Q].opaque());
            let keys = V::transpose(words);
            for q in 0..4 {
                for x in &mut x {
                    x[q] = if round < 9 { x[q].aes_round(keys[q]) } else { x[q].aes_last(keys[q].xor(feed[q])) };
                }
            }
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
