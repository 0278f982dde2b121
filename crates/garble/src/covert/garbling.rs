//! A garbled circuit whose every random choice comes from one seed, and the garbler's commitment to all of it.

use jointly_circuit::{Bits, Function};
use jointly_core::Party;
use jointly_math::{
    Block, Prg, Seed,
    ct::{Choice, ConditionallySelectable, ConstantTimeEq},
    hash::{Commitment, Hasher, Opening, hash},
};

use jointly_net::yield_now;
use zeroize::Zeroizing;

use super::runs::{EVALUATOR, GARBLER};
use crate::halfgates::{Frames, Garbler};

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
    fn input(&self, wires: usize) -> Zeroizing<Vec<[Block; 3]>> {
        let blocks = Zeroizing::new(Prg::new(self.seed.derive("inputs", "")).blocks(3 * wires));
        Zeroizing::new(blocks.as_chunks::<3>().0.to_vec())
    }
}

/// Both labels of each input wire of `party`.
pub(super) fn input_labels(function: &Function, coins: &Coins, party: Party) -> Vec<[Block; 2]> {
    Garbler::new(coins.garbling(), function).labels(&function.inputs_of(party))
}

/// The commitments to the labels of the garbler's input wires. (Step 5: h^A, in random order.)
fn commit_inputs(labels: &[[Block; 2]], coins: &Coins) -> Vec<Pair> {
    let coins = coins.input(labels.len());
    let pair = |(i, ([zero, one], [r0, r1, swap])): (usize, (&[Block; 2], &[Block; 3]))| {
        let [zero, one] = [commit_label(i, *zero, *r0), commit_label(i, *one, *r1)];
        let swap = swap.bit(0);
        [<[u8; 32]>::conditional_select(&zero, &one, swap), <[u8; 32]>::conditional_select(&one, &zero, swap)]
    };
    labels.iter().zip(&*coins).enumerate().map(pair).collect()
}

/// The labels of the garbler's inputs, each with what opens its commitment.
pub(super) fn open_inputs(function: &Function, coins: &Coins, mine: &Bits) -> Vec<[Block; 2]> {
    let labels = Garbler::new(coins.garbling(), function).encode(&function.inputs_of(GARBLER), mine);
    let openings = coins.input(labels.len());
    let open = |((label, [r0, r1, _]), bit): ((Block, &[Block; 3]), bool)| {
        [label, Block::conditional_select(r0, r1, Choice::from(u8::from(bit)))]
    };
    labels.into_iter().zip(&*openings).zip(mine.iter()).map(open).collect()
}

/// Garbles the circuit of a run and keeps what its commitment is made of: the digest of the ciphertexts, not the ciphertexts. (Steps 3 and 5.)
pub(super) async fn bind(function: &Function, coins: &Coins) -> Bound {
    let mut garbler = Garbler::new(coins.garbling(), function);
    let inputs = commit_inputs(&Zeroizing::new(garbler.labels(&function.inputs_of(GARBLER))), coins);
    let mut digest = TablesDigest::new(garbler.start());
    let mut frames = Frames::of(&mut garbler);
    while let Some(frame) = frames.next_frame() {
        digest.add(frame);
        yield_now().await;
    }
    let labels = Zeroizing::new(garbler.labels(&function.outputs_of(EVALUATOR)));
    let outputs =
        labels.iter().enumerate().map(|(i, [zero, one])| [hash_output(i, *zero), hash_output(i, *one)]).collect();
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

    /// The next frame.
    pub(super) fn add(&mut self, frame: &[Block]) {
        self.0.part(bytemuck::cast_slice(frame));
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

/// What a label of output wire `i` stands for, and whether it is one of the two that stand for something.
pub(super) fn decode(i: usize, label: Block, pair: &Pair) -> (bool, Choice) {
    let digest = hash_output(i, label);
    let [zero, one] = [digest.ct_eq(&pair[0]), digest.ct_eq(&pair[1])];
    (one.into(), zero ^ one)
}

fn commit_label(wire: usize, label: Block, opening: Block) -> [u8; 32] {
    let parts: [&[u8]; 3] = [&(wire as u64).to_le_bytes(), &label.to_bytes(), &opening.to_bytes()];
    hash("jointly garble 1 input label", &parts)
}

fn hash_output(wire: usize, label: Block) -> [u8; 32] {
    hash("jointly garble 1 output label", &[&(wire as u64).to_le_bytes(), &label.to_bytes()])
}
