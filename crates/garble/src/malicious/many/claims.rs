//! What garbling among many claims, and what it costs.

use jointly_core::{Adversary, Correlate, Corrupt, Cost, Guarantee, Parties, Party, Price, Spec, wire_bytes};
use jointly_math::bits::words;
use jointly_ot::{
    Security::Malicious,
    silent::{FERRET, ferret_spec},
    softspoken_over, softspoken_spec,
};

use super::{
    EVALUATOR,
    abit::{HIDING, RHO},
    bucket::bucket_size,
    online::LABELS,
    opening::shown_words,
    prepare::{Sizes, bits, chunks, coins, sizes},
    session::{WIDTH, receives_first},
    shares::others,
    silent::Source,
};
use crate::Demand;

/// The claims; costs are those among three parties. Among others see [`cost`].
pub static MALICIOUS_MANY: Spec<Price<Demand>> = Spec {
    id: "garble/malicious-n",
    about: "authenticated garbling among two and more, in a constant number of rounds",
    paper: "Wang, Ranellucci, Katz, CCS 2017 (ePrint 2017/189); correlated OT: Roy, CRYPTO 2022 (ePrint 2022/192), and for large functions Yang, Weng, Lan, Zhang, Wang, CCS 2020 (ePrint 2020/924)",
    parties: Parties::AtLeast(2),
    corrupt: Corrupt::AllButOne,
    adversary: Adversary::Malicious,
    width: 0,
    parts: 0,
    cost: |demand, party| cost(3, demand, party),
    leaks: &[
        "whether a corrupt party's guess at bits of an honest party's Δ, or at shares of AND triples, was right; a wrong one ends the run, and what was guessed says nothing about inputs",
        "corrupt receivers may learn their outputs while honest ones learn none",
    ],
    guarantee: Guarantee::Abort,
};

/// What `demand` costs `party` among `parties`: so many bytes where those from the third on hand in and learn as many bits each, and at most so many elsewhere; at most so
/// many rounds.
pub fn cost(parties: u16, demand: Demand, party: Party) -> Cost {
    match demand {
        Demand::Setup => others(party, parties).map(|peer| setup(party, peer)).fold(Cost::FREE, side_by_side),
        Demand::Function { ands, inputs, outputs } => {
            let of = |list: [usize; 3]| Party::all(parties).map(|p| list[p.index().min(2)]).collect::<Vec<usize>>();
            let (inputs, outputs) = (of(inputs), of(outputs));
            let n = usize::from(parties);
            prepare(n, sizes(ands, inputs.iter().sum()))
                + garble(n, ands, &inputs, party)
                + compute(n, &inputs, &outputs, party)
        }
    }
}

fn side_by_side(a: Cost, b: Cost) -> Cost {
    Cost { rounds: a.rounds.max(b.rounds), bytes: a.bytes + b.bytes }
}

/// Correlated OTs with `peer`, both ways.
pub(super) fn setup(party: Party, peer: Party) -> Cost {
    // Who is party 0, for those who send the OTs of the first extension.
    let (first, second) = match receives_first(party, peer) {
        true => (Party(0), Party(1)),
        false => (Party(1), Party(0)),
    };
    let extension = softspoken_spec(WIDTH, Malicious).cost;
    let mut cost = extension(Correlate::Setup, first)
        + extension(Correlate::Extend { before: 0, n: 128 }, first)
        + softspoken_over(WIDTH, Malicious, second);
    // The last message of the set-up and the first of the extension go the same way.
    cost.rounds -= 1;
    cost
}

/// Bytes of one message to each of the others.
fn to_all(n: usize, values: usize, size: usize) -> u64 {
    (n as u64 - 1) * wire_bytes(values, size)
}

fn agree(n: usize) -> Cost {
    Cost { rounds: 1, bytes: to_all(n, 1, 32) }
}

fn toss(n: usize) -> Cost {
    Cost { rounds: 1, bytes: to_all(n, 1, 48) } + agree(n)
}

