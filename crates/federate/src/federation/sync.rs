//! Members that were away come to where the others are.

use std::collections::BTreeMap;

use jointly_core::{Error, Party, Result};
use jointly_net::Ctx;

use super::{Plan, State};

/// What a member can go on from: the round and the digest of a state.
type Point = (u64, [u8; 32]);

/// The latest state that more than half of the members have, or had one round before, at this one. Who has it keeps it; who has not takes it from the first that has it now, and compares
/// its digest with what those members said. So a run that broke off within a round, which some had ended and some not, goes on: the former go back.
///
/// # Errors
/// `Refused` if there is no such state: nodes kept different ones. `Gone` if who should hand it over is lost.
pub async fn sync(ctx: &mut Ctx, plan: &Plan, mine: State, before: Option<State>) -> Result<State> {
    let (me, members) = (ctx.me(), plan.setting.members());
    let (mut say, mut fetch) = (ctx.fork("say"), ctx.fork("fetch"));
    let others: Vec<Party> = Party::all(members).filter(|m| *m != me).collect();
    // The one before is of the round before: a digest that is none, where there is none.
    let digests = [mine.digest(), before.as_ref().map_or([0; 32], State::digest)];
    let said = [message(mine.round(), digests)];
    let out: Vec<(Party, &[[u8; 72]])> = others.iter().map(|m| (*m, &said[..])).collect();
    let mut all = BTreeMap::from([(me, points(&said[0]))]);
    say.gather(&out, (&others, 1), plan.patience, |from, got: Result<Vec<[u8; 72]>>| {
        if let Ok(got) = got {
            all.insert(from, points(&got[0]));
        }
    })
    .await?;
    let has = |point: Point| all.iter().filter(move |(_, points)| points.contains(&point)).map(|(member, _)| *member);
    let more_than_half = |point: &Point| 2 * has(*point).count() > usize::from(members);
    let told = all.values().flatten().copied().filter(|point| point.1 != [0; 32]);
    let Some(right) = told.filter(more_than_half).max() else {
        return Err(Error::Refused(format!(
            "no state of the model is that of more than half of the {members} members: let those take part that trained together last, or start a federation of another name"
        )));
    };
    fetch.reach_of(&say);
    let first = has(right).next().ok_or(Error::Misuse("more than half are some"))?;
    let own = [Some(mine), before].into_iter().flatten().find(|state| (state.round().into(), state.digest()) == right);
    if let Some(own) = own {
        if first == me {
            let words = own.words();
            let lacking = all.iter().filter(|(_, points)| !points.contains(&right)).map(|(member, _)| *member);
            let out: Vec<(Party, &[u64])> = lacking.map(|member| (member, &words[..])).collect();
            fetch.gather::<u64>(&out, (&[], 0), plan.patience, |_, _| {}).await?;
        }
        ctx.join(fetch);
        return Ok(own);
    }
    let mut got = Err(Error::Misuse("a state is told"));
    fetch.gather(&[], (&[first], State::word_count(plan.weights)), plan.patience, |_, told| got = told).await?;
    ctx.join(fetch);
    let state = State::of_words(&got?)?;
    if (state.round().into(), state.digest()) != right {
        let check = "the comparison of the model with what members said";
        return Err(Error::Cheated { by: Some(first), check, proof: None });
    }
    Ok(state)
}

/// What is said: the round, the state's digest, and that of the one before.
fn message(round: u32, digests: [[u8; 32]; 2]) -> [u8; 72] {
    let mut said = [0; 72];
    said[..8].copy_from_slice(&u64::from(round).to_le_bytes());
    said[8..40].copy_from_slice(&digests[0]);
    said[40..].copy_from_slice(&digests[1]);
    said
}

fn points(said: &[u8; 72]) -> [Point; 2] {
    let round = u64::from_le_bytes(std::array::from_fn(|i| said[i]));
    let digest = |from: usize| std::array::from_fn(|i| said[from + i]);
    [(round, digest(8)), (round.wrapping_sub(1), digest(40))]
}
