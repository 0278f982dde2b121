//! The benchmark runner behind `jointly bench`: every program on every protocol, over memory, simulated networks, and real
//! connections between processes.
//!
//! Inputs are shared before the clock starts, a message to and from everyone (not counted) aligns the parties before and
//! after, and every result is checked: a wrong computation is an error, not a figure. A party computes on one thread.
//! Over `tcp` and `tls` it is a process of its own: the program that calls [`run`] is started again with
//! [`PARTY_COMMAND`] and must then call [`party_main`].

mod benchmark;
mod command;
mod error;
mod federate;
mod garble;
#[cfg(feature = "he")]
mod he;
mod lookup;
mod machine;
mod malicious_2;
mod malicious_many;
mod network;
mod ot;
mod party;
mod processes;
mod programs;
mod psi;
mod run;
mod setting;
mod speeds;
mod stream;
mod threads;
mod transfers;

pub use benchmark::{Benchmark, benchmarks};
pub use command::{Flags, bench_main};
pub use error::Error;
pub use machine::{Machine, machine};
pub use network::Network;
pub use processes::{PARTY_COMMAND, party_main};
pub use run::{Options, Run, run, run_each};
pub use setting::Phase;
