//! One line that says what is going on: it moves in a terminal, and is a plain line for each change elsewhere.

use std::io::IsTerminal;
use std::time::Duration;

use indicatif::ProgressBar;

/// A progress line on standard error.
pub struct Progress {
    bar: Option<ProgressBar>,
    said: String,
}

impl Progress {
    /// Shows nothing yet.
    pub fn new() -> Self {
        let bar = std::io::stderr().is_terminal().then(ProgressBar::new_spinner);
        if let Some(bar) = &bar {
            bar.enable_steady_tick(Duration::from_millis(100));
        }
        Self { bar, said: String::new() }
    }

    /// Shows what is going on now.
    pub fn say(&mut self, what: &str) {
        if what == self.said || what.is_empty() {
            return;
        }
        match &self.bar {
            Some(bar) => bar.set_message(what.to_owned()),
            None => eprintln!("… {what}"),
        }
        self.said = what.to_owned();
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}
