//! Verifying a bundle offline. Whatever in it was changed is found, and so is the place; certificates are judged again.

use std::collections::BTreeMap;

use super::bundle::{Bundle, DOMAIN, LARGEST, Statement, VERSION, json};
use super::{Chain, Conviction, Entry, EntryKind, Link, Problem, Receipt, ReceiptStatus, Report};
use crate::signed::{Document, Envelope, Signed};
use crate::text::{and, check_name, quotable};
use crate::{JobId, Project, ProjectId};

/// Verifies a bundle: the chain, its head, every signature on projects and receipts, and the node's seal on it all.
pub fn verify_bundle(bytes: &[u8]) -> Report {
    let bundle = match read(bytes) {
        Ok(bundle) => bundle,
        Err(problem) => return Report::broken(problem),
    };
    let statement = &bundle.statement;
    let withheld = statement.chain.iter().filter(|link| matches!(link, Link::Withheld { .. })).count();
    let mut report = Report {
        node: Some((statement.node.clone(), statement.key)),
        exported: Some(statement.exported),
        shown: statement.chain.len() - withheld,
        withheld,
        ..Report::default()
    };
    check_chain(statement, &mut report);
    let projects = check_projects(statement, &mut report);
    check_receipts(statement, &projects, &mut report);
    check_convictions(statement, &projects, &mut report);
    let sealed = json(statement).is_ok_and(|text| statement.key.verify(DOMAIN, &text, &bundle.seal));
    if !sealed {
        let what = format!(
            "the signature of {} does not match: something in the bundle was changed after the export",
            statement.node
        );
        report.problems.push(Problem::new("the node's seal", what));
    }
    report
}

/// The one way to write a bundle is the one way to read it: no byte is without meaning.
fn read(bytes: &[u8]) -> Result<Bundle, Problem> {
    if bytes.len() > LARGEST {
        return Err(Problem::new("the file", format!("it has {} bytes, the most is {LARGEST}", bytes.len())));
    }
    let bundle: Bundle = serde_json::from_slice(bytes).map_err(|e| {
        Problem::new(format!("line {}, byte {}", e.line(), e.column()), format!("it cannot be read: {e}"))
    })?;
    let canonical = json(&bundle).map_err(|e| Problem::new("the file", e.to_string()))?;
    if canonical != bytes {
        let same = canonical.iter().zip(bytes).take_while(|(a, b)| a == b).count();
        return Err(Problem::new(
            format!("byte {}", same + 1),
            "it is not written as a node writes it: the file was changed",
        ));
    }
    check_name("the node's name", &bundle.statement.node)
        .map_err(|e| Problem::new("the node's name", e.to_string()))?;
    if bundle.statement.version != VERSION {
        let what = format!("it is {}, this program knows {VERSION}", bundle.statement.version);
        return Err(Problem::new("the bundle's version", what));
    }
    Ok(bundle)
}

fn check_chain(statement: &Statement, report: &mut Report) {
    let mut chain = Chain::default();
    report.problems.extend(statement.chain.iter().filter_map(|link| chain.follow(link)));
    if chain.head() != statement.head {
        let what = format!("it is not the hash of entry {}: the log was cut off, or the head changed", chain.length());
        report.problems.push(Problem::new("the chain's head", what));
    }
    let Some(scope) = statement.scope else { return };
    for (i, link) in statement.chain.iter().enumerate() {
        let what = match link {
            Link::Entry(_) if !link.is_of(scope) => "it does not belong to the bundle's project",
            Link::Withheld { .. } if link.is_of(scope) => "it belongs to the bundle's project, but is withheld",
            _ => continue,
        };
        report.problems.push(Problem::new(format!("entry {}", i + 1), what));
    }
}

fn check_projects(statement: &Statement, report: &mut Report) -> BTreeMap<ProjectId, Signed<Project>> {
    let mut projects = BTreeMap::new();
    for (i, envelope) in statement.projects.iter().enumerate() {
        let place = format!("project {}", i + 1);
        let names = |project: &Project| project.members.iter().map(|m| (m.name.clone(), m.key)).collect();
        let Some(signed) = check_document(&place, envelope, names, report) else { continue };
        let project = signed.document();
        let place = format!("project {:?}", project.name);
        let mut problem = |what: String| report.problems.push(Problem::new(place.clone(), what));
        project.problems().into_iter().for_each(&mut problem);
        if let Err(e) = signed.check_signers() {
            problem(e.to_string());
        }
        if statement.scope.is_some_and(|scope| scope != project.id) {
            problem("it is not the one that the bundle is about".to_owned());
        }
        if project.member_with(&statement.key).is_none() {
            problem(format!("{}, who exported the bundle, is not a member of it", statement.node));
        }
        let missing = signed.missing();
        if !missing.is_empty() {
            report.gaps.push(Problem::new(place.clone(), format!("not signed by {}", and(&missing))));
        }
        report.projects.push((project.id, quotable(&project.name)));
        if projects.insert(project.id, signed).is_some() {
            report.problems.push(Problem::new(place, "it is there twice"));
        }
    }
    projects
}

