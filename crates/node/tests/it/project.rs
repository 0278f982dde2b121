use std::collections::BTreeSet;

use jointly_core::Adversary;
use jointly_node::*;

use crate::world::{assert_says, at, identities, message, noon, project, signed_project};

/// What is wrong with the project after `change`.
#[track_caller]
fn wrong(change: impl FnOnce(&mut Project)) -> String {
    let mut project = project();
    change(&mut project);
    message(project.check())
}

#[test]
fn the_example_stands() {
    project().check().unwrap();
    assert_eq!(project().min_group, 10);
    assert_eq!(project().approval_of("Cleveland"), Approval::Automatic);
    assert_eq!(project().approval_of("Hungary"), Approval::ByHand);
}

#[test]
fn every_contradiction_is_named() {
    assert_says(
        &wrong(|p| p.computing[1] = "Basel".into()),
        &["computing party \"Basel\" is not a member", "Cleveland, Hungary, Zürich"],
    );
    assert_says(&wrong(|p| p.computing[1] = "Cleveland".into()), &["\"Cleveland\" is listed twice"]);
    assert_says(&wrong(|p| p.computing.truncate(1)), &["1 computing parties", "at least 2"]);
    assert_says(&wrong(|p| p.receivers[0] = "Basel".into()), &["receiver \"Basel\" is not a member"]);
    assert_says(&wrong(|p| p.receivers.clear()), &["nobody may receive results"]);
    for threshold in [0, 3] {
        assert_says(&wrong(|p| p.threshold = threshold), &[&format!("the threshold is {threshold}"), "1 to 2"]);
    }
    assert_says(&wrong(|p| p.adversary = Adversary::Covert { one_in: 1 }), &["one_in = 1"]);
    assert_says(&wrong(|p| p.min_group = 0), &["smallest group"]);
    assert_says(&wrong(|p| p.kinds.clear()), &["no kind of job"]);
    assert_says(&wrong(|p| p.valid_until = p.valid_from), &["not after its beginning"]);
    assert_says(&wrong(|p| p.members[1].name = "CLEVELAND".into()), &["two members are named"]);
    assert_says(&wrong(|p| p.members[1].key = p.members[0].key), &["same key"]);
    assert_says(&wrong(|p| p.members.truncate(1)), &["it has 1 members"]);
    assert_says(&wrong(|p| p.purpose = "x\u{202e}y".into()), &["U+202E"]);
    assert_says(&wrong(|p| p.members[0].address = Some("nowhere".into())), &["\"nowhere\"", "host:port"]);
}

#[test]
fn contradictions_about_data_are_named() {
    assert_says(&wrong(|p| p.datasets[1].owner = "Basel".into()), &["owner \"Basel\"", "not a member"]);
    assert_says(
        &wrong(|p| p.datasets[1].owner = "Cleveland".into()),
        &["\"Cleveland\" has two datasets named \"clinic\""],
    );
    let two = wrong(|p| (p.datasets[1].owner, p.datasets[1].name) = ("Cleveland".into(), "ward".into()));
    assert_says(&two, &["\"Cleveland\" has two datasets for the table \"patients\", \"clinic\" and \"ward\""]);
    assert_says(&wrong(|p| p.datasets[1].table = "beds".into()), &["\"beds\", which the project does not have"]);
    assert_says(
        &wrong(|p| p.datasets.clear()),
        &["it has no dataset", "table \"patients\" has no dataset", "\"Cleveland\", who owns no dataset"],
    );
    let unknown = wrong(|p| drop(p.datasets[1].policy.insert("age".into(), BTreeSet::new())));
    assert_says(&unknown, &["policy of \"Hungary\"", "column \"age\"", "cholesterol, sex"]);
    assert_says(
        &wrong(|p| p.approval = [("Zürich".to_owned(), Approval::Automatic)].into()),
        &["\"Zürich\", who owns no dataset"],
    );
    assert_says(&wrong(|p| p.tables.push(p.tables[0].clone())), &["two tables are named \"patients\""]);
    let twice = wrong(|p| p.tables[0].columns[1].name = "cholesterol".into());
    assert_says(&twice, &["table \"patients\"", "`cholesterol` is there twice"]);
}

#[test]
fn all_contradictions_are_named_at_once() {
    let all = wrong(|p| {
        p.threshold = 9;
        p.receivers.clear();
    });
    assert_eq!(all.matches("\n- ").count(), 2, "{all}");
}

#[test]
fn becomes_active_when_all_have_signed() {
    let none: Vec<String> = Vec::new();
    assert_eq!((signed_project(0).state(), signed_project(3).state()), (State::Draft, State::Active));
    assert_eq!(signed_project(2).state(), State::WaitingFor(vec!["Zürich".to_owned()]));
    assert_eq!(signed_project(3).missing(), none);
    assert_eq!(signed_project(3).active(noon()).unwrap(), &project());
    assert_says(
        &message(signed_project(2).active(noon()).cloned()),
        &["\"Cholesterol\" is not active", "Zürich has not signed"],
    );
    assert_says(&message(signed_project(1).active(noon()).cloned()), &["Hungary and Zürich have not signed"]);
}

#[test]
fn has_dates() {
    let signed = signed_project(3);
    assert_says(&message(signed.active(at("2025-12-31T23:59:59Z")).cloned()), &["begins on 2026-01-01"]);
    assert_says(&message(signed.active(at("2026-12-31T00:00:01Z")).cloned()), &["expired on 2026-12-31"]);
}

