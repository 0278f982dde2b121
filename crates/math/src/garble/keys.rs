//! The keys of the next ANDs, whose numbers are known before anything else: they are scheduled many at a time, a word of every key in
//! each register, so that SubWord is one instruction for all of them.

use crate::{
    Block,
    simd::{Gates, counters, group},
};

/// ANDs whose keys are scheduled at a time. The round keys stay in the fastest cache.
const AHEAD: usize = 16;

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

/// S, and the round keys of some ANDs. All of it is public. Aligned, so that no register crosses a cache line.
#[repr(align(64))]
pub(super) struct Keys {
    /// Of each round the keys of two tweaks an AND, from this AND on.
    rounds: [[Block; 2 * AHEAD]; 11],
    first: Option<u64>,
    pub start: Block,
}

/// Where the round keys of an AND stand.
#[derive(Clone, Copy)]
pub(super) struct RoundKeys(*const Block);

impl RoundKeys {
    /// Those of a round, the first of them.
    #[inline(always)]
    pub fn of(self, round: usize) -> *const Block {
        self.0.wrapping_add(round * 2 * AHEAD)
    }
}

impl Keys {
    pub fn new(start: Block) -> Keys {
        Keys { start, rounds: [[Block::ZERO; 2 * AHEAD]; 11], first: None }
    }

    /// The round keys of AND `gate`, and those of as many ANDs as make a group behind it.
    ///
    /// # Safety
    /// Inside the trampoline of V.
    #[inline(always)]
    pub unsafe fn from<V: Gates>(&mut self, gate: u64) -> RoundKeys {
        let skip = match self.first.and_then(|first| gate.checked_sub(first)) {
            Some(skip) if skip <= (AHEAD - V::WORDS) as u64 => skip as usize,
            _ => {
                // SAFETY: the caller's promise.
                unsafe { self.schedule::<V>(gate) };
                0
            }
        };
        RoundKeys(self.rounds.as_ptr().cast::<Block>().wrapping_add(2 * skip))
    }

    /// The keys of AHEAD ANDs, two groups of registers at a time, so that neither waits.
    ///
    /// # Safety
    /// Inside the trampoline of V.
    #[inline(always)]
    unsafe fn schedule<V: Gates>(&mut self, gate: u64) {
        self.first = Some(gate);
        let pair = 4 * V::WORDS;
        for at in (0..2 * AHEAD).step_by(pair) {
            // SAFETY: inside the trampoline of V; a pair of groups, `pair` blocks, of every round is within `rounds`.
            unsafe {
                let start = V::broadcast(self.start);
                let keys: [V; 8] = counters((gate << 1).wrapping_add(at as u64));
                let mut keys = [group!(Q => keys[Q].xor(start)), group!(Q => keys[4 + Q].xor(start))];
                let mut words = [V::transpose(keys[0]), V::transpose(keys[1])];
                for round in 0..11 {
                    let to = self.rounds[round].as_mut_ptr().add(at).cast::<u64>();
                    for (half, keys) in keys.iter().enumerate() {
                        for (q, key) in keys.iter().enumerate() {
                            key.store(to.add((4 * half + q) * V::WORDS));
                        }
                    }
                    if round == 10 {
                        break;
                    }
                    let constant = V::broadcast(CONSTANTS[round]);
                    for (words, keys) in words.iter_mut().zip(&mut keys) {
                        words[0] = words[0].xor(words[3].substitute(constant));
                        words[1] = words[1].xor(words[0]);
                        words[2] = words[2].xor(words[1]);
                        words[3] = words[3].xor(words[2]);
                        *words = group!(Q => words[Q].opaque());
                        *keys = V::transpose(*words);
                    }
                }
            }
        }
    }
}
