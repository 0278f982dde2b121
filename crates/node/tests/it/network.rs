//! Nodes in one process that are each other's peers, and their operators.

use std::path::Path;
use std::time::Duration;

use jointly_node::live::control::{Ask, Fault, JobReport, PeerLine, ProjectLine, SOCKET, Token, Told, Wanted};
use jointly_node::live::{Node, NodeConfig};
use jointly_node::{Identity, JobId, JobState, Passphrase, ProjectId};
use serde::de::DeserializeOwned;
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::UnixStream;
use tokio::time::timeout;

/// Nothing that a test waits for takes so long.
const DEADLINE: Duration = Duration::from_secs(60);

/// How many patients are in the file of the owner at `place`, all of different age.
pub fn patients(place: usize) -> usize {
    20 + place
}

/// A node and its operator.
pub struct Operator {
    pub home: tempfile::TempDir,
    pub node: Node,
    pub name: &'static str,
}

impl Operator {
    pub async fn start(name: &'static str) -> Operator {
        Self::limited(name, |usual| usual).await
    }

    /// With other limits than usual.
    pub async fn limited(name: &'static str, limits: impl Fn(NodeConfig) -> NodeConfig) -> Operator {
        let home = tempfile::tempdir().unwrap();
        let identity = Identity::create(&home.path().join("identity.pem"), name, &Passphrase::none()).unwrap();
        let usual = NodeConfig::new(home.path().into(), Some("127.0.0.1:0".parse().unwrap()));
        let node = Node::start(identity, limits(usual)).await.unwrap();
        let running = node.clone();
        tokio::spawn(async move { running.run_until_stopped().await.unwrap() });
        while UnixStream::connect(home.path().join(SOCKET)).await.is_err() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        Operator { home, node, name }
    }

