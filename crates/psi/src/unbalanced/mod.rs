//! Set intersection between a large set and small queries: the large one is made ready once, for any number of clients.
//!
//! Offline the server evaluates an OPRF on each of its items and publishes the outputs as a compact [`Filter`]; online a client has its own
//! items evaluated and looks them up. This is the intersection from an OPRF of Hazay, Lindell, TCC 2008, and Jarecki, Liu, SCN 2010, with
//! the offline phase of Kiss, Liu, Schneider, Asokan, Pinkas, PoPETs 2017(4), and a binary fuse filter in the Bloom filter's place. The
//! OPRF is the verifiable one of RFC 9497. Each [`Epoch`] of a dataset has a key of its own, derived from the server's [`Root`], so that an
//! answer of one epoch opens nothing of another's filter; its public key is published, and signed, with the filter, and clients refuse
//! answers under any other.
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
//! | online, q items | 32·q each way and 64 for the proof | q at the server; 2·q at the client, or none with blinds [prepared](Client::prepare) |

mod filter;

use std::fmt;

use jointly_core::{Adversary, Corrupt, Error, Guarantee, Parties, Party, Price, Private, Result, Spec};
use jointly_math::{Prg, Seed, hash::hash};
use jointly_net::Ctx;
use jointly_ot::oprf::{self, Evaluator, Mode, Output, Prepared, PublicKey, SecretKey};

pub use filter::{Capacity, Filter};

/// What a query of `n` items claims. Party 0 is the server.
pub static SPEC: Spec<Price<usize>> = Spec {
    id: "psi/unbalanced",
    about: "intersection of a few items with a large set, of which a filter was published before",
    paper: "Jarecki, Liu, SCN 2010; Kiss, Liu, Schneider, Asokan, Pinkas, PoPETs 2017(4); RFC 9497",
    parties: Parties::Exactly(2),
    corrupt: Corrupt::UpTo(1),
    adversary: Adversary::SemiHonest,
    width: 0,
    parts: 0,
    cost: oprf::spec(Mode::Voprf).cost,
    leaks: &[
        "the server learns how many items are asked about",
        "the client learns how many items the filter is made for",
    ],
    guarantee: Guarantee::IfFollowed,
};

/// What a filter holds, and of when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Epoch {
    /// The dataset.
    pub dataset: String,
    /// Counts on whenever items change.
    pub number: u64,
}

/// The secret that a server derives its epochs' keys from. Wiped on drop.
pub struct Root(Private<[u8; 32]>);

impl Root {
    /// A fresh one.
    pub fn random() -> Self {
        let mut bytes = Private::new([0; 32]);
        Prg::new(Seed::random()).fill_bytes(bytes.expose_mut());
        Self(bytes)
    }

    /// The one that was stored.
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(Private::new(bytes))
    }

    /// The bytes, for the server's own store.
    pub fn as_bytes(&self) -> &[u8; 32] {
        self.0.expose()
    }

    /// The key of an epoch.
    fn key(&self, epoch: &Epoch) -> Result<SecretKey> {
        let Epoch { dataset, number } = epoch;
        let info = hash("jointly psi 1 unbalanced epoch", &[dataset.as_bytes(), &number.to_le_bytes()]);
        SecretKey::derive(Mode::Voprf, self.0.expose(), &info)
    }
}

impl fmt::Debug for Root {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Root(..)")
    }
}

/// The large side.
pub struct Server {
    key: PublicKey,
    evaluator: Evaluator,
}

impl Server {
    /// The server of one epoch.
    pub fn new(root: &Root, epoch: &Epoch) -> Result<Self> {
        let key = root.key(epoch)?;
        Ok(Self { key: key.public()?, evaluator: key.evaluator(b"")? })
    }

    /// The epoch's public key, to be published with its filter.
    pub fn key(&self) -> &PublicKey {
        &self.key
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
    /// A client of one epoch's filter, which was published with this key, of mode [`Mode::Voprf`].
    pub fn new(key: &PublicKey, filter: Filter) -> Result<Self> {
        if key.mode() != Mode::Voprf {
            return Err(Error::Misuse("a filter's key is of the verifiable mode"));
        }
        Ok(Self { client: oprf::Client::new(key, b"")?, filter })
    }

    /// Offline: blinds for queries of `n` items together. Secret, and each good for one item.
    pub fn prepare(&self, n: usize) -> Result<Prepared> {
        self.client.prepare(n)
    }

    /// Online: the rows of `items` that the server has, ascending. The server sees a query of `n` items, at least as many as there are.
    /// With prepared blinds, of which it takes `n`, the client has next to nothing to compute.
    pub async fn query<I: AsRef<[u8]>>(
        &self,
        ctx: &mut Ctx,
        server: Party,
        items: &[I],
        n: usize,
        prepared: Option<&mut Prepared>,
    ) -> Result<Vec<usize>> {
        let missing = n.checked_sub(items.len()).ok_or(Error::Misuse("there are more items than was agreed on"))?;
        let mut padding = vec![[0; 32]; missing];
        Prg::new(Seed::random()).fill_bytes(padding.as_flattened_mut());
        let inputs: Vec<&[u8]> = items.iter().map(AsRef::as_ref).chain(padding.iter().map(AsRef::as_ref)).collect();
        let outputs = match prepared {
            Some(prepared) => oprf::query_prepared(ctx, server, &self.client, &inputs, prepared).await?,
            None => oprf::query(ctx, server, &self.client, &inputs).await?,
        };
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
