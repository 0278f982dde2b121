//! Running benchmarks and putting the parties' figures together.

use jointly_core::Party;
use serde::Serialize;

use crate::{
    Error, Network,
    benchmark::{Benchmark, select},
    party::{Outcome, Sample},
    processes,
    setting::{Phase, Setting},
    threads,
};

/// What to run.
#[derive(Clone, Debug)]
pub struct Options {
    /// Ids, or beginnings of ids; empty for everything.
    pub only: Vec<String>,
    /// The size, instead of each benchmark's own.
    pub n: Option<usize>,
    /// What connects the parties.
    pub network: Network,
    /// Computing parties, instead of the engine's usual number.
    pub parties: Option<u16>,
    /// How many of them may be corrupt, instead of the usual number.
    pub threshold: Option<u16>,
    /// What counts.
    pub phase: Phase,
    /// How often each is run; the figures are those of the run with the median CPU time.
    pub repeat: usize,
}

/// What one benchmark took. CPU time and bytes are each party's own.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Run {
    /// Which benchmark.
    pub id: String,
    /// At which size.
    pub n: usize,
    /// Over which network.
    pub network: Network,
    /// From everyone's start to the last party's end.
    pub seconds: f64,
    /// The same as it was predicted, where the network is one that predictions are made for.
    pub predicted_seconds: Option<f64>,
    /// User and system time of each party.
    pub cpu_seconds: Vec<f64>,
    /// Bytes that each party sent, frame headers included, encryption not.
    pub bytes: Vec<u64>,
    /// The longest chain of dependent messages.
    pub rounds: u64,
    /// Units a second of wall-clock time.
    pub throughput: f64,
    /// What throughput counts.
    pub unit: &'static str,
}

/// Runs what `options` name.
pub fn run(options: &Options) -> Result<Vec<Run>, Error> {
    let mut runs = Vec::new();
    run_each(options, |run| runs.push(run.clone()))?;
    Ok(runs)
}

/// As [`run`], with each result as soon as it is there.
pub fn run_each(options: &Options, mut each: impl FnMut(&Run)) -> Result<(), Error> {
    if options.repeat == 0 || options.n == Some(0) {
        return Err(Error::Size("the size and the number of repetitions are at least 1"));
    }
    for benchmark in select(&options.only)? {
        let Options { network, parties, threshold, phase, repeat, .. } = *options;
        let n = options.n.unwrap_or(benchmark.n);
        let setting = Setting { n, network, parties, threshold, phase };
        let taking_part = benchmark.parties(setting)?;
        let outcomes = match network {
            Network::Tcp | Network::Tls => processes::run(&benchmark, taking_part, setting, repeat)?,
            _ => threads::run(&benchmark, taking_part, setting, repeat),
        };
        let parties = succeeded(&benchmark, network, outcomes)?;
        let predicted = benchmark.predicted(setting).map_err(|e| Error::Party {
            id: benchmark.id.clone(),
            network,
            party: Party(0),
            what: e.to_string(),
        })?;
        each(&Run { predicted_seconds: predicted, ..median(&benchmark, n, options, &parties) });
    }
    Ok(())
}

/// Everyone's samples, or the error of the party that stopped first.
fn succeeded(benchmark: &Benchmark, network: Network, outcomes: Vec<Outcome>) -> Result<Vec<Vec<Sample>>, Error> {
    let stopped = || (0..).map(Party).zip(&outcomes).filter_map(|(p, out)| Some((p, out.as_ref().err()?)));
    match stopped().min_by_key(|(_, stopped)| stopped.followed) {
        Some((party, stopped)) => {
            Err(Error::Party { id: benchmark.id.clone(), network, party, what: stopped.what.clone() })
        }
        None => Ok(outcomes.into_iter().flatten().collect()),
    }
}

