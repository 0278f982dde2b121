//! Meshes of every kind, connected within this process.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use futures::future::{join_all, try_join_all};
use jointly_core::{Party, Result};
use jointly_net::{
    Ctx, Mesh,
    hub::{Config, Hub, ScopeGuard},
    mux::Limits,
    shaped::{LAN, shaped},
    tcp,
    tls::{Identity, PublicKey},
};
use tokio::net::TcpListener;

pub const PATIENCE: Duration = Duration::from_secs(20);

/// A kind of mesh.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Kind {
    Memory,
    Shaped,
    Tcp,
    Hub,
}

pub const KINDS: [Kind; 4] = [Kind::Memory, Kind::Shaped, Kind::Tcp, Kind::Hub];

/// The meshes of a computation, and what must live as long.
pub struct World {
    pub meshes: Vec<Arc<dyn Mesh>>,
    pub _hubs: Vec<Hub>,
    pub guards: Vec<ScopeGuard>,
}

impl World {
    pub async fn new(kind: Kind, n: u16) -> Self {
        match kind {
            Kind::Memory => Self::of(jointly_net::memory::meshes(n)),
            Kind::Shaped => Self::of(jointly_net::memory::meshes(n).into_iter().map(|m| shaped(m, LAN)).collect()),
            Kind::Tcp => {
                let addresses = addresses(n).await;
                let meshes = Party::all(n).map(|me| tcp::mesh(me, &addresses, PATIENCE));
                Self::of(try_join_all(meshes).await.unwrap())
            }
            Kind::Hub => Self::hubs(n).await,
        }
    }

    fn of(meshes: Vec<Arc<dyn Mesh>>) -> Self {
        Self { meshes, _hubs: Vec::new(), guards: Vec::new() }
    }

    async fn hubs(n: u16) -> Self {
        let hubs = join_all((0..n).map(|i| listening(i as u8, config()))).await;
        introduce(&hubs).await;
        let guards = hubs.iter().map(|hub| hub.scope("job/1")).collect();
        let members: Vec<PublicKey> = (0..n).map(|i| key(i as u8)).collect();
        let meshes = hubs.iter().zip(Party::all(n)).map(|(hub, me)| hub.mesh("job/1", &members, me)).collect();
        Self { meshes, _hubs: hubs, guards }
    }

    pub fn ctx(&self, me: u16) -> Ctx {
        Ctx::new(self.meshes[usize::from(me)].clone(), "run", PATIENCE)
    }

    /// Runs the same program at every party, and returns what each one gets.
    pub async fn run<T, F: Future<Output = Result<T>>>(&self, program: impl Fn(Ctx) -> F) -> Vec<Result<T>> {
        join_all((0..self.meshes.len() as u16).map(|me| program(self.ctx(me)))).await
    }
}

/// All know all, and whoever comes first has the address.
pub async fn introduce(hubs: &[Hub]) {
    for (i, hub) in hubs.iter().enumerate() {
        for (j, other) in hubs.iter().enumerate() {
            let address = (i < j).then(|| other.local_addr().unwrap().to_string());
            hub.set_peer(key(j as u8), address);
        }
    }
    for (i, hub) in hubs.iter().enumerate() {
        for j in (0..hubs.len()).filter(|&j| j != i) {
            hub.wait_connected(&key(j as u8), PATIENCE).await.unwrap();
        }
    }
}

pub fn config() -> Config {
    Config { limits: Limits { silence: Duration::from_secs(5), ..Limits::default() }, ..Config::default() }
}

pub fn identity(i: u8) -> Identity {
    Identity::from_seed([i + 1; 32]).unwrap()
}

pub fn key(i: u8) -> PublicKey {
    identity(i).public()
}

pub async fn listening(i: u8, config: Config) -> Hub {
    Hub::bind(identity(i), Some("127.0.0.1:0".parse().unwrap()), config).await.unwrap()
}

pub async fn hidden(i: u8, config: Config) -> Hub {
    Hub::bind(identity(i), None, config).await.unwrap()
}

/// Addresses that are free at the moment.
pub async fn addresses(n: u16) -> Vec<SocketAddr> {
    let listeners = try_join_all((0..n).map(|_| TcpListener::bind("127.0.0.1:0"))).await.unwrap();
    listeners.iter().map(|l| l.local_addr().unwrap()).collect()
}
