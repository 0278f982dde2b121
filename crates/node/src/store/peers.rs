//! Peers, and the invitations by which they came.

use chrono::{DateTime, Utc};
use rusqlite::{OptionalExtension, Row, Transaction, params};
use serde_json::json;

use super::{Failure, Store, is_duplicate, parsed, parsed_option};
use crate::clock::stamp;
use crate::evidence::{EntryKind, NewEntry};
use crate::invitation::{self, Invitation, Peer};
use crate::{Digest, Error, PublicKey, Result};

/// What is kept of an invitation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvitationRecord {
    /// The hash of its secret.
    pub secret_hash: Digest,
    /// Until when it can be used.
    pub expires: DateTime<Utc>,
    /// When it was used.
    pub used_at: Option<DateTime<Utc>>,
    /// By whom.
    pub used_by: Option<PublicKey>,
}

impl Store {
    /// Adds a peer; both its name and its key must be new.
    pub fn insert_peer(&self, peer: &Peer) -> Result<()> {
        self.change(|tx| insert(tx, peer))
    }

    /// Changes where a peer is reached.
    pub fn set_peer_address(&self, key: &PublicKey, address: Option<&str>) -> Result<()> {
        address.map_or(Ok(()), crate::text::check_address)?;
        self.change(|tx| {
            match tx.execute("UPDATE peers SET address = ?2 WHERE key = ?1", params![key.to_string(), address])? {
                0 => Err(Error::Unknown { what: "peer", name: key.to_string() }.into()),
                _ => Ok(()),
            }
        })
    }

    /// All peers, by name.
    pub fn peers(&self) -> Result<Vec<Peer>> {
        self.run(|db| {
            let mut query = db.prepare("SELECT key, name, address, since FROM peers ORDER BY name")?;
            Ok(query.query_map([], peer)?.collect::<rusqlite::Result<_>>()?)
        })
    }

    /// The peer with that key.
    pub fn peer(&self, key: &PublicKey) -> Result<Option<Peer>> {
        let sql = "SELECT key, name, address, since FROM peers WHERE key = ?1";
        self.run(|db| Ok(db.query_row(sql, [key.to_string()], peer).optional()?))
    }

    /// Remembers an invitation that this node made: its secret's hash only.
    pub fn insert_invitation(&self, invitation: &Invitation) -> Result<()> {
        let row = params![invitation.secret_hash().to_string(), stamp(invitation.expires)];
        self.change(|tx| {
            tx.execute("INSERT INTO invitations (secret_hash, expires) VALUES (?1, ?2)", row)?;
            Ok(())
        })
    }

    /// All invitations that this node made, used or not.
    pub fn invitations(&self) -> Result<Vec<InvitationRecord>> {
        self.run(|db| {
            let mut query =
                db.prepare("SELECT secret_hash, expires, used_at, used_by FROM invitations ORDER BY expires")?;
            Ok(query.query_map([], record)?.collect::<rusqlite::Result<_>>()?)
        })
    }

    /// Lets `peer`, who showed `secret`, in: marks the invitation as used and adds the peer.
    pub fn accept_invitation(&self, secret: &[u8; 16], peer: &Peer, now: DateTime<Utc>) -> Result<()> {
        let hash = invitation::secret_hash(secret).to_string();
        self.change(|tx| {
            let sql = "SELECT secret_hash, expires, used_at, used_by FROM invitations WHERE secret_hash = ?1";
            let Some(found) = tx.query_row(sql, [&hash], record).optional()? else {
                return Err(Error::Invitation("this node never made it; ask for a new one".to_owned()).into());
            };
            if let Some(used_at) = found.used_at {
                return Err(Error::Invitation(format!("it was used already, on {used_at}; ask for a new one")).into());
            }
            invitation::check_expiry(found.expires, now)?;
            insert(tx, peer)?;
            let row = params![hash, stamp(now), peer.key.to_string()];
            tx.execute("UPDATE invitations SET used_at = ?2, used_by = ?3 WHERE secret_hash = ?1", row)?;
            Ok(())
        })
    }
}

fn insert(tx: &Transaction<'_>, peer: &Peer) -> Result<(), Failure> {
    peer.check()?;
    let row = params![peer.key.to_string(), peer.name, peer.address, stamp(peer.since)];
    let inserted = tx.execute("INSERT INTO peers (key, name, address, since) VALUES (?1, ?2, ?3, ?4)", row);
    match inserted {
        Err(e) if is_duplicate(&e) => {
            let hint = "a peer's name and its key are both unique: use another name, or keep the peer you have";
            return Err(Error::Duplicate { what: "a peer with this key, or", name: peer.name.clone(), hint }.into());
        }
        other => other?,
    };
    let body = json!({ "name": peer.name, "key": peer.key, "address": peer.address });
    super::evidence::append(tx, &NewEntry::new(EntryKind::PeerAdded, None, &peer.name, body))?;
    Ok(())
}

fn peer(row: &Row<'_>) -> rusqlite::Result<Peer> {
    Ok(Peer { key: parsed(row, 0)?, name: row.get(1)?, address: row.get(2)?, since: parsed(row, 3)? })
}

fn record(row: &Row<'_>) -> rusqlite::Result<InvitationRecord> {
    Ok(InvitationRecord {
        secret_hash: parsed(row, 0)?,
        expires: parsed(row, 1)?,
        used_at: parsed_option(row, 2)?,
        used_by: parsed_option(row, 3)?,
    })
}
