//! Every party a process of its own, over TCP or TLS on this machine.
//!
//! The runner starts this very program once per party, with one argument that says what to do. A party writes where it
//! listens, reads where all listen, runs, and writes its outcome: one line of JSON each.

use std::{
    io::{self, BufRead, BufReader, Write},
    net::{Ipv4Addr, SocketAddr, TcpListener},
    process::{Child, ChildStdin, ChildStdout, Command, ExitCode, Stdio},
    sync::Arc,
};

use jointly_core::Party;
use jointly_net::{
    Mesh,
    hub::{Config, Hub},
    tcp,
    tls::{Identity, PublicKey},
};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use crate::{
    Error, Network,
    benchmark::{Benchmark, find},
    party::{Clock, Outcome, PATIENCE, Stopped, measure},
    setting::Setting,
    threads::runtime,
};

/// The hidden command with which the runner starts a party.
pub const PARTY_COMMAND: &str = "bench-party";

/// What streams between nodes stand under.
const SCOPE: &str = "bench";

/// What one party is to do.
#[derive(Serialize, Deserialize)]
struct Orders {
    me: u16,
    benchmark: String,
    setting: Setting,
    repeat: usize,
}

/// Where a party listens, and who it is.
#[derive(Clone, Serialize, Deserialize)]
struct Place {
    address: SocketAddr,
    key: Option<PublicKey>,
}

/// Every party's outcome.
pub(crate) fn run(benchmark: &Benchmark, parties: u16, setting: Setting, repeat: usize) -> Result<Vec<Outcome>, Error> {
    let orders = |me: Party| Orders { me: me.0, benchmark: benchmark.id.clone(), setting, repeat };
    let mut parties = Party::all(parties).map(|me| Process::start(me, &orders(me))).collect::<Result<Vec<_>, _>>()?;
    let places = parties.iter_mut().map(Process::read::<Place>).collect::<Result<Vec<_>, _>>()?;
    parties.iter_mut().try_for_each(|party| party.write(&places))?;
    parties.iter_mut().map(Process::read::<Outcome>).collect()
}

/// A party's process; ended when dropped.
struct Process {
    party: Party,
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl Process {
    fn start(party: Party, orders: &Orders) -> Result<Self, Error> {
        let failed = |what: String| Error::Process { party, what };
        let program = std::env::current_exe().map_err(|e| failed(format!("where this program is, is unknown: {e}")))?;
        let orders = serde_json::to_string(orders).map_err(|e| failed(e.to_string()))?;
        let mut command = Command::new(program);
        command.arg(PARTY_COMMAND).arg(orders).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().map_err(|e| failed(e.to_string()))?;
        match (child.stdin.take(), child.stdout.take()) {
            (Some(input), Some(output)) => Ok(Self { party, child, input, output: BufReader::new(output) }),
            _ => Err(failed("it has no input and output".into())),
        }
    }

    fn read<T: DeserializeOwned>(&mut self) -> Result<T, Error> {
        read_line(&mut self.output).map_err(|what| Error::Process { party: self.party, what })
    }

    fn write<T: Serialize>(&mut self, value: &T) -> Result<(), Error> {
        write_line(&mut self.input, value).map_err(|what| Error::Process { party: self.party, what })
    }
}

impl Drop for Process {
    /// A party that has written its outcome ends by itself; one that has not is ended.
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn read_line<T: DeserializeOwned>(from: &mut impl BufRead) -> Result<T, String> {
    let mut line = String::new();
    from.read_line(&mut line).map_err(|e| e.to_string())?;
    match line.is_empty() {
        true => Err("it ended early; run it with tcp or tls only from the program itself".into()),
        false => serde_json::from_str(&line).map_err(|e| format!("it wrote something else than expected: {e}")),
    }
}

fn write_line<T: Serialize>(to: &mut impl Write, value: &T) -> Result<(), String> {
    let line = serde_json::to_string(value).map_err(|e| e.to_string())?;
    writeln!(to, "{line}").and_then(|()| to.flush()).map_err(|e| e.to_string())
}

/// What a program that was started with [`PARTY_COMMAND`] does; `args` are those that follow it.
pub fn party_main(args: impl IntoIterator<Item = String>) -> ExitCode {
    let orders = args.into_iter().next().and_then(|text| serde_json::from_str::<Orders>(&text).ok());
    let Some(orders) = orders else {
        eprintln!("`{PARTY_COMMAND}` is for the benchmark runner only");
        return ExitCode::FAILURE;
    };
    let outcome = runtime().map_err(Stopped::new).and_then(|runtime| runtime.block_on(party(&orders)));
    match write_line(&mut io::stdout().lock(), &outcome) {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}

async fn party(orders: &Orders) -> Outcome {
    let benchmark = find(&orders.benchmark).ok_or_else(|| Stopped::new("there is no such benchmark"))?;
    match orders.setting.network {
        Network::Tls => over_tls(orders, &benchmark).await,
        _ => over_tcp(orders, &benchmark).await,
    }
}

async fn over_tcp(orders: &Orders, benchmark: &Benchmark) -> Outcome {
    // The port that is free now is taken again at once.
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).map_err(Stopped::new)?;
    let address = listener.local_addr().map_err(Stopped::new)?;
    drop(listener);
    let places = meet(Place { address, key: None })?;
    let addresses: Vec<SocketAddr> = places.iter().map(|p| p.address).collect();
    let mesh = tcp::mesh(Party(orders.me), &addresses, PATIENCE).await?;
    measured(mesh, orders, benchmark).await
}

async fn over_tls(orders: &Orders, benchmark: &Benchmark) -> Outcome {
    let mut seed = [0; 32];
    getrandom::fill(&mut seed).map_err(Stopped::new)?;
    let identity = Identity::from_seed(seed).map_err(Stopped::new)?;
    let key = identity.public();
    let hub =
        Hub::bind(identity, Some((Ipv4Addr::LOCALHOST, 0).into()), Config::default()).await.map_err(Stopped::new)?;
    let _scope = hub.scope(SCOPE);
    let address = hub.local_addr().ok_or_else(|| Stopped::new("it does not listen"))?;
    let places = meet(Place { address, key: Some(key) })?;
    let keys = places.iter().map(|p| p.key).collect::<Option<Vec<_>>>();
    let keys = keys.ok_or_else(|| Stopped::new("a party has no key"))?;
    for (peer, place) in keys.iter().zip(&places).filter(|(peer, _)| **peer != key) {
        hub.set_peer(*peer, Some(place.address.to_string()));
    }
    let outcome = measured(hub.mesh(SCOPE, &keys, Party(orders.me)), orders, benchmark).await;
    hub.close().await;
    outcome
}

/// Tells the runner where this party is, and learns where all are.
fn meet(mine: Place) -> Result<Vec<Place>, Stopped> {
    write_line(&mut io::stdout().lock(), &mine).map_err(Stopped::new)?;
    read_line(&mut io::stdin().lock()).map_err(Stopped::new)
}

async fn measured(mesh: Arc<dyn Mesh>, orders: &Orders, benchmark: &Benchmark) -> Outcome {
    let out = measure(mesh.clone(), benchmark, orders.setting, orders.repeat, Clock::Process).await;
    mesh.close().await;
    Ok(out?)
}
