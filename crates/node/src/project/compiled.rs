//! Functions of projects, each compiled once: a peer may send the same text as often as it likes.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, Mutex, PoisonError, Weak},
};

use jointly_circuit::{Function, expr::Program};

use crate::hash::hash;

/// Bytes of a function's text: all of a project fits into one message.
const LONGEST: usize = 512 << 10;

/// Gates of a project's functions, each counted once however often it is called.
pub(super) const MOST_GATES: usize = 1 << 20;

/// Registers of a function.
const MOST_REGISTERS: usize = 1 << 24;

/// ANDs that are garbled in a job: two minutes of the fastest protocol.
const MOST_ANDS: u64 = 1 << 32;

/// Texts that are remembered, and gates of all their functions.
const REMEMBERED: usize = 1024;
const REMEMBERED_GATES: usize = 4 * MOST_GATES;

type Compiled = Result<Arc<Program>, String>;

#[derive(Default)]
struct Cache {
    last: VecDeque<([u8; 32], Compiled)>,
    /// Those in use: all jobs with a function share it.
    used: HashMap<[u8; 32], Weak<Program>>,
}

impl Cache {
    fn known(&self, key: &[u8; 32]) -> Option<Compiled> {
        let last = self.last.iter().find(|(k, _)| k == key).map(|(_, known)| known.clone());
        last.or_else(|| self.used.get(key)?.upgrade().map(Ok))
    }
}

/// The function that a text defines, or why it cannot be one of a job.
pub(crate) fn compiled(text: &str) -> Compiled {
    static CACHE: Mutex<Option<Cache>> = Mutex::new(None);
    if text.len() > LONGEST {
        return Err(format!("has a function of {} bytes; at most {LONGEST} are possible", text.len()));
    }
    let key = hash("jointly v1 function text", &[text.as_bytes()]);
    let lock = || CACHE.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(known) = lock().get_or_insert_default().known(&key) {
        return known;
    }
    // Nobody waits for somebody else's function.
    let new = compile(text).map(Arc::new);
    let mut guard = lock();
    let cache = guard.get_or_insert_default();
    let found = cache.known(&key).unwrap_or(new);
    cache.last.retain(|(k, _)| *k != key);
    cache.used.retain(|_, program| program.strong_count() > 0);
    found.iter().for_each(|program| drop(cache.used.insert(key, Arc::downgrade(program))));
    cache.last.push_back((key, found.clone()));
    let weight = |known: &Compiled| known.as_ref().map_or(0, |program| gates(&program.function));
    let mut all: usize = cache.last.iter().map(|(_, known)| weight(known)).sum();
    while cache.last.len() > REMEMBERED || all > REMEMBERED_GATES {
        let Some((_, oldest)) = cache.last.pop_front() else { break };
        all -= weight(&oldest);
    }
    found
}

fn compile(text: &str) -> Result<Program, String> {
    let program = jointly_circuit::read(text).map_err(|why| format!("has no function: {why}"))?;
    let function = &program.function;
    let limits = [
        ("gates", gates(function) as u64, MOST_GATES as u64),
        ("registers", function.registers() as u64, MOST_REGISTERS as u64),
        ("AND gates in all", function.ands(), MOST_ANDS),
    ];
    match limits.into_iter().find(|(_, there, most)| there > most) {
        Some((what, there, most)) => Err(format!("has a function of {there} {what}; a job takes at most {most}")),
        None => Ok(program),
    }
}

pub(super) fn gates(function: &Function) -> usize {
    function.circuits().iter().map(|circuit| circuit.gates().len()).sum()
}
