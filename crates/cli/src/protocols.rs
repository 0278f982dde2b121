//! `jointly protocols`: everything there is, with its claims.

use jointly_registry::{Entry, Place, catalogue, matrix};

use crate::failure::Failure;
use crate::output::Output;
use crate::table;

/// Lists the protocols.
pub fn run(output: &Output) -> Result<(), Failure> {
    output.show(&catalogue(), |entries| {
        let header = ["protocol", "parties", "corrupt", "adversary", "what", "guarantee", "leaks", "paper"];
        let claims = table::of(header, entries.iter().map(claims));
        let costs = entries.iter().flat_map(|e| e.costs.iter().map(move |c| (e, c)));
        let costs = costs.map(|(e, c)| {
            let most = c.bytes.iter().max().copied().unwrap_or(0);
            let seconds = c.seconds.map_or(String::new(), |s| format!("{s:.3}"));
            [e.id.into(), c.operation.into(), c.n.to_string(), table::bytes(most), c.rounds.to_string(), seconds]
        });
        let header =
            ["protocol", "operation", "values", "sent by each party, at most", "rounds", "CPU-s of each, measured"];
        let costs = table::of(header, costs);
        let header = ["adversary", "computing", "corrupt", "engines for queries"];
        let places = table::of(header, matrix().iter().map(place));
        format!("{places}\n{claims}\n{costs}")
    })
}

fn claims(entry: &Entry) -> [String; 8] {
    let leaks = if entry.leaks.is_empty() { "nothing".into() } else { entry.leaks.join("; ") };
    let (id, about, paper) = (entry.id.into(), entry.about.into(), entry.paper.into());
    let Entry { parties, corrupt, adversary, .. } = entry.clone();
    [id, parties, corrupt, adversary, about, entry.guarantee.into(), leaks, paper]
}

fn place(place: &Place) -> [String; 4] {
    let engines = if place.engines.is_empty() { "none".into() } else { place.engines.join(", ") };
    [place.adversary.clone(), place.parties.to_string(), place.corrupt.to_string(), engines]
}
