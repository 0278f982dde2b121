//! What a peer that breaks the rules achieves: a message with its name, and nothing else.

use std::time::Duration;

use chrono::TimeDelta;
use jointly_node::live::{
    NodeConfig,
    control::{Ask, JobReport},
};
use jointly_node::{JobId, JobState, ProjectId, PublicKey};
use serde_json::{Value, json};

use crate::network::{Draft, Operator, introduce, question};
use crate::rogue::{Answer, Rogue, polite};
use crate::world::assert_says;

pub const QUESTION: &str = "SELECT COUNT(*) AS n FROM patients";

const HONEST: [&str; 3] = ["a", "b", "c"];

/// Three honest nodes and their project; a fourth that is their peer; and two projects with it: in one it computes, in one it owns and receives.
pub struct World {
    pub all: Vec<Operator>,
    pub rogue: Rogue,
    among_us: ProjectId,
    it_computes: ProjectId,
    pub it_receives: ProjectId,
}

impl World {
    pub async fn start() -> World {
        let mut all = Vec::new();
        for name in HONEST {
            let limits = |usual| NodeConfig { patience: Duration::from_secs(4), memory: 4 << 20, ..usual };
            all.push(Operator::limited(name, limits).await);
        }
        introduce(&all).await;
        let rogue = Rogue::start("mallory").await;
        for (place, operator) in all.iter().enumerate() {
            operator.add_patients(place).await;
            rogue.join(operator).await;
        }
        let everyone = vec!["a", "b", "c", "mallory"];
        let among_us = Draft {
            name: "among us",
            members: HONEST.to_vec(),
            computing: HONEST,
            owners: HONEST.to_vec(),
            receivers: vec!["a"],
            ..Draft::default()
        };
        let it_computes = Draft {
            name: "it computes",
            members: everyone.clone(),
            computing: ["a", "b", "mallory"],
            owners: vec!["a", "b"],
            receivers: vec!["a"],
            ..Draft::default()
        };
        let it_receives = Draft {
            name: "it receives",
            members: everyone,
            computing: HONEST,
            owners: HONEST.to_vec(),
            receivers: vec!["a", "mallory"],
            ..Draft::default()
        };
        let among_us = among_us.agree(&all).await;
        let it_computes = rogue.agree(&it_computes, &all).await;
        let it_receives = rogue.agree(&it_receives, &all).await;
        World { all, rogue, among_us, it_computes, it_receives }
    }

    /// The others' jobs go on.
    async fn others_go_on(&self) {
        let report = self.all[0].answer(self.among_us, QUESTION).await;
        assert_eq!(report.state, JobState::Ended, "{:?}", report.fault);
        assert_eq!(report.answer.unwrap().rows, [[json!(63)]]);
    }

