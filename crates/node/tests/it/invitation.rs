use chrono::TimeDelta;
use jointly_node::*;

use crate::world::{assert_says, at, identities, message, noon};

fn invitation() -> Invitation {
    Invitation::new(&identities()[0], "cleveland.example.org:7400", TimeDelta::hours(48), noon()).unwrap()
}

fn guest(index: usize, name: &str) -> Peer {
    Peer { name: name.to_owned(), key: identities()[index].public_key(), address: None, since: noon() }
}

#[test]
fn travels_as_one_line_of_text() {
    let made = invitation();
    let token = made.token();
    assert!(token.starts_with("jointly-invite:") && !token.contains(char::is_whitespace));
    let read: Invitation = format!("  {}\n", token.as_str()).parse().unwrap();
    assert_eq!(
        (&read.inviter, &read.address, read.key, read.expires),
        (&made.inviter, &made.address, made.key, made.expires)
    );
    assert_eq!((read.secret(), read.secret_hash()), (made.secret(), made.secret_hash()));
}

#[test]
fn is_used_once() {
    let (store, invitation) = (Store::in_memory().unwrap(), invitation());
    store.insert_invitation(&invitation).unwrap();
    let accepted: Invitation = invitation.token().parse().unwrap();
    store.accept_invitation(accepted.secret(), &guest(1, "Hungary"), noon()).unwrap();
    assert_eq!(store.peers().unwrap(), [guest(1, "Hungary")]);
    assert_eq!(store.invitations().unwrap()[0].used_by, Some(identities()[1].public_key()));

    let again = store.accept_invitation(accepted.secret(), &guest(2, "Zürich"), noon());
    assert_says(&message(again), &["used already, on 2026-03-01 12:00:00 UTC", "ask for a new one"]);
    assert_eq!(store.peers().unwrap().len(), 1);
}

#[test]
fn expires() {
    let (store, invitation) = (Store::in_memory().unwrap(), invitation());
    store.insert_invitation(&invitation).unwrap();
    let late = at("2026-03-03T12:00:01Z");
    let refused = message(store.accept_invitation(invitation.secret(), &guest(1, "Hungary"), late));
    assert_says(&refused, &["expired on 2026-03-03 12:00:00 UTC"]);
    assert_says(&message(invitation.check_expiry(late)), &["expired"]);
    assert!(invitation.check_expiry(noon()).is_ok());
    assert!(store.peers().unwrap().is_empty());
}

#[test]
fn a_guest_that_cannot_be_added_leaves_it_unused() {
    let (store, invitation) = (Store::in_memory().unwrap(), invitation());
    store.insert_invitation(&invitation).unwrap();
    store.insert_peer(&guest(1, "Hungary")).unwrap();
    let refused = message(store.accept_invitation(invitation.secret(), &guest(2, "Hungary"), noon()));
    assert_says(&refused, &["already", "Hungary", "use another name"]);
    assert_eq!(store.invitations().unwrap()[0].used_at, None);
    store.accept_invitation(invitation.secret(), &guest(2, "Zürich"), noon()).unwrap();
}

#[test]
fn others_and_damaged_ones_are_refused() {
    let store = Store::in_memory().unwrap();
    assert_says(&message(store.accept_invitation(&[7; 16], &guest(1, "Hungary"), noon())), &["never made it"]);
    let token = invitation().token();
    let (last, rest) = (token.len() - 1, "jointly-invite:".len());
    let flipped = token.replace(&token[60..61], if &token[60..61] == "A" { "B" } else { "A" });
    for (bad, says) in [
        ("", "does not begin with"),
        (&token[3..], "does not begin with"),
        (&token[..rest], "damaged or cut off"),
        (&token[..last], "damaged or cut off"),
        (flipped.as_str(), "damaged or cut off"),
        (&format!("jointly-invite:{}", "A".repeat(10_000)), "damaged or cut off"),
    ] {
        assert_says(&message(bad.parse::<Invitation>()), &[says]);
    }
}

#[test]
fn its_secret_is_neither_shown_nor_stored() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(&folder.path().join("node.db")).unwrap();
    let invitation = invitation();
    store.insert_invitation(&invitation).unwrap();
    drop(store);
    let hex: String = invitation.secret().iter().map(|byte| format!("{byte:02x}")).collect();
    assert!(!format!("{invitation:?}").contains(&hex));
    let file = std::fs::read(folder.path().join("node.db")).unwrap();
    let holds = |needle: &[u8]| file.windows(needle.len()).any(|window| window == needle);
    assert!(
        !holds(hex.as_bytes()) && !holds(invitation.secret()) && holds(invitation.secret_hash().to_string().as_bytes())
    );
}
