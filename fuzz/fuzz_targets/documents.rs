//! Signed documents, invitations and bundles of evidence: what is believed is written as it was read; nothing else is.
#![no_main]

use jointly_node::{Document, Invitation, Project, Receipt, Signed, verify_bundle};
use libfuzzer_sys::fuzz_target;

fn check<T: Document>(bytes: &[u8]) {
    if let Ok(signed) = Signed::<T>::from_json(bytes) {
        let again = Signed::<T>::from_json(signed.to_json().unwrap().as_bytes()).unwrap();
        assert_eq!(again.text(), signed.text());
        assert_eq!(again.signers().count(), signed.signers().count());
    }
}

fuzz_target!(|bytes: &[u8]| {
    check::<Project>(bytes);
    check::<Receipt>(bytes);
    let report = verify_bundle(bytes);
    assert!(!report.is_sound() || report.node.is_some(), "a sound bundle says whose it is");
    if let Some(invitation) = std::str::from_utf8(bytes).ok().and_then(|text| text.parse::<Invitation>().ok()) {
        assert!(invitation.token().parse::<Invitation>().is_ok());
    }
});
