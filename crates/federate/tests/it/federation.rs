//! Federations: the mean of what members trained, whoever drops out, and on from where a run broke off.

use std::time::Duration;

use async_trait::async_trait;
use futures::future::join_all;
use jointly_core::{Error, Result};
use jointly_federate::{
    Scale,
    federation::{Ended, Keep, Plan, State, Trained, Trainer, count, run, sync},
    masks::{Set, Setting},
    noise::{Budget, Noise, Rho, Unit},
    optimise::Optimiser,
};
use jointly_net::{Ctx, memory};
use tokio::time::sleep;

/// Goes half the way from the weights to what its rows say, which is member's number times the place of the weight.
struct Halfway {
    member: u16,
    counts: bool,
    /// It ends, is late, or has no numbers, in this round.
    trouble: Option<(u32, Trouble)>,
}

#[derive(Clone, Copy, PartialEq)]
enum Trouble {
    Lost,
    Late,
    NotANumber,
    Huge,
}

fn rows(member: u16) -> u32 {
    100 * (u32::from(member) + 1)
}

#[async_trait]
impl Trainer for Halfway {
    async fn train(&mut self, round: u32, weights: &[f64]) -> Result<Trained> {
        let aim = |place: usize| f64::from(self.member) * place as f64 / 10.0;
        let mut new: Vec<f64> = weights.iter().enumerate().map(|(i, w)| (w + aim(i)) / 2.0).collect();
        match self.trouble.filter(|(when, _)| *when == round).map(|t| t.1) {
            Some(Trouble::Lost) => return Err(Error::Refused("the machine burnt".into())),
            Some(Trouble::Late) => sleep(Duration::from_secs(15)).await,
            Some(Trouble::NotANumber) => new[3] = f64::NAN,
            Some(Trouble::Huge) => new.iter_mut().for_each(|w| *w *= 1e6),
            None => {}
        }
        let counts = if self.counts { vec![u32::from(self.member), 1] } else { Vec::new() };
        Ok(Trained { weights: new, rows: rows(self.member), counts })
    }
}

/// What a member keeps: the states, the counts, the notes, and how many releases it allows.
struct Kept {
    states: Vec<State>,
    counts: Vec<(Set, u32, Vec<u32>)>,
    notes: Vec<String>,
    releases: usize,
    budget: Option<Budget>,
}

impl Keep for Kept {
    fn keep(&mut self, state: &State, counted: Set, rows: u32, counts: &[u32]) -> Result<()> {
        self.states.push(state.clone());
        self.counts.push((counted, rows, counts.to_vec()));
        Ok(())
    }

    fn release(&mut self, round: u32, cost: Option<Rho>) -> Result<()> {
        if let (Some(budget), Some(cost)) = (&mut self.budget, cost) {
            budget.spend(u64::from(round), cost)?;
        }
        self.releases = self
            .releases
            .checked_sub(1)
            .ok_or_else(|| Error::Refused(format!("round {round} would spend more privacy than is left")))?;
        Ok(())
    }

    fn note(&mut self, round: u32, why: &str) {
        self.notes.push(format!("round {round}: {why}"));
    }
}

fn plan(members: u16, dropouts: u16, rounds: u32) -> Plan {
    Plan {
        setting: Setting::new(members, dropouts).unwrap(),
        weights: 7,
        counts: 2,
        clip: 10.0,
        most_rows: 1000,
        optimiser: Optimiser::Average { rate: 1.0 },
        noise: None,
        rounds,
        patience: Duration::from_secs(10),
    }
}

async fn train(
    plan: Plan,
    states: &[State],
    troubles: &[(u16, u32, Trouble)],
    releases: usize,
) -> Vec<(Result<Ended>, Kept)> {
    let meshes = memory::meshes(plan.setting.members());
    let parts = meshes.into_iter().map(|mesh| async move {
        let member = mesh.me().0;
        let trouble = troubles.iter().find(|t| t.0 == member).map(|t| (t.1, t.2));
        let mut kept = Kept {
            states: Vec::new(),
            counts: Vec::new(),
            notes: Vec::new(),
            releases,
            budget: Budget::new(2.0, 1e-5).ok(),
        };
        let mut ctx = Ctx::new(mesh, "job", Duration::from_secs(10));
        let state = states[usize::from(member) % states.len()].clone();
        let ended =
            run(&mut ctx, &plan, state, &mut Halfway { member, counts: plan.counts > 0, trouble }, &mut kept).await;
        (ended, kept)
    });
    join_all(parts).await
}

fn start() -> State {
    State::new(vec![0.0; 7]).unwrap()
}

/// What members' mean weighted by rows is after a round from `weights`.
fn mean(weights: &[f64], members: &[u16]) -> Vec<f64> {
    let all: f64 = members.iter().map(|m| f64::from(rows(*m))).sum();
    let part = |i: usize, m: &u16| f64::from(rows(*m)) / all * (weights[i] + f64::from(*m) * i as f64 / 10.0) / 2.0;
    (0..weights.len()).map(|i| members.iter().map(|m| part(i, m)).sum()).collect()
}

