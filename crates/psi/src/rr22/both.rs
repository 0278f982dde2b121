//! For both to learn the intersection, where either may cheat: dual execution, with tags that are committed to.
//!
//! Two runs of [`receive`](super::receive) and [`send`](super::send), one in each direction, are not enough: whoever receives in the first may choose the
//! set of the second by what it has learnt, and a sender's tags say nothing about what it asked for. What is done instead, for functions F₀ and F₁ of which
//! party 0 and party 1 are the senders:
//!
//! 1. Both oblivious PRFs at the same time, without anything that is sent after them. Each party then has F₀ and F₁ of its own items: one as
//!    the sender of the function, the other since it asked.
//! 2. The tag of x in a message of party s is T_s(x) = H(s, F₀(x), F₁(x), x). Each commits to the set of its tags; when both have, both open; what
//!    a commitment does not open to is not looked at. The common items are those of which the other's tag is in its message.
//! 3. Each sends a hash of what it found, and checks that the other found the same.
//!
//! Tags made of both functions are the dual execution of Rindal and Rosulek, "Malicious-Secure Private Set Intersection via Dual Execution", CCS
//! 2017 (ePrint 2017/769), after Mohassel and Franklin, PKC 2006; there one party sends them and the other learns. The functions are those of Rindal and
//! Schoppmann (ePrint 2021/266). That both learn, by commitments and step 3, is **our composition, and so is its argument**; we know of no paper that
//! proves it as it stands here:
//!
//! - What a cheater asked about, A, at most n′ items, is fixed by its key-value store before the coin of its run is opened, and the proof of the one-way
//!   protocol extracts it. Both stores are in before any tag is computed.
//! - Without asking about x nobody knows the other's function at x: it is 128 random bits. So the right tags in a message are those of a set S ⊆ A, which the
//!   queries to H show; and since commitments are hashes too, they show it when the cheater commits, before it has seen a tag of the other.
//! - The tags of the honest party at items outside A are random to the cheater, so its message says X ∩ A, for its set X, and no more. A simulator can
//!   commit to nothing, ask for X ∩ A once the cheater has committed, and open as it likes.
//! - An honest party finds X ∩ S: a cheater that knows S and X ∩ A knows it as well, so that neither the hash of step 3 nor whether the check there passes
//!   tells it anything. (Tags of one function alone would let it choose S freely, and that hash would answer guesses about items that it never
//!   asked about.)
//! - The sender's number in tags, hashes and coins makes what one party sends useless when it is sent back to it.
//!
//! What a cheater can still do: ask about n′ items and not n (see [`most_items`](super::most_items)); show the other only a part S of what it
//! asks about, chosen before it learns anything; and stop when it has the tags, so that it has the result and the other an error. That a party
//! asks about one set and no more, the same in every run, is what Goel, Miao, Pham and Singh add to the one-way protocol ("private intersection over committed
//! sets", USENIX Security 2026), for about twice the bytes; there, too, a sender may leave items out.
//!
//! Memory: about that of both ends of one run at the same time.

use futures::future::try_join;
use jointly_core::{Error, Party, Result};
use jointly_math::{
    Block,
    ct::ConstantTimeEq,
    hash::{Commitment, Opening, commit, hash},
    hash_each,
};
use jointly_net::Ctx;
use jointly_ot::{VoleReceiver, VoleSender};

use super::{Mode, Sizes, claims::OPENING_BYTES, oprf};
use crate::okvs::Rows;

/// Which of `items` the peer has as well, as ascending indices: both learn it. The peer has `theirs` items and calls this too; one pair of VOLE ends serves
/// what this party asks, the other what the peer asks.
///
/// # Errors
/// `Misuse` if an item stands twice; `Cheated` if the peer's tags are not those that it committed to, or if it found something else; whatever
/// else it does wrong.
pub async fn both(
    ctx: &mut Ctx,
    peer: Party,
    items: &[Block],
    theirs: usize,
    (asking, answering): (&mut dyn VoleSender, &mut dyn VoleReceiver),
) -> Result<Vec<u32>> {
    let ask = Sizes { receiver: items.len(), sender: theirs };
    if ask.is_trivial() {
        return Ok(Vec::new());
    }
    ask.check()?;
    let me = ctx.me();
    let [mine, other] = functions(ctx, peer, items, ask, asking, answering).await?;
    // By the number of the functions' senders.
    let values = if me < peer { [mine, other] } else { [other, mine] };
    let tags = Tags { values, items };
    let (set, commitments) = committed(ctx, peer, ask, tags.of(me)).await?;
    let found = ask.layout(Mode::Malicious).decode(set, peer)?.common(&tags.of(peer));
    drop(tags);
    let mut common: Vec<u32> = found.into_iter().map(|(i, _)| i).collect();
    common.sort_unstable();
    agree(ctx, peer, &commitments, common.iter().map(|i| items[*i as usize]).collect()).await?;
    Ok(common)
}

/// Channels for what this party asks and for what it answers, by names that both parties give them.
pub(super) fn directions(ctx: &mut Ctx, peer: Party) -> [Ctx; 2] {
    let [lower, higher] = ["lower asks", "higher asks"].map(|label| ctx.fork(label));
    if ctx.me() < peer { [lower, higher] } else { [higher, lower] }
}

