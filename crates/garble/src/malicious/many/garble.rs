//! The function-dependent phase: products of masks, garbled tables, and what owners need to hand in inputs (Π_mpc of WRK17).

use jointly_circuit::Function;
use jointly_core::{Error, Party, Private, Result};
use jointly_math::{Block, Prg, Seed};
use jointly_net::Ctx;
use zeroize::Zeroizing;

use super::{
    EVALUATOR, Prepared,
    board::Board,
    opening::{open, open_each},
    prepare::check_size,
    rows::{Garbler, Gates, Keys, Table},
    session::{Fuse, check_parties},
    shares::{Shares, cut_bits, others},
    triples::Triples,
    wires::{Blocks, Wires, masks, walk},
};

/// A function that is garbled and ready for inputs, once.
pub struct Garbled {
    pub(super) delta: Private<Block>,
    pub(super) fuse: Fuse,
    pub(super) digest: [u8; 32],
    /// λ of this party's inputs, in order.
    pub(super) inputs: Zeroizing<Vec<u64>>,
    /// Shares of the masks of outputs, by receiver.
    pub(super) outputs: Vec<Shares>,
    pub(super) role: Role,
}

/// What a party keeps of the garbled function.
pub(super) enum Role {
    /// L_w,0 of all inputs, and of the outputs that it learns.
    Garbler { inputs: Blocks, outputs: Blocks },
    /// Everybody's tables.
    Evaluator(Box<Tables>),
}

/// What the evaluator has. Lists by garbler.
pub(super) struct Tables {
    pub tables: Vec<Table>,
    pub keys: Vec<Keys>,
    /// Keys of the garblers' MACs on their shares of rows.
    pub checks: Vec<Gates>,
    /// MACs of its own shares, under each garbler's Δ.
    pub macs: Vec<Gates>,
    /// Its own shares, in bit 0.
    pub bits: Gates,
}

/// The masks of a function: of wires, of products λ_α·λ_β, and of the outputs of ANDs.
struct Masks {
    wires: Wires<Shares>,
    products: Shares,
    ands: Shares,
}

impl Prepared {
    /// Garbles `function`, of which all parties have the same.
    ///
    /// # Errors
    /// [`Misuse`](Error::Misuse) if this was prepared for less than the function takes or among others; whatever a party does wrong, after which
    /// the session is over.
    pub async fn garble(self, ctx: &mut Ctx, function: &Function) -> Result<Garbled> {
        self.check(ctx, function)?;
        self.fuse.light()?;
        let digest = function.digest();
        // Before anything is shown of the masks.
        Board::new(ctx, &digest).agree(ctx).await?;
        let delta = *self.delta.expose();
        let (ands, first) = (function.ands() as usize, self.inputs());
        let inputs = self.masks.slice(0..function.input_bits());
        let ands = self.masks.slice(first..first + ands);
        let mut all = inputs.slice(0..inputs.len);
        all.append(&ands);
        let wires = masks(function, self.parties, &all);
        let products = products(ctx, &wires, &self.triples, delta).await?;
        let owned: Vec<Shares> =
            Party::all(self.parties).map(|party| inputs.gather(&function.inputs_of(party))).collect();
        let own_inputs = Zeroizing::new(open_each(ctx, "inputs", &owned, delta).await?);
        let mut masks = Masks { wires, products, ands };
        let role = match self.me {
            EVALUATOR => Role::Evaluator(Box::new(receive(ctx, &masks).await?)),
            _ => send(ctx, function, &masks, delta).await?,
        };
        let outputs = std::mem::take(&mut masks.wires.outputs);
        self.fuse.put_out();
        let (delta, fuse) = (self.delta.clone(), self.fuse.clone());
        Ok(Garbled { delta, fuse, digest, inputs: own_inputs, outputs, role })
    }

    fn check(&self, ctx: &Ctx, function: &Function) -> Result<()> {
        check_parties(ctx)?;
        check_function(ctx, function)?;
        let fits = function.ands() as usize <= self.ands() && function.input_bits() <= self.inputs();
        match fits && ctx.parties() == self.parties && ctx.me() == self.me {
            true => Ok(()),
            false => Err(Error::Misuse("a function takes what was prepared among the same parties for as much")),
        }
    }
}

/// That a function is one for these parties, and not too large.
pub(super) fn check_function(ctx: &Ctx, function: &Function) -> Result<()> {
    if function.parties() > ctx.parties() {
        return Err(Error::Misuse("a function is for parties that are there"));
    }
    check_size(usize::try_from(function.ands()).unwrap_or(usize::MAX), function.input_bits())
}

