//! What a command prints: words for people, or one JSON value for programs.

use std::io::{self, Write};

use serde::Serialize;

use crate::args::Format;
use crate::failure::Failure;

/// Standard output in the format that was asked for.
#[derive(Clone, Copy)]
pub struct Output {
    format: Format,
}

impl Output {
    /// In this format.
    pub fn new(format: Format) -> Self {
        Self { format }
    }

    /// Whether programs read it.
    pub fn is_json(self) -> bool {
        self.format == Format::Json
    }

    /// Prints `value` for programs, or what `words` makes of it for people.
    pub fn show<T: Serialize>(self, value: &T, words: impl FnOnce(&T) -> String) -> Result<(), Failure> {
        if !self.is_json() {
            return line(&words(value));
        }
        let text = serde_json::to_string_pretty(value).map_err(|e| Failure::failed(e.to_string()))?;
        line(&text)
    }

    /// Prints for people only.
    pub fn say(self, words: &str) -> Result<(), Failure> {
        if self.is_json() { Ok(()) } else { line(words) }
    }

    /// Prints that something was done.
    pub fn done(self, words: &str) -> Result<(), Failure> {
        self.show(&serde_json::json!({ "done": words }), |_| words.to_owned())
    }
}

/// Prints a line at once, also into a pipe.
pub fn line(text: &str) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    let written = writeln!(out, "{}", text.trim_end()).and_then(|()| out.flush());
    written.map_err(|e| Failure::failed(format!("cannot write the output: {e}")))
}
