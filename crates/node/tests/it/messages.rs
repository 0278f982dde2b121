//! What peers and files say, damaged in every place: it is refused, or means one thing, and nothing breaks.

use jointly_node::live::messages::{Call, Message, Proposal, Said};
use jointly_node::live::task::Task;
use jointly_node::*;
use serde_json::json;

use crate::world::{identities, noon, project, receipt, signed_project};

/// `text` with each of its bytes replaced, and cut off after each.
fn damaged(text: &str) -> impl Iterator<Item = Vec<u8>> {
    let bytes = text.as_bytes().to_vec();
    (0..bytes.len()).flat_map(move |at| {
        let replaced = [0, b'"', b'}', b'9', 0xff].map(|byte| {
            let mut changed = bytes.clone();
            changed[at] = byte;
            changed
        });
        replaced.into_iter().chain([bytes[..at].to_vec()]).filter(|b| *b != text.as_bytes()).collect::<Vec<_>>()
    })
}

#[test]
fn a_damaged_message_is_refused_or_means_one_thing() {
    let (job, project) = (JobId::random().unwrap(), ProjectId::random().unwrap());
    let proposal = Proposal {
        job,
        project,
        task: Task::Query { sql: "SELECT 1".into() },
        rows: vec![1, 2],
        plan_hash: Hex([3; 32]),
    };
    let calls = [
        Call::Ping,
        Call::Join { secret: "00".repeat(16), name: "a".into(), address: None },
        Call::Propose(proposal),
        Call::Abort { job, reason: "so".into() },
    ];
    for call in calls {
        let text = serde_json::to_string(&Message { time: noon(), call }).unwrap();
        for bytes in damaged(&text) {
            if let Ok(message) = serde_json::from_slice::<Message>(&bytes) {
                let written = serde_json::to_vec(&message).unwrap();
                let again: Message = serde_json::from_slice(&written).unwrap();
                assert_eq!(serde_json::to_vec(&again).unwrap(), written);
            }
        }
        let more = text.replacen("\"time\"", "\"more\":1,\"time\"", 1);
        assert!(serde_json::from_str::<Message>(&more).unwrap_err().to_string().contains("unknown field `more`"));
    }
    assert!(serde_json::from_value::<Said>(json!({ "perhaps": 1 })).is_err());
}

#[test]
fn a_damaged_document_is_never_believed() {
    let mut signed = Signed::draft(&receipt(JobId::random().unwrap(), &project())).unwrap();
    signed.sign(&identities()[0]).unwrap();
    let receipt = signed.to_json().unwrap();
    let project = signed_project(1).to_json().unwrap();
    for bytes in damaged(&receipt) {
        // Another way to write the same is the same.
        let believed = Signed::<Receipt>::from_json(&bytes).is_ok_and(|s| s.text() != signed.text());
        assert!(!believed, "{}", String::from_utf8_lossy(&bytes));
    }
    for bytes in damaged(&project).step_by(7) {
        let believed = Signed::<Project>::from_json(&bytes).is_ok_and(|s| s.text() != signed_project(1).text());
        assert!(!believed, "{}", String::from_utf8_lossy(&bytes));
    }
    assert!(Signed::<Project>::from_json(receipt.as_bytes()).is_err(), "a receipt is no project");
}
