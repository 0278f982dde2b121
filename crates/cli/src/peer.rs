//! `jointly peer`: invitations, and who is connected.

use std::io::Read;
use std::path::Path;

use jointly_node::live::control::{Ask, PeerLine, Token};

use crate::args::PeerCommand;
use crate::client::ask;
use crate::failure::Failure;
use crate::output::Output;
use crate::table;

/// No invitation is longer.
const LONGEST_TOKEN: u64 = 4096;

/// Invites, accepts or lists.
pub async fn run(home: &Path, command: PeerCommand, output: &Output) -> Result<(), Failure> {
    match command {
        PeerCommand::Invite { address, minutes } => {
            let token: Token = ask(home, &Ask::Invite { address, minutes }).await?;
            // Alone on standard output, so that it can be piped; the advice goes beside it.
            output.show(&token, |token| token.token.clone())?;
            if !output.is_json() {
                eprintln!(
                    "Hand this to one person, over a channel that others cannot read. It works once, for {minutes} minutes."
                );
            }
            Ok(())
        }
        PeerCommand::Accept { token, address } => {
            let token = if token == "-" { from_standard_input()? } else { token };
            let peer: PeerLine = ask(home, &Ask::Accept { token, address }).await?;
            output.show(&peer, |p| {
                format!("{} is a peer now. Compare its key over the phone: {}", p.name, p.key.fingerprint())
            })
        }
        PeerCommand::List => {
            let peers: Vec<PeerLine> = ask(home, &Ask::Peers).await?;
            output.show(&peers, |peers| match peers.as_slice() {
                [] => "No peers yet. Invite one: jointly peer invite --help".into(),
                peers => table::of(["peer", "address", "connected", "key fingerprint"], peers.iter().map(row)),
            })
        }
    }
}

fn from_standard_input() -> Result<String, Failure> {
    let mut line = String::new();
    let read = std::io::stdin().take(LONGEST_TOKEN).read_to_string(&mut line);
    read.map_err(|e| Failure::failed(format!("cannot read the invitation from standard input: {e}")))?;
    Ok(line.trim().to_owned())
}

fn row(peer: &PeerLine) -> [String; 4] {
    let address = peer.address.clone().unwrap_or_else(|| "it dials us".into());
    let connected = if peer.connected { "yes" } else { "no" };
    [peer.name.clone(), address, connected.into(), peer.key.fingerprint()]
}
