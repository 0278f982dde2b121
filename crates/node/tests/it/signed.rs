use jointly_node::*;
use serde_json::{Value, json};

use crate::world::{assert_says, identities, message, project, receipt, signed_project};

/// The envelope of a project signed by two, changed by `change`, read again.
fn changed(change: impl FnOnce(&mut Value)) -> Result<Signed<Project>> {
    let mut envelope: Value = serde_json::from_str(&signed_project(2).to_json().unwrap()).unwrap();
    change(&mut envelope);
    Signed::from_json(envelope.to_string().as_bytes())
}

/// A project text that one party signed as it is, whether or not it is one.
fn resigned(text: String) -> Result<Signed<Project>> {
    let identity = &identities()[0];
    let line = SignatureLine { key: identity.public_key(), signature: identity.sign(Project::DOMAIN, text.as_bytes()) };
    Signed::check(Envelope { domain: Project::DOMAIN.to_owned(), text, signatures: vec![line] })
}

#[test]
fn travels_and_keeps_its_text() {
    let signed = signed_project(2);
    let read = Signed::<Project>::from_json(signed.to_json().unwrap().as_bytes()).unwrap();
    assert_eq!((read.document(), read.text()), (&project(), signed.text()));
    assert_eq!(read.signers().count(), 2);
    assert!(read.is_signed_by(&identities()[1].public_key()) && !read.is_signed_by(&identities()[2].public_key()));
}

#[test]
fn signing_twice_changes_nothing_and_copies_join() {
    let [a, b, c] = identities();
    let draft = Signed::draft(&project()).unwrap();
    let [mut one, mut other] = [draft.clone(), draft];
    one.sign(a).unwrap();
    one.sign(a).unwrap();
    one.sign(b).unwrap();
    other.sign(b).unwrap();
    other.sign(c).unwrap();
    one.merge(&other).unwrap();
    assert_eq!(one.signers().count(), 3);

    let mut renamed = project();
    renamed.name = "Other".to_owned();
    assert_says(
        &message(one.merge(&Signed::draft(&renamed).unwrap())),
        &["project", "the same text must be signed by all"],
    );
}

#[test]
fn every_change_is_refused() {
    let text = |envelope: &Value| envelope["text"].as_str().unwrap().to_owned();
    let altered = changed(|e| e["text"] = text(e).replace("Cholesterol", "Cholesterin").into());
    assert_says(&message(altered), &["does not match the text", &identities()[0].public_key().fingerprint()]);
    assert_says(&message(changed(|e| e["text"] = format!("{} ", text(e)).into())), &["does not match the text"]);
    assert_says(&message(changed(|e| e["signatures"][1] = e["signatures"][0].clone())), &["signed it twice"]);
    let swapped = changed(|e| e["signatures"][0]["key"] = e["signatures"][1]["key"].clone());
    assert_says(&message(swapped), &["signed it twice"]);
    let stolen = changed(|e| e["signatures"][1]["signature"] = e["signatures"][0]["signature"].clone());
    assert_says(&message(stolen), &["does not match", &identities()[1].public_key().fingerprint()]);
    assert_says(
        &message(changed(|e| e["domain"] = "jointly v1 receipt".into())),
        &["jointly v1 receipt", "jointly v1 project"],
    );
    assert_says(&message(changed(|e| e["more"] = json!(1))), &["unknown field", "more"]);
}

#[test]
fn a_signed_document_of_another_kind_is_refused() {
    let signed = Signed::draft(&receipt(JobId::random().unwrap(), &project())).unwrap();
    let read = Signed::<Project>::from_json(signed.to_json().unwrap().as_bytes());
    assert_says(&message(read), &["not a valid signed project", "receipt"]);
}

#[test]
fn what_is_not_understood_is_not_accepted() {
    let text = signed_project(0).text().to_owned();
    assert!(resigned(text.clone()).is_ok());
    let mut value: Value = serde_json::from_str(&text).unwrap();
    value["secret_clause"] = json!(true);
    assert_says(&message(resigned(value.to_string())), &["secret_clause"]);

    let mut value: Value = serde_json::from_str(&text).unwrap();
    value["adversary"]["one_in"] = json!(2);
    assert_says(&message(resigned(value.to_string())), &["one_in"]);

    let twice = text.replacen('{', "{\"name\":\"Other\",", 1);
    assert_says(&message(resigned(twice)), &["duplicate field `name`"]);
    let twice = text.replace("\"approval\":{", "\"approval\":{\"Cleveland\":\"by-hand\",");
    assert_says(&message(resigned(twice)), &["not in the form in which Jointly writes it"]);
    assert_says(&message(resigned(format!("{text} "))), &["not in the form in which Jointly writes it"]);
    assert_says(&message(resigned("{}".to_owned())), &["missing field"]);
    assert_says(&message(resigned("[".repeat(1000))), &["not a valid signed project"]);
}

#[test]
fn what_is_too_large_is_not_read() {
    let long = vec![b' '; (1 << 20) + 1];
    assert_says(&message(Signed::<Project>::from_json(&long)), &["1048577 bytes"]);
    let mut big = project();
    big.purpose = "x".repeat(1 << 20);
    assert_says(&message(Signed::draft(&big)), &["longer than 1048576 bytes"]);
}
