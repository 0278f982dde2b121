//! The demonstrations' nodes, each a process with a home of its own. They are stopped when they are dropped, however the demonstration ends.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use jointly_node::Passphrase;
use jointly_node::live::control::{Ask, PeerLine, Token};
use tokio::io::{AsyncBufReadExt, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};

use crate::failure::Failure;
use crate::{client, identity};

const PATIENCE: Duration = Duration::from_secs(30);

/// A running node.
pub struct DemoNode {
    /// Its organisation's name.
    pub name: &'static str,
    /// Its folder.
    pub home: PathBuf,
    /// Where peers reach it.
    pub address: SocketAddr,
    child: Child,
    // An open end: a node that writes to a closed one would stop.
    _output: Lines<BufReader<ChildStdout>>,
}

impl DemoNode {
    /// Makes an identity in `home` and starts the node.
    pub async fn start(name: &'static str, home: PathBuf, flags: &[&str]) -> Result<Self, Failure> {
        identity::create(&home, name, &Passphrase::none()).map_err(|failure| failure.at(name))?;
        Self::launch(name, home, "127.0.0.1:0", flags).await
    }

    /// Stops it, and starts it again where it was.
    #[cfg(feature = "faults")]
    pub async fn restart(self, flags: &[&str]) -> Result<Self, Failure> {
        let (name, home, address) = (self.name, self.home.clone(), self.address.to_string());
        self.stop().await;
        Self::launch(name, home, &address, flags).await
    }

    async fn launch(name: &'static str, home: PathBuf, listen: &str, flags: &[&str]) -> Result<Self, Failure> {
        let at = |failure: Failure| failure.at(name);
        let program = std::env::current_exe().map_err(|e| Failure::failed(format!("cannot find this program: {e}")))?;
        let mut command = Command::new(program);
        command.arg("--home").arg(&home).args(["node", "run", "--listen", listen, "--no-passphrase"]).args(flags);
        // Its errors go into a file: a node that is kept must not hold on to the terminal or pipe of the demonstration.
        let log = home.join("node.log");
        let errors = std::fs::File::create(&log).map_err(Failure::file("write", &log))?;
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(errors).kill_on_drop(true);
        // A group of its own: Ctrl-C reaches the demonstration only, which stops its nodes in good order.
        command.process_group(0);
        let mut child = command.spawn().map_err(|e| at(Failure::failed(format!("cannot start the node: {e}"))))?;
        let silent = || {
            let words = std::fs::read_to_string(&log).unwrap_or_default();
            Failure::failed(format!("the node does not listen; it said: {}", words.trim())).at(name)
        };
        let mut output = BufReader::new(child.stdout.take().ok_or_else(silent)?).lines();
        let first = tokio::time::timeout(PATIENCE, output.next_line()).await;
        let line = first.ok().and_then(Result::ok).flatten().ok_or_else(silent)?;
        let address = line.strip_prefix("listening on ").and_then(|a| a.parse().ok()).ok_or_else(silent)?;
        client::wait_ready(&home, PATIENCE).await.map_err(at)?;
        Ok(Self { name, home, address, child, _output: output })
    }

    /// Its process.
    pub fn pid(&self) -> Option<u32> {
        self.child.id()
    }

    /// Lets it run on after the demonstration.
    pub fn keep(self) {
        // Dropping the child would kill it.
        std::mem::forget(self.child);
    }

    /// Stops it in good order.
    pub async fn stop(mut self) {
        let _ = client::tell(&self.home, &Ask::Stop).await;
        if tokio::time::timeout(PATIENCE / 5, self.child.wait()).await.is_err() {
            let _ = self.child.kill().await;
        }
    }
}

/// Makes every two nodes peers: one invites, the other accepts.
pub async fn introduce(nodes: &[DemoNode]) -> Result<usize, Failure> {
    let mut invitations = 0;
    for (i, inviter) in nodes.iter().enumerate() {
        for guest in nodes.iter().skip(i + 1) {
            let invite = Ask::Invite { address: inviter.address.to_string(), minutes: 5 };
            let token: Token = client::ask(&inviter.home, &invite).await.map_err(|f| f.at(inviter.name))?;
            let accept = Ask::Accept { token: token.token, address: Some(guest.address.to_string()) };
            client::ask::<PeerLine>(&guest.home, &accept).await.map_err(|f| f.at(guest.name))?;
            invitations += 1;
        }
    }
    Ok(invitations)
}
