//! What a delivery sends: each session's messages are walked through as its two ends exchange them.

use jointly_core::{Correlate, Cost, Demand, Need, Party, wire_bytes};
use jointly_math::bits;
use jointly_ot::{
    Security::SemiHonest,
    silent::{BASE, ferret_spec},
    softspoken_spec,
};

use super::{
    cross, orders,
    session::{Choose, Size},
    shapes, size, triples,
};

/// The ends of a session.
const SENDER: usize = 0;
const RECEIVER: usize = 1;

/// Bytes of `party`, and rounds.
pub(in crate::additive) fn cost(demand: &Demand, parties: u16, party: Party) -> Cost {
    let (mut depth, mut bytes) = (vec![0; usize::from(parties)], 0);
    for (from, to) in Party::all(parties).flat_map(|from| Party::all(parties).map(move |to| (from, to))) {
        if from == to {
            continue;
        }
        let session = Session::run(demand, parties, from, to);
        for (end, at) in [(SENDER, from), (RECEIVER, to)] {
            depth[at.index()] = session.depth[end].max(depth[at.index()]);
            bytes += if at == party { session.bytes[end] } else { 0 };
        }
    }
    // Party after party adds its bits.
    let words = demand.count(Need::SharedBits).next_multiple_of(64) as usize;
    for to in (1..usize::from(parties)).filter(|_| words > 0) {
        depth[to] = depth[..to].iter().fold(depth[to], |deepest, from| deepest.max(from + 1));
        bytes += if party.index() < to { wire_bytes(words, 8) } else { 0 };
    }
    Cost { rounds: depth.into_iter().max().unwrap_or(0), bytes }
}

/// What the ends of a session have sent, and the longest chains of messages that reached them.
struct Session {
    bytes: [u64; 2],
    depth: [u64; 2],
    size: Size,
    made: usize,
}

impl Session {
    /// All of `demand`, in the order in which it is made.
    fn run(demand: &Demand, parties: u16, from: Party, to: Party) -> Session {
        let mut session = Session { bytes: [0; 2], depth: [0; 2], size: size(demand, from, to), made: 0 };
        let choose = if (from.0 + 1) % parties == to.0 { Choose::Random } else { Choose::Told };
        let count = |need| demand.count(need) as usize;
        let told = |lanes| move |n| if choose == Choose::Told { lanes * n } else { 0 };
        session.each(count(Need::BitTriples), 64, choose, told(1));
        session.each(count(Need::TwinBitTriples), 64, choose, told(2));
        session.each(cross(demand, from, to), 64, Choose::Random, |_| 0);
        session.each(count(Need::Triples), 64, choose, triples::message_words);
        if from < to {
            // Not around the circle: the last party has nobody's bits to add.
            let choose = if from.0 + 1 == to.0 { Choose::Random } else { Choose::Told };
            session.each(count(Need::SharedBits).div_ceil(64), 64, choose, |_| 0);
        }
        for (_, shape, n) in shapes(demand) {
            for _ in 0..n {
                for n in orders::pieces(session.size.at_once(Choose::Told, 1, shape.width()), shape.rows) {
                    session.next(n, Choose::Told);
                    session.say(SENDER, wire_bytes(n * shape.width(), 8));
                }
            }
        }
        session
    }

    /// `count` things of so many OTs each, and what the sender says about so many of them.
    fn each(&mut self, count: usize, ots: usize, choose: Choose, words: impl Fn(usize) -> usize) {
        let at_once = self.size.at_once(choose, ots, 1);
        for first in (0..count).step_by(at_once) {
            let n = at_once.min(count - first);
            self.next(ots * n, choose);
            self.say(SENDER, wire_bytes(words(n), 8));
        }
    }

    /// `n` OTs.
    fn next(&mut self, n: usize, choose: Choose) {
        let (step, before) = (Correlate::Extend { before: self.made, n }, self.made);
        self.made += n;
        if self.size.is_few() {
            self.say(RECEIVER, (softspoken_spec(BASE, SemiHonest).cost)(step, Party(1)).bytes);
        } else {
            let [sender, receiver] = [Party(0), Party(1)].map(|end| (ferret_spec(SemiHonest).cost)(step, end).bytes);
            if before == 0 {
                // Nonces cross each other; they are in both ends' bytes.
                self.depth = [SENDER, RECEIVER].map(|end| self.depth[end].max(self.depth[1 - end] + 1));
            }
            self.say(RECEIVER, receiver);
            self.say(SENDER, sender);
        }
        if choose == Choose::Told {
            self.say(RECEIVER, wire_bytes(bits::words(n), 8));
        }
    }

    fn say(&mut self, from: usize, bytes: u64) {
        if bytes > 0 {
            self.bytes[from] += bytes;
            self.depth[1 - from] = self.depth[1 - from].max(self.depth[from] + 1);
        }
    }
}
