//! What operators decide about jobs, and the exit codes by which programs tell the ends apart.

use crate::cluster::{ALL, Cluster, LONG, SHORT, answered, assert_says, computing, text};

#[test]
fn jobs_are_approved_refused_and_cancelled() {
    let cluster = Cluster::start(&[]);
    cluster.agree("by hand", &ALL, "long-beach");
    cluster.agree("automatic", &ALL, "");
    let [cleveland, hungary, approver, switzerland] = [0, 1, 2, 3].map(|i| &cluster.nodes[i]);
    let asked = || cleveland.ask_by_hand("by hand", approver);

    let (asking, id) = asked();
    assert_says(&cleveland.run(&["job", "show", &id]), &["requested", "waiting for the approval of long-beach"]);
    approver.run(&["job", "approve", &id]);
    answered(asking.end(), "920");
    let (code, _, error) = approver.try_run(&["job", "refuse", &id, "--reason", "too late"]);
    assert_eq!(code, 3);
    assert_says(&error, &["is ended, it cannot become refused"]);
    let (code, _, error) = cleveland.try_run(&["job", "cancel", &id]);
    assert_eq!(code, 3);
    assert_says(&error, &["has come to its end already"]);

    let (asking, id) = asked();
    approver.run(&["job", "refuse", &id, "--reason", "not this month"]);
    let (code, _, error) = asking.end();
    assert_eq!(code, 3, "{error}");
    assert_says(&error, &[&id, "long-beach", "refused by its operator: not this month"]);
    let (state, why) = approver.end_of(&id);
    assert_eq!((state.as_str(), why.as_str()), ("refused", "not this month"));
    let (state, why) = hungary.end_of(&id);
    assert_eq!(state, "failed");
    assert_says(&why, &["cleveland stopped the job", "long-beach", "not this month"]);

    // The asker changes its mind: by a command, or by Ctrl-C.
    let (asking, id) = asked();
    cleveland.run(&["job", "cancel", &id]);
    let (code, _, error) = asking.end();
    assert_eq!(code, 4, "{error}");
    assert_says(&error, &["cleveland cancelled the job"]);
    let (state, why) = approver.end_of(&id);
    assert_eq!(state, "failed");
    assert_says(&why, &["cleveland stopped the job: cleveland cancelled the job"]);
    let (asking, id) = asked();
    asking.interrupt();
    let (code, _, error) = asking.end();
    assert_eq!(code, 4, "{error}");
    assert_says(&error, &[&id, "was cancelled"]);
    assert_eq!(approver.end_of(&id).0, "failed");

    // Who takes part stops it in the middle.
    let asking = cleveland.ask("automatic", LONG);
    let id = text(&switzerland.job("a joint computation", computing)["job"]).to_owned();
    hungary.run(&["job", "cancel", &id]);
    let (code, _, error) = asking.end();
    assert_eq!(code, 4, "{error}");
    assert_says(&error, &["hungary cancelled the job"]);
    for node in &cluster.nodes {
        let (state, why) = node.end_of(&id);
        assert_eq!(state, "failed", "{}: {why}", node.name);
        assert_says(&why, &["hungary cancelled the job"]);
    }

    let (code, _, error) = cleveland.try_run(&["job", "show", "00112233445566778899aabbccddeeff"]);
    assert_eq!(code, 3);
    assert_says(&error, &["there is no job"]);
    answered(cleveland.ask("automatic", SHORT).end(), "920");
}
