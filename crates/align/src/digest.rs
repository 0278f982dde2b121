//! What a party can prove later: what it brought, and what was found.

use std::fmt;

use jointly_core::{Error as Failed, Party};
use jointly_math::Seed;
use jointly_math::hash::{Commitment, Opening, commit, hash};
use jointly_net::Ctx;
use serde::{Deserialize, Serialize};

use crate::{Error, Parties, Result, Settings, spill::Spill};

/// What the commitment to the items is made for.
pub const INPUT: &str = "jointly v1 input";
/// What the digest of the result is made for.
const RESULT: &str = "jointly v1 result";
/// What a learner commits to before it shows its digest.
const CHECK: &str = "jointly v1 result check";

/// What one party brought: nobody else can find out what it is, or that it is the same as at another time.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Input {
    /// The digest of its different items.
    pub items: [u8; 32],
    /// The commitment to it, which may be shown.
    pub commitment: Commitment,
    /// What opens it, to be kept.
    pub opening: Opening,
}

impl Input {
    /// Commits to the items in the shards.
    pub(crate) fn commit(spill: &Spill) -> Result<Input> {
        let digests = (0..spill.shards())
            .map(|shard| Ok(hash("jointly v1 input shard", &[bytemuck::cast_slice(&spill.items(shard)?)])));
        let items = list("jointly v1 input items", &[], digests.collect::<Result<Vec<_>>>()?);
        let (commitment, opening) = commit(INPUT, &items);
        Ok(Input { items, commitment, opening })
    }

    /// Whether the commitment is one to these items.
    pub fn is_true(&self) -> bool {
        self.commitment.verify(INPUT, &self.items, &self.opening)
    }
}

/// What the learners found: the same digest at all of them, which nobody else can guess.
#[derive(Clone, PartialEq, Eq)]
pub struct Outcome {
    /// The digest of salt and common items.
    pub digest: [u8; 32],
    /// What the learners alone know.
    pub salt: [u8; 32],
}

impl fmt::Debug for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Outcome(..)")
    }
}

impl Outcome {
    /// Of the common items, bucket by bucket, each ascending.
    pub(crate) fn new(salt: [u8; 32], buckets: impl Iterator<Item = Result<Vec<u128>>>) -> Result<Outcome> {
        let digests = buckets.map(|items| Ok(hash("jointly v1 result bucket", &[bytemuck::cast_slice(&items?)])));
        Ok(Outcome { digest: list(RESULT, &[&salt], digests.collect::<Result<Vec<_>>>()?), salt })
    }

    /// Compares it with that of the other learners: who shows one has committed to it before it saw any other.
    pub(crate) async fn compare(&self, ctx: &mut Ctx, parties: &Parties, settings: &Settings) -> Result<()> {
        let others = learners(parties, settings);
        let (mine, opening) = commit(CHECK, &said(parties.me(), &self.digest));
        let commitments = tell(ctx, &others, *mine.as_bytes()).await?;
        let mut shown = [0; 64];
        shown[..32].copy_from_slice(opening.as_bytes());
        shown[32..].copy_from_slice(&self.digest);
        let shown = tell(ctx, &others, shown).await?;
        for ((party, commitment), shown) in others.into_iter().zip(commitments).zip(shown) {
            let (opening, digest) = shown.split_at(32);
            let opening = Opening::from_bytes(opening.try_into().unwrap_or_default());
            if !Commitment::from_bytes(commitment).verify(CHECK, &said(party, digest), &opening) {
                let check = "the opening of its commitment to what it found";
                return Err(Failed::Cheated { by: Some(party), check, proof: None }.into());
            }
            if digest != self.digest {
                return Err(Error::Cheated(differ(parties, party)));
            }
        }
        Ok(())
    }
}

/// Who else learns the result.
fn learners(parties: &Parties, settings: &Settings) -> Vec<Party> {
    settings.result.parties().filter(|party| *party != parties.me()).collect()
}

/// The salt of the learners: the first of them draws it, unless an earlier run of it did, and tells the others.
pub(crate) async fn salt(
    ctx: &mut Ctx,
    parties: &Parties,
    settings: &Settings,
    known: Option<[u8; 32]>,
) -> Result<[u8; 32]> {
    let others = learners(parties, settings);
    if let Some(first) = settings.result.parties().next().filter(|first| *first != parties.me()) {
        let salt = ctx.recv(first, 1).await?.pop();
        return salt.ok_or_else(|| Failed::Misuse("a salt was asked for").into());
    }
    let mut drawn = known.unwrap_or_default();
    if known.is_none() {
        drawn.as_chunks_mut::<16>().0.iter_mut().for_each(|half| *half = *Seed::random().as_bytes());
    }
    let salt = [drawn];
    let out: Vec<(Party, &[[u8; 32]])> = others.iter().map(|party| (*party, &salt[..])).collect();
    ctx.exchange_all(&out, &[]).await?;
    Ok(drawn)
}

