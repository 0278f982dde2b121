//! Talks to the running node over its control socket.

use std::path::Path;
use std::time::Duration;

use jointly_node::live::control::{Ask, ProjectLine, SOCKET, Told};
use serde::de::DeserializeOwned;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::UnixStream;

use crate::failure::Failure;

/// The longest reply: an evidence bundle of the greatest size, quoted.
const REPLY_BYTES: u64 = 1 << 30;

/// Asks the node in `home`.
pub async fn ask<T: DeserializeOwned>(home: &Path, ask: &Ask) -> Result<T, Failure> {
    let path = home.join(SOCKET);
    let stream = UnixStream::connect(&path).await.map_err(|e| no_node(home, &e))?;
    let line = exchange(stream, ask).await.map_err(|e| {
        let home = home.display();
        let again = format!("see its output, and if it has ended, start it again with: jointly --home {home} node run");
        Failure::failed(format!("the node in {home} broke off the conversation: {e}; {again}"))
    })?;
    let unreadable = |e: serde_json::Error| {
        Failure::failed(format!("the node in {} answers in words unknown to this version: {e}", home.display()))
    };
    match serde_json::from_str(&line).map_err(unreadable)? {
        Told::Ok(value) => serde_json::from_value(value).map_err(unreadable),
        Told::Error(fault) => Err(fault.into()),
    }
}

/// Asks for something to which the answer is nothing.
pub async fn tell(home: &Path, what: &Ask) -> Result<(), Failure> {
    ask::<serde_json::Value>(home, what).await.map(|_| ())
}

/// Waits until the node in `home` answers; for a node that was just started.
pub async fn wait_ready(home: &Path, patience: Duration) -> Result<(), Failure> {
    let begin = std::time::Instant::now();
    loop {
        match tell(home, &Ask::About).await {
            Err(_) if begin.elapsed() < patience => tokio::time::sleep(Duration::from_millis(50)).await,
            answered => return answered,
        }
    }
}

/// The project of that identifier or name.
pub async fn project(home: &Path, wanted: &str) -> Result<ProjectLine, Failure> {
    let projects: Vec<ProjectLine> = ask(home, &Ask::Projects).await?;
    if let Some(project) = projects.iter().find(|p| p.id.to_string() == wanted) {
        return Ok(project.clone());
    }
    let names = projects.iter().map(|p| p.name.clone()).collect::<Vec<_>>().join(", ");
    let mut found: Vec<ProjectLine> = projects.into_iter().filter(|p| p.name == wanted).collect();
    match (found.pop(), found.is_empty()) {
        (Some(project), true) => Ok(project),
        (Some(_), false) => {
            let why = format!("several projects are named {wanted:?}; give the identifier: jointly project list");
            Err(Failure::usage(why))
        }
        (None, _) if names.is_empty() => {
            Err(Failure::usage("this node knows no project yet; see: jointly project propose --help"))
        }
        (None, _) => Err(Failure::usage(format!("there is no project {wanted:?} on this node; there are: {names}"))),
    }
}

async fn exchange(mut stream: UnixStream, ask: &Ask) -> std::io::Result<String> {
    let mut request = serde_json::to_vec(ask)?;
    request.push(b'\n');
    stream.write_all(&request).await?;
    let mut line = String::new();
    match BufReader::new(stream.take(REPLY_BYTES)).read_line(&mut line).await? {
        0 => Err(std::io::Error::new(std::io::ErrorKind::UnexpectedEof, "it ended")),
        _ => Ok(line),
    }
}

fn no_node(home: &Path, error: &std::io::Error) -> Failure {
    Failure::failed(format!(
        "no node runs in {} ({error}); start it with: jointly --home {} node run, or name another folder with --home",
        home.display(),
        home.display()
    ))
}
