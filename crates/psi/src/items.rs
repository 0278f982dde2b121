//! From keys of a table to the items that protocols intersect: 128 bits each, the same for the same key at all parties of one session only.

use jointly_core::{Party, Result};
use jointly_math::{Block, Seed, hash::hash, hash_short};
use jointly_net::Ctx;

/// What items are hashed with: random, public among the parties, and fresh in every session, so that nobody can prepare
/// for it, and what was seen in one session means nothing in another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Salt([u8; 32]);

impl Salt {
    /// A salt to which every party of the computation contributes: one round.
    ///
    /// # Errors
    /// As [`Ctx::exchange_all`].
    pub async fn agree(ctx: &mut Ctx) -> Result<Salt> {
        let mine = [*Seed::random().as_bytes()];
        let others: Vec<Party> = Party::all(ctx.parties()).filter(|party| *party != ctx.me()).collect();
        let out: Vec<(Party, &[[u8; 16]])> = others.iter().map(|other| (*other, &mine[..])).collect();
        let from: Vec<(Party, usize)> = others.iter().map(|other| (*other, 1)).collect();
        let mut parts: Vec<(Party, [u8; 16])> =
            others.iter().copied().zip(ctx.exchange_all(&out, &from).await?.into_iter().flatten()).collect();
        parts.push((ctx.me(), mine[0]));
        parts.sort_unstable();
        let parts: Vec<&[u8]> = parts.iter().map(|(_, part)| &part[..]).collect();
        Ok(Salt(hash("jointly psi 1 salt", &parts)))
    }

    /// The item of a key of one or several columns, each already in its normal form. Different keys have different
    /// items (but for collisions of a hash of 128 bits), also where the bytes of their columns run together.
    pub fn item(&self, columns: &[&[u8]]) -> Block {
        let mut hasher = blake3::Hasher::new_keyed(&self.0);
        hasher.update(&(columns.len() as u64).to_le_bytes());
        for column in columns {
            hasher.update(&(column.len() as u64).to_le_bytes());
            hasher.update(column);
        }
        let mut item = [0; 16];
        hasher.finalize_xof().fill(&mut item);
        Block::from_bytes(item)
    }

    /// As [`item`](Salt::item), of many keys of one column, side by side; none where there is no key.
    pub fn items(&self, keys: &[Option<&[u8]>]) -> Vec<Option<Block>> {
        let is_short = |key: &&[u8]| HEAD + key.len() <= 64;
        let long = |key: &Option<&[u8]>| key.filter(|key| !is_short(key)).map(|key| self.item(&[key]));
        let mut items: Vec<Option<Block>> = keys.iter().map(long).collect();
        let short: Vec<(usize, &[u8])> =
            (0..).zip(keys).filter_map(|(i, key)| Some((i, key.filter(is_short)?))).collect();
        for some in short.chunks(AT_ONCE) {
            let (mut messages, mut lengths) = ([[0; 64]; AT_ONCE], [0; AT_ONCE]);
            for ((message, length), (_, key)) in messages.iter_mut().zip(&mut lengths).zip(some) {
                message[..8].copy_from_slice(&1u64.to_le_bytes());
                message[8..HEAD].copy_from_slice(&(key.len() as u64).to_le_bytes());
                message[HEAD..HEAD + key.len()].copy_from_slice(key);
                *length = (HEAD + key.len()) as u8;
            }
            let mut hashes = [Block::ZERO; AT_ONCE];
            let n = some.len();
            hash_short(&self.0, &messages[..n], &lengths[..n], &mut hashes[..n]);
            some.iter().zip(hashes).for_each(|((i, _), hash)| items[*i] = Some(hash));
        }
        items
    }
}

/// Bytes before a key of one column: how many columns there are, and its length.
const HEAD: usize = 16;

/// Keys hashed at a time.
const AT_ONCE: usize = 128;

/// A list without its repetitions.
pub struct Distinct {
    /// Each item once, in the order of their first occurrence.
    pub items: Vec<Block>,
    /// The place in `items` of each item of the list.
    pub of: Vec<u32>,
}

/// Takes out repetitions: protocols take sets.
///
/// # Panics
/// If there are 2^32 items or more.
pub fn distinct(list: &[Block]) -> Distinct {
    assert!(u32::try_from(list.len()).is_ok(), "at most 2^32 items");
    let mut sorted: Vec<(u128, u32)> = list.iter().zip(0..).map(|(item, i)| (u128::from(*item), i)).collect();
    sorted.sort_unstable();
    // The first of each run of equal items stands for all of them.
    let mut of = vec![0; list.len()];
    for run in sorted.chunk_by(|a, b| a.0 == b.0) {
        run.iter().for_each(|(_, i)| of[*i as usize] = run[0].1);
    }
    let (mut items, mut place) = (Vec::new(), vec![0; list.len()]);
    for (i, item) in list.iter().enumerate() {
        if of[i] as usize == i {
            place[i] = items.len() as u32;
            items.push(*item);
        }
    }
    of.iter_mut().for_each(|first| *first = place[*first as usize]);
    Distinct { items, of }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn items_are_those_of_their_columns_and_salt() {
        let (salt, other) = (Salt([1; 32]), Salt([2; 32]));
        let keys: [&[&[u8]]; 6] = [&[], &[b""], &[b"ab"], &[b"a", b"b"], &[b"ab", b""], &[b"", b"ab"]];
        let mut items: Vec<u128> = keys.iter().map(|key| salt.item(key).into()).collect();
        items.extend(keys.iter().map(|key| u128::from(other.item(key))));
        items.sort_unstable();
        items.dedup();
        assert_eq!(items.len(), 12);
        assert_eq!(salt.item(keys[3]).0, Salt([1; 32]).item(&[b"a", b"b"]).0);
    }

    #[test]
    fn many_keys_have_the_items_of_each() {
        let salt = Salt([3; 32]);
        let keys: Vec<Vec<u8>> = (0..300).map(|n| (0..n % 70).map(|i| (i * n) as u8).collect()).collect();
        let some = |n: usize| (n % 11 != 3).then_some(&keys[n][..]);
        let keys: Vec<Option<&[u8]>> = (0..keys.len()).map(some).collect();
        let items = salt.items(&keys);
        let each = keys.iter().map(|key| key.map(|key| salt.item(&[key]).0));
        assert!(items.iter().map(|item| item.map(|item| item.0)).eq(each));
        assert!(salt.items(&[]).is_empty());
    }

    #[test]
    fn repetitions_are_taken_out() {
        let list = [5, 3, 5, 5, 9, 3].map(|i| Block([i, 0]));
        let Distinct { items, of } = distinct(&list);
        assert_eq!(items.iter().map(|item| item.0[0]).collect::<Vec<_>>(), [5, 3, 9]);
        assert_eq!(of, [0, 1, 0, 0, 2, 1]);
        assert!(distinct(&[]).items.is_empty());
    }
}