    /// Stops the node, lets `meanwhile` happen to its home, and starts it again.
    pub async fn restart(&mut self, meanwhile: impl FnOnce(&Path)) {
        self.node.stop();
        while UnixStream::connect(self.home.path().join(SOCKET)).await.is_ok() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        meanwhile(self.home.path());
        let identity = Identity::load(&self.home.path().join("identity.pem"), &Passphrase::none()).unwrap();
        let usual = NodeConfig::new(self.home.path().into(), Some("127.0.0.1:0".parse().unwrap()));
        self.node = Node::start(identity, usual).await.unwrap();
        let running = self.node.clone();
        tokio::spawn(async move { running.run_until_stopped().await.unwrap() });
        while UnixStream::connect(self.home.path().join(SOCKET)).await.is_err() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// Waits until the peer of that name is connected.
    pub async fn connected(&self, name: &str) {
        let seen = async {
            while !self.ask::<Vec<PeerLine>>(Ask::Peers).await.iter().any(|p| p.name == name && p.connected) {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        timeout(DEADLINE, seen).await.unwrap_or_else(|_| panic!("{name} did not connect"));
    }

    pub fn address(&self) -> String {
        self.node.address().unwrap().to_string()
    }

    pub async fn try_ask<T: DeserializeOwned>(&self, ask: Ask) -> Result<T, Fault> {
        let mut socket = UnixStream::connect(self.home.path().join(SOCKET)).await.unwrap();
        let mut line = serde_json::to_vec(&ask).unwrap();
        line.push(b'\n');
        socket.write_all(&line).await.unwrap();
        let mut reply = Vec::new();
        socket.read_to_end(&mut reply).await.unwrap();
        match serde_json::from_slice(&reply).unwrap() {
            Told::Ok(value) => Ok(serde_json::from_value(value).unwrap()),
            Told::Error(fault) => Err(fault),
        }
    }

    pub async fn ask<T: DeserializeOwned>(&self, ask: Ask) -> T {
        self.try_ask(ask).await.unwrap_or_else(|e| panic!("{}: {e}", self.name))
    }

    /// An invitation for a new peer.
    pub async fn invite(&self) -> String {
        self.ask::<Token>(Ask::Invite { address: self.address(), minutes: 5 }).await.token
    }

    /// Registers a file of patients of the ages 30, 31, …
    pub async fn add_patients(&self, place: usize) {
        let rows: String =
            (0..patients(place)).map(|i| format!("{},{}\n", 30 + i, if i % 2 == 0 { "F" } else { "M" })).collect();
        std::fs::write(self.home.path().join("patients.csv"), format!("age,sex\n{rows}")).unwrap();
        let declaration = format!(
            "name = {:?}\ntable = \"patients\"\n[source]\ncsv = \"patients.csv\"\n[columns]\nage = \"age\"\nsex = \"sex\"\n",
            self.name
        );
        let folder = self.home.path().to_str().unwrap().to_owned();
        self.ask::<Value>(Ask::AddDataset { declaration, folder }).await;
    }

    /// Waits for a job's end.
    pub async fn wait(&self, job: JobId) -> JobReport {
        let over = |r: &JobReport| matches!(r.state, JobState::Ended | JobState::Failed | JobState::Refused);
        self.until(job, "the job's end", over).await
    }

    /// Waits until a job stands so.
    pub async fn until(&self, job: JobId, what: &str, is: impl Fn(&JobReport) -> bool) -> JobReport {
        let seen = async {
            loop {
                // A participant knows of a job only once it was proposed.
                if let Ok(report) = self.try_ask(Ask::Job { job }).await
                    && is(&report)
                {
                    return report;
                }
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        timeout(DEADLINE, seen).await.unwrap_or_else(|_| panic!("{}: it did not come: {what}", self.name))
    }

    /// Asks a question and waits for its end.
    pub async fn answer(&self, project: ProjectId, sql: &str) -> JobReport {
        let job = self.ask(question(project, sql)).await;
        self.wait(job).await
    }

    /// The files in its home, but for the store's own.
    pub fn files(&self) -> Vec<String> {
        let mut files = Vec::new();
        list(self.home.path(), self.home.path(), &mut files);
        files.retain(|f| !f.starts_with("node.sqlite") && f != SOCKET);
        files.sort();
        files
    }
}

fn list(top: &Path, folder: &Path, files: &mut Vec<String>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        match path.is_dir() {
            true => list(top, &path, files),
            false => files.push(path.strip_prefix(top).unwrap().to_str().unwrap().to_owned()),
        }
    }
}

/// Starts to ask a question.
pub fn question(project: ProjectId, sql: &str) -> Ask {
    Ask::Start { project, wanted: Wanted::Query { sql: sql.into() } }
}

/// Makes every two nodes peers.
pub async fn introduce(all: &[Operator]) {
    for (i, inviter) in all.iter().enumerate() {
        for guest in &all[i + 1..] {
            let (token, address) = (inviter.invite().await, Some(guest.address()));
            guest.ask::<Value>(Ask::Accept { token, address }).await;
        }
    }
}

/// A project about patients.
#[derive(Default)]
pub struct Draft<'a> {
    pub name: &'a str,
    pub members: Vec<&'a str>,
    pub computing: [&'a str; 3],
    pub owners: Vec<&'a str>,
    pub receivers: Vec<&'a str>,
    pub by_hand: &'a str,
    pub rehearsal: bool,
}

impl Draft<'_> {
    pub fn toml(&self) -> String {
        let Draft { name, members, computing, owners, receivers, by_hand, rehearsal } = self;
        let mut text = format!(
            "name = {name:?}\npurpose = \"a test\"\nmembers = {members:?}\ncomputing = {computing:?}\nreceivers = {receivers:?}\n\
             rehearsal = {rehearsal}\n[approval]\n"
        );
        for owner in owners {
            text += &format!("{owner} = {:?}\n", if owner == by_hand { "by-hand" } else { "automatic" });
        }
        for owner in owners {
            text += &format!(
                "[[datasets]]\nowner = {owner:?}\nname = {owner:?}\ntable = \"patients\"\n[datasets.policy]\n\
                 age = [\"filter\", \"group\", \"aggregate\", \"quantile\"]\nsex = [\"filter\", \"group\", \"aggregate\"]\n"
            );
        }
        text + "[[tables]]\ntable = \"patients\"\n\
            [[tables.columns]]\nname = \"age\"\ntype = \"int\"\nmin = 0\nmax = 120\nnullable = false\n\
            [[tables.columns]]\nname = \"sex\"\ntype = \"enum\"\nvalues = [\"F\", \"M\"]\nnullable = false\n"
    }

    /// Proposed by the first of `all`, signed by all of them.
    pub async fn agree(&self, all: &[Operator]) -> ProjectId {
        let project: ProjectLine = all[0].ask(Ask::Propose { draft: self.toml() }).await;
        for operator in &all[1..] {
            operator.ask::<ProjectLine>(Ask::Sign { project: project.id }).await;
        }
        project.id
    }
}
