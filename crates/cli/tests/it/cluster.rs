//! The four hospitals' nodes as processes of their own, which a test can kill, halt and take things away from.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::command::{jointly, run_in};

/// All of them own rows; the last one does not compute.
pub const ALL: [&str; 4] = ["cleveland", "hungary", "long-beach", "switzerland"];

/// Answered at once.
pub const SHORT: &str = "SELECT COUNT(*) AS patients FROM patients";

/// So many groups and deviations that it is still under way when a test looks.
pub const LONG: &str = "SELECT resting_bp, age, STDDEV(max_heart_rate + age), STDDEV(max_heart_rate), STDDEV(resting_bp), \
    STDDEV(max_heart_rate - age), STDDEV(resting_bp + age), STDDEV(resting_bp - age) FROM patients GROUP BY resting_bp, age";

/// Nothing that a test waits for takes so long.
const DEADLINE: Duration = Duration::from_secs(90);

/// A node: its process is killed when it is dropped.
pub struct Node {
    pub name: &'static str,
    pub home: PathBuf,
    pub address: String,
    limits: Vec<String>,
    child: Child,
    // An open end: a node that writes to a closed one would stop.
    _output: Option<BufReader<std::process::ChildStdout>>,
}

/// The nodes and the folder with their homes.
pub struct Cluster {
    pub folder: tempfile::TempDir,
    pub nodes: Vec<Node>,
}

impl Cluster {
    /// Four nodes that are peers and have registered their data, started with `limits` besides the usual arguments.
    pub fn start(limits: &[&str]) -> Cluster {
        let folder = tempfile::tempdir().unwrap();
        let limits: Vec<String> = limits.iter().map(|l| (*l).to_owned()).collect();
        let nodes = ALL.map(|name| {
            let home = folder.path().join(name);
            ok(run_in(&home, &["init", "--name", name, "--no-passphrase"]));
            Node::start(name, home, "127.0.0.1:0", limits.clone())
        });
        let cluster = Cluster { folder, nodes: nodes.into() };
        for (i, inviter) in cluster.nodes.iter().enumerate() {
            for guest in &cluster.nodes[i + 1..] {
                let token = inviter.run(&["peer", "invite", "--address", &inviter.address]);
                guest.run(&["peer", "accept", token.trim(), "--address", &guest.address]);
            }
            let declaration = hospitals().join(format!("{}.toml", inviter.name));
            inviter.run(&["dataset", "add", declaration.to_str().unwrap()]);
        }
        cluster
    }

    /// The node of that name.
    pub fn node(&self, name: &str) -> &Node {
        self.nodes.iter().find(|n| n.name == name).unwrap()
    }

    /// The same, to be changed.
    pub fn node_mut(&mut self, name: &str) -> &mut Node {
        self.nodes.iter_mut().find(|n| n.name == name).unwrap()
    }

    /// Proposes a project; the first three members, or both of two, compute, `by_hand` approves each job. Without signatures but the first member's.
    pub fn propose(&self, project: &str, members: &[&str], by_hand: &str) {
        let schema = hospitals().join("schema.toml");
        let mut draft = format!(
            "name = {project:?}\npurpose = \"a test\"\nmembers = {members:?}\ncomputing = {:?}\nreceivers = [{:?}, {:?}]\nschemas = [{schema:?}]\n[approval]\n",
            &members[..members.len().min(3)],
            members[0],
            members[members.len() - 1]
        );
        for name in members {
            draft += &format!("{name} = {:?}\n", if *name == by_hand { "by-hand" } else { "automatic" });
        }
        for name in members {
            draft +=
                &format!("[[datasets]]\nowner = {name:?}\nname = {name:?}\ntable = \"patients\"\n[datasets.policy]\n");
            for column in ["age", "sex", "resting_bp", "max_heart_rate"] {
                draft += &format!("{column} = [\"filter\", \"group\", \"aggregate\", \"quantile\"]\n");
            }
        }
        let file = self.folder.path().join(format!("{project}.toml"));
        std::fs::write(&file, draft).unwrap();
        self.node(members[0]).run(&["project", "propose", file.to_str().unwrap()]);
    }

    /// Proposes a project that all its members sign.
    pub fn agree(&self, project: &str, members: &[&str], by_hand: &str) {
        self.propose(project, members, by_hand);
        for name in &members[1..] {
            self.node(name).run(&["project", "sign", project]);
        }
    }
}

impl Node {
    fn start(name: &'static str, home: PathBuf, listen: &str, limits: Vec<String>) -> Node {
        let log = File::options().create(true).append(true).open(home.join("node.log")).unwrap();
        let mut command = jointly(&["--home", home.to_str().unwrap(), "node", "run", "--listen", listen]);
        command.arg("--no-passphrase").args(&limits).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(log);
        let mut child = command.spawn().unwrap();
        let mut output = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        output.read_line(&mut line).unwrap();
        let words = std::fs::read_to_string(home.join("node.log")).unwrap();
        let address = line.trim().strip_prefix("listening on ").unwrap_or_else(|| panic!("{name}: {words}")).to_owned();
        let node = Node { name, home, address, limits, child, _output: Some(output) };
        wait("the socket", || (node.try_run(&["node", "status"]).0 == 0).then_some(()));
        node
    }