#[test]
fn a_strangers_signature_is_refused() {
    let mut smaller = project();
    smaller.members.truncate(2);
    let mut signed = Signed::draft(&smaller).unwrap();
    identities().iter().for_each(|identity| signed.sign(identity).unwrap());
    assert_says(&message(signed.check_signers()), &[&identities()[2].public_key().fingerprint(), "no member's"]);
}

#[test]
fn reads_in_plain_words() {
    let words = project().in_words();
    assert_says(
        &words,
        &[
            "Cholesterol\nWhether cholesterol differs",
            "Cleveland, key ",
            "at cleveland.example.org:7400",
            "Hungary brings \"clinic\" as table patients",
            "cholesterol and sex may decide which rows count",
            "At Hungary, a person approves each job",
            "At Cleveland, every job that this project allows runs",
            "Answers to queries go to Cleveland, and to nobody else.",
            "group of fewer than 10 rows, or with fewer than 10 values",
            "single out fewer rows",
            "Secure as long as no two of the three computing parties work together, and each runs the program as it is.",
            "until 31 December 2026, 00:00 UTC",
        ],
    );
    assert!(!words.contains("rehearsal"));
}

#[test]
fn each_model_and_threshold_has_its_sentence() {
    let words = |adversary, threshold, computing: usize| {
        let mut project = project();
        (project.adversary, project.threshold) = (adversary, threshold);
        project.computing.truncate(computing);
        project.in_words()
    };
    assert_says(
        &words(Adversary::Malicious, 2, 3),
        &["even if all others of the three computing parties work together, whatever programs"],
    );
    assert_says(
        &words(Adversary::Covert { one_in: 4 }, 1, 2),
        &["each of the two computing parties against the other.", "one run of 4"],
    );
    assert_says(
        &words(Adversary::PubliclyVerifiable { one_in: 4 }, 1, 3),
        &["no two of the three", "proof that anyone can verify"],
    );
    let mut rehearsal = project();
    (rehearsal.rehearsal, rehearsal.min_group) = (true, 1);
    assert_says(&rehearsal.in_words(), &["This is a rehearsal", "even one of a single row"]);
}

#[test]
fn unknown_fields_are_named() {
    let text = toml::to_string(&project()).unwrap();
    assert_eq!(toml::from_str::<Project>(&text).unwrap(), project());
    let error = toml::from_str::<Project>(&format!("colour = 1\n{text}")).unwrap_err().to_string();
    assert_says(&error, &["unknown field `colour`"]);
}

#[test]
fn contradictions_about_alignments_and_lookups_are_named() {
    let side = |owner: &str| Side { owner: owner.into(), table: "patients".into(), key: vec!["sex:text".into()] };
    let alignment = Alignment {
        name: "common".into(),
        sides: vec![side("Cleveland"), side("Hungary")],
        learners: vec!["Hungary".into()],
        shared: false,
        payload: None,
        hide_size: false,
    };
    let aligned = |change: &dyn Fn(&mut Alignment)| {
        wrong(|p| {
            p.kinds.push(JobKind::Align);
            p.alignments.push(alignment.clone());
            change(&mut p.alignments[0]);
        })
    };
    assert_says(&wrong(|p| p.alignments.push(alignment.clone())), &["`kinds` lists \"align\" if, and only if"]);
    assert_says(&aligned(&|a| a.sides[1].owner = "Basel".into()), &["\"Basel\", of which the project has no dataset"]);
    assert_says(
        &aligned(&|a| drop(a.sides.pop())),
        &["has 1 sides", "tells its result to \"Hungary\", who has no side"],
    );
    assert_says(&aligned(&|a| a.sides[1].key = vec!["age:digits".into()]), &["no column `age`"]);
    assert_says(&aligned(&|a| a.sides[1].key = vec!["sex:loud".into()]), &["there is no rule `loud`"]);
    assert_says(&aligned(&|a| a.sides[1].key = vec!["sex:code".into()]), &["keys of different rules"]);
    assert_says(&aligned(&|a| a.learners.clear()), &["tells its result to nobody"]);
    assert_says(&aligned(&|a| a.hide_size = true), &["hides numbers of rows that other jobs of the project tell"]);
    assert_says(&aligned(&|a| a.payload = Some("sex".into())), &["should be a number column of its second side"]);

    let lookup = Lookup {
        name: "record".into(),
        holder: "Hungary".into(),
        table: "patients".into(),
        key: vec!["sex:text".into()],
        columns: vec!["cholesterol".into()],
        queriers: vec!["Zürich".into()],
        capacity: 100,
        burst: 1,
        seconds: 1,
        total: 1,
    };
    let asked = |change: &dyn Fn(&mut Lookup)| {
        wrong(|p| {
            p.kinds.push(JobKind::Lookup);
            p.lookups.push(lookup.clone());
            change(&mut p.lookups[0]);
        })
    };
    assert_says(
        &asked(&|l| l.columns.push("age".into())),
        &["tells the column \"age\", which the table \"patients\" does not have"],
    );
    assert_says(
        &asked(&|l| l.queriers = vec!["Hungary".into()]),
        &["may be asked by \"Hungary\", who is no other member"],
    );
    assert_says(&asked(&|l| l.queriers.clear()), &["may be asked by nobody"]);
    assert_says(&asked(&|l| l.capacity = 0), &["has room for 0 IDs"]);
    assert_says(&asked(&|l| l.total = 0), &["lets nobody ask"]);
    assert_says(&asked(&|l| l.holder = "Zürich".into()), &["of which the project has no dataset"]);
    let mut malicious = project();
    malicious.adversary = Adversary::Malicious;
    malicious.kinds = vec![JobKind::Align];
    malicious.alignments = vec![Alignment { shared: true, ..alignment }];
    assert_says(&message(malicious.check()), &["semi-honest parties only"]);
}
