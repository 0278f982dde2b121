//! Random numbers that receivers get with an answer and nobody else: a commitment to the answer with them hides it from all others.

use jointly_core::{Party, Result};
use jointly_share::{Engine, Secret};

/// How many.
pub const SALT: usize = 3;

/// Each is a sum of one such number from each computing party, so that no party chooses it.
const SALT_BITS: u32 = 48;

/// A party's part of the salt, from so many uniformly random bytes.
pub fn salt(random: &[u8; 8 * SALT]) -> [i64; SALT] {
    let word = |i: usize| random[8 * i..8 * i + 8].iter().fold(0u64, |w, b| w << 8 | u64::from(*b));
    std::array::from_fn(|i| (word(i) >> (u64::BITS - SALT_BITS)) as i64)
}

/// The salt, shared, of which `mine` is this party's part.
pub async fn shared(e: &mut dyn Engine, mine: &[i64; SALT]) -> Result<Secret> {
    let mut sum = e.public(&[0; SALT])?;
    for party in Party::all(e.among().parties) {
        let part = e.input(party, (e.me() == party).then_some(&mine[..]), SALT).await?;
        sum = e.add(&sum, &part)?;
    }
    Ok(sum)
}