fn check_receipts(statement: &Statement, projects: &BTreeMap<ProjectId, Signed<Project>>, report: &mut Report) {
    // A receipt is logged again when signatures arrive: of each job's copies the one with the most counts.
    let mut best: BTreeMap<JobId, (ReceiptStatus, String)> = BTreeMap::new();
    for link in &statement.chain {
        let Link::Entry(entry) = link else { continue };
        if entry.kind != EntryKind::Receipt {
            continue;
        }
        let Some(signed) = check_receipt(entry, projects, report) else { continue };
        let status = status(entry, &signed);
        let job = signed.document().job;
        if let Some((before, text)) = best.get(&job) {
            if text != signed.text() {
                let what = format!("it says something else than the one in entry {} about the same job", before.entry);
                report.problems.push(Problem::new(place_of(entry), what));
            }
            if before.signed.len() > status.signed.len() {
                continue;
            }
        }
        best.insert(job, (status, signed.text().to_owned()));
    }
    for (status, _) in best.into_values() {
        if !status.missing.is_empty() {
            let place = format!("receipt of job {} (entry {})", status.job, status.entry);
            report.gaps.push(Problem::new(place, format!("not signed by {}", and(&status.missing))));
        }
        report.receipts.push(status);
    }
}

/// Judges every certificate again.
fn check_convictions(statement: &Statement, projects: &BTreeMap<ProjectId, Signed<Project>>, report: &mut Report) {
    for link in &statement.chain {
        let Link::Entry(entry) = link else { continue };
        if entry.kind != EntryKind::CheatingProven {
            continue;
        }
        let project = entry.project.and_then(|id| projects.get(&id));
        let conviction: Result<Conviction, _> = serde_json::from_str(&entry.body);
        let what = match (project, &conviction) {
            (Some(project), Ok(conviction)) => conviction.problem(project.document()),
            (None, _) => Some("its project is not in the bundle".to_owned()),
            (_, Err(e)) => Some(format!("it cannot be read: {e}")),
        };
        let place = format!("certificate of job {} (entry {})", entry.subject, entry.seq);
        match (what, conviction) {
            (Some(what), _) => report.problems.push(Problem::new(place, what)),
            (None, Ok(conviction)) => report.convicted.push((quotable(&conviction.cheater), quotable(&entry.subject))),
            (None, Err(_)) => {}
        }
    }
}

fn check_receipt(
    entry: &Entry,
    projects: &BTreeMap<ProjectId, Signed<Project>>,
    report: &mut Report,
) -> Option<Signed<Receipt>> {
    let place = place_of(entry);
    let envelope: Envelope = match serde_json::from_str(&entry.body) {
        Ok(envelope) => envelope,
        Err(e) => {
            report.problems.push(Problem::new(place, format!("it cannot be read: {e}")));
            return None;
        }
    };
    let names = |receipt: &Receipt| receipt.parties.iter().map(|p| (p.name.clone(), p.key)).collect();
    let signed = check_document(&place, &envelope, names, report)?;
    let receipt = signed.document();
    let mut problems = Vec::new();
    if receipt.job.to_string() != entry.subject || Some(receipt.project) != entry.project {
        problems.push("it is about another job or project than its entry says".to_owned());
    }
    match projects.get(&receipt.project) {
        Some(project) => problems.extend(receipt.problems(project.document())),
        None => problems.push(format!("its project {} is not in the bundle", receipt.project)),
    }
    if let Some(key) = signed.signers().find(|key| receipt.parties.iter().all(|p| p.key != **key)) {
        problems.push(format!("the key {} signed it, but is no party's", key.fingerprint()));
    }
    report.problems.extend(problems.into_iter().map(|what| Problem::new(place.clone(), what)));
    Some(signed)
}

/// Verifies a signed document, naming whose signature is broken.
fn check_document<T: Document>(
    place: &str,
    envelope: &Envelope,
    names: impl Fn(&T) -> Vec<(String, crate::PublicKey)>,
    report: &mut Report,
) -> Option<Signed<T>> {
    let known = serde_json::from_str(&envelope.text).map(|document| names(&document)).unwrap_or_default();
    let before = report.problems.len();
    for line in envelope.broken() {
        let name =
            known.iter().find(|(_, key)| *key == line.key).map_or(line.key.fingerprint(), |(name, _)| name.clone());
        report.problems.push(Problem::new(place, format!("the signature of {name} does not match the text")));
    }
    let checked = Signed::check(envelope.clone());
    if report.problems.len() == before
        && let Err(e) = &checked
    {
        report.problems.push(Problem::new(place, e.to_string()));
    }
    checked.ok()
}

fn status(entry: &Entry, signed: &Signed<Receipt>) -> ReceiptStatus {
    let receipt = signed.document();
    let signed_by = receipt.parties.iter().filter(|party| signed.is_signed_by(&party.key));
    ReceiptStatus {
        job: receipt.job,
        project: receipt.project,
        entry: entry.seq,
        result: receipt.result,
        signed: signed_by.map(|party| quotable(&party.name)).collect(),
        missing: signed.missing().iter().map(|name| quotable(name)).collect(),
    }
}

fn place_of(entry: &Entry) -> String {
    format!("receipt of job {} (entry {})", entry.subject, entry.seq)
}
