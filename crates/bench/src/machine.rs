//! What the figures were taken on.

use std::{fmt, fs, thread};

use serde::Serialize;

/// The machine and the build that figures belong to.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Machine {
    /// The processor's name.
    pub cpu: String,
    /// How many threads it runs at the same time.
    pub cores: usize,
    /// Those of its instruction sets that kernels here have a path for.
    pub flags: Vec<String>,
    /// Memory in GiB.
    pub memory_gib: f64,
    /// The kernel's name and release.
    pub kernel: String,
    /// Processes that were running or waiting to run, averaged over the last minute.
    pub load: f64,
    /// The compiler's version, at least.
    pub rustc: &'static str,
    /// Whether this is an optimised build; figures of another mean nothing.
    pub optimised: bool,
}

const FLAGS: [&str; 9] =
    ["aes", "pclmulqdq", "avx2", "avx512f", "avx512dq", "avx512ifma", "vaes", "vpclmulqdq", "gfni"];

/// This machine, as far as it tells.
pub fn machine() -> Machine {
    let (cpu, memory) = (read("/proc/cpuinfo"), read("/proc/meminfo"));
    let has: Vec<&str> = field(&cpu, "flags").unwrap_or_default().split_whitespace().collect();
    let kib = field(&memory, "MemTotal").and_then(|m| m.split_whitespace().next()?.parse::<f64>().ok());
    let name = rustix::system::uname();
    Machine {
        cpu: field(&cpu, "model name").unwrap_or("unknown").to_string(),
        cores: thread::available_parallelism().map_or(1, |n| n.get()),
        flags: FLAGS.iter().filter(|f| has.contains(f)).map(|f| f.to_string()).collect(),
        memory_gib: (kib.unwrap_or(0.0) / 1024.0 / 102.4).round() / 10.0,
        kernel: format!("{} {}", name.sysname().to_string_lossy(), name.release().to_string_lossy()),
        load: read("/proc/loadavg").split_whitespace().next().and_then(|l| l.parse().ok()).unwrap_or(0.0),
        rustc: env!("CARGO_PKG_RUST_VERSION"),
        optimised: cfg!(not(debug_assertions)),
    }
}

/// Files that not every system has.
fn read(path: &str) -> String {
    fs::read_to_string(path).unwrap_or_default()
}

fn field<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    let lines = text.lines().filter_map(|line| line.split_once(':'));
    lines.into_iter().find(|(key, _)| key.trim() == name).map(|(_, value)| value.trim())
}

impl fmt::Display for Machine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Machine { cpu, cores, memory_gib, kernel, load, rustc, .. } = self;
        write!(f, "{cpu}, {cores} cores, {memory_gib} GiB, {kernel}, rustc {rustc} or later, load {load}")?;
        write!(f, "\ninstruction sets: {}", self.flags.join(" "))?;
        match self.optimised {
            true => Ok(()),
            false => write!(f, "\nnot an optimised build: these figures mean nothing"),
        }
    }
}
