//! Shares of a bucket as they are kept until all buckets are done.

use crate::intersect::Shares;

/// Where no item is in a bin.
const EMPTY: u32 = u32::MAX;

/// Numbers of bins, payloads and items, and then membership, payloads and items.
pub fn to_bytes(shares: &Shares) -> zeroize::Zeroizing<Vec<u8>> {
    let Shares { member, payload, items, bins } = shares;
    let head = [*bins as u64, payload.len() as u64, items.len() as u64];
    let mut bytes = Vec::with_capacity(8 * (3 + member.len() + payload.len()) + 4 * items.len());
    head.iter().chain(member).chain(payload).for_each(|word| bytes.extend_from_slice(&word.to_le_bytes()));
    items.iter().for_each(|item| bytes.extend_from_slice(&item.unwrap_or(EMPTY).to_le_bytes()));
    zeroize::Zeroizing::new(bytes)
}

/// None where the bytes are not those of shares.
pub fn from_bytes(bytes: &[u8]) -> Option<Shares> {
    let (head, rest) = bytes.split_at_checked(24)?;
    let [bins, payload, items] = words(head)[..] else { return None };
    let size = |n: u64| usize::try_from(n).ok().filter(|n| *n <= bytes.len() * 8);
    let (bins, payload, items) = (size(bins)?, size(payload)?, size(items)?);
    let (member, rest) = rest.split_at_checked(8 * bins.div_ceil(64))?;
    let (payload, items_at) = rest.split_at_checked(8 * payload)?;
    let fits = items_at.len() == 4 * items && (items == 0 || items == bins);
    let items = items_at.as_chunks::<4>().0.iter().map(|item| Some(u32::from_le_bytes(*item)).filter(|i| *i != EMPTY));
    let shares = Shares { member: words(member), payload: words(payload), items: items.collect(), bins };
    (fits && (shares.payload.is_empty() || shares.payload.len() == bins)).then_some(shares)
}

fn words(bytes: &[u8]) -> Vec<u64> {
    bytes.as_chunks::<8>().0.iter().map(|word| u64::from_le_bytes(*word)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_come_back_whole_or_not_at_all() {
        let shares = Shares { member: vec![5, 1], payload: vec![7; 70], items: vec![None; 70], bins: 70 };
        let bytes = to_bytes(&shares);
        let back = from_bytes(&bytes).unwrap();
        assert_eq!((back.member, back.payload, back.items, back.bins), (vec![5, 1], vec![7; 70], vec![None; 70], 70));
        assert!((0..bytes.len()).all(|n| from_bytes(&bytes[..n]).is_none()));
        let mut long = bytes.to_vec();
        long[7] = 0x80;
        assert!(from_bytes(&long).is_none());
    }
}
