//! The online phase: inputs, evaluation, outputs (Π_mpc of WRK17).

use jointly_circuit::{Bits, Function};
use jointly_core::{Error, Party, Result};
use jointly_math::{Block, bits::words, ct::ConstantTimeEq, hash::hash};
use jointly_net::Ctx;
use zeroize::Zeroizing;

use super::{
    EVALUATOR,
    board::{Board, cheated},
    evaluate::{Outputs, evaluate},
    garble::{Garbled, Role},
    opening::{open_each, words_of},
    shares::{add_bits, bit, others},
    wires::Blocks,
};

/// Words behind the values of outputs: the hash of their labels.
pub(super) const LABELS: usize = 4;

impl Garbled {
    /// Computes what was garbled, on this party's inputs; what this party learns. All parties do it at the same time.
    ///
    /// # Errors
    /// [`Misuse`](Error::Misuse) if it is another function or the inputs do not fit; whatever a party does wrong, after which the session is over.
    pub async fn compute(self, ctx: &mut Ctx, function: &Function, mine: &Bits) -> Result<Bits> {
        let me = ctx.me();
        if function.digest() != self.digest || mine.len() != function.inputs_of(me).len() {
            return Err(Error::Misuse("a garbled function is computed once, on its own inputs"));
        }
        self.fuse.light_with_inputs()?;
        let mut board = Board::new(ctx, &self.digest);
        let inputs = self.masked_inputs(ctx, &mut board, function, mine).await?;
        let delta = *self.delta.expose();
        let values = match &self.role {
            Role::Garbler { inputs: labels, .. } => {
                let label = |(k, label): (usize, &Block)| *label ^ (super::shares::mask(&inputs, k) & delta);
                let labels: Vec<Block> = labels.iter().enumerate().map(label).collect();
                ctx.send(EVALUATOR, &labels).await?;
                None
            }
            Role::Evaluator(tables) => {
                let from: Vec<(Party, usize)> =
                    others(me, ctx.parties()).map(|party| (party, function.input_bits())).collect();
                let labels: Vec<Vec<Block>> = ctx.exchange_all(&[], &from).await?;
                Some(evaluate(function, tables, delta, &inputs, &labels)?)
            }
        };
        let out = self.output(ctx, values, function.outputs_of(me).len()).await?;
        // Nobody has a result while somebody else has none for a reason that can still be told.
        board.agree(ctx).await?;
        self.fuse.put_out();
        Ok(out)
    }

    /// Every owner tells x ⊕ λ of its inputs to all. The masked values of all inputs, which are the same for all.
    async fn masked_inputs(
        &self,
        ctx: &mut Ctx,
        board: &mut Board,
        function: &Function,
        mine: &Bits,
    ) -> Result<Zeroizing<Vec<u64>>> {
        let mut told = mine.words().to_vec();
        add_bits(&mut told, &self.inputs);
        let wires: Vec<Vec<u32>> = Party::all(ctx.parties()).map(|party| function.inputs_of(party)).collect();
        let sizes: Vec<usize> = wires.iter().map(|wires| words(wires.len())).collect();
        let told = board.broadcast(ctx, &told, &sizes).await?;
        board.agree(ctx).await?;
        let mut all = Zeroizing::new(vec![0; words(function.input_bits())]);
        for (wires, told) in wires.iter().zip(&told) {
            for (k, wire) in wires.iter().enumerate() {
                all[*wire as usize / 64] |= bit(told, k) << (wire % 64);
            }
        }
        Ok(all)
    }

    /// Everybody shows each receiver its shares of the masks, and the evaluator the masked values with a hash of the receiver's own labels for them.
    async fn output(&self, ctx: &mut Ctx, values: Option<Outputs>, n: usize) -> Result<Bits> {
        let mask = Zeroizing::new(open_each(ctx, "outputs", &self.outputs, *self.delta.expose()).await?);
        let mut out = match (&self.role, values) {
            (Role::Evaluator(_), Some(Outputs { mut values, labels })) => {
                self.send_values(ctx, &values, &labels).await?;
                std::mem::take(&mut values[EVALUATOR.index()])
            }
            (Role::Garbler { outputs: labels, .. }, _) if n > 0 => self.receive_values(ctx, labels).await?,
            _ => vec![0; words(n)],
        };
        add_bits(&mut out, &mask);
        let out = Zeroizing::new(out);
        Ok((0..n).map(|k| bit(&out, k) == 1).collect())
    }

    async fn send_values(&self, ctx: &mut Ctx, values: &[Vec<u64>], labels: &[Blocks]) -> Result<()> {
        let receivers = others(EVALUATOR, ctx.parties()).filter(|party| !labels[party.index()].is_empty());
        let messages: Vec<(Party, Vec<u64>)> = receivers
            .map(|party| {
                let mut message = values[party.index()].clone();
                message.extend(proof(ctx.path(), party, &labels[party.index()]));
                (party, message)
            })
            .collect();
        let out: Vec<(Party, &[u64])> = messages.iter().map(|(party, message)| (*party, &message[..])).collect();
        ctx.exchange_all(&out, &[]).await.map(drop)
    }

    /// The evaluator's values, if it has this party's labels for them.
    async fn receive_values(&self, ctx: &mut Ctx, zeros: &[Block]) -> Result<Vec<u64>> {
        let mut values: Vec<u64> = ctx.recv(EVALUATOR, words(zeros.len()) + LABELS).await?;
        let told = values.split_off(words(zeros.len()));
        let delta = *self.delta.expose();
        let label = |(k, zero): (usize, &Block)| *zero ^ (super::shares::mask(&values, k) & delta);
        let labels: Blocks = Zeroizing::new(zeros.iter().enumerate().map(label).collect());
        match bool::from(proof(ctx.path(), ctx.me(), &labels).ct_eq(&told)) {
            true => Ok(values),
            // Among more than two, a garbler may have given the evaluator a wrong MAC.
            false => Err(cheated((ctx.parties() == 2).then_some(EVALUATOR), "the labels of outputs")),
        }
    }
}

/// That the evaluator has these labels of a receiver's.
fn proof(path: &str, receiver: Party, labels: &[Block]) -> [u64; LABELS] {
    let bytes: Zeroizing<Vec<u8>> = Zeroizing::new(labels.iter().flat_map(|label| label.to_bytes()).collect());
    words_of(hash("jointly garble 1 many: output labels", &[path.as_bytes(), &receiver.0.to_le_bytes(), &bytes]))
}
