//! `jointly node`: runs this organisation's node, stops it, asks how it is.

use std::path::Path;
use std::time::Duration;

use jointly_node::Identity;
use jointly_node::live::control::{About, Ask};
use jointly_node::live::{Node, NodeConfig};
use tokio::signal::unix::{SignalKind, signal};
use tracing_subscriber::EnvFilter;

use crate::args::NodeCommand;
use crate::failure::Failure;
use crate::output::{self, Output};
use crate::{client, identity};

/// Runs, stops or shows the node in `home`.
pub async fn run(home: &Path, command: &NodeCommand, output: &Output) -> Result<(), Failure> {
    match command {
        NodeCommand::Run {
            listen,
            silence,
            patience,
            memory,
            lock,
            #[cfg(feature = "faults")]
            cheat,
        } => {
            let identity = identity::load(home, lock)?;
            // The node's work outlives the folder that the command was started from.
            let home = home.canonicalize().map_err(Failure::file("find the folder", home))?;
            let [silence, patience] = [silence, patience].map(|s| Duration::from_secs((*s).into()));
            let memory = u64::from(*memory) << 20;
            let config = NodeConfig {
                silence,
                patience,
                memory,
                #[cfg(feature = "faults")]
                cheats: *cheat,
                ..NodeConfig::new(home, *listen)
            };
            serve(identity, config).await
        }
        NodeCommand::Stop => {
            client::tell(home, &Ask::Stop).await?;
            output.done("The node is stopping.")
        }
        NodeCommand::Status => {
            let about: About = client::ask(home, &Ask::About).await?;
            output.show(&about, |about| {
                let address = about.address.as_deref().unwrap_or("no address: it only dials");
                format!("{} runs, at {address}\nkey fingerprint {}", about.name, about.key.fingerprint())
            })
        }
    }
}

async fn serve(identity: Identity, config: NodeConfig) -> Result<(), Failure> {
    log();
    // Beyond a limit on files' sizes, writing fails, and the node says what failed; unheard, this signal would end it.
    let _unlimited = signal(SignalKind::from_raw(libc::SIGXFSZ));
    let node = Node::start(identity, config).await?;
    // Programs wait for this line: the port may have been chosen by the system.
    match node.address() {
        Some(address) => output::line(&format!("listening on {address}"))?,
        None => output::line("not listening: this node only dials")?,
    }
    let stopper = node.clone();
    let signals = stop_signal();
    tokio::spawn(async move {
        signals.await;
        stopper.stop();
    });
    Ok(node.run_until_stopped().await?)
}

/// Ctrl-C, or a polite end by the system.
pub async fn stop_signal() {
    let Ok(mut terminate) = signal(SignalKind::terminate()) else { return std::future::pending().await };
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        _ = terminate.recv() => {}
    }
}

/// What happens goes to standard error; `JOINTLY_LOG=debug` shows more.
fn log() {
    let filter = EnvFilter::try_from_env("JOINTLY_LOG").unwrap_or_else(|_| EnvFilter::new("warn"));
    let _ = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).try_init();
}