/// 1. Of each item, in their order, the function of this party and that of the peer.
async fn functions(
    ctx: &mut Ctx,
    peer: Party,
    items: &[Block],
    ask: Sizes,
    asking: &mut dyn VoleSender,
    answering: &mut dyn VoleReceiver,
) -> Result<[Vec<Block>; 2]> {
    let [mut ask_ctx, mut answer_ctx] = directions(ctx, peer);
    let asked = async {
        let (rows, values) = oprf::receive(&mut ask_ctx, peer, Mode::Malicious, ask, items, asking).await?;
        Ok(in_order(&rows, &values))
    };
    let answered = async {
        let function = oprf::send(&mut answer_ctx, peer, Mode::Malicious, ask.swapped(), answering).await?;
        let (rows, values) = function.evaluate(items);
        Ok(in_order(&rows, &values))
    };
    let (other, mine) = try_join(asked, answered).await?;
    ctx.join(ask_ctx);
    ctx.join(answer_ctx);
    Ok([mine, other])
}

/// Values of rows as values of the items that they are of.
fn in_order(rows: &Rows, values: &[Block]) -> Vec<Block> {
    let mut out = vec![Block::ZERO; values.len()];
    rows.order().iter().zip(values).for_each(|(i, value)| out[*i as usize] = *value);
    out
}

struct Tags<'a> {
    values: [Vec<Block>; 2],
    items: &'a [Block],
}

impl Tags<'_> {
    /// 2. T_s of every item.
    fn of(&self, sender: Party) -> Vec<u128> {
        let key = hash("jointly rr22 1 tags of both", &[&sender.0.to_le_bytes()]);
        let mut out = vec![Block::ZERO; self.items.len()];
        let mut inputs = [[Block::ZERO; 3]; 256];
        let [first, second] = &self.values;
        let values = first.chunks(256).zip(second.chunks(256)).zip(self.items.chunks(256));
        for (((first, second), items), out) in values.zip(out.chunks_mut(256)) {
            for (i, input) in inputs[..items.len()].iter_mut().enumerate() {
                *input = [first[i], second[i], items[i]];
            }
            hash_each::<48>(&key, bytemuck::cast_slice(&inputs[..items.len()]), out);
        }
        out.into_iter().map(u128::from).collect()
    }
}

/// 2. Commits to the tags, and opens when both have committed: the peer's set, as it sent it, and the commitments by the parties' numbers.
async fn committed(ctx: &mut Ctx, peer: Party, ask: Sizes, tags: Vec<u128>) -> Result<(Vec<u8>, [Commitment; 2])> {
    const DOMAIN: &str = "jointly rr22 1 commitment to tags";
    let [mine, theirs] = [ask.swapped(), ask].map(|sizes| sizes.layout(Mode::Malicious));
    let tags: Vec<u128> = tags.into_iter().map(|tag| mine.cut(tag)).collect();
    let mut set = mine.encode(&tags).ok_or(Error::Misuse("the items of a set are different from each other"))?;
    drop(tags);
    let (commitment, opening) = commit(DOMAIN, &set);
    let promised = one(ctx.exchange(peer, &[*commitment.as_bytes()], peer, 1).await?)?;
    let promised = Commitment::from_bytes(promised);
    set.reserve_exact(OPENING_BYTES);
    set.extend_from_slice(opening.as_bytes());
    let mut set = ctx.exchange(peer, &set, peer, theirs.bytes() + OPENING_BYTES).await?;
    let opening = Opening::from_bytes(one(set.split_off(theirs.bytes()).as_chunks().0.to_vec())?);
    if !promised.verify(DOMAIN, &set, &opening) {
        return Err(cheated(peer, "that the peer's tags are those it committed to"));
    }
    Ok((set, if ctx.me() < peer { [commitment, promised] } else { [promised, commitment] }))
}

/// 3. That the peer found the same.
async fn agree(ctx: &mut Ctx, peer: Party, commitments: &[Commitment; 2], common: Vec<Block>) -> Result<()> {
    let mut common: Vec<u128> = common.into_iter().map(u128::from).collect();
    common.sort_unstable();
    let common: Vec<u8> = common.into_iter().flat_map(u128::to_le_bytes).collect();
    let [first, second] = commitments.each_ref().map(Commitment::as_bytes);
    let of = |party: Party| hash("jointly rr22 1 result of both", &[&party.0.to_le_bytes(), first, second, &common]);
    let said = one(ctx.exchange(peer, &[of(ctx.me())], peer, 1).await?)?;
    if bool::from(said.ct_eq(&of(peer))) {
        return Ok(());
    }
    Err(cheated(peer, "that both parties found the same items"))
}

fn one(values: Vec<[u8; 32]>) -> Result<[u8; 32]> {
    let [value] = oprf::exactly(values)?;
    Ok(value)
}

fn cheated(peer: Party, check: &'static str) -> Error {
    Error::Cheated { by: Some(peer), check, proof: None }
}

#[cfg(test)]
mod tests;
