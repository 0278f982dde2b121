//! Circuits as jobs, under every adversary model; what is wrong with them; and what convicts a cheater.

use jointly_garble::covert::{DOMAIN, verifies};
use jointly_node::live::control::{Ask, CircuitTask, Explanation, JobReport, ProjectLine, Wanted};
use jointly_node::*;
use serde_json::{Value, json};

use crate::network::{Operator, introduce};
use crate::world::{assert_says, identities, noon, project};

const SEMI_HONEST: &str = "{ model = \"semi-honest\" }";
const COVERT: &str = "{ model = \"covert\", one_in = 2 }";
const PVC: &str = "{ model = \"publicly-verifiable\", one_in = 4 }";
const MALICIOUS: &str = "{ model = \"malicious\" }";

/// Every owner learns how its own largest debt compares with a fee, or what all have together.
const OF_TWO: &str = "input a.debts: u32[3]\ninput b.fee: i32\ninput b.open: bit\n\
    output total = sum(a.debts) -> b\noutput more = i32(max(a.debts)) > b.fee && b.open\n";
const OF_THREE: &str = "input a.debts: u32[3]\ninput c.debts: u32[3]\noutput total = sum(a.debts + c.debts) -> b\n";

/// A project of owners with a debt table or a fee table, after `change`.
fn draft(adversary: &str, function: &str, owners: &[(&str, &str)], change: impl FnOnce(String) -> String) -> String {
    let names: Vec<&str> = owners.iter().map(|(owner, _)| *owner).collect();
    let mut text = format!("name = \"p\"\npurpose = \"a test\"\nmembers = {names:?}\nadversary = {adversary}\n");
    let owning = || owners.iter().filter(|(_, table)| !table.is_empty());
    let approval: Vec<String> = owning().map(|(owner, _)| format!("{owner} = \"automatic\"")).collect();
    text += &format!("approval = {{ {} }}\n", approval.join(", "));
    text += &format!("[[circuits]]\nname = \"compare\"\nfunction = \"\"\"\n{function}\"\"\"\n");
    for (owner, table) in owners {
        let table = if table.is_empty() { String::new() } else { format!("table = {table:?}\n") };
        text += &format!("[[circuits.sides]]\nparty = {owner:?}\nowner = {owner:?}\n{table}");
    }
    for (owner, table) in owning() {
        text += &format!("[[datasets]]\nowner = {owner:?}\nname = {table:?}\ntable = {table:?}\n");
    }
    if owners.iter().any(|(_, table)| *table == "debts") {
        text += "[[tables]]\ntable = \"debts\"\n[[tables.columns]]\nname = \"debts\"\ntype = \"int\"\nmin = 0\nmax = 100000\n";
    }
    if owners.iter().any(|(_, table)| *table == "fees") {
        text += "[[tables]]\ntable = \"fees\"\n[[tables.columns]]\nname = \"fee\"\ntype = \"int\"\nmin = -50\nmax = 100000\n\
            [[tables.columns]]\nname = \"open\"\ntype = \"bool\"\n";
    }
    change(text)
}