    /// A job in which the rogue computes fails; why.
    async fn failure(&self, play: fn(&str) -> Answer) -> String {
        self.rogue.plays(play);
        let report = self.all[0].answer(self.it_computes, QUESTION).await;
        self.rogue.plays(polite);
        assert!(matches!(report.state, JobState::Failed | JobState::Refused), "{:?}", report.state);
        report.fault.unwrap().message
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn malformed_answers_are_refused_by_name_and_other_jobs_go_on() {
    let world = World::start().await;
    let malformed = ["mallory", "sent a malformed message"];
    assert_says(&world.failure(|_| Answer::Raw(b"\xff\0garbage".to_vec())).await, &malformed);
    let plays: [fn(&str) -> Answer; 4] = [
        |call| if call == "propose" { Answer::Raw(b"{\"ok\":[]}".to_vec()) } else { polite(call) },
        |call| if call == "start" { Answer::Raw(b"{}".to_vec()) } else { polite(call) },
        |call| if call == "finish" { Answer::Ok(json!({ "bytes": -1 })) } else { polite(call) },
        |call| if call == "propose" { Answer::Raw(vec![b'['; 1 << 20]) } else { polite(call) },
    ];
    for play in plays {
        let message = world.failure(play).await;
        assert_says(&message, &malformed);
        assert!(message.len() < 5000, "{} bytes", message.len());
    }
    // An answer too long to be one at all.
    let long = |call: &str| if call == "propose" { Answer::Raw(vec![b' '; (1 << 20) + 1]) } else { polite(call) };
    assert_says(&world.failure(long).await, &["mallory", "could not answer"]);
    world.others_go_on().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_does_not_do_its_part_is_named_within_the_limit() {
    let world = World::start().await;
    // It says that it takes part, and then nothing comes.
    let message = world.failure(polite).await;
    assert_says(&message, &["mallory is gone: it sent nothing for 4 s", "ask again"]);
    // It never comes to the job's end.
    let endless = |call: &str| if call == "finish" { Answer::Ok(Value::Null) } else { polite(call) };
    let message = world.failure(endless).await;
    assert_says(&message, &["mallory", "does not come to an end"]);

    // Garbage where the protocol's first message belongs.
    let job: JobId = world.all[0].ask(question(world.it_computes, QUESTION)).await;
    world.all[1].until(job, "a job under way", |r| r.state == JobState::Running).await;
    let mut keys = Vec::new();
    for operator in &world.all[..2] {
        keys.push(PublicKey::from_bytes(&world.rogue.key_of(operator).await.0).unwrap());
    }
    keys.push(world.rogue.identity.public_key());
    for to in [0, 1] {
        world.rogue.garbage(job, &keys, 2, to).await;
    }
    for operator in &world.all[..2] {
        let report = operator.wait(job).await;
        assert_eq!(report.state, JobState::Failed);
        let message = report.fault.unwrap().message;
        assert_says(&message, &["mallory sent a malformed message: it has not the length", "same version"]);
    }
    world.others_go_on().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_receiver_that_lies_about_the_end_spoils_only_its_own_signature() {
    let world = World::start().await;
    world.rogue.plays(|call| match call {
        "finish" => Answer::Ok(
            json!({ "bytes": u64::MAX, "rounds": u64::MAX, "commitment": null, "result": null, "fault": null }),
        ),
        "sign" => Answer::Ok(json!("no receipt")),
        other => polite(other),
    });
    let report: JobReport = world.all[0].answer(world.it_receives, QUESTION).await;
    assert_eq!(report.state, JobState::Ended, "{:?}", report.fault);
    assert_eq!(report.answer.unwrap().rows, [[json!(63)]]);
    assert_eq!(report.unsigned, ["mallory"]);
    world.others_go_on().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_clock_ten_minutes_off_is_named_with_both_times() {
    let host = Operator::start("hungary").await;
    let rogue = Rogue::start("cleveland").await;
    let call = rogue.join_call(&host).await;
    for off in [TimeDelta::minutes(10), TimeDelta::minutes(-10)] {
        let said = rogue.visit(&host, call.clone(), off).await;
        let message = said["error"]["message"].as_str().unwrap();
        assert_says(message, &["the clocks disagree by", "this node says", "set the wrong clock right"]);
        assert!(message.contains("10 minutes") || message.contains("11 minutes"), "{message}");
    }
    // The invitation is as good as before.
    assert_eq!(rogue.visit(&host, call, TimeDelta::minutes(2)).await, json!({ "ok": "hungary" }));
    rogue.hub.set_peer(rogue.key_of(&host).await, Some(host.address()));
    let message = rogue.fault(&host, json!({ "call": "ping" }), TimeDelta::minutes(10)).await;
    assert_says(&message, &["the clocks disagree", "cleveland says"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn requests_against_the_rules_are_refused_and_too_many_jobs_wait() {
    let world = World::start().await;
    let (a, none) = (&world.all[0], TimeDelta::zero());
    let fault = async |call: Value| world.rogue.fault(a, call, none).await;
    for request in [&b"\xff\xfe"[..], b"", b"{}", b"[[[[[[", &[b'{'; 1 << 20]] {
        assert_says(&world.rogue.raw_fault(a, request.to_vec()).await, &["mallory sent a malformed message"]);
    }
    assert_says(&fault(json!({ "call": "format-disk" })).await, &["malformed", "format-disk"]);
    assert_says(&fault(json!({ "call": "project", "document": "{}" })).await, &["not a valid signed project"]);
    let rows = json!({ "call": "rows", "project": world.among_us, "table": "patients" });
    assert_says(&fault(rows).await, &["you are no member of the project"]);
    let propose = |project: ProjectId, sql: &str, rows: Value| {
        let (job, plan_hash) = (JobId::random().unwrap(), "00".repeat(32));
        json!({ "call": "propose", "job": job, "project": project, "task": { "kind": "query", "sql": sql }, "rows": rows, "plan_hash": plan_hash })
    };
    let long = format!("SELECT '{}'", "x".repeat(70_000));
    assert_says(&fault(propose(world.it_computes, &long, json!([20, 21]))).await, &["longer than 65536 bytes"]);
    assert_says(
        &fault(propose(world.it_computes, QUESTION, json!([1, 2, 3]))).await,
        &["do not fit the table's owners"],
    );
    assert_says(&fault(propose(world.it_computes, QUESTION, json!([20, 21]))).await, &["a comes to another plan"]);
    let most = propose(world.it_computes, QUESTION, json!([u64::MAX, u64::MAX]));
    assert_says(&fault(most).await, &["a says that it has 18446744073709551615 rows"]);

    // Before anything is planned for so many rows.
    for rows in [1u64 << 29, 1 << 40] {
        let many = propose(world.it_computes, QUESTION, json!([20, rows]));
        assert_says(&fault(many).await, &["b says that it has", "at most 268435456"]);
    }
    let own = propose(world.it_computes, QUESTION, json!([1_000_000, 21]));
    assert_says(&fault(own).await, &["a has another number of rows than the plan says"]);
    let large = propose(world.it_computes, "SELECT MEDIAN(age * 1000000) FROM patients", json!([20, 200_000]));
    assert_says(&fault(large).await, &["numbers of all owners, more than the 262144 that there is memory for"]);
    for (times, says) in [(30_000, "it has more than 1000 names and operators"), (80, "another plan")] {
        let deep = format!("SELECT SUM(age{}) FROM patients", "+1".repeat(times));
        assert_says(&fault(propose(world.it_computes, &deep, json!([20, 21]))).await, &[says]);
    }

    // Jobs of others are none of its business.
    let mine: JobId = a.ask(question(world.among_us, QUESTION)).await;
    let mine = a.wait(mine).await.job;
    for call in ["finish", "approved"] {
        assert_says(&fault(json!({ "call": call, "job": mine })).await, &["only who takes part in the job"]);
    }
    for call in [json!({ "call": "start", "job": mine }), json!({ "call": "abort", "job": mine, "reason": "so" })] {
        assert_says(&fault(call).await, &["only who asked may do this"]);
    }

    // Eight jobs of a peer may wait; the next is told so, others get their turn all the same.
    let by_hand = Draft {
        name: "by hand",
        members: HONEST.to_vec(),
        computing: HONEST,
        owners: HONEST.to_vec(),
        receivers: vec!["a"],
        by_hand: "b",
        ..Draft::default()
    };
    let project = by_hand.agree(&world.all).await;
    let mut waiting = Vec::new();
    for _ in 0..8 {
        waiting.push(a.ask::<JobId>(question(project, QUESTION)).await);
    }
    for job in &waiting {
        world.all[1].until(*job, "a job to approve", |r| r.progress.starts_with("waiting for")).await;
    }
    let report = a.answer(project, QUESTION).await;
    assert_eq!(report.state, JobState::Refused);
    assert_says(&report.fault.unwrap().message, &["b already takes part in 8 jobs of a; ask again later"]);
    // A place of another's share is free.
    let other: JobId = world.all[2].ask(question(project, QUESTION)).await;
    world.all[1].until(other, "a job to approve", |r| r.progress.starts_with("waiting for")).await;
    world.all[1].ask::<Value>(Ask::Refuse { job: other, reason: "so".into() }).await;
    for job in waiting {
        world.all[1].ask::<Value>(Ask::Refuse { job, reason: "too many".into() }).await;
        assert_eq!(a.wait(job).await.state, JobState::Refused);
    }
    world.others_go_on().await;
}
