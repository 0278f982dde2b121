//! How two terminals come together: by the one-time code of `jointly align`, over TLS between keys of this meeting.

use std::io::Read;
use std::sync::Arc;

use ed25519_dalek::SigningKey;
use jointly_align::Pairing;
use jointly_align::code::Code;
use jointly_align::connection::{Connection, connect, listen};
use jointly_core::Adversary;
use jointly_garble::covert::{Key, Signer};
use jointly_net::Mesh;

use crate::args::CircuitRun;
use crate::failure::Failure;
use crate::output::Output;

/// The longest code that is read.
const LONGEST: u64 = 1024;

/// The two sides, connected.
pub struct Meeting {
    connection: Connection,
    pairing: Pairing,
    listens: bool,
}

impl Meeting {
    /// The way to the other side.
    pub fn mesh(&self) -> Arc<dyn Mesh> {
        self.connection.mesh()
    }

    /// The seed of this side's key.
    pub fn seed(&self) -> &[u8; 32] {
        &self.pairing.seed
    }

    /// The keys of the listening side and of the other.
    pub fn keys(&self) -> [Key; 2] {
        let (mine, theirs) = (SigningKey::from_bytes(&self.pairing.seed).key(), self.connection.peer().0);
        if self.listens { [mine, theirs] } else { [theirs, mine] }
    }

    /// Where runs are signed, shows the keys, for both to keep a record of: they are those of this meeting.
    fn shown(self, args: &CircuitRun) -> Self {
        if matches!(args.model, Adversary::PubliclyVerifiable { .. }) {
            let hex = |key: Key| key.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
            let [garbler, evaluator] = self.keys().map(hex);
            eprintln!(
                "runs are signed under keys of this meeting alone: the listening side's {garbler}, the other's {evaluator}. A certificate convicts a person only if somebody whom both trust has recorded them"
            );
        }
        self
    }

    /// Ends the connection, once everything sent has left.
    pub async fn close(self) {
        self.connection.close().await;
    }
}

pub async fn meet(args: &CircuitRun, output: &Output) -> Result<Meeting, Failure> {
    let pairing = Pairing::fresh();
    match (args.listen, &args.connect, &args.code) {
        (Some(address), None, None) => {
            let listener = listen(address, &pairing).await?;
            let at = listener.address().unwrap_or(address);
            let code = listener.code().text();
            let words = format!(
                "listening on {at}\nThe other side needs this code, by a way that you both trust; it is good for one run:\n{}",
                code.as_str()
            );
            if output.is_json() {
                eprintln!("{words}")
            } else {
                output.say(&words)?
            }
            let connection = listener.accept().await?;
            Ok(Meeting { connection, pairing, listens: true }.shown(args))
        }
        (None, Some(address), Some(code)) => {
            let connection = connect(address, &read_code(code)?, &pairing).await?;
            Ok(Meeting { connection, pairing, listens: false }.shown(args))
        }
        _ => Err(Failure::usage(
            "give either --listen ADDR, or --connect HOST:PORT with --code CODE, or --local HEX HEX",
        )),
    }
}

/// The code itself, or `-` for standard input, so that it stands in no list of processes.
fn read_code(code: &str) -> Result<Code, Failure> {
    if code != "-" {
        return Ok(code.parse()?);
    }
    let mut text = zeroize::Zeroizing::new(String::new());
    let read = std::io::stdin().take(LONGEST).read_to_string(&mut text);
    read.map_err(|e| Failure::failed(format!("cannot read the code from standard input: {e}")))?;
    Ok(text.parse()?)
}
