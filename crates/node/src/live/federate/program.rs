//! A member's own program that trains at home: weights go in and come out as bytes. `docs/trainers.md` says how to write one.

use std::{path::Path, process::Stdio, time::Duration};

use jointly_core::{Error, Result};
use jointly_federate::trainer::Rows;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    process::{Child, ChildStdin, ChildStdout, Command},
    time::timeout,
};

/// The longest line before numbers.
const LONGEST_LINE: u64 = 4096;

/// What the program still gets of the node's surroundings: nothing that may be secret.
const KEPT: [&str; 6] = ["PATH", "HOME", "LANG", "TMPDIR", "CUDA_VISIBLE_DEVICES", "OMP_NUM_THREADS"];

/// A program at work. It ends with this.
pub(super) struct Program {
    federation: String,
    /// It ends when this is dropped.
    _child: Child,
    to: ChildStdin,
    from: BufReader<ChildStdout>,
    patience: Duration,
}

/// What it says before its numbers.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Said {
    /// From how many rows it has trained.
    #[serde(default)]
    rows: u32,
    /// So many weights follow.
    #[serde(default)]
    weights: usize,
    /// So many rows' scores and labels follow.
    #[serde(default)]
    scores: usize,
    /// Why it cannot.
    #[serde(default)]
    error: Option<String>,
}

impl Program {
    /// Starts the program at `path`, and tells it the rows to train on and those kept apart.
    ///
    /// # Errors
    /// `Refused` where there is none, or it does not take them.
    pub(super) async fn start(
        (federation, path): (&str, &Path),
        patience: Duration,
        (train, test): (&Rows, &Rows),
    ) -> Result<Self> {
        let missing = |e: std::io::Error| {
            Error::Refused(format!(
                "the federation {federation:?} is trained by a program of each member's own, and the one here cannot be started: put it, executable, at trainers/{federation} in the node's home ({e})"
            ))
        };
        let kept = KEPT.iter().filter_map(|name| Some((name, std::env::var_os(name)?)));
        let command = Command::new(path)
            .env_clear()
            .envs(kept)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .kill_on_drop(true)
            .spawn();
        let mut child = command.map_err(missing)?;
        let pipes = child.stdin.take().zip(child.stdout.take()).ok_or(Error::Misuse("pipes to a program"))?;
        let (to, from) = (pipes.0, BufReader::new(pipes.1));
        let mut program = Self { federation: federation.to_owned(), _child: child, to, from, patience };
        let numbers = [train, test].map(|rows| rows.values.iter().chain(&rows.labels));
        let numbers: Vec<f64> = numbers.into_iter().flatten().copied().collect();
        let sizes =
            json!({ "do": "rows", "jointly": 1, "width": train.width, "train": train.count(), "test": test.count() });
        program.say(sizes, &numbers).await?;
        Ok(program)
    }

    /// New weights, and from how many rows.
    pub(super) async fn train(&mut self, round: u32, weights: &[f64]) -> Result<(Vec<f64>, u32)> {
        let said = self.ask(json!({ "do": "train", "round": round, "weights": weights.len() }), weights).await?;
        if said.weights != weights.len() {
            return Err(self.refused(format!("gave {} weights, and the model has {}", said.weights, weights.len())));
        }
        let now = self.numbers(said.weights).await?;
        match now.iter().position(|weight| !weight.is_finite()) {
            Some(weight) => Err(self.refused(format!("gave no number as weight {}", weight + 1))),
            None => Ok((now, said.rows)),
        }
    }

    /// What these weights say of rows that it keeps apart, at most so many, and whether each is of the class.
    pub(super) async fn judge(&mut self, weights: &[f64], most: usize) -> Result<Vec<(f64, bool)>> {
        let said = self.ask(json!({ "do": "judge", "weights": weights.len() }), weights).await?;
        if said.scores > most {
            return Err(self.refused(format!("judged {} rows, and members have at most {most}", said.scores)));
        }
        let numbers = self.numbers(2 * said.scores).await?;
        if let Some(row) = numbers.chunks(2).position(|pair| !pair[0].is_finite()) {
            return Err(self.refused(format!("gave no number as the score of row {}", row + 1)));
        }
        Ok(numbers.chunks(2).map(|pair| (pair[0], pair[1] > 0.5)).collect())
    }

    async fn ask(&mut self, line: Value, numbers: &[f64]) -> Result<Said> {
        self.say(line, numbers).await?;
        let mut text = Vec::new();
        let read = async { (&mut self.from).take(LONGEST_LINE).read_until(b'\n', &mut text).await };
        match timeout(self.patience, read).await {
            Err(_) => return Err(self.refused(format!("said nothing for {} s", self.patience.as_secs()))),
            Ok(Err(_) | Ok(0)) => return Err(self.refused("has ended")),
            Ok(Ok(_)) => {}
        }
        let said: Said = serde_json::from_slice(&text)
            .map_err(|e| self.refused(format!("answered with a line that is none of its protocol: {e}")))?;
        match said.error {
            // What it says may quote rows: it is for the operator, on the program's standard error.
            Some(_) => Err(self.refused("gave up: its standard error says why")),
            None => Ok(said),
        }
    }

    /// A line, and then the numbers, each of 8 bytes, the lowest first.
    async fn say(&mut self, line: Value, numbers: &[f64]) -> Result<()> {
        let mut bytes = line.to_string().into_bytes();
        bytes.push(b'\n');
        bytes.extend(numbers.iter().flat_map(|x| x.to_le_bytes()));
        let write = async {
            self.to.write_all(&bytes).await?;
            self.to.flush().await
        };
        match timeout(self.patience, write).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) => Err(self.refused("has ended")),
            Err(_) => Err(self.refused(format!("took nothing in for {} s", self.patience.as_secs()))),
        }
    }

    async fn numbers(&mut self, n: usize) -> Result<Vec<f64>> {
        let mut bytes = vec![0; 8 * n];
        match timeout(self.patience, self.from.read_exact(&mut bytes)).await {
            Ok(Ok(_)) => {}
            Ok(Err(_)) => return Err(self.refused("ended within its numbers")),
            Err(_) => {
                return Err(self.refused(format!("did not finish its numbers within {} s", self.patience.as_secs())));
            }
        }
        let number = |b: &[u8]| f64::from_le_bytes(std::array::from_fn(|i| b[i]));
        Ok(bytes.chunks_exact(8).map(number).collect())
    }

    fn refused(&self, what: impl AsRef<str>) -> Error {
        Error::Refused(format!("the program that trains the federation {:?} here {}", self.federation, what.as_ref()))
    }
}
