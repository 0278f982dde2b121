//! Cheaters that know the protocol.

use std::{collections::HashMap, time::Duration};

use futures::future::join;
use jointly_math::{Prg, Seed};
use jointly_net::memory;
use jointly_ot::{VoleReceiver, VoleSender};

use super::*;

const CHEATER: Party = Party(0);
const HONEST: Party = Party(1);

/// What the honest party, which has `set`, ends with.
fn against(set: &[Block], theirs: usize, cheater: impl AsyncFnOnce(Ctx) -> Result<()>) -> Result<Vec<u32>> {
    let mut ctxs = memory::meshes(2).into_iter().map(|mesh| Ctx::new(mesh, "test", Duration::from_secs(20)));
    let (theirs_ctx, mut mine) = (ctxs.next().unwrap(), ctxs.next().unwrap());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    let honest = async move { Mode::Malicious.run_both(&mut mine, CHEATER, set, theirs).await };
    runtime.block_on(join(cheater(theirs_ctx), honest)).1
}

async fn voles(ctx: &mut Ctx, sizes: Sizes) -> Result<(impl VoleSender + use<>, impl VoleReceiver + use<>)> {
    let [mut a, mut b] = directions(ctx, HONEST);
    let asking = Mode::Malicious.asking(&mut a, HONEST, sizes);
    let answering = Mode::Malicious.answering(&mut b, HONEST, sizes.swapped());
    try_join(asking, answering).await
}

/// A cheater that asks about one set, makes tags of another, and says that it found `says`. Where it did not ask, it guesses.
async fn two_sets(mut ctx: Ctx, set: usize, asks: &[Block], shows: &[Block], says: &[Block]) -> Result<()> {
    let (ctx, mode, sizes) = (&mut ctx, Mode::Malicious, Sizes { receiver: asks.len(), sender: set });
    let (mut asking, mut answering) = voles(ctx, sizes).await?;
    let [mut a, mut b] = directions(ctx, HONEST);
    let asked = oprf::receive(&mut a, HONEST, mode, sizes, asks, &mut asking);
    let answered = oprf::send(&mut b, HONEST, mode, sizes.swapped(), &mut answering);
    let ((rows, values), function) = try_join(asked, answered).await?;
    let known: HashMap<[u64; 2], Block> = rows.keys().iter().map(|x| x.0).zip(values).collect();
    let guess = Prg::new(Seed::random()).block();
    let other = shows.iter().map(|x| known.get(&x.0).copied().unwrap_or(guess)).collect();
    let (rows, values) = function.evaluate(shows);
    let tags = Tags { values: [in_order(&rows, &values), other], items: shows };
    let (_, commitments) = committed(ctx, HONEST, sizes, tags.of(CHEATER)).await?;
    agree(ctx, HONEST, &commitments, says.to_vec()).await
}

fn outcome(asks: &[Block], shows: &[Block], says: &[Block], set: &[Block]) -> Result<Vec<u32>> {
    against(set, asks.len(), async |ctx| two_sets(ctx, set.len(), asks, shows, says).await)
}

const DIFFERENT: &str = "that both parties found the same items";

#[test]
fn who_shows_what_it_did_not_ask_about_shows_nothing() {
    let set = Prg::new(Seed::random()).blocks(40);
    let (asks, shows) = (&set[..15], &set[15..30]);
    // It says what it found, or what the other would have found by tags of one function alone.
    for says in [asks, shows] {
        let out = outcome(asks, shows, says, &set);
        assert!(matches!(out, Err(Error::Cheated { by: Some(CHEATER), check: DIFFERENT, .. })), "{out:?}");
    }
    // It may as well have come with nothing in common.
    assert_eq!(outcome(asks, shows, &[], &set).unwrap(), []);
}

#[test]
fn who_shows_less_than_it_asks_about_has_to_own_up_to_it() {
    let set = Prg::new(Seed::random()).blocks(40);
    let asks = &set[..20];
    let shows = [&set[..12], &Prg::new(Seed::random()).blocks(8)].concat();
    let out = outcome(asks, &shows, asks, &set);
    assert!(matches!(out, Err(Error::Cheated { by: Some(CHEATER), check: DIFFERENT, .. })), "{out:?}");
    // The limit that the claims state.
    assert_eq!(outcome(asks, &shows, &set[..12], &set).unwrap(), (0..12).collect::<Vec<u32>>());
    // Nothing was cheated: the test's cheater follows the protocol otherwise.
    assert_eq!(outcome(asks, asks, asks, &set).unwrap(), (0..20).collect::<Vec<u32>>());
}

/// A cheater that waits for each of the last messages, and sends it back.
async fn echo(mut ctx: Ctx, items: &[Block]) -> Result<()> {
    let (ctx, sizes) = (&mut ctx, Sizes { receiver: items.len(), sender: items.len() });
    let (mut asking, mut answering) = voles(ctx, sizes).await?;
    functions(ctx, HONEST, items, sizes, &mut asking, &mut answering).await?;
    for bytes in [32, sizes.layout(Mode::Malicious).bytes() + OPENING_BYTES, 32] {
        let said: Vec<u8> = ctx.recv(HONEST, bytes).await?;
        ctx.send(HONEST, &said).await?;
    }
    Ok(())
}

#[test]
fn an_echo_is_no_answer() {
    let set = Prg::new(Seed::random()).blocks(40);
    // Even by who could have given the right one.
    let out = against(&set, set.len(), async |ctx| echo(ctx, &set).await);
    assert!(matches!(out, Err(Error::Cheated { by: Some(CHEATER), check: DIFFERENT, .. })), "{out:?}");
}

#[test]
fn tags_are_those_of_their_sender_and_both_functions() {
    let mut prg = Prg::new(Seed::random());
    let items = prg.blocks(300);
    let tags = |values| Tags { values, items: &items };
    let (one, two) = (prg.blocks(300), prg.blocks(300));
    let all = [
        tags([one.clone(), two.clone()]).of(Party(0)),
        tags([one.clone(), two.clone()]).of(Party(1)),
        tags([two.clone(), one.clone()]).of(Party(0)),
        tags([one, prg.blocks(300)]).of(Party(0)),
        tags([prg.blocks(300), two]).of(Party(0)),
    ];
    let mut all = all.concat();
    all.sort_unstable();
    all.dedup();
    assert_eq!(all.len(), 5 * 300);
}
