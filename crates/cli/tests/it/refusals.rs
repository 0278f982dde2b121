//! What is refused before anything is computed, and evidence that was tampered with.

use std::fs;

use crate::cluster::{ALL, Cluster, SHORT, answered, assert_says, text};
use crate::command::{jointly, run, run_in};

/// A node's folder with an identity of its own.
fn stranger(cluster: &Cluster, name: &str) -> std::path::PathBuf {
    let home = cluster.folder.path().join(name);
    assert_eq!(run_in(&home, &["init", "--name", name, "--no-passphrase"]).0, 0);
    home
}

#[test]
fn ports_invitations_and_keys_are_not_shared() {
    let mut cluster = Cluster::start(&[]);
    cluster.agree("all", &ALL, "long-beach");
    let [cleveland, hungary, approver, _] = [0, 1, 2, 3].map(|i| &cluster.nodes[i]);
    let guest = stranger(&cluster, "guest");
    let run_at = |address: &str| ["node", "run", "--no-passphrase", "--listen", address].map(str::to_owned);

    let at = run_at(&hungary.address);
    let (code, _, error) = run_in(&guest, &at.each_ref().map(String::as_str));
    assert_eq!(code, 4, "{error}");
    let port = hungary.address.rsplit(':').next().unwrap();
    assert_says(&error, &[&format!("port {port} is in use by another program"), "another port"]);

    // A second node in the same folder would take the first one's jobs for dead.
    let (asking, id) = cleveland.ask_by_hand("all", approver);
    let (code, _, error) = approver.try_run(&run_at("127.0.0.1:0").each_ref().map(String::as_str));
    assert_eq!(code, 3, "{error}");
    assert_says(&error, &["a node already runs in", "long-beach"]);
    approver.run(&["job", "approve", &id]);
    answered(asking.end(), "920");

    // An invitation works once.
    let token = cleveland.run(&["peer", "invite", "--address", &cleveland.address]);
    let other = stranger(&cluster, "other");
    let mut guests = [&guest, &other].map(|home| {
        let mut node = jointly(&["--home", home.to_str().unwrap(), "node", "run", "--no-passphrase"]);
        Guest(node.stdout(std::process::Stdio::null()).spawn().unwrap())
    });
    let accept = |home| run_in(home, &["peer", "accept", token.trim()]);
    crate::cluster::wait("the guests", || {
        [&guest, &other].iter().all(|h| run_in(h, &["node", "status"]).0 == 0).then_some(())
    });
    assert_eq!(accept(&guest).0, 0);
    let (code, _, error) = accept(&other);
    assert_eq!(code, 3, "{error}");
    assert_says(&error, &["cleveland", "it was used already", "ask for a new one"]);
    assert!(!cleveland.run(&["peer", "list"]).contains("other"));
    guests.iter_mut().for_each(Guest::stop);

    // Somebody else answers where a peer should be.
    let address = hungary.address.clone();
    let key = text(&hungary.json(&["node", "status"])["key"]).to_owned();
    cluster.node_mut("hungary").kill();
    let mut impostor = jointly(&["--home", other.to_str().unwrap()]);
    let mut impostor = Guest(impostor.args(run_at(&address)).stdout(std::process::Stdio::null()).spawn().unwrap());
    crate::cluster::wait("the impostor", || (run_in(&other, &["node", "status"]).0 == 0).then_some(()));
    let (code, _, error) = cluster.node("cleveland").ask("all", SHORT).end();
    assert_eq!(code, 4, "{error}");
    assert_says(&error, &["hungary", &address, "another node answers", &key, "over the telephone"]);
    impostor.stop();
}

/// A node beside the four.
struct Guest(std::process::Child);

impl Guest {
    fn stop(&mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

impl Drop for Guest {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn what_is_not_signed_by_all_or_was_changed_is_not_believed() {
    let cluster = Cluster::start(&[]);
    let [cleveland, hungary, long_beach, switzerland] = [0, 1, 2, 3].map(|i| &cluster.nodes[i]);
    cluster.propose("all", &ALL, "");
    for node in [hungary, switzerland] {
        node.run(&["project", "sign", "all"]);
    }
    for command in ["query", "explain"] {
        let (code, _, error) = cleveland.try_run(&[command, "--project", "all", SHORT]);
        assert_eq!(code, 3, "{error}");
        assert_says(&error, &["is not active", "long-beach has not signed it yet", "ask them"]);
    }
    long_beach.run(&["project", "sign", "all"]);
    answered(cleveland.ask("all", SHORT).end(), "920");

    let path = cluster.folder.path().join("evidence.json");
    let file = path.to_str().unwrap();
    hungary.run(&["evidence", "export", file]);
    let bytes = fs::read(file).unwrap();
    let verify = || run(&["evidence", "verify", file]);
    assert_says(&verify().1, &["Evidence of hungary", "Sound"]);
    // In the receipt's question, its bytes, its signatures; and spread over the whole file.
    let text = String::from_utf8(bytes.clone()).unwrap();
    let receipt = text.find("jointly v1 receipt").unwrap();
    let inside =
        ["COUNT(", "bytes", "signatures"].map(|word| receipt + text[receipt..].find(word).unwrap() + word.len() + 8);
    for at in inside.into_iter().chain((1..12).map(|i| i * bytes.len() / 12)) {
        let mut changed = bytes.clone();
        changed[at] = if changed[at] == b'7' { b'8' } else { b'7' };
        fs::write(file, &changed).unwrap();
        let (code, out, error) = verify();
        assert_eq!(code, 5, "byte {at}: {out}");
        assert_says(&out, &["NOT SOUND"]);
        assert_says(&error, &["is not sound: do not rely on it"]);
    }
    fs::write(file, &bytes).unwrap();
    assert_eq!(verify().0, 0);

    // A receiver's answer against the receipt that all signed.
    let id = cleveland.json(&["job", "list"])[0]["job"].as_str().unwrap().to_owned();
    let job = cleveland.run(&["job", "show", &id, "--format", "json"]);
    let shown = cluster.folder.path().join("job.json");
    let against = |job: &str| {
        fs::write(&shown, job).unwrap();
        run(&["evidence", "verify", file, "--answer", shown.to_str().unwrap()])
    };
    let (code, out, error) = against(&job);
    assert_eq!(code, 0, "{error}");
    assert_says(&out, &[&id, "as its receipt holds it", "920"]);
    let (code, _, error) = against(&job.replace("[[920]]", "[[921]]"));
    assert_eq!(code, 5);
    assert_says(&error, &["job.json", "this is not the answer that the receipt", "it was altered"]);
    let (_, _, error) = against(&job.replace(&id, "00112233445566778899aabbccddeeff"));
    assert_says(&error, &["holds no receipt of job 00112233"]);
    let (_, _, error) = against(&hungary.run(&["job", "show", &id, "--format", "json"]));
    assert_says(&error, &["it holds no answer", "receivers"]);
    assert_says(&against("{}").2, &["this is no job"]);
}
