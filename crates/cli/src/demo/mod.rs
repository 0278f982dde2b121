//! `jointly demo`: four hospitals' nodes on this machine, from the first invitation to verified receipts.

mod check;
mod data;
mod nodes;
#[cfg(feature = "faults")]
pub mod pvc;
mod story;

use futures::future::join_all;
use nodes::DemoNode;

use crate::args::Demo;
use crate::failure::Failure;
use crate::node::stop_signal;
use crate::output::{self, Output};

/// Runs the demonstration. However it ends, its nodes are stopped and its folder is deleted, unless they are to be kept.
pub async fn run(demo: &Demo, output: &Output) -> Result<(), Failure> {
    let folder = tempfile::Builder::new().prefix("jointly-demo-").tempdir();
    let folder = folder.map_err(|e| Failure::failed(format!("cannot make a temporary folder: {e}; set TMPDIR")))?;
    let mut nodes = Vec::new();
    let told = tokio::select! {
        told = story::tell(&mut nodes, folder.path(), demo, *output) => told,
        () = stop_signal() => Err(Failure::failed("the demonstration was stopped")),
    };
    if demo.keep && told.is_ok() {
        return keep(nodes, folder.keep(), *output);
    }
    join_all(nodes.into_iter().map(DemoNode::stop)).await;
    let path = folder.path().to_owned();
    folder.close().map_err(Failure::file("delete the folder", &path))?;
    told?;
    output.say("The nodes are stopped, their folder is deleted.")
}

/// Says how to talk to the nodes. What programs read on standard output stays one value.
fn keep(nodes: Vec<DemoNode>, folder: std::path::PathBuf, output: Output) -> Result<(), Failure> {
    let mut text = String::from("The nodes run on. Talk to them, for example:\n");
    for node in &nodes {
        let pid = node.pid().map_or_else(String::new, |pid| format!("   # process {pid}, {}", node.address));
        text += &format!("  jointly --home {} job list{pid}\n", node.home.display());
    }
    text += "Stop each with `jointly --home … node stop`, then delete ";
    text += &folder.display().to_string();
    nodes.into_iter().for_each(DemoNode::keep);
    if output.is_json() {
        eprintln!("{text}");
        return Ok(());
    }
    output::line(&text)
}
