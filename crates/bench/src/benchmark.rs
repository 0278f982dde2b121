//! What can be measured: the network itself, and every program on every protocol.

use jointly_core::{Among, Corrupt, Cost, Result};
use jointly_net::Ctx;
use jointly_ot::Base;
use jointly_psi::circuit::Ots;
use jointly_registry::{COTS, CotEntry, ENGINES, EngineEntry, PSIS, PsiEntry, VOLES, VoleEntry};

use crate::{
    Error,
    federate::Masks,
    garble::{Circuits, Garbling, Protection},
    lookup::{Answering, Fetch, Oprf, ROW_BYTES},
    malicious_2::Malicious2,
    malicious_many::MaliciousMany,
    ot::{BaseOts, Cots},
    programs::{self, OnEngine, PROGRAMS, Program},
    psi::{Intersection, OnShares, Several, Unbalanced},
    setting::Setting,
    speeds::{Operating, Timed},
    stream::Stream,
    transfers::{Adapter, Transfers, VoleEnds},
};

/// Something that can be measured at a size `n`.
pub struct Benchmark {
    /// `protocol/program`.
    pub id: String,
    /// What is done, and what `n` is.
    pub about: &'static str,
    /// The size that is taken where none is given.
    pub n: usize,
    /// What its throughput counts.
    pub unit: &'static str,
    pub(crate) parties: u16,
    kind: Kind,
}

