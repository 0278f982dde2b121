//! The sum of the values that one side has for the common items: Ion, Kreuter, Nergiz, Patel, Raykova, Saxena, Seth, Shanahan, Yung, "On
//! Deploying Secure Computing", EuroS&P 2020 (ePrint 2019/723), figure 2, with ElGamal in the exponent as the additively homomorphic
//! encryption.
//!
//! P₂ has the values; it learns their sum. P₁ learns how many items are common. Bytes: 32·mine + 64 from P₁; 16·mine + 96·theirs + 32 from
//! P₂ (`mine` being P₁'s rows).

use std::collections::HashMap;

use jointly_core::{Error, Party, Result};
use jointly_net::Ctx;
use jointly_ot::oprf::Element;

use super::{
    Sizes,
    elgamal::{Ciphertext, LARGEST, PublicKey, SecretKey},
    mask::{CHUNK, Doubly, Mask, Rows, Tag},
};

/// P₂: the sum of the values of those items that `peer` has too. The values of equal items are added first. All values together come to
/// at most 2^40.
pub async fn sum_of_values<I: AsRef<[u8]>>(
    ctx: &mut Ctx,
    peer: Party,
    items: &[(I, u64)],
    sizes: Sizes,
) -> Result<u64> {
    let (totals, most) = totals(items)?;
    let keys: Vec<&[u8]> = items.iter().map(|(item, _)| item.as_ref()).collect();
    let (mask, rows, secret) = (Mask::new(ctx)?, Rows::new(&keys, sizes.mine)?, SecretKey::random());

    // Setup: the key.
    let key = secret.public()?;
    ctx.send(peer, &[key.element()]).await?;

    // Rounds 1 and 2: P₁'s items, doubly masked, in another order; the own ones with their encrypted values.
    let theirs = mask.exchange(ctx, peer, &rows, sizes.theirs).await?;
    ctx.send(peer, &theirs.sorted()).await?;
    for start in (0..rows.len()).step_by(CHUNK) {
        let mut elements = Vec::with_capacity(2 * CHUNK);
        for place in start..rows.len().min(start + CHUNK) {
            let value = rows.row(place).and_then(|row| totals.get(keys[row])).copied().unwrap_or(0);
            elements.extend(key.encrypt(value).elements()?);
        }
        ctx.send(peer, &elements).await?;
    }

    // Round 3.
    let sum: Vec<Element> = ctx.recv(peer, 2).await?;
    let sum = Ciphertext::from_elements(&sum[0], &sum[1]);
    secret.vartime_decrypt(&sum, most).ok_or(Error::Cheated {
        by: Some(peer),
        check: "that the sum is at most the sum of all values",
        proof: None,
    })
}

/// P₁: how many of `items` are common with `peer`, which learns the sum of its values for them. If they are fewer than `least`, the sum
/// would say too much about each: then it is not sent, and both sides end with an error.
pub async fn sum<I: AsRef<[u8]>>(ctx: &mut Ctx, peer: Party, items: &[I], sizes: Sizes, least: usize) -> Result<usize> {
    let (mask, rows) = (Mask::new(ctx)?, Rows::new(items, sizes.mine)?);
    let key: Vec<Element> = ctx.recv(peer, 1).await?;
    let key = PublicKey::new(key[0]);

    // Rounds 1 and 2.
    let theirs = mask.exchange(ctx, peer, &rows, sizes.theirs).await?;
    let mine = Doubly::new(ctx.recv::<Tag>(peer, sizes.mine).await?);
    let common = mine.common(&theirs);
    let mut values = Vec::with_capacity(sizes.theirs);
    for start in (0..sizes.theirs).step_by(CHUNK) {
        let elements: Vec<Element> = ctx.recv(peer, 2 * CHUNK.min(sizes.theirs - start)).await?;
        values.extend(elements.chunks_exact(2).map(|pair| Ciphertext::from_elements(&pair[0], &pair[1])));
    }
    if common.len() < least {
        return Err(Error::Refused(format!(
            "the sets have fewer than {least} items in common: their sum is not computed. Ask over larger sets"
        )));
    }

    // Round 3: the sum, refreshed by an encryption of zero.
    let sum = common.iter().fold(key.encrypt(0), |sum, (_, place)| sum.add(&values[*place]));
    ctx.send(peer, &sum.elements()?).await?;
    Ok(common.len())
}

/// Each item's value, and the sum of all.
fn totals<I: AsRef<[u8]>>(items: &[(I, u64)]) -> Result<(HashMap<&[u8], u64>, u64)> {
    let (mut totals, mut sum) = (HashMap::<&[u8], u64>::new(), 0u64);
    for (item, value) in items {
        sum = sum
            .checked_add(*value)
            .filter(|sum| *sum <= LARGEST)
            .ok_or_else(|| Error::Refused("the values come to more than 2^40: sum them in larger units".to_string()))?;
        *totals.entry(item.as_ref()).or_default() += value;
    }
    Ok((totals, sum))
}
