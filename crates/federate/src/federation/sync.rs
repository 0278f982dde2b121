//! Members that were away come to where the others are.

use std::collections::BTreeMap;

use jointly_core::{Error, Party, Result};
use jointly_net::Ctx;

use super::{Plan, State};

/// The state that more than half of the members have, at this one. Who has it already keeps it; who has another takes it from the first that has it, and compares its digest with what
/// those members said.
///
/// # Errors
/// `Refused` if no state is that of more than half: their nodes kept different ones. `Gone` if who should hand it over is lost.
pub async fn sync(ctx: &mut Ctx, plan: &Plan, mine: State) -> Result<State> {
    let (me, members) = (ctx.me(), plan.setting.members());
    let (mut say, mut fetch) = (ctx.fork("say"), ctx.fork("fetch"));
    let others: Vec<Party> = Party::all(members).filter(|m| *m != me).collect();
    let digest = [mine.digest()];
    let out: Vec<(Party, &[[u8; 32]])> = others.iter().map(|m| (*m, &digest[..])).collect();
    let mut all = BTreeMap::from([(me, digest[0])]);
    say.gather(&out, (&others, 1), plan.patience, |from, got: Result<Vec<[u8; 32]>>| {
        if let Ok(got) = got {
            all.insert(from, got[0]);
        }
    })
    .await?;
    let with = |digest: [u8; 32]| all.iter().filter(move |(_, d)| **d == digest).map(|(member, _)| *member);
    let right = all.values().copied().find(|digest| 2 * with(*digest).count() > usize::from(members));
    let Some(right) = right else {
        return Err(Error::Refused(format!(
            "no state of the model is that of more than half of the {members} members: let those take part that trained together last, or start a federation of another name"
        )));
    };
    fetch.reach_of(&say);
    let first = with(right).next().ok_or(Error::Misuse("more than half are some"))?;
    if digest[0] == right {
        if first == me {
            let words = mine.words();
            let behind = all.iter().filter(|(_, d)| **d != right).map(|(member, _)| *member);
            let out: Vec<(Party, &[u64])> = behind.map(|member| (member, &words[..])).collect();
            fetch.gather::<u64>(&out, (&[], 0), plan.patience, |_, _| {}).await?;
        }
        ctx.join(fetch);
        return Ok(mine);
    }
    let mut got = Err(Error::Misuse("a state is told"));
    fetch.gather(&[], (&[first], State::word_count(plan.weights)), plan.patience, |_, told| got = told).await?;
    ctx.join(fetch);
    let state = State::of_words(&got?)?;
    if state.digest() != right {
        return Err(Error::Cheated {
            by: Some(first),
            check: "the comparison of the model with what members said",
            proof: None,
        });
    }
    Ok(state)
}