fn near(a: &[f64], b: &[f64]) {
    assert!(a.iter().zip(b).all(|(a, b)| (a - b).abs() < 1e-5), "{a:?} {b:?}");
}

#[tokio::test(start_paused = true)]
async fn all_come_to_the_same_weighted_mean() {
    let all = train(plan(5, 1, 3), &[start()], &[], 9).await;
    let mut right = start().weights().to_vec();
    for (round, state) in all[0].1.states.iter().enumerate() {
        right = mean(&right, &[0, 1, 2, 3, 4]);
        near(state.weights(), &right);
        assert_eq!(all[0].1.counts[round], (Set::first(5), 1500, vec![10, 5]));
    }
    for (ended, kept) in &all {
        assert_eq!(ended.as_ref().unwrap().state, kept.states[2]);
        assert_eq!(kept.states, all[0].1.states);
        assert!(kept.notes.is_empty(), "{:?}", kept.notes);
    }
}

#[tokio::test(start_paused = true)]
async fn who_is_lost_does_not_stop_the_others_also_while_it_adds_up() {
    // In round 2, counted from 0, member 2 adds up first.
    for (lost, when) in [(4, 0), (2, 2), (0, 1)] {
        let all = train(plan(5, 1, 4), &[start()], &[(lost, when, Trouble::Lost)], 9).await;
        assert_eq!(all[usize::from(lost)].0.as_ref().unwrap_err().to_string(), "the machine burnt");
        let others: Vec<u16> = (0..5).filter(|m| *m != lost).collect();
        let states = &all[usize::from(others[0])].1.states;
        assert_eq!(states.len(), 4);
        let before = if when == 0 { start().weights().to_vec() } else { states[when as usize - 1].weights().to_vec() };
        near(states[when as usize].weights(), &mean(&before, &others));
        for member in others {
            assert_eq!(&all[usize::from(member)].1.states, states);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn who_is_late_is_left_out_of_a_round_and_back_in_the_next() {
    let all = train(plan(5, 1, 3), &[start()], &[(3, 1, Trouble::Late)], 9).await;
    for (ended, kept) in &all {
        assert_eq!(kept.states, all[0].1.states, "{ended:?} {:?}", kept.notes);
    }
    let counted: Vec<usize> = all[3].1.counts.iter().map(|c| c.0.len()).collect();
    assert_eq!(counted, [5, 4, 5]);
}

#[tokio::test(start_paused = true)]
async fn what_is_no_number_stays_at_home_and_what_is_huge_is_clipped() {
    let all = train(plan(5, 1, 2), &[start()], &[(1, 0, Trouble::NotANumber)], 9).await;
    let why = all[1].0.as_ref().unwrap_err().to_string();
    assert!(why.contains("weight 4 of 7 is not a finite number"), "{why}");
    assert_eq!(all[0].1.counts[1].0, Set::first(5).without(jointly_core::Party(1)));

    let all = train(plan(5, 1, 1), &[start()], &[(4, 0, Trouble::Huge)], 9).await;
    let weights = all[0].0.as_ref().unwrap().state.weights();
    let norm = weights.iter().map(|w| w * w).sum::<f64>().sqrt();
    assert!(norm < 10.0, "{norm}");
}

#[tokio::test(start_paused = true)]
async fn a_run_goes_on_from_what_was_kept() {
    let whole = train(plan(4, 1, 4), &[start()], &[], 9).await;
    let half = train(plan(4, 1, 2), &[start()], &[], 9).await;
    let text = serde_json::to_string(half[3].1.states.last().unwrap()).unwrap();
    let back: State = serde_json::from_str(&text).unwrap();
    let rest = train(plan(4, 1, 4), &[back], &[], 9).await;
    assert_eq!(rest[0].0.as_ref().unwrap().state, whole[0].0.as_ref().unwrap().state);
    assert!(serde_json::from_str::<State>(&text.replacen("[0.0", "[1e999", 1)).is_err());
}

#[tokio::test(start_paused = true)]
async fn who_is_at_another_place_is_told_and_left_behind() {
    let other = State::new(vec![0.5; 7]).unwrap();
    let states = [start(), start(), start(), other];
    let all = train(plan(4, 1, 2), &states, &[], 9).await;
    assert_eq!(all[0].1.counts[1].0, Set::first(3));
    let why = all[3].0.as_ref().unwrap_err().to_string();
    assert!(why.contains("not at the same round of the same model"), "{why}");
}

#[tokio::test(start_paused = true)]
async fn a_spent_budget_ends_the_run_before_anything_is_opened() {
    let all = train(plan(4, 1, 5), &[start()], &[], 3).await;
    for (ended, kept) in &all {
        let why = ended.as_ref().unwrap_err().to_string();
        assert!(why.contains("round 4 would spend more privacy"), "{why}");
        assert_eq!(kept.states.len(), 3);
    }
}

#[tokio::test(start_paused = true)]
async fn who_was_away_comes_to_where_more_than_half_are() {
    let adam = Optimiser::Adam { rate: 0.1, first: 0.9, second: 0.99, adapt: 1e-3 };
    let plan = Plan { optimiser: adam, ..plan(5, 1, 2) };
    let states = train(plan, &[start()], &[], 9).await[0].1.states.clone();
    let (between, ahead) = (states[0].clone(), states[1].clone());
    let come = |states: Vec<(State, Option<State>)>| async move {
        let meshes = memory::meshes(5).into_iter().zip(states);
        join_all(meshes.map(|(mesh, state)| async move {
            let mut ctx = Ctx::new(mesh, "job", Duration::from_secs(10));
            sync(&mut ctx, &plan, state.0, state.1).await
        }))
        .await
    };
    let a = || (ahead.clone(), Some(between.clone()));
    let m = || (between.clone(), Some(start()));
    let b = || (start(), None);
    for state in come(vec![b(), a(), b(), a(), a()]).await {
        assert_eq!(state.unwrap(), ahead);
    }
    // Two have ended the round and three have not, or are further behind: all go on from before it.
    for state in come(vec![a(), m(), a(), m(), b()]).await {
        assert_eq!(state.unwrap(), between);
    }
    let other = || (State::new(vec![1.0; 7]).unwrap(), None);
    for state in come(vec![a(), a(), b(), b(), other()]).await {
        assert!(state.unwrap_err().to_string().contains("more than half"));
    }
}

#[tokio::test(start_paused = true)]
async fn counts_are_summed_without_training() {
    let plan = plan(4, 1, 2);
    let parts = memory::meshes(4).into_iter().map(|mesh| async move {
        let mut kept = Kept { states: Vec::new(), counts: Vec::new(), notes: Vec::new(), releases: 1, budget: None };
        let counts = vec![7, u32::from(mesh.me().0)];
        let mut ctx = Ctx::new(mesh, "job", Duration::from_secs(10));
        count(&mut ctx, &plan, &start(), counts, &mut kept).await
    });
    for got in join_all(parts).await {
        assert_eq!(got.unwrap(), (Set::first(4), vec![28, 6]));
    }
}

#[tokio::test(start_paused = true)]
async fn noise_is_added_by_all_and_its_budget_ends_the_run() {
    let noise = Some(Noise { unit: Unit::Member, multiplier: 3.0, colluding: 1 });
    let all = train(Plan { noise, counts: 0, ..plan(5, 1, 50) }, &[start()], &[], 99).await;
    for (ended, kept) in &all {
        let why = ended.as_ref().unwrap_err().to_string();
        assert!(why.contains("would bring the privacy spent to epsilon") && why.contains("the budget is 2"), "{why}");
        assert_eq!(kept.states, all[0].1.states);
    }
    // ρ of a round is 1/(2·3·9): some rounds fit into ε = 2, and not all of 50.
    let states = &all[0].1.states;
    assert!((2..30).contains(&states.len()), "{}", states.len());
    // All weigh the same: the first mean without noise is a fifth of the sum; σ of the mean's noise is 30·√5/5.
    let right: Vec<f64> = (0..7).map(|i| (0..5).map(|m| f64::from(m) * f64::from(i) / 100.0).sum::<f64>()).collect();
    let off: f64 = states[0].weights().iter().zip(&right).map(|(a, b)| (a - b) * (a - b)).sum::<f64>().sqrt();
    assert!((5.0..120.0).contains(&off), "{off}");
}

#[test]
fn plans_that_cannot_be_are_refused() {
    let why = |plan: Plan| plan.fit().unwrap_err().to_string();
    assert!(why(Plan { weights: 0, ..plan(4, 1, 1) }).contains("0 weights"));
    assert!(why(Plan { clip: f64::NAN, ..plan(4, 1, 1) }).contains("norm of NaN"));
    assert!(why(Plan { most_rows: 1 << 30, ..plan(4, 1, 1) }).contains("can be counted among 4 members"));
    assert!(why(Plan { optimiser: Optimiser::Average { rate: -1.0 }, ..plan(4, 1, 1) }).contains("positive"));
    let noise = Some(Noise { unit: Unit::Member, multiplier: 1.0, colluding: 0 });
    assert!(why(Plan { noise, ..plan(4, 1, 1) }).contains("without any"));
}

#[test]
fn updates_round_trip_to_a_millionth_and_the_largest_sum_fits() {
    for members in [3, 100] {
        let scale = Scale::new(members, 2.0, 1000).unwrap();
        let largest = scale.write(&[2.0, 0.0], 1000).unwrap();
        let sum: Vec<u32> = largest.iter().map(|w| w.wrapping_mul(u32::from(members))).collect();
        let (mean, rows) = scale.read(&sum).unwrap();
        assert!((mean[0] - 2.0).abs() < 1e-6 && mean[1] == 0.0, "{mean:?}");
        assert_eq!(rows, 1000 * u32::from(members));
        let clipped = scale.read(&scale.write(&[-3e300, 4e300], 500).unwrap()).unwrap().0;
        assert!((clipped[0] + 1.2).abs() < 1e-6 && (clipped[1] - 1.6).abs() < 1e-6, "{clipped:?}");
        assert!(scale.write(&[0.0, 0.0], 1001).unwrap_err().to_string().contains("1001 rows"));
        assert!(scale.read(&[5, 5, 0]).is_err());
    }
}