/// ⟨λ_α·λ_β⟩ = f·⟨λ_β⟩ ⊕ g·⟨x⟩ ⊕ ⟨z⟩ from a triple, with f = λ_α ⊕ x and g = λ_β ⊕ y opened (Beaver, CRYPTO 1991).
async fn products(ctx: &mut Ctx, wires: &Wires<Shares>, triples: &Triples, delta: Block) -> Result<Shares> {
    let n = wires.a.len;
    let [x, y, mut sum] = [&triples.x, &triples.y, &triples.z].map(|of| of.slice(0..n));
    let (mut f, mut g) = (wires.a.slice(0..n), wires.b.slice(0..n));
    f.add(&x);
    g.add(&y);
    f.append(&g);
    let opened = open(ctx, "products", &f, delta).await?;
    sum.add_where(&wires.b, &cut_bits(&opened, 0..n));
    sum.add_where(&x, &cut_bits(&opened, n..2 * n));
    Ok(sum)
}

impl Masks {
    /// Of all gates, what `of` makes of shares.
    fn gates(&self, of: impl Fn(&Shares) -> Blocks) -> Gates {
        let mut base = of(&self.products);
        super::shares::add(&mut base, &of(&self.ands));
        Gates { base, a: of(&self.wires.a), b: of(&self.wires.b) }
    }

    /// The MACs under another party's Δ.
    fn macs(&self, of: Party) -> Gates {
        self.gates(|shares| Zeroizing::new(shares.macs[of.index()].clone()))
    }
}

/// Garbler i: labels, and the tables of all gates.
async fn send(ctx: &mut Ctx, function: &Function, masks: &Masks, delta: Block) -> Result<Role> {
    let (me, parties) = (ctx.me(), ctx.parties());
    let mut prg = Prg::new(Seed::random());
    let inputs: Blocks = Zeroizing::new(prg.blocks(function.input_bits()));
    let ands: Blocks = Zeroizing::new(prg.blocks(masks.ands.len));
    let mut labels = walk(function, parties, &inputs, &ands, delta);
    let seed = *Seed::random().as_bytes();
    let column = |j: Party| match j == me {
        true => masks.gates(|shares| Zeroizing::new(shares.own(delta))),
        false => masks.macs(j),
    };
    let columns: Vec<Gates> = others(EVALUATOR, parties).map(column).collect();
    let garbler = Garbler {
        keys: &Keys::new(&seed, ands.len()),
        delta,
        evaluator: &masks.macs(EVALUATOR),
        columns: &columns,
        me: place(me),
        labels: [&labels.a, &labels.b, &ands],
    };
    let Table { words, blocks } = garbler.garble();
    ctx.send(EVALUATOR, &[seed]).await?;
    ctx.send(EVALUATOR, &words).await?;
    ctx.send(EVALUATOR, &blocks).await?;
    Ok(Role::Garbler { inputs, outputs: std::mem::take(&mut labels.outputs[me.index()]) })
}

/// A garbler's place among the garblers.
pub(super) fn place(garbler: Party) -> usize {
    garbler.index() - 1
}

/// The evaluator: everybody's tables, and its own part of the rows.
async fn receive(ctx: &mut Ctx, masks: &Masks) -> Result<Tables> {
    let (gates, garblers): (usize, Vec<Party>) = (masks.ands.len, others(EVALUATOR, ctx.parties()).collect());
    let from = |each: usize| garblers.iter().map(|party| (*party, each)).collect::<Vec<_>>();
    let seeds: Vec<Vec<[u8; 16]>> = ctx.exchange_all(&[], &from(1)).await?;
    let words: Vec<Vec<u64>> = ctx.exchange_all(&[], &from(4 * gates)).await?;
    let blocks: Vec<Vec<Block>> = ctx.exchange_all(&[], &from(4 * gates * garblers.len())).await?;
    let keys_of = |j: &Party| masks.gates(|shares| Zeroizing::new(shares.keys[j.index()].clone()));
    let bits = |shares: &Shares| (0..shares.len).map(|k| Block([super::shares::bit(&shares.bits, k), 0])).collect();
    Ok(Tables {
        tables: words.into_iter().zip(blocks).map(|(words, blocks)| Table { words, blocks }).collect(),
        keys: seeds.iter().map(|seed| Keys::new(&seed[0], gates)).collect(),
        checks: garblers.iter().map(keys_of).collect(),
        macs: garblers.iter().map(|j| masks.macs(*j)).collect(),
        bits: masks.gates(|shares| Zeroizing::new(bits(shares))),
    })
}