/// The owners' nodes with their tables, each other's peers.
async fn operators(owners: &[(&'static str, &str, &str)]) -> Vec<Operator> {
    let mut all = Vec::new();
    for (name, table, rows) in owners {
        let operator = Operator::start(name).await;
        if !table.is_empty() {
            write(&operator, table, rows);
            let columns: String = rows.lines().next().unwrap().split(',').map(|c| format!("{c} = \"{c}\"\n")).collect();
            let declaration =
                format!("name = {table:?}\ntable = {table:?}\n[source]\ncsv = \"{table}.csv\"\n[columns]\n{columns}");
            let folder = operator.home.path().to_str().unwrap().to_owned();
            operator.ask::<Value>(Ask::AddDataset { declaration, folder }).await;
        }
        all.push(operator);
    }
    introduce(&all).await;
    all
}

fn write(operator: &Operator, table: &str, rows: &str) {
    std::fs::write(operator.home.path().join(format!("{table}.csv")), rows).unwrap();
}

const DEBTS: &str = "debts\n700\n20\n300\n";
const FEES: &str = "fee,open\n650,true\n";

async fn two() -> Vec<Operator> {
    operators(&[("a", "debts", DEBTS), ("b", "fees", FEES)]).await
}

async fn agreed(all: &[Operator], draft: String) -> ProjectLine {
    let line: ProjectLine = all[0].ask(Ask::Propose { draft }).await;
    for operator in &all[1..] {
        operator.ask::<ProjectLine>(Ask::Sign { project: line.id }).await;
    }
    line
}

fn wanted(circuit: &str) -> Wanted {
    Wanted::Circuit(CircuitTask { circuit: circuit.into() })
}

async fn compute(asker: &Operator, line: &ProjectLine) -> JobReport {
    let job = asker.ask(Ask::Start { project: line.id, wanted: wanted("compare") }).await;
    asker.wait(job).await
}

const OWNERS: &[(&str, &str)] = &[("a", "debts"), ("b", "fees")];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_compute_under_every_model_and_read_before_what_a_cheater_risks() {
    let all = two().await;
    for (model, protocol, words) in [
        (SEMI_HONEST, "garble/half-gates", &["only as long as both run the program as it is", "nobody notices"][..]),
        (COVERT, "garble/covert", &["a garbles", "caught in 1 of 2 jobs (λ = 1/2)", "can prove it to nobody"]),
        (PVC, "garble/pvc", &["caught in 3 of 4 jobs (λ = 3/4)", "certificate signed by a", "shows nobody's values"]),
        (MALICIOUS, "garble/malicious-2", &["Whatever programs the others run", "stops rather than take a wrong one"]),
    ] {
        let line = agreed(&all, draft(model, OF_TWO, OWNERS, |text| text)).await;
        assert_says(
            &line.words,
            &["| output total = sum(a.debts) -> b", "b is b: it hands in fee and open from its fees"],
        );
        assert_says(&line.words, words);
        let plan: Explanation = all[1].ask(Ask::Explain { project: line.id, wanted: wanted("compare") }).await;
        assert_says(&plan.trust, words);
        assert_says(&plan.protocol, &[protocol]);
        let report = compute(&all[1], &line).await;
        assert_eq!(report.state, JobState::Ended, "{model}: {:?}", report.fault);
        assert!(report.unsigned.is_empty(), "{:?}", report.unsigned);
        let answer = report.answer.unwrap();
        assert_eq!(
            (answer.columns, answer.rows),
            (["total", "more"].map(String::from).to_vec(), vec![vec![json!(1020), json!(true)]])
        );
        let there: JobReport = all[0].ask(Ask::Job { job: report.job }).await;
        assert_eq!(there.answer.unwrap().rows, [[json!(true)]], "a learns no total");
        let receipt = report.receipt.unwrap();
        assert_eq!(
            (receipt.inputs.len(), receipt.protocols, receipt.kind),
            (2, vec![protocol.to_owned()], JobKind::Circuit)
        );
        assert_eq!(report.measured.unwrap().bytes, plan.predicted.bytes, "{model}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn three_compute_and_one_of_them_only_learns() {
    let all = operators(&[("a", "debts", DEBTS), ("c", "debts", "debts\n1\n2\n3\n"), ("b", "", "")]).await;
    let owners = &[("a", "debts"), ("c", "debts"), ("b", "")];
    let line = agreed(&all, draft(MALICIOUS, OF_THREE, owners, |text| text)).await;
    assert_says(&line.words, &["b is b: it hands in nothing, and learns total"]);
    let report = compute(&all[2], &line).await;
    assert_eq!(report.state, JobState::Ended, "{:?}", report.fault);
    assert_eq!(report.answer.unwrap().rows, [[json!(1026)]]);
    assert_eq!(report.receipt.unwrap().inputs.len(), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rows_that_do_not_fit_are_told_to_their_owner_alone() {
    let all = two().await;
    let line = agreed(&all, draft(PVC, OF_TWO, OWNERS, |text| text)).await;
    let run = async |rows: &str| {
        write(&all[0], "debts", rows);
        let report = compute(&all[1], &line).await;
        assert!(matches!(report.state, JobState::Failed | JobState::Refused));
        let there: JobReport = all[0].ask(Ask::Job { job: report.job }).await;
        (report.fault.unwrap().message, there.notes.join("\n"))
    };
    let (told, own) = run("debts\n712\n20\n").await;
    assert_says(&told, &["the table debts of a", "as many rows", "which is 3"]);
    assert_says(&own, &["has 2 rows", "takes 3"]);
    let (told, own) = run("debts\n712\n-1\n20\n").await;
    assert!(!told.contains("-1") && !own.contains("712"), "{told} {own}");

    write(&all[0], "debts", DEBTS);
    write(&all[1], "fees", "fee,open\n,true\n");
    let report = compute(&all[0], &line).await;
    assert_says(&report.fault.unwrap().message, &["the values of b failed", "that node's log"]);
    let there: JobReport = all[1].ask(Ask::Job { job: report.job }).await;
    assert_says(&there.notes.join("\n"), &["the table fees, row 1, fee: it is empty"]);

    let job = all[0].ask(Ask::Start { project: line.id, wanted: wanted("compute") }).await;
    let fault = all[0].wait(job).await.fault.unwrap();
    assert_says(&fault.message, &["no circuit \"compute\"", "it has compare"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn circuits_that_cannot_be_are_refused_before_anybody_signs() {
    let all = two().await;
    let told = async |adversary: &str, change: &dyn Fn(String) -> String| {
        let draft = draft(adversary, OF_TWO, OWNERS, change);
        all[0].try_ask::<ProjectLine>(Ask::Propose { draft }).await.unwrap_err().message
    };
    // The last expression takes whatever types the inputs have then.
    let any = "max(i64(a.debts)) > i64(b.fee) && u1(b.open) > 0";
    let swap = move |from: &'static str, to: &'static str| {
        move |text: String| text.replacen("i32(max(a.debts)) > b.fee && b.open", any, 1).replacen(from, to, 1)
    };
    for (change, words) in [
        (swap("sum(a.debts)", "sum(a.debts"), &["circuit \"compare\"", "line 4"][..]),
        (swap("party = \"a\"", "party = \"x\""), &["has sides for x and b", "is about a and b", "in this order"]),
        (swap("input b.fee: i32", "input b.fee: u32"), &["takes b.fee as u32", "may be -50"]),
        (swap("a.debts: u32[3]", "a.debts: u16[3]"), &["takes a.debts as u16", "may be 100000"]),
        (swap("input b.open: bit", "input b.open: i32"), &["b.open as i32", "true or false"]),
        (swap("name = \"fee\"", "name = \"fees\""), &["takes b.fee", "has no column \"fee\""]),
        (swap("owner = \"b\"\ntable = \"fees\"", "owner = \"b\""), &["takes values of b", "which `table` of b"]),
        (swap("owner = \"b\"\ntable", "owner = \"a\"\ntable"), &["two sides of \"a\""]),
        (swap("input b.fee: i32", "input b.fee: i32[2]"), &["different numbers of values of b"]),
        (swap("one_in = 4", "one_in = 101"), &["λ = 1 − 1/k", "from 2 to 100"]),
    ] {
        assert_says(&told(PVC, &change).await, words);
    }
    let owners = &[("a", "debts"), ("c", "debts"), ("b", "")];
    let three = operators(&[("a", "debts", DEBTS), ("c", "debts", DEBTS), ("b", "", "")]).await;
    let draft = draft(PVC, OF_THREE, owners, |text| text);
    let why = three[0].try_ask::<ProjectLine>(Ask::Propose { draft }).await.unwrap_err().message;
    assert_says(&why, &["cannot be computed", "for two parties", "malicious"]);
}

#[test]
fn what_a_node_signs_is_what_a_judge_verifies() {
    let identity = &identities()[0];
    let (key, message) = (*identity.public_key().as_bytes(), [7; 32]);
    let signature = identity.sign(DOMAIN, &message);
    assert!(verifies(&key, &message, &signature.0.0));
    assert!(!verifies(&key, &[8; 32], &signature.0.0));
    assert!(!verifies(&key, &message, &identity.sign("jointly v1 receipt", &message).0.0));
}

/// A certificate that was made once, and the keys of whom it is about.
const CERTIFICATE: &[u8] = include_bytes!("../../../judge/tests/data/cheated.cert");
const DEFINITION: &str = include_str!("../../../judge/tests/data/less.txt");
const KEYS: [&str; 2] = [
    include_str!("../../../judge/tests/data/keys/bank.key"),
    include_str!("../../../judge/tests/data/keys/bureau.key"),
];

#[test]
fn certificates_in_evidence_are_judged_again() {
    let mut with = project();
    for (name, key) in ["bank", "bureau"].into_iter().zip(KEYS) {
        with.members.push(Member { name: name.into(), key: key.trim().parse().unwrap(), address: None });
    }
    let side = |party: &str, owner: &str| CircuitSide { party: party.into(), owner: owner.into(), table: None };
    let sides = vec![side("a", "bank"), side("b", "bureau")];
    with.circuits = vec![Circuit { name: "less".into(), function: DEFINITION.into(), sides }];
    let found = |change: &dyn Fn(&mut Conviction)| {
        let store = Store::in_memory().unwrap();
        for member in &with.members {
            let peer = Peer { name: member.name.clone(), key: member.key, address: None, since: noon() };
            if member.name != "Cleveland" {
                store.insert_peer(&peer).unwrap();
            }
        }
        let mut conviction = Conviction {
            circuit: "less".into(),
            cheater: "bank".into(),
            key: KEYS[0].trim().parse().unwrap(),
            certificate: CERTIFICATE.iter().map(|byte| format!("{byte:02x}")).collect(),
            check: "jointly judge".into(),
        };
        change(&mut conviction);
        store.append_conviction(with.id, JobId::random().unwrap(), &conviction).unwrap();
        let mut bundle: Value =
            serde_json::from_slice(&Bundle::export(&store, &identities()[0], None).unwrap().to_json().unwrap())
                .unwrap();
        bundle["statement"]["projects"] = json!([Signed::draft(&with).unwrap().envelope()]);
        verify_bundle(crate::bundle::sealed(&bundle["statement"], &identities()[0]).as_bytes())
    };
    let about = |report: Report| {
        let said = report.problems.iter().filter(|p| p.place.contains("certificate"));
        said.map(|p| p.what.clone()).collect::<Vec<_>>().join("; ")
    };
    let right = found(&|_| {});
    assert_eq!(right.convicted.len(), 1, "{right}");
    assert_says(&right.to_string(), &["it convicts bank"]);
    assert_eq!(about(right), "");
    assert_says(
        &about(found(&|c| c.cheater = "bureau".into())),
        &["\"bureau\" is no member of the project with that key"],
    );
    assert_says(&about(found(&|c| c.circuit = "more".into())), &["no circuit \"more\""]);
    assert_says(&about(found(&|c| c.certificate = c.certificate.replacen('a', "b", 1))), &["convicts nobody: invalid"]);
    assert_says(&about(found(&|c| c.certificate.push('x'))), &["cannot be read"]);
    let framed = found(&|c| (c.cheater, c.key) = ("bureau".into(), KEYS[1].trim().parse().unwrap()));
    assert_says(&about(framed), &["convicts somebody else"]);
}
