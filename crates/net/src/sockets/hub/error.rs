//! What goes wrong between nodes, for people.

use std::net::SocketAddr;

use jointly_core::{Error, Why};

use crate::tls::PublicKey;

/// Why a node cannot be listened for, reached, or asked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum HubError {
    /// Another program listens there.
    #[error("port {} is in use by another program: stop that program, or let this node listen on another port", .0.port())]
    PortInUse(SocketAddr),
    /// The system does not let this node listen there.
    #[error("cannot listen on {address}: {why}")]
    CannotListen {
        /// Where.
        address: SocketAddr,
        /// The system's words.
        why: String,
    },
    /// The key is not a peer's.
    #[error("{0} is not a peer of this node: exchange identities first")]
    NotAPeer(PublicKey),
    /// There is no connection, and this side cannot make one.
    #[error("{0} is not connected, and this node has no address of it: set its address, or wait until it connects")]
    NoAddress(PublicKey),
    /// Nobody answers at the address, or not as a node does.
    #[error(
        "cannot reach {address}: {why}. Check the address, that the peer's node runs, and that firewalls let this connection pass"
    )]
    Unreachable {
        /// Where.
        address: String,
        /// What was found.
        why: String,
    },
    /// Somebody else answers at the address.
    #[error(
        "at {address} another node answers: expected key {expected}, found {found}. Compare both with the peer's operator over \
         the telephone. If the peer has a new key, remove the peer and add it again; if not, the address is wrong or somebody \
         stands in between"
    )]
    WrongKey {
        /// Where.
        address: String,
        /// Who should be there.
        expected: PublicKey,
        /// Who is.
        found: PublicKey,
    },
    /// The peer answers, but has not added this node.
    #[error("{peer} does not know this node yet: ask its operator to add {me} as a peer")]
    Stranger {
        /// Who was connected to.
        peer: PublicKey,
        /// This node.
        me: PublicKey,
    },
    /// The peer does not answer.
    #[error("{peer} has not answered within {seconds} s: try again, and ask its operator if it stays so")]
    Silent {
        /// Who.
        peer: PublicKey,
        /// How long was waited.
        seconds: u64,
    },
    /// The connection ended in the middle.
    #[error("the connection to {0} was closed before it answered: try again")]
    Closed(PublicKey),
    /// The peer does not want to.
    #[error("{peer} refused: {why}")]
    Refused {
        /// Who.
        peer: PublicKey,
        /// Why.
        why: &'static str,
    },
    /// The peer sent what no program of this version sends.
    #[error("{peer} sent a malformed message: {what}. Check that both sides run compatible versions")]
    Malformed {
        /// Who.
        peer: PublicKey,
        /// Which rule it breaks.
        what: &'static str,
    },
    /// The message does not fit.
    #[error("a message of {0} bytes is too long: at most 1 MiB can be sent at once")]
    TooLong(usize),
}

impl HubError {
    /// What a stream's `error` means when the peer at its other end is `peer`.
    pub(super) fn of(error: Error, peer: PublicKey) -> Self {
        match error {
            Error::Gone { why: Why::Silent { seconds }, .. } => HubError::Silent { peer, seconds },
            Error::Gone { why: Why::Stopped, .. } => HubError::Refused { peer, why: "it does not take calls" },
            Error::Malformed { what, .. } => HubError::Malformed { peer, what },
            Error::Refused(_) => HubError::Refused { peer, why: "it is busy; try again later" },
            _ => HubError::Closed(peer),
        }
    }
}
