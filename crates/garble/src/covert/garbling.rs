//! A garbled circuit whose every random choice comes from one seed, and the garbler's commitment to all of it.

use jointly_circuit::Function;
use jointly_core::{Party, Result};
use jointly_math::{
    Block, Prg, Seed,
    ct::{Choice, ConditionallySelectable, ConstantTimeEq},
    hash::{Commitment, Hasher, Opening, hash},
};

use crate::halfgates::{CHUNK, Garbler};

/// A pair of digests: the commitments to the two labels of an input wire in random order, or the hashes of the labels for 0 and for 1
/// of an output wire.
pub(super) type Pair = [[u8; 32]; 2];

/// All that the commitment c_j of a run is made of, with what opens it.
pub(super) struct Bound {
    /// The digest of the ciphertexts.
    pub(super) tables: [u8; 32],
    /// For each input wire of the garbler.
    pub(super) inputs: Vec<Pair>,
    /// For each output wire that the evaluator learns.
    pub(super) outputs: Vec<Pair>,
}

impl Bound {
    fn digest(&self) -> [u8; 32] {
        let [inputs, outputs] = [&self.inputs, &self.outputs].map(|pairs| pairs.as_flattened().as_flattened());
        hash("jointly garble 1 garbled circuit", &[&self.tables, inputs, outputs])
    }

    /// c_j. (Step 5.)
    pub(super) fn commit(&self, opening: &Opening) -> [u8; 32] {
        *opening.commit("jointly garble 1 commitment", &self.digest()).as_bytes()
    }

    /// Whether `commitment` is to this.
    pub(super) fn is_bound_by(&self, commitment: [u8; 32], opening: &Opening) -> bool {
        Commitment::from_bytes(commitment).verify("jointly garble 1 commitment", &self.digest(), opening)
    }
}

/// What the garbler's seed of a run gives.
pub(super) struct Coins {
    seed: Seed,
}

impl Coins {
    pub(super) fn of(seed: Seed) -> Coins {
        Coins { seed }
    }

    /// For the garbled circuit.
    pub(super) fn garbling(&self) -> Seed {
        self.seed.derive("garbling", "")
    }

    /// For the garbler's part in the OTs of the evaluator's inputs.
    pub(super) fn transfers(&self) -> Seed {
        self.seed.derive("transfers", "")
    }

    /// For opening the commitment.
    pub(super) fn opening(&self) -> Opening {
        let mut bytes = [0; 32];
        Prg::new(self.seed.derive("opening", "")).fill_bytes(&mut bytes);
        Opening::from_bytes(bytes)
    }

    /// For the commitments to input labels: two blocks that open them, and one whose lowest bit swaps them, for each wire.
    fn input(&self, wires: usize) -> Vec<[Block; 3]> {
        let blocks = Prg::new(self.seed.derive("inputs", "")).blocks(3 * wires);
        blocks.as_chunks::<3>().0.to_vec()
    }
}

/// The labels that a garbling gives.
pub(super) struct Labels {
    delta: Block,
    /// For 0, of each of the evaluator's input wires.
    theirs: Vec<Block>,
    /// For 0, of each of the garbler's input wires.
    mine: Vec<Block>,
}

impl Labels {
    /// Draws the labels without garbling.
    pub(super) fn of(function: &Function, coins: &Coins) -> Labels {
        let garbler = Garbler::new(function, coins.garbling());
        let all = garbler.inputs();
        let of = |party| function.inputs_of(party).iter().map(|wire| all[*wire as usize]).collect();
        Labels { delta: garbler.delta(), theirs: of(Party(1)), mine: of(Party(0)) }
    }

    /// Both labels of each of the evaluator's input wires: the messages of its OTs.
    pub(super) fn messages(&self) -> Vec<[Block; 2]> {
        self.theirs.iter().map(|zero| [*zero, *zero ^ self.delta]).collect()
    }