/// What a party commits to: nobody else can show it as its own.
fn said(party: Party, digest: &[u8]) -> Vec<u8> {
    [&party.0.to_le_bytes()[..], digest].concat()
}

async fn tell<const N: usize>(ctx: &mut Ctx, others: &[Party], mine: [u8; N]) -> Result<Vec<[u8; N]>> {
    let mine = [mine];
    let out: Vec<(Party, &[[u8; N]])> = others.iter().map(|party| (*party, &mine[..])).collect();
    let from: Vec<(Party, usize)> = others.iter().map(|party| (*party, 1)).collect();
    Ok(ctx.exchange_all(&out, &from).await?.into_iter().flatten().collect())
}

fn differ(parties: &Parties, other: Party) -> String {
    let (found, who) = match parties.is_command() {
        true => ("the two sides have".to_owned(), "the other side".to_owned()),
        false if parties.count() == 2 => (both(parties, other), parties.who(other)),
        false => (both(parties, other), "a party".to_owned()),
    };
    format!(
        "{found} found different rows: {who} cheated, and brought other keys to one than to the other. Nothing was written"
    )
}

fn both(parties: &Parties, other: Party) -> String {
    format!("{} and {} have", parties.who(parties.me()), parties.who(other))
}

fn list(domain: &str, first: &[&[u8]], digests: Vec<[u8; 32]>) -> [u8; 32] {
    let parts: Vec<&[u8]> = first.iter().copied().chain(digests.iter().map(|digest| &digest[..])).collect();
    hash(domain, &parts)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Learners, Protocol, Security, Variant};
    use jointly_net::memory;
    use std::time::Duration;

    fn of(salt: u8, buckets: &[&[u128]]) -> Outcome {
        Outcome::new([salt; 32], buckets.iter().map(|items| Ok(items.to_vec()))).unwrap()
    }

    #[test]
    fn a_digest_is_of_salt_and_items() {
        let all = [of(1, &[&[1, 2], &[3]]), of(2, &[&[1, 2], &[3]]), of(1, &[&[1], &[2, 3]]), of(1, &[&[1, 2], &[4]])];
        assert!((0..4).all(|i| all[..i].iter().all(|other| other.digest != all[i].digest)));
        assert_eq!(all[0], of(1, &[&[1, 2], &[3]]));
    }

    fn three(me: u16) -> (Parties, Settings) {
        let settings = Settings {
            normalise: Settings::NORMALISE,
            key: vec!["text".into()],
            result: Learners::revealed([Party(0), Party(2)]),
            variant: Variant::Inner,
            protocol: Protocol::Rr22,
            security: Security::SemiHonest,
            hide_size: false,
            payload: None,
        };
        (Parties::named(Party(me), ["a", "b", "c"].map(str::to_owned).to_vec()).unwrap(), settings)
    }

    async fn compared(ctx: &mut Ctx, outcome: Outcome) -> Result<()> {
        let (parties, settings) = three(ctx.me().0);
        outcome.compare(ctx, &parties, &settings).await
    }

    fn contexts() -> [Ctx; 2] {
        let meshes = memory::meshes(3);
        [0, 2].map(|party| Ctx::new(meshes[party].clone(), "test", Duration::from_secs(5)))
    }

    #[tokio::test]
    async fn learners_notice_that_they_found_different_rows() {
        let [mut a, mut c] = contexts();
        let (x, y) = tokio::join!(compared(&mut a, of(1, &[&[1, 2]])), compared(&mut c, of(1, &[&[1, 2]])));
        assert!(x.is_ok() && y.is_ok());
        let [mut a, mut c] = contexts();
        let (x, y) = tokio::join!(compared(&mut a, of(1, &[&[1, 2]])), compared(&mut c, of(1, &[&[1]])));
        for (end, other) in [(x, "a and c"), (y, "c and a")] {
            let error = end.unwrap_err();
            let words = error.to_string();
            assert!(error.is_cheating() && words.contains(other) && words.contains("different rows"), "{words}");
        }
    }

    /// Who does not know what the other found says what the other says.
    #[tokio::test]
    async fn an_echo_is_no_agreement() {
        let [mut a, mut c] = contexts();
        let echo = async {
            let commitment = c.recv::<[u8; 32]>(Party(0), 1).await.unwrap();
            c.send(Party(0), &commitment).await.unwrap();
            let shown = c.recv::<[u8; 64]>(Party(0), 1).await.unwrap();
            c.send(Party(0), &shown).await.unwrap();
        };
        let (end, ()) = tokio::join!(compared(&mut a, of(1, &[&[1, 2]])), echo);
        let error = end.unwrap_err();
        assert!(
            matches!(error, Error::Protocol { error: Failed::Cheated { by: Some(Party(2)), .. }, .. }),
            "{error:?}"
        );
    }
}
