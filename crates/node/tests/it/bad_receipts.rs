//! What an asker that lies in a receipt achieves: nobody signs it, and nobody keeps it.

use chrono::TimeDelta;
use jointly_node::live::control::Ask;
use jointly_node::{Identity, JobId, JobKind, Outcome, Passphrase, Receipt, Signed, clock};
use serde_json::{Value, json};

use crate::bad_peers::{QUESTION, World};
use crate::network::Operator;
use crate::world::assert_says;

const NOBODY: &str = "the job did not end: nobody learned more than this";

const OPENED: &str = "the job did not end well for all, but its answer was opened: receivers may have it";

/// A receipt as an asker sends it.
fn call(name: &str, receipt: &Receipt) -> Value {
    sent(name, &Signed::draft(receipt).unwrap())
}

fn sent(name: &str, signed: &Signed<Receipt>) -> Value {
    json!({ "call": name, "receipt": signed.to_json().unwrap() })
}

/// How many copies of the job's receipt are in the node's log.
async fn kept(operator: &Operator, job: JobId) -> usize {
    let bundle: String = operator.ask(Ask::Evidence { project: None }).await;
    let bundle: Value = serde_json::from_str(&bundle).unwrap();
    let chain = bundle["statement"]["chain"].as_array().unwrap();
    let of_it = |l: &&Value| l["entry"]["kind"] == "receipt" && l["entry"]["subject"] == json!(job);
    chain.iter().filter(of_it).count()
}

/// A job that the rogue asked and that ended well at all honest nodes, with the receipt that they should sign.
async fn ended(world: &World) -> (Receipt, Receipt) {
    let theirs = world.all[0].answer(world.it_receives, QUESTION).await.receipt.unwrap();
    let mut receipt = theirs.clone();
    receipt.began = clock::now();
    let (job, done) = world.rogue.asks_again(&world.all).await;
    (receipt.job, receipt.ended) = (job, clock::now());
    for (place, done) in done.iter().enumerate() {
        assert_eq!(done["fault"], Value::Null);
        receipt.inputs[place].commitment = serde_json::from_value(done["commitment"].clone()).unwrap();
        receipt.traffic[place].bytes = done["bytes"].as_u64().unwrap();
        receipt.traffic[place].rounds = done["rounds"].as_u64().unwrap();
    }
    receipt.result = serde_json::from_value(done[0]["result"].clone()).unwrap();
    assert!(receipt.result.is_some());
    (theirs, receipt)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_signs_what_it_did_not_see_and_keeps_what_it_did_not_sign() {
    let world = World::start().await;
    let (rogue, a, b) = (&world.rogue, &world.all[0], &world.all[1]);
    let (theirs, right) = ended(&world).await;
    let fault = async |at: &Operator, call: Value| rogue.fault(at, call, TimeDelta::zero()).await;

    let lie = |change: &dyn Fn(&mut Receipt)| {
        let mut receipt = right.clone();
        change(&mut receipt);
        receipt
    };
    let failed = |first: &str, result| {
        let first = first.to_owned();
        lie(&move |r| {
            (r.outcome, r.result) = (Outcome::Failed("nothing".into()), result);
            r.learned.insert(0, first.clone());
        })
    };
    let lies = [
        (a, "result", failed(NOBODY, None)),
        (a, "result", failed(OPENED, None)),
        (b, "account of who learned what", failed(NOBODY, None)),
        (a, "account of who learned what", failed(NOBODY, right.result)),
        (a, "result", lie(&|r| r.result = None)),
        (
            b,
            "list of parties",
            lie(&|r| {
                r.parties.pop();
                r.traffic.pop();
            }),
        ),
        (
            b,
            "outcome",
            lie(&|r| {
                r.outcome = Outcome::Failed("b: it cheated".into());
                r.learned.insert(0, OPENED.into());
            }),
        ),
        (b, "protocol", lie(&|r| r.protocols.clear())),
        (b, "list of computing parties", lie(&|r| r.computing.reverse())),
        (b, "account of who learned what", lie(&|r| r.learned.clear())),
        (b, "account of what was deleted", lie(&|r| r.deleted = "nothing".into())),
        (b, "time", lie(&|r| r.began -= TimeDelta::hours(1))),
        (b, "time", lie(&|r| r.ended += TimeDelta::hours(1))),
        (b, "input commitment", lie(&|r| r.inputs.push(r.inputs[1].clone()))),
        (b, "list of inputs", lie(&|r| r.inputs[0].dataset = "another".into())),
        (b, "traffic", lie(&|r| r.traffic[1].bytes += 1)),
    ];
    for (at, what, receipt) in lies {
        let said = fault(at, call("sign", &receipt)).await;
        assert_says(&said, &[&format!("the receipt's {what} is not what {} saw", at.name)]);
    }
    let other = fault(b, call("sign", &lie(&|r| r.kind = JobKind::Align))).await;
    assert_says(&other, &["the receipt does not fit the project", "allows no job of its kind"]);
    // A job that another asked.
    for name in ["sign", "keep"] {
        assert_says(&fault(a, call(name, &theirs)).await, &["only who asked may do this"]);
    }

    // The truth is signed, and then nothing else.
    assert_says(&fault(a, call("keep", &right)).await, &["keeps only the receipt that it has signed"]);
    let signed = rogue.told(a, call("sign", &right)).await;
    let mut signed: Signed<Receipt> = Signed::from_json(signed.as_str().unwrap().as_bytes()).unwrap();
    let other = failed(OPENED, right.result);
    assert_says(&fault(a, call("sign", &other)).await, &["has signed another receipt of the job"]);
    assert_eq!(kept(a, right.job).await, 0);
    for _ in 0..2 {
        rogue.told(a, sent("keep", &signed)).await;
        assert_eq!(kept(a, right.job).await, 1);
    }
    signed.sign(&rogue.identity).unwrap();
    rogue.told(a, sent("keep", &signed)).await;
    assert_eq!(kept(a, right.job).await, 2);
    let folder = tempfile::tempdir().unwrap();
    let stranger = Identity::create(&folder.path().join("key"), "stranger", &Passphrase::none()).unwrap();
    signed.sign(&stranger).unwrap();
    assert_says(&fault(a, sent("keep", &signed)).await, &["who takes no part in the job"]);
    assert_eq!(kept(a, right.job).await, 2);
}