    /// The commitments to the labels of the garbler's input wires. (Step 5: h^A, in random order.)
    fn commitments(&self, coins: &Coins) -> Vec<Pair> {
        let coins = coins.input(self.mine.len());
        let pair = |(i, (zero, [r0, r1, swap])): (usize, (&Block, &[Block; 3]))| {
            let [first, second] = [commit_label(i, *zero, *r0), commit_label(i, *zero ^ self.delta, *r1)];
            let swap = swap.bit(0);
            [<[u8; 32]>::conditional_select(&first, &second, swap), <[u8; 32]>::conditional_select(&second, &first, swap)]
        };
        self.mine.iter().zip(&coins).enumerate().map(pair).collect()
    }

    /// The labels of the garbler's inputs, each with what opens its commitment.
    pub(super) fn open(&self, coins: &Coins, mine: impl Iterator<Item = bool>) -> Vec<[Block; 2]> {
        let coins = coins.input(self.mine.len());
        let open = |((zero, [r0, r1, _]), bit): ((&Block, &[Block; 3]), bool)| {
            let bit = Choice::from(u8::from(bit));
            [*zero ^ (Block::mask(bit) & self.delta), Block::conditional_select(r0, r1, bit)]
        };
        self.mine.iter().zip(&coins).zip(mine).map(open).collect()
    }
}

/// Garbles the circuit of a run and keeps what its commitment is made of: the digest of the ciphertexts, not the ciphertexts. (Steps 3 and 5.)
pub(super) fn bind(function: &Function, coins: &Coins) -> Bound {
    let mut garbler = Garbler::new(function, coins.garbling());
    let inputs = Labels::of(function, coins).commitments(coins);
    let mut digest = TablesDigest::new(garbler.start());
    let mut tables = Vec::new();
    while garbler.advance(CHUNK, &mut tables) > 0 {
        digest.add(&tables);
        tables.clear();
    }
    let delta = garbler.delta();
    let zeros = garbler.outputs(&function.outputs_of(Party(1)));
    let outputs = zeros.iter().enumerate().map(|(i, zero)| [hash_output(i, *zero), hash_output(i, *zero ^ delta)]).collect();
    Bound { tables: digest.finish(), inputs, outputs }
}

/// Takes down ciphertexts as they pass.
pub(super) struct TablesDigest(Hasher);

impl TablesDigest {
    pub(super) fn new(start: Block) -> TablesDigest {
        let mut hasher = Hasher::new("jointly garble 1 tables");
        hasher.part(&start.to_bytes());
        TablesDigest(hasher)
    }

    pub(super) fn add(&mut self, tables: &[Block]) {
        self.0.part(bytes_of(tables));
    }

    pub(super) fn finish(self) -> [u8; 32] {
        self.0.finalize()
    }
}

/// Whether the label that the garbler handed over is one of the two that it is committed to.
pub(super) fn is_committed(wire: usize, [label, opening]: [Block; 2], pair: &Pair) -> Choice {
    let commitment = commit_label(wire, label, opening);
    commitment.ct_eq(&pair[0]) | commitment.ct_eq(&pair[1])
}

/// What a label of output wire `i` stands for, if it is one of the two.
pub(super) fn decode(i: usize, label: Block, pair: &Pair) -> Result<bool, ()> {
    let digest = hash_output(i, label);
    let [zero, one] = [digest.ct_eq(&pair[0]), digest.ct_eq(&pair[1])];
    match bool::from(zero ^ one) {
        true => Ok(one.into()),
        false => Err(()),
    }
}

fn commit_label(wire: usize, label: Block, opening: Block) -> [u8; 32] {
    let parts: [&[u8]; 3] = [&(wire as u64).to_le_bytes(), &label.to_bytes(), &opening.to_bytes()];
    hash("jointly garble 1 input label", &parts)
}

fn hash_output(wire: usize, label: Block) -> [u8; 32] {
    hash("jointly garble 1 output label", &[&(wire as u64).to_le_bytes(), &label.to_bytes()])
}

fn bytes_of(blocks: &[Block]) -> &[u8] {
    bytemuck::cast_slice(blocks)
}