/// The run in the middle, by CPU time over all parties.
fn median(benchmark: &Benchmark, n: usize, options: &Options, parties: &[Vec<Sample>]) -> Run {
    let cpu = |r: usize| parties.iter().map(|p| p[r].cpu_seconds).sum::<f64>();
    let mut order: Vec<usize> = (0..options.repeat).collect();
    order.sort_by(|a, b| cpu(*a).total_cmp(&cpu(*b)));
    let middle: Vec<Sample> = parties.iter().map(|p| p[order[(options.repeat - 1) / 2]]).collect();
    let deepest = |when: usize| middle.iter().map(|s| s.depth[when]).max().unwrap_or(0);
    let seconds = middle.iter().map(|s| s.seconds).fold(0.0, f64::max);
    Run {
        id: benchmark.id.clone(),
        n,
        network: options.network,
        seconds,
        predicted_seconds: None,
        cpu_seconds: middle.iter().map(|s| s.cpu_seconds).collect(),
        bytes: middle.iter().map(|s| s.bytes).collect(),
        rounds: deepest(1) - deepest(0),
        throughput: benchmark.units(n) / seconds,
        unit: benchmark.unit,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{benchmark::find, benchmarks};

    fn options(only: &[&str], n: usize, network: Network) -> Options {
        Options {
            only: only.iter().map(|id| id.to_string()).collect(),
            n: Some(n),
            network,
            parties: None,
            threshold: None,
            phase: Phase::All,
            repeat: 2,
        }
    }

    #[test]
    fn everything_runs_in_memory_and_is_right() {
        // Millions of products over OT take minutes to make.
        let long = ["learn/logistic-fit", "learn/boosted-tree", "learn/predict-trees"];
        let takes_long = |id: &str| {
            id.split_once('/')
                .is_some_and(|(e, program)| ["additive", "spdz2k"].contains(&e) && long.contains(&program))
        };
        let mut all: Vec<String> = benchmarks().into_iter().map(|b| b.id).collect();
        all.retain(|id| !takes_long(id));
        // What SPDZ2k takes for more than one value takes minutes to make.
        let quick: Vec<String> = all.iter().filter(|id| !id.starts_with("spdz2k/")).cloned().collect();
        for (n, wanted) in [(1, &all), (2, &quick), (37, &quick)] {
            let named: Vec<&str> = wanted.iter().map(String::as_str).collect();
            let runs = run(&options(&named, n, Network::Mem)).unwrap();
            let ids: Vec<String> = runs.iter().map(|r| r.id.clone()).collect();
            assert_eq!(ids, *wanted);
            for r in &runs {
                assert!(r.seconds > 0.0 && r.throughput > 0.0 && r.bytes.len() == r.cpu_seconds.len(), "{r:?}");
            }
        }
    }

    #[test]
    fn bytes_are_those_of_the_protocol() {
        let mul = run(&options(&["rep3/mul"], 1000, Network::Lan)).unwrap().remove(0);
        assert_eq!((mul.bytes, mul.rounds), (vec![8012; 3], 1));
        let stream = run(&options(&["net"], 80, Network::Mem)).unwrap().remove(0);
        assert_eq!(stream.bytes, [92, 0]);
        let json = serde_json::to_value(&stream).unwrap();
        assert_eq!((&json["id"], &json["network"], &json["n"]), (&"net/stream".into(), &"mem".into(), &80.into()));
    }

    #[test]
    fn a_dealer_is_measured_only_where_it_is_named() {
        let dealt = run(&options(&["additive-dealer/mul"], 1000, Network::Mem)).unwrap().remove(0);
        assert_eq!((dealt.bytes, dealt.rounds), (vec![16_012; 2], 1));
        assert!(find("additive-dealer/mul").is_some() && find("additive-dealer").is_none());
        assert!(select(&["mul".into()]).unwrap().iter().all(|b| b.id.ends_with("/mul") && !b.id.contains("dealer")));
        assert!(benchmarks().iter().all(|b| !b.id.contains("dealer") && !b.id.starts_with("clear")));
    }

    #[test]
    fn time_is_predicted_for_lines_that_are_imitated() {
        let ids = ["rep3/less-than", "additive/mul"];
        let predicted = |network| {
            run(&options(&ids, 100, network)).unwrap().into_iter().map(|r| r.predicted_seconds).collect::<Vec<_>>()
        };
        assert_eq!(predicted(Network::Mem), [None, None]);
        // Rounds of 50 ms.
        let wan = predicted(Network::Thin);
        assert!(wan.iter().all(|seconds| seconds.is_some_and(|s| s > 0.2)), "{wan:?}");
    }

    #[test]
    fn what_cannot_be_run_is_said() {
        let unknown = run(&options(&["rep3/mul", "rep3/mull"], 1, Network::Mem)).unwrap_err().to_string();
        assert!(unknown.contains("rep3/mull") && unknown.contains("rep3/sort"), "{unknown}");
        assert!(run(&options(&["rep3/mul"], 0, Network::Mem)).is_err());
        assert!("lann".parse::<Network>().unwrap_err().to_string().contains("thin"));
        Network::ALL.into_iter().for_each(|n| assert_eq!(n.name().parse::<Network>().unwrap(), n));
    }

    #[test]
    fn the_party_that_failed_by_itself_is_named() {
        let benchmark = benchmarks().remove(1);
        let stopped = |what: &str, followed| Err(crate::party::Stopped { what: what.into(), followed });
        let outcomes = vec![stopped("party 1 is gone", true), stopped("the result is wrong", false), Ok(Vec::new())];
        let error = succeeded(&benchmark, Network::Mem, outcomes).unwrap_err().to_string();
        assert!(error.contains("party 1 stopped: the result is wrong"), "{error}");
    }
}
