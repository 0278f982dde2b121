//! Parties as processes: this program is started again for each, so it has no harness of its own.

use std::process::ExitCode;

use jointly_bench::{Network, Options, PARTY_COMMAND, Phase, party_main, run};

fn main() -> ExitCode {
    let mut args = std::env::args().skip(1);
    if args.next().as_deref() == Some(PARTY_COMMAND) {
        return party_main(args);
    }
    for network in [Network::Tcp, Network::Tls] {
        let only = vec!["net/stream".into(), "rep3/mul".into(), "rep3/sort".into()];
        let runs =
            run(&Options { only, n: Some(800), network, parties: None, threshold: None, phase: Phase::All, repeat: 1 })
                .unwrap();
        let bytes: Vec<u64> = runs.iter().flat_map(|r| r.bytes.clone()).take(5).collect();
        assert_eq!(bytes, [812, 0, 6412, 6412, 6412], "{network}");
        assert!(runs.iter().all(|r| r.cpu_seconds.iter().all(|s| *s > 0.0)), "{runs:?}");
        println!("test parties_are_processes_over_{network} ... ok");
    }
    ExitCode::SUCCESS
}
