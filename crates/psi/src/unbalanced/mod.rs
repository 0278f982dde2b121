//! Set intersection between a large set and small queries: the large one is made ready once, for any number of clients.
//!
//! Offline the server evaluates an OPRF on each of its items and publishes the outputs as a compact [`Filter`]; online a client has its own
//! items evaluated and looks them up. This is the intersection from an OPRF of Hazay, Lindell, TCC 2008, and Jarecki, Liu, SCN 2010, with
//! the offline phase of Kiss, Liu, Schneider, Asokan, Pinkas, PoPETs 2017(4), and a binary fuse filter in the Bloom filter's place. The
//! OPRF is the partially oblivious one of RFC 9497, whose public input names dataset and epoch: an answer of one epoch opens nothing of
//! another's filter, though the key, and so what clients check proofs against, stays the same.
//!
//! Who learns what: a client, which of its items the server has (a filter says yes to a stranger with probability at most 2^-40 over all
//! the queries that it was made for), and the sizes. The server, how many items a client asked about, which a client can [fill
//! up](Client::query). Against a malicious server a client keeps its privacy, but not the result: a server can publish any filter. A
//! malicious client can ask about any items, as many as it is given answers to: few possible items need few answers, so answers are to be
//! metered.
//!
//! | | bytes | scalar multiplications |
//! |---|---|---|
//! | offline, n items, queries with width w bytes | 9/8·n·w | n |
//! | online, q items | 32·q each way and 64 for the proof | 2·q at the client, q at the server |

mod filter;

use jointly_core::{Error, Party, Result};
use jointly_math::{Prg, Seed, hash::hash};
use jointly_net::Ctx;
use jointly_ot::oprf::{self, Evaluator, Output, PublicKey, SecretKey};

pub use filter::{Capacity, Filter};

/// What a filter holds, and of when: names the OPRF's public input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Epoch {
    /// The dataset.
    pub dataset: String,
    /// Counts on whenever items change.
    pub number: u64,
}

impl Epoch {
    fn info(&self) -> [u8; 32] {
        hash("jointly psi 1 unbalanced epoch", &[self.dataset.as_bytes(), &self.number.to_le_bytes()])
    }
}

/// The large side.
pub struct Server {
    evaluator: Evaluator,
}

impl Server {
    /// The server of one epoch. The key is of mode [`oprf::Mode::Poprf`].
    pub fn new(key: &SecretKey, epoch: &Epoch) -> Result<Self> {
        Ok(Self { evaluator: key.evaluator(&epoch.info())? })
    }

    /// Offline: the filter of these items. Repetitions count once, so that a filter has at most as many items as its capacity says; what is
    /// missing is filled up with random ones.
    pub fn publish<I: AsRef<[u8]>>(&self, items: &[I], capacity: Capacity) -> Result<Filter> {
        if items.len() > capacity.items {
            return Err(Error::Misuse("there are more items than the filter is made for"));
        }
        let mut keys = Vec::with_capacity(capacity.items);
        for chunk in items.chunks(CHUNK) {
            keys.extend(self.evaluator.evaluate(chunk)?.iter().map(filter_key));
        }
        keys.sort_unstable();
        keys.dedup();
        let mut prg = Prg::new(Seed::random());
        while keys.len() < capacity.items {
            let mut key = [0; 24];
            prg.fill_bytes(&mut key);
            keys.push(key);
        }
        Filter::new(&keys, capacity)
    }

    /// Online: answers a query of `n` items.
    pub async fn answer(&self, ctx: &mut Ctx, client: Party, n: usize) -> Result<()> {
        oprf::serve(ctx, client, &self.evaluator, n).await
    }
}

/// The small side.
pub struct Client {
    client: oprf::Client,
    filter: Filter,
}

impl Client {
    /// A client of one epoch's filter. The key is the server's published one, of mode [`oprf::Mode::Poprf`].
    pub fn new(key: &PublicKey, epoch: &Epoch, filter: Filter) -> Result<Self> {
        Ok(Self { client: oprf::Client::new(key, &epoch.info())?, filter })
    }

    /// Online: the rows of `items` that the server has, ascending. The server sees a query of `n` items, at least as many as there are.
    pub async fn query<I: AsRef<[u8]>>(
        &self,
        ctx: &mut Ctx,
        server: Party,
        items: &[I],
        n: usize,
    ) -> Result<Vec<usize>> {
        let missing = n.checked_sub(items.len()).ok_or(Error::Misuse("there are more items than was agreed on"))?;
        let mut padding = vec![[0; 32]; missing];
        Prg::new(Seed::random()).fill_bytes(padding.as_flattened_mut());
        let inputs: Vec<&[u8]> = items.iter().map(AsRef::as_ref).chain(padding.iter().map(AsRef::as_ref)).collect();
        let outputs = oprf::query(ctx, server, &self.client, &inputs).await?;
        Ok((0..items.len()).filter(|row| self.filter.contains(&filter_key(&outputs[*row]))).collect())
    }
}

/// Items that are evaluated at a time.
const CHUNK: usize = 4096;

/// Sixteen bytes for the place in a filter, eight for what stands there.
type Key = [u8; 24];

fn filter_key(output: &Output) -> Key {
    std::array::from_fn(|i| output.as_bytes()[i])
}