    /// A command's exit code, standard output and standard error.
    pub fn try_run(&self, args: &[&str]) -> (i32, String, String) {
        run_in(&self.home, args)
    }

    /// Asks a short question; returns its job once everybody knows of it and it waits for `approver` only.
    #[track_caller]
    pub fn ask_by_hand(&self, project: &str, approver: &Node) -> (Asking, String) {
        let asking = self.ask(project, SHORT);
        let id = text(&approver.job("a job to approve", waiting)["job"]).to_owned();
        let everyone = format!("waiting for the approval of {}", approver.name);
        self.job(&everyone, |job| job["job"] == *id && job["progress"] == *everyone);
        (asking, id)
    }

    /// What a command that succeeds prints.
    #[track_caller]
    pub fn run(&self, args: &[&str]) -> String {
        ok(self.try_run(args))
    }

    /// The same, for programs.
    #[track_caller]
    pub fn json(&self, args: &[&str]) -> Value {
        serde_json::from_str(&self.run(&[args, &["--format", "json"]].concat())).unwrap()
    }

    /// Begins to ask a question.
    pub fn ask(&self, project: &str, sql: &str) -> Asking {
        let mut command = jointly(&["--home", self.home.to_str().unwrap(), "query", "--project", project, sql]);
        Asking(command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap())
    }

    /// Waits until the latest job of which this is true; `what` names it if it never comes.
    #[track_caller]
    pub fn job(&self, what: &str, is: impl Fn(&Value) -> bool) -> Value {
        wait(&format!("{}: {what}", self.name), || {
            self.json(&["job", "list"]).as_array().unwrap().iter().find(|job| is(job)).cloned()
        })
    }

    /// Waits for the end of a job; its state, and why.
    #[track_caller]
    pub fn end_of(&self, id: &str) -> (String, String) {
        let over = |job: &Value| job["job"] == id && ["ended", "failed", "refused"].contains(&text(&job["state"]));
        let job = self.job("the job's end", over);
        (text(&job["state"]).to_owned(), text(&job["fault"]["message"]).to_owned())
    }

    /// Sends a signal to the process.
    pub fn signal(&self, signal: &str) {
        assert!(Command::new("kill").args([&format!("-{signal}"), &self.pid()]).status().unwrap().success());
    }

    /// Kills the process: nothing is said or written any more.
    pub fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Starts it again after it was killed, in the same place.
    pub fn restart(&mut self) {
        *self = Node::start(self.name, self.home.clone(), &self.address.clone(), self.limits.clone());
    }

    /// No file of its may grow any more, as on a full disk.
    pub fn fill_disk(&self) {
        self.limit_files("0");
    }

    /// There is space again.
    pub fn free_disk(&self) {
        self.limit_files("unlimited");
    }

    fn limit_files(&self, bytes: &str) {
        let limited = Command::new("prlimit").args(["--pid", &self.pid(), &format!("--fsize={bytes}:")]).status();
        assert!(limited.unwrap().success());
    }

    fn pid(&self) -> String {
        self.child.id().to_string()
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A `jointly query` under way.
pub struct Asking(Child);

impl Asking {
    /// Its exit code, standard output and standard error.
    pub fn end(self) -> (i32, String, String) {
        let Output { status, stdout, stderr } = self.0.wait_with_output().unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        (status.code().unwrap(), text(stdout), text(stderr))
    }

    /// Presses Ctrl-C.
    pub fn interrupt(&self) {
        assert!(Command::new("kill").args(["-INT", &self.0.id().to_string()]).status().unwrap().success());
    }
}

/// A job that waits for its node's operator.
fn waiting(job: &Value) -> bool {
    job["state"] == "requested" && text(&job["progress"]).starts_with("waiting for")
}

/// A job in its joint part.
pub fn computing(job: &Value) -> bool {
    job["state"] == "running" && job["progress"] == "computing jointly"
}

/// The question was answered, over so many patients.
#[track_caller]
pub fn answered(asked: (i32, String, String), patients: &str) {
    assert_eq!(asked.0, 0, "{}", asked.2);
    assert_says(&asked.1, &[patients, "signed by all"]);
}

/// Where the hospitals' tables are.
pub fn hospitals() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/hospitals")
}

/// The text of a JSON value; none where it is not text.
pub fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

/// Each of `words` is in `message`.
#[track_caller]
pub fn assert_says(message: &str, words: &[&str]) {
    for word in words {
        assert!(message.contains(word), "{word:?} is not in: {message}");
    }
}

/// Asks again and again until there is an answer.
#[track_caller]
pub fn wait<T>(what: &str, mut seen: impl FnMut() -> Option<T>) -> T {
    let begin = Instant::now();
    loop {
        if let Some(found) = seen() {
            return found;
        }
        assert!(begin.elapsed() < DEADLINE, "it did not come: {what}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

#[track_caller]
fn ok((code, out, error): (i32, String, String)) -> String {
    assert_eq!(code, 0, "{error}");
    out
}
