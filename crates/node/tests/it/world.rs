//! Three hospitals and a project, for the tests.

use std::sync::OnceLock;

use chrono::{DateTime, Utc};
use jointly_node::*;

/// Three identities, made once: a key under a passphrase costs time on purpose.
pub fn identities() -> &'static [Identity; 3] {
    static IDENTITIES: OnceLock<[Identity; 3]> = OnceLock::new();
    IDENTITIES.get_or_init(|| {
        let folder = tempfile::tempdir().unwrap();
        ["Cleveland", "Hungary", "Zürich"]
            .map(|name| Identity::create(&folder.path().join(name), name, &Passphrase::none()).unwrap())
    })
}

pub fn at(time: &str) -> DateTime<Utc> {
    time.parse().unwrap()
}

pub fn noon() -> DateTime<Utc> {
    at("2026-03-01T12:00:00Z")
}

pub fn project() -> Project {
    let [cleveland, hungary, zurich] = identities().each_ref().map(Identity::public_key);
    let text = format!(
        r#"
        id = "00112233445566778899aabbccddeeff"
        name = "Cholesterol"
        purpose = "Whether cholesterol differs between our patients with and without heart disease."
        created = "2026-01-01T00:00:00Z"
        valid_from = "2026-01-01T00:00:00Z"
        valid_until = "2026-12-31T00:00:00Z"
        computing = ["Cleveland", "Hungary", "Zürich"]
        receivers = ["Cleveland"]
        adversary = {{ model = "semi-honest" }}
        threshold = 1
        kinds = ["query"]

        [approval]
        Cleveland = "automatic"

        [[members]]
        name = "Cleveland"
        key = "{cleveland}"
        address = "cleveland.example.org:7400"
        [[members]]
        name = "Hungary"
        key = "{hungary}"
        [[members]]
        name = "Zürich"
        key = "{zurich}"

        [[tables]]
        table = "patients"
        [[tables.columns]]
        name = "cholesterol"
        type = "real"
        decimals = 1
        min = 0.0
        max = 1000.0
        unit = "mg/dL"
        [[tables.columns]]
        name = "sex"
        type = "enum"
        values = ["F", "M"]

        [[datasets]]
        owner = "Cleveland"
        name = "clinic"
        table = "patients"
        [datasets.policy]
        cholesterol = ["aggregate", "filter"]
        sex = ["group", "filter"]
        [[datasets]]
        owner = "Hungary"
        name = "clinic"
        table = "patients"
        [datasets.policy]
        cholesterol = ["aggregate"]
        "#
    );
    toml::from_str(&text).unwrap()
}

/// The project with the signatures of the first `signers` members.
pub fn signed_project(signers: usize) -> Signed<Project> {
    let mut signed = Signed::draft(&project()).unwrap();
    identities().iter().take(signers).for_each(|identity| signed.sign(identity).unwrap());
    signed
}

pub fn receipt(job: JobId, project: &Project) -> Receipt {
    let names: Vec<String> = project.members.iter().map(|m| m.name.clone()).collect();
    Receipt {
        job,
        project: project.id,
        plan_hash: Hex([1; 32]),
        kind: JobKind::Query,
        query: "SELECT sex, AVG(cholesterol) FROM patients GROUP BY sex".to_owned(),
        protocols: vec!["rep3".to_owned()],
        parties: project.members.iter().map(|m| Signer { name: m.name.clone(), key: m.key }).collect(),
        computing: names.clone(),
        inputs: vec![InputCommitment {
            owner: "Hungary".to_owned(),
            dataset: "clinic".to_owned(),
            commitment: Hex([2; 32]),
        }],
        result: Some(Hex([3; 32])),
        learned: vec!["Cleveland learned the averages of two groups.".to_owned()],
        traffic: names.iter().map(|name| Traffic { party: name.clone(), bytes: 1000, rounds: 7 }).collect(),
        began: noon(),
        ended: noon(),
        outcome: Outcome::Ended,
        deleted: "All shares and temporary files were deleted.".to_owned(),
    }
}

/// What `result` says went wrong.
#[track_caller]
pub fn message<T>(result: Result<T>) -> String {
    match result {
        Ok(_) => panic!("this should have been refused"),
        Err(e) => e.to_string(),
    }
}

#[track_caller]
pub fn assert_says(message: &str, words: &[&str]) {
    for word in words {
        assert!(message.contains(word), "{word:?} is not in: {message}");
    }
}