#[derive(Clone, Copy)]
pub(crate) enum Kind {
    Stream,
    BaseOt(Base),
    Cot(&'static CotEntry),
    Vole(&'static VoleEntry),
    Transfer(Adapter),
    Garble(Circuits, Protection),
    Psi(&'static PsiEntry),
    /// Over OTs of this kind, or else those that fit the network.
    OnShares(Option<Ots>),
    Several,
    Unbalanced,
    Oprf,
    Answering,
    Fetch,
    Malicious2,
    MaliciousMany,
    Masks,
    #[cfg(feature = "he")]
    Homomorphic(crate::he::Operation),
    Program(&'static EngineEntry, &'static dyn Program),
    Operation(&'static EngineEntry, Timed),
}

/// A benchmark at one party, with its inputs in place.
#[async_trait::async_trait]
pub(crate) trait Task: Send {
    /// What this party has sent so far.
    fn measured(&self) -> Cost;

    /// What comes before each run and does not count.
    async fn ready(&mut self) -> Result<()> {
        Ok(())
    }

    /// What is measured.
    async fn work(&mut self) -> Result<()>;

    /// Whether what came out is right.
    async fn check(&mut self) -> Result<bool>;
}

/// Everything that can be measured.
pub fn benchmarks() -> Vec<Benchmark> {
    let stream = Benchmark {
        id: "net/stream".into(),
        about: "one party sends n bytes to another",
        n: 1 << 28,
        unit: "MB/s",
        parties: 2,
        kind: Kind::Stream,
    };
    let programs = ENGINES.iter().filter(|e| e.spec.corrupt != Corrupt::Nobody).flat_map(on_engine);
    let psis = PSIS.iter().map(|entry| Benchmark {
        id: entry.spec.id.into(),
        about: "two sets of n items, half of them common, from base OT on",
        n: if entry.spec.id == "psi/ecdh" { 1 << 16 } else { 1 << 20 },
        unit: "items/s",
        parties: 2,
        kind: Kind::Psi(entry),
    });
    let others = [
        on_shares("psi/circuit", "shares of the intersection of two sets of n", None),
        on_shares("psi/circuit-ferret", "the same with as few bytes as can be", Some(Ots::Ferret)),
        single(
            "garble/aes-chain",
            "n AES-128 one after the other",
            3000,
            "ANDs/s",
            2,
            Kind::Garble(Circuits::AesChain, Protection::HalfGates),
        ),
        single(
            "garble/wide-and",
            "n times 2^20 ANDs side by side",
            16,
            "ANDs/s",
            2,
            Kind::Garble(Circuits::WideAnd, Protection::HalfGates),
        ),
        single(
            "garble/three-halves",
            "n AES-128 one after the other, by three halves",
            3000,
            "ANDs/s",
            2,
            Kind::Garble(Circuits::AesChain, Protection::ThreeHalves),
        ),
        single(
            "garble/three-halves-wide",
            "n times 2^20 ANDs side by side, by three halves",
            16,
            "ANDs/s",
            2,
            Kind::Garble(Circuits::WideAnd, Protection::ThreeHalves),
        ),
        single(
            "garble/pvc",
            "n AES-128 one after the other, a cheater convicted with λ = 1/2, from base OT on",
            3000,
            "ANDs/s",
            2,
            Kind::Garble(Circuits::AesChain, Protection::Pvc),
        ),
        single("psi/multiparty", "what three sets of n have in common", 1 << 20, "items/s", 3, Kind::Several),
        single("psi/unbalanced-online", "a query of n items, made ready", 1 << 10, "items/s", 2, Kind::Unbalanced),
        single("oprf", "n verifiable oblivious evaluations", 10_000, "evaluations/s", 2, Kind::Oprf),
        single(
            "federate/round",
            "ten members sum n numbers by masks, of whom three may drop out",
            1_000_000,
            "numbers/s",
            10,
            Kind::Masks,
        ),
        single(
            "federate/round-100",
            "a hundred members sum n numbers by masks, of whom thirty may drop out",
            1_000_000,
            "numbers/s",
            100,
            Kind::Masks,
        ),
        single("garble/malicious-3", "n ANDs, from base OT on", 6400, "AND/s", 3, Kind::MaliciousMany),
        single("pir/kernel", "an answer over n rows of 256 bytes", 1 << 20, "GB/s", 1, Kind::Answering),
        single("garble/malicious-2", "n ANDs, from base OT on", 1_000_000, "AND/s", 2, Kind::Malicious2),
        single("pir/query", "a row of n, of 256 bytes, obliviously", 1 << 20, "rows/s", 2, Kind::Fetch),
    ];
    let all = std::iter::once(stream).chain(transfers()).chain(psis).chain(others);
    #[cfg(feature = "he")]
    let all = all.chain(crate::he::benchmarks());
    all.chain(programs).collect()
}

fn on_shares(id: &str, about: &'static str, ots: Option<Ots>) -> Benchmark {
    single(id, about, 1 << 20, "items/s", 2, Kind::OnShares(ots))
}

/// Correlations, and what is made of them.
fn transfers() -> impl Iterator<Item = Benchmark> {
    let bases = [
        ("ot/base", "n base OTs on ristretto255", Base::Ristretto),
        ("ot/base-ml-kem", "n base OTs by ML-KEM", Base::MlKem),
    ];
    let bases = bases.into_iter().map(|(id, about, base)| Benchmark {
        id: id.into(),
        about,
        n: 128,
        unit: "OT/s",
        parties: 2,
        kind: Kind::BaseOt(base),
    });
    let cots = COTS.iter().map(|entry| Benchmark {
        id: entry.spec.id.into(),
        about: "n random correlated OTs, set up before",
        n: 1 << 24,
        unit: "OT/s",
        parties: 2,
        kind: Kind::Cot(entry),
    });
    let voles = VOLES.iter().map(|entry| Benchmark {
        id: entry.spec.id.into(),
        about: "n random VOLEs over GF(2^128), set up before",
        n: 1 << 20,
        unit: "VOLE/s",
        parties: 2,
        kind: Kind::Vole(entry),
    });
    let transfers = [
        single("ot/random", "n random OTs, set up before", 1 << 22, "OT/s", 2, Kind::Transfer(Adapter::Random)),
        single("ot/chosen", "n OTs of 16 bytes, set up before", 1 << 22, "OT/s", 2, Kind::Transfer(Adapter::Chosen)),
        single("ot/k-of-n", "one of n rows of 256 bytes", 10_000, "rows/s", 2, Kind::Transfer(Adapter::Row)),
    ];
    bases.chain(cots).chain(transfers).chain(voles)
}

pub(crate) fn single(
    id: &str,
    about: &'static str,
    n: usize,
    unit: &'static str,
    parties: u16,
    kind: Kind,
) -> Benchmark {
    Benchmark { id: id.into(), about, n, unit, parties, kind }
}

/// The benchmark with this id, what has no security included.
pub(crate) fn find(id: &str) -> Option<Benchmark> {
    benchmarks().into_iter().chain(without_security()).find(|b| b.id == id)
}

/// What has no security is for comparisons.
fn without_security() -> impl Iterator<Item = Benchmark> {
    ENGINES.iter().filter(|e| e.spec.corrupt == Corrupt::Nobody).flat_map(on_engine)
}

/// Those whose id is one of `only` or begins with it, or does so behind the protocol's name; all where nothing is named.
///
/// What has no security runs where the protocol is named.
pub(crate) fn select(only: &[String]) -> std::result::Result<Vec<Benchmark>, Error> {
    let mut all = benchmarks();
    let insecure = all.len();
    all.extend(without_security());
    let begins = |id: &str, name: &str| {
        id == name || id.strip_prefix(name).is_some_and(|rest| name.ends_with('/') || rest.starts_with('/'))
    };
    let program = |id: &str, name: &str| id.split_once('/').is_some_and(|(_, program)| begins(program, name));
    let wanted = |(i, b): (usize, &Benchmark), name: &str| begins(&b.id, name) || i < insecure && program(&b.id, name);
    if let Some(missing) = only.iter().find(|name| !all.iter().enumerate().any(|b| wanted(b, name))) {
        let known = all.iter().map(|b| b.id.as_str()).collect::<Vec<_>>().join(", ");
        return Err(Error::Unknown { id: missing.clone(), known });
    }
    let named = |b: (usize, &Benchmark)| only.iter().any(|name| wanted(b, name));
    let keep: Vec<bool> =
        all.iter().enumerate().map(|b| if only.is_empty() { b.0 < insecure } else { named(b) }).collect();
    Ok(all.into_iter().zip(keep).filter(|(_, keep)| *keep).map(|(b, _)| b).collect())
}

/// Every program that an engine has room for.
fn on_engine(entry: &'static EngineEntry) -> impl Iterator<Item = Benchmark> {
    let programs = PROGRAMS.iter().map(|program| (*program, program.facts()));
    programs.filter(|(_, facts)| facts.width <= entry.spec.width).map(move |(program, facts)| Benchmark {
        id: format!("{}/{}", entry.spec.id, facts.name),
        about: facts.about,
        n: facts.n,
        unit: facts.unit,
        parties: entry.usual().parties,
        kind: Kind::Program(entry, program),
    })
}

impl Benchmark {
    /// One operation of an engine, for the table of speeds.
    pub(crate) fn of_operation(entry: &'static EngineEntry, timed: Timed) -> Self {
        let parties = entry.usual().parties;
        single(entry.spec.id, "an operation", 1, "values/s", parties, Kind::Operation(entry, timed))
    }

    /// How many units a run at size `n` does.
    pub(crate) fn units(&self, n: usize) -> f64 {
        match self.kind {
            Kind::Stream => n as f64 / 1e6,
            Kind::Answering => (n * ROW_BYTES) as f64 / 1e9,
            Kind::BaseOt(_) | Kind::Cot(_) | Kind::Vole(_) | Kind::Transfer(_) | Kind::Psi(_) => n as f64,
            Kind::OnShares(_) | Kind::Several | Kind::Unbalanced | Kind::Oprf | Kind::Fetch => n as f64,
            Kind::Malicious2 | Kind::MaliciousMany | Kind::Masks => n as f64,
            #[cfg(feature = "he")]
            Kind::Homomorphic(_) => n as f64,
            Kind::Garble(circuits, _) => circuits.ands(n),
            Kind::Program(_, program) => program.units(n),
            Kind::Operation(..) => n as f64,
        }
    }

    /// How long a run takes, as it is told beforehand, where it is.
    pub(crate) fn predicted(&self, setting: Setting) -> Result<Option<f64>> {
        let (Kind::Program(entry, program), Some(line)) = (self.kind, setting.network.line()) else { return Ok(None) };
        programs::predicted(entry, program, setting, line).map(Some)
    }

    /// How many parties take part.
    pub(crate) fn parties(&self, setting: Setting) -> std::result::Result<u16, Error> {
        match self.kind {
            Kind::Program(entry, _) | Kind::Operation(entry, _) => {
                let (among, spec) = (setting.among(entry.usual()), entry.spec);
                let fits = spec.parties.allows(among.parties) && among.corrupt <= spec.corrupt.threshold(among.parties);
                if fits { Ok(among.parties) } else { Err(Error::Among { id: self.id.clone(), among }) }
            }
            _ if setting.parties.is_some_and(|n| n != self.parties) => {
                Err(Error::Among { id: self.id.clone(), among: setting.among(Among::new(self.parties, 0)) })
            }
            _ => Ok(self.parties),
        }
    }

    /// Puts the inputs in place.
    pub(crate) async fn start(&self, ctx: Ctx, setting: Setting) -> Result<Box<dyn Task>> {
        let Setting { n, network, .. } = setting;
        match self.kind {
            Kind::Stream => Ok(Box::new(Stream::new(ctx, n))),
            Kind::BaseOt(base) => Ok(Box::new(BaseOts::new(ctx, base, n))),
            Kind::Psi(entry) => Ok(Box::new(Intersection::new(ctx, entry, n))),
            Kind::Transfer(adapter) => Ok(Box::new(Transfers::start(ctx, adapter, n, network).await?)),
            Kind::Vole(entry) => Ok(Box::new(VoleEnds::start(ctx, entry, n).await?)),
            Kind::Garble(circuits, protection) => Ok(Box::new(Garbling::start(ctx, circuits, protection, n).await?)),
            Kind::Several => Ok(Box::new(Several::new(ctx, n))),
            Kind::OnShares(ots) => {
                let ots = ots.unwrap_or_else(|| Ots::fitting(network.mbit()));
                Ok(Box::new(OnShares::new(ctx, n, ots)))
            }
            Kind::Unbalanced => Ok(Box::new(Unbalanced::start(ctx, n).await?)),
            Kind::Answering => Ok(Box::new(Answering::start(ctx, n)?)),
            Kind::Oprf => Ok(Box::new(Oprf::start(ctx, n)?)),
            Kind::Fetch => Ok(Box::new(Fetch::start(ctx, n)?)),
            Kind::Malicious2 => Ok(Box::new(Malicious2::new(ctx, n)?)),
            Kind::MaliciousMany => Ok(Box::new(MaliciousMany::new(ctx, n)?)),
            Kind::Masks => Ok(Box::new(Masks::new(ctx, n)?)),
            #[cfg(feature = "he")]
            Kind::Homomorphic(operation) => Ok(Box::new(crate::he::Homomorphic::start(ctx, operation, n)?)),
            Kind::Cot(entry) => Ok(Box::new(Cots::start(ctx, entry, n).await?)),
            Kind::Operation(entry, timed) => Ok(Box::new(Operating::start(ctx, entry, setting, timed).await?)),
            Kind::Program(entry, program) => {
                let engine = (entry.start)(ctx, setting.among(entry.usual())).await?;
                Ok(Box::new(OnEngine::start(engine, program, setting).await?))
            }
        }
    }
}