pub(super) fn prepare(n: usize, Sizes { ands, masks, source }: Sizes) -> Cost {
    let mut cost = Cost { rounds: 1, bytes: to_all(n, coins(ands), 32) };
    let mut before = 0;
    for (i, chunk) in chunks(ands).enumerate() {
        let leaky = chunk * bucket_size(chunk);
        let total = bits(chunk, i, masks) + RHO + HIDING;
        cost += shares(n, total, ots(source, before, total));
        before += total;
        if chunk > 0 {
            let committed = Cost { rounds: 1, bytes: to_all(n, 1, 32) };
            cost += Cost { rounds: 1, bytes: to_all(n, 2 + 2 * words(leaky), 8) };
            cost += Cost { rounds: 1, bytes: to_all(n, words(leaky) + 2 * leaky, 8) };
            cost += toss(n) + committed + toss(n) + toss(n);
            cost += Cost { rounds: 1, bytes: to_all(n, shown_words(chunk * (bucket_size(chunk) - 1)), 8) };
        }
    }
    cost
}

/// OTs with one party, both ways, behind `before` of the same function.
fn ots(source: Source, before: usize, n: usize) -> Cost {
    let both = |of: fn(Correlate, Party) -> Cost, step| {
        let [sends, receives] = [0, 1].map(|end| of(step, Party(end)));
        Cost { rounds: sends.rounds, bytes: sends.bytes + receives.bytes }
    };
    let short = |n| both(softspoken_spec(WIDTH, Malicious).cost, Correlate::Extend { before: 128, n });
    if source == Source::Short {
        return short(n);
    }
    // Its own start is told apart, as it is over OTs of another width than there: the reserve, and a nonce each way.
    let step = Correlate::Extend { before: FERRET.outputs() + before, n };
    let extension = both(ferret_spec(Malicious).cost, step);
    let start = short(FERRET.reserve()) + Cost { rounds: 1, bytes: 2 * wire_bytes(1, 16) };
    let start = if before == 0 { start } else { Cost::FREE };
    // Where an iteration ends, up to a tree of each call is not counted there.
    start + extension + Cost { rounds: 1, bytes: 0 }
}

/// Π_aShare.
fn shares(n: usize, total: usize, ots: Cost) -> Cost {
    let cots = (n as u64 - 1) * ots.bytes + to_all(n, words(total), 8);
    let commitments = to_all(n, 1 + 2 * RHO, 32);
    let messages = to_all(n, 8 + 16 * RHO * (n - 1) + 32, 1);
    Cost { rounds: ots.rounds, bytes: cots }
        + toss(n)
        + Cost { rounds: 1, bytes: to_all(n, 2, 16) }
        + agree(n)
        + Cost { rounds: 3, bytes: commitments + messages + to_all(n, RHO, 32) }
        + agree(n)
}

/// What a party shows to each of the others of what is theirs.
fn shown(of: &[usize], party: Party) -> u64 {
    let others = of.iter().enumerate().filter(|(j, _)| *j != party.index());
    others.map(|(_, n)| wire_bytes(shown_words(*n), 8)).sum()
}

fn garble(n: usize, ands: usize, inputs: &[usize], party: Party) -> Cost {
    let table = match party {
        EVALUATOR => 0,
        _ => wire_bytes(1, 16) + wire_bytes(4 * ands, 8) + wire_bytes(4 * ands * (n - 1), 16),
    };
    let products = Cost { rounds: u64::from(ands > 0), bytes: to_all(n, shown_words(2 * ands), 8) };
    agree(n) + products + Cost { rounds: 2, bytes: shown(inputs, party) + table }
}

fn compute(n: usize, inputs: &[usize], outputs: &[usize], party: Party) -> Cost {
    let masked = Cost { rounds: 1, bytes: to_all(n, words(inputs[party.index()]), 8) };
    let labels = if party == EVALUATOR { 0 } else { wire_bytes(inputs.iter().sum(), 16) };
    let values = |out: &usize| if *out > 0 { wire_bytes(words(*out) + LABELS, 8) } else { 0 };
    let told: u64 = outputs[1..].iter().map(values).sum();
    let values = if party == EVALUATOR { told } else { 0 };
    let bytes = labels + values + shown(outputs, party);
    masked + agree(n) + Cost { rounds: 1 + u64::from(told > 0), bytes } + agree(n)
}
