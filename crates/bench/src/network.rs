//! What the parties of a benchmark are connected by.

use std::{fmt, str::FromStr};

use jointly_net::shaped::{LAN, Shape, THIN, WAN};
use jointly_registry::Line;
use serde::{Deserialize, Serialize};

use crate::Error;

/// Mbit/s within one machine, about.
const LOCAL: f64 = 100_000.0;

/// What the parties of a benchmark are connected by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Network {
    /// Queues within one process.
    Mem,
    /// Plain TCP on this machine, between processes.
    Tcp,
    /// What nodes use, on this machine, between processes.
    Tls,
    /// Queues that behave like one data centre. Waiting for moments that fine costs CPU time: judge by seconds.
    Lan,
    /// Queues that behave like cities of one country.
    Wan,
    /// Queues that behave like a thin line far away.
    Thin,
}

impl Network {
    /// All of them.
    pub const ALL: [Network; 6] = [Network::Mem, Network::Tcp, Network::Tls, Network::Lan, Network::Wan, Network::Thin];

    /// Its name in commands.
    pub fn name(self) -> &'static str {
        match self {
            Network::Mem => "mem",
            Network::Tcp => "tcp",
            Network::Tls => "tls",
            Network::Lan => "lan",
            Network::Wan => "wan",
            Network::Thin => "thin",
        }
    }

    /// Mbit/s: what protocols are chosen for.
    pub(crate) fn mbit(self) -> f64 {
        self.shape().map_or(LOCAL, |shape| shape.bits_per_second as f64 / 1e6)
    }

    /// The same for predictions. Within one machine, messages take no time beside computing.
    pub(crate) fn line(self) -> Option<Line> {
        let Shape { round_trip, bits_per_second, .. } = self.shape()?;
        Some(Line { round_trip: round_trip.as_secs_f64(), bits_per_second: bits_per_second as f64 })
    }

    /// What it imitates, where it does.
    pub(crate) fn shape(self) -> Option<Shape> {
        match self {
            Network::Mem | Network::Tcp | Network::Tls => None,
            Network::Lan => Some(LAN),
            Network::Wan => Some(WAN),
            Network::Thin => Some(THIN),
        }
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for Network {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self, Error> {
        let found = Network::ALL.into_iter().find(|n| n.name() == name);
        found.ok_or_else(|| Error::UnknownNetwork(name.to_string()))
    }
}
