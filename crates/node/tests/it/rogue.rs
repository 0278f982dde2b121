//! A peer that breaks the rules: a node of its own making, on the same connections as the others.

use std::sync::{Arc, Mutex};

use chrono::TimeDelta;
use jointly_core::Party;
use jointly_net::hub::{Config, Hub, MESSAGE_BYTES, ScopeGuard};
use jointly_net::{Frame, tls};
use jointly_node::live::control::Ask;
use jointly_node::{Identity, Invitation, JobId, Passphrase, Project, ProjectId, PublicKey, Signed, clock};
use serde_json::{Value, json};

use crate::network::{Draft, Operator};

/// What it answers to a call, by the call's name.
pub type Script = fn(&str) -> Answer;

/// What comes back from the rogue.
pub enum Answer {
    /// This value, as an honest node would say it.
    Ok(Value),
    /// These bytes.
    Raw(Vec<u8>),
}

pub struct Rogue {
    pub hub: Hub,
    pub identity: Identity,
    seen: Arc<Mutex<Seen>>,
}

struct Seen {
    script: Script,
    projects: Vec<String>,
    /// The jobs that it was asked to take part in, whose streams it lets in.
    jobs: Vec<(String, ScopeGuard)>,
    /// The last proposal that it received.
    proposal: Value,
}

/// Takes part in jobs and says nothing wrong, except on their links, where it says nothing at all.
pub fn polite(call: &str) -> Answer {
    Answer::Ok(match call {
        "rows" => json!(30),
        "propose" | "approved" => json!(true),
        "finish" => json!({ "bytes": 0, "rounds": 0, "commitment": null, "result": null, "fault": null }),
        _ => Value::Null,
    })
}

impl Rogue {
    /// A node that is not yet anyone's peer.
    pub async fn start(name: &str) -> Rogue {
        let folder = tempfile::tempdir().unwrap();
        let identity = Identity::create(&folder.path().join("key"), name, &Passphrase::none()).unwrap();
        let key = tls::Identity::from_pkcs8(&identity.pkcs8_der()).unwrap();
        let hub = Hub::bind(key, Some("127.0.0.1:0".parse().unwrap()), Config::default()).await.unwrap();
        let seen = Arc::new(Mutex::new(Seen {
            script: polite,
            projects: Vec::new(),
            jobs: Vec::new(),
            proposal: Value::Null,
        }));
        let (memory, lets_in) = (seen.clone(), hub.clone());
        hub.serve(move |_, _, request| {
            let answer = memory.lock().unwrap().answer(&lets_in, &request);
            async move { answer }
        });
        Rogue { hub, identity, seen }
    }

    /// From now on it answers so.
    pub fn plays(&self, script: Script) {
        self.seen.lock().unwrap().script = script;
    }

    /// Becomes a peer by an invitation, as any node does.
    pub async fn join(&self, host: &Operator) {
        let said = self.visit(host, self.join_call(host).await, TimeDelta::zero()).await;
        assert_eq!(said, json!({ "ok": host.name }));
        let key = self.key_of(host).await;
        self.hub.set_peer(key, Some(host.address()));
        self.hub.wait_connected(&key, std::time::Duration::from_secs(10)).await.unwrap();
    }

    /// A call that shows an invitation.
    pub async fn join_call(&self, host: &Operator) -> Value {
        let invitation: Invitation = host.invite().await.parse().unwrap();
        let address = self.hub.local_addr().map(|a| a.to_string());
        json!({ "call": "join", "secret": hex::encode(invitation.secret()), "name": self.identity.name(), "address": address })
    }

    /// Asks as who is not a peer, by a clock that is so far off.
    pub async fn visit(&self, host: &Operator, call: Value, off: TimeDelta) -> Value {
        let request = json!({ "time": clock::now() + off, "call": call }).to_string();
        let reply = self.hub.call_address(&host.address(), self.key_of(host).await, request.into()).await.unwrap();
        serde_json::from_slice(&reply).unwrap()
    }

    /// Asks as a peer, with a clock that is so far off; the message of the fault that comes back.
    pub async fn fault(&self, host: &Operator, call: Value, off: TimeDelta) -> String {
        self.raw_fault(host, json!({ "time": clock::now() + off, "call": call }).to_string().into()).await
    }

    /// What an honest node says to a peer's call.
    pub async fn told(&self, host: &Operator, call: Value) -> Value {
        let request = json!({ "time": clock::now(), "call": call }).to_string();
        let reply = self.hub.call(&self.key_of(host).await, request.into()).await.unwrap();
        let said: Value = serde_json::from_slice(&reply).unwrap();
        said.get("ok").unwrap_or_else(|| panic!("it was not done: {said}")).clone()
    }

    /// Has all of `hosts` run again what was last proposed to it, as a job of its own; how that ended at each.
    pub async fn asks_again(&self, hosts: &[Operator]) -> (JobId, Vec<Value>) {
        let job = JobId::random().unwrap();
        let mut call = self.seen.lock().unwrap().proposal.clone();
        call["job"] = json!(job);
        let scope = self.hub.scope(&format!("job/{job}"));
        self.seen.lock().unwrap().jobs.push((job.to_string(), scope));
        for call in [call, json!({ "call": "start", "job": job })] {
            for host in hosts {
                self.told(host, call.clone()).await;
            }
        }
        let mut done = Vec::new();
        for host in hosts {
            done.push(self.told(host, json!({ "call": "finish", "job": job })).await);
        }
        (job, done)
    }

    /// The same with any bytes at all.
    pub async fn raw_fault(&self, host: &Operator, request: Vec<u8>) -> String {
        assert!(request.len() <= MESSAGE_BYTES);
        let reply = self.hub.call(&self.key_of(host).await, request).await.unwrap();
        let said: Value = serde_json::from_slice(&reply).unwrap();
        said["error"]["message"].as_str().unwrap_or_else(|| panic!("it was done: {said}")).to_owned()
    }

    /// A project that the first of `all` proposes and all sign, the rogue too.
    pub async fn agree(&self, draft: &Draft<'_>, all: &[Operator]) -> ProjectId {
        let project = draft.agree(all).await;
        let text = self.seen.lock().unwrap().projects.last().cloned().unwrap();
        let mut signed: Signed<Project> = Signed::from_json(text.as_bytes()).unwrap();
        signed.sign(&self.identity).unwrap();
        for host in all {
            let call = json!({ "call": "project", "document": signed.to_json().unwrap() });
            assert_eq!(self.visit(host, call, TimeDelta::zero()).await, json!({ "ok": null }));
        }
        project
    }

    /// Sends a frame of garbage to a member of a job, where the protocol's first message belongs.
    pub async fn garbage(&self, job: JobId, members: &[PublicKey], me: u16, to: u16) {
        let keys: Vec<tls::PublicKey> = members.iter().map(|k| tls::PublicKey(*k.as_bytes())).collect();
        let mesh = self.hub.mesh(&format!("job/{job}"), &keys, Party(me));
        let plan = self.seen.lock().unwrap().proposal["plan_hash"].as_str().unwrap().to_owned();
        let mut link = mesh.open(Party(to), &format!("run/{job}/{plan}")).unwrap();
        link.outbound.send(Frame { depth: 0, payload: vec![7; 5] }).await.unwrap();
        mesh.close().await;
    }

    pub async fn key_of(&self, host: &Operator) -> tls::PublicKey {
        let about: Value = host.ask(Ask::About).await;
        let key: PublicKey = serde_json::from_value(about["key"].clone()).unwrap();
        tls::PublicKey(*key.as_bytes())
    }
}

impl Seen {
    fn answer(&mut self, hub: &Hub, request: &[u8]) -> Vec<u8> {
        let message: Value = serde_json::from_slice(request).unwrap();
        let call = &message["call"];
        let name = call["call"].as_str().unwrap();
        if let Some(document) = call["document"].as_str() {
            self.projects.push(document.to_owned());
        }
        if name == "propose" {
            let job = call["job"].as_str().unwrap().to_owned();
            let scope = hub.scope(&format!("job/{job}"));
            self.jobs.push((job, scope));
            self.proposal = call.clone();
        }
        match (self.script)(name) {
            Answer::Ok(value) => json!({ "ok": value }).to_string().into(),
            Answer::Raw(bytes) => bytes,
        }
    }
}
