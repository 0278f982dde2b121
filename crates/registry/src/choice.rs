//! Which protocol a program gets, and why.

use jointly_core::{Adversary, Among, Corrupt, Cost, Error, Parties, Result, Spec, Work};

use crate::{ENGINES, EngineEntry, Line};

/// What a project asks of a protocol, and where it would run.
#[derive(Clone, Copy, Debug)]
pub struct Wish {
    /// Who computes, and how many of them may be corrupt.
    pub among: Among,
    /// What corrupt ones may do.
    pub adversary: Adversary,
    /// Bits of the integers that the program computes on.
    pub width: u32,
    /// What connects the computing parties.
    pub line: Line,
}

/// A protocol that does, and what the program costs on it.
#[derive(Clone, Debug)]
pub struct Offer {
    /// The protocol.
    pub entry: &'static EngineEntry,
    /// What each computing party sends in all, and the rounds.
    pub costs: Vec<Cost>,
    /// How long it takes, about.
    pub seconds: f64,
}

/// What a program costs on an engine: what each computing party sends, preparing included, and what it does.
pub type Priced = (Vec<Cost>, Work);

impl Wish {
    /// The protocols that do, the one to be preferred first if nothing is known of the program. Where none does, the error says which change
    /// would help. Protocols without security are never among them.
    pub fn fitting(&self) -> Result<Vec<&'static EngineEntry>> {
        let Among { parties, corrupt } = self.among;
        if parties == 0 || corrupt >= parties {
            return Err(Error::Refused(format!(
                "{corrupt} of {parties} computing parties corrupt leaves nobody to protect: ask for a threshold below {parties}"
            )));
        }
        let fits = |e: &&EngineEntry| e.spec.width >= self.width && e.spec.fits(parties, corrupt, self.adversary);
        let fitting: Vec<_> = secure().filter(fits).collect();
        if fitting.is_empty() { Err(Error::Refused(self.refusal())) } else { Ok(fitting) }
    }

    /// Everything that does, the fastest first, as `price` tells what the program costs on each.
    pub fn offers<E: From<Error>>(
        &self,
        price: impl FnMut(&'static EngineEntry) -> std::result::Result<Priced, E>,
    ) -> std::result::Result<Vec<Offer>, E> {
        self.offers_of(self.fitting()?, price)
    }

    /// The same of these alone.
    pub fn offers_of<E: From<Error>>(
        &self,
        entries: Vec<&'static EngineEntry>,
        mut price: impl FnMut(&'static EngineEntry) -> std::result::Result<Priced, E>,
    ) -> std::result::Result<Vec<Offer>, E> {
        let mut offers = Vec::new();
        for entry in entries {
            let (costs, work) = price(entry)?;
            offers.push(self.offer(entry, costs, &work));
        }
        offers.sort_by(|a, b| a.seconds.total_cmp(&b.seconds));
        Ok(offers)
    }

    fn offer(&self, entry: &'static EngineEntry, mut costs: Vec<Cost>, work: &Work) -> Offer {
        let setup = |party| (entry.spec.cost.cost)(jointly_core::Op::Setup, self.among, party);
        costs.iter_mut().zip(self.among.all()).for_each(|(cost, party)| *cost += setup(party));
        let most =
            costs.iter().fold(Cost::FREE, |a, b| Cost { rounds: a.rounds.max(b.rounds), bytes: a.bytes.max(b.bytes) });
        let seconds = self.line.seconds(most) + entry.computing(self.among, work);
        Offer { entry, costs, seconds }
    }

    /// Why the first of `offers` is taken, in two sentences.
    pub fn reason(&self, offers: &[Offer]) -> String {
        let Some(Offer { entry, costs, seconds }) = offers.first() else { return self.refusal() };
        let (n, t) = (self.among.parties, entry.stands(self.among));
        let megabytes = costs.iter().map(|c| c.bytes).sum::<u64>() as f64 / 1e6;
        let stands = format!(
            "{}, {}, stands {} with up to {t} of {n} corrupt",
            entry.spec.id,
            entry.spec.about,
            who(entry.spec.adversary)
        );
        let takes = format!("takes about {} and sends {megabytes:.1} MB", time(*seconds));
        match offers.get(1) {
            None => format!("{stands}. It is the only protocol here that does, and {takes}."),
            Some(next) => format!(
                "{stands}. Of {} protocols that do, it is the fastest for this: it {takes}, where {} would take {}.",
                offers.len(),
                next.entry.spec.id,
                time(next.seconds)
            ),
        }
    }

    fn words(&self) -> String {
        format!("{} {} with up to {} corrupt", parties(self.among.parties), who(self.adversary), self.among.corrupt)
    }

    /// Names the protocols for which least would have to change.
    fn refusal(&self) -> String {
        let none = format!("no protocol here is secure among {}", self.words());
        let wide = secure().filter(|e| e.spec.width >= self.width);
        let options: Vec<(usize, String)> = wide.map(|e| self.changes(e.spec)).collect();
        let Some(fewest) = options.iter().map(|(changes, _)| *changes).min() else {
            return none;
        };
        let best: Vec<&str> = options.iter().filter(|(c, _)| *c == fewest).map(|(_, words)| words.as_str()).collect();
        format!("{none}; what would do: {}", best.join("; or "))
    }

    /// What would have to change for `spec` to fit: how many things, and in words.
    fn changes(&self, spec: &Spec) -> (usize, String) {
        let asked = self.among;
        let n = if spec.parties.allows(asked.parties) { asked.parties } else { fitting(spec.parties) };
        let threshold = spec.corrupt.threshold(n);
        let mut changes = Vec::new();
        if n != asked.parties {
            changes.push(format!("{} instead of {}", parties(n), asked.parties));
        }
        if threshold < asked.corrupt {
            changes.push(format!("at most {threshold} of {n} corrupt instead of {}", asked.corrupt));
        }
        if !spec.adversary.covers(self.adversary) {
            changes.push(format!("adversary model {} instead of {}", spec.adversary, self.adversary));
        }
        (changes.len(), format!("{} ({})", changes.join(", "), spec.id))
    }
}

impl EngineEntry {
    /// How many of `among` may be corrupt without harm: what was asked for, where the protocol is made for any number, else what it always stands.
    pub fn stands(&self, among: Among) -> u16 {
        let most = self.spec.corrupt.threshold(among.parties);
        if self.spec.corrupt == Corrupt::Minority { among.corrupt.clamp(1, most.max(1)) } else { most }
    }
}

/// What can be chosen: everything that protects against anybody.
fn secure() -> impl Iterator<Item = &'static EngineEntry> {
    ENGINES.iter().filter(|e| e.spec.corrupt != Corrupt::Nobody)
}

fn time(seconds: f64) -> String {
    match seconds {
        s if s < 0.1 => format!("{:.0} ms", s * 1e3),
        s if s < 100.0 => format!("{s:.1} s"),
        s => format!("{:.0} minutes", s / 60.0),
    }
}

fn fitting(parties: Parties) -> u16 {
    match parties {
        Parties::Exactly(n) | Parties::AtLeast(n) => n,
    }
}

fn parties(n: u16) -> String {
    format!("{n} computing {}", if n == 1 { "party" } else { "parties" })
}

fn who(adversary: Adversary) -> String {
    format!("against an adversary that is {adversary},")
}

#[cfg(test)]
mod tests {
    use jointly_core::{
        Adversary::{Covert, Malicious, PubliclyVerifiable, SemiHonest},
        Op,
    };

    use super::*;

    fn wish(n: u16, t: u16, adversary: Adversary) -> Wish {
        Wish { among: Among::new(n, t), adversary, width: 62, line: Line::LAN }
    }

    fn refusal(wish: Wish) -> String {
        match wish.fitting() {
            Err(Error::Refused(text)) => text,
            Err(other) => panic!("{other:?}"),
            Ok(list) => panic!("{} was chosen", list[0].spec.id),
        }
    }

    /// A million products.
    fn products(wish: Wish) -> Vec<Offer> {
        let price = |entry: &'static EngineEntry| -> Result<Priced> {
            let (prices, op, mut work) = (entry.spec.cost, Op::Mul { n: 1_000_000 }, Work::default());
            let takes = (prices.takes)(op, wish.among);
            work.operation(op);
            work.demand(&takes);
            let cost = |p| (prices.prepare)(&takes, wish.among, p) + (prices.cost)(op, wish.among, p);
            Ok((wish.among.all().map(cost).collect(), work))
        };
        wish.offers(price).unwrap()
    }

    #[test]
    fn three_semi_honest_parties_get_rep3() {
        for corrupt in [0, 1] {
            let wish = wish(3, corrupt, SemiHonest);
            let offers = products(wish);
            assert_eq!(offers[0].entry.spec.id, "rep3");
            assert!(offers.is_sorted_by(|a, b| a.seconds <= b.seconds) && offers[0].seconds > 0.0);
            let why = wish.reason(&offers);
            assert!(why.contains("1 of 3") && why.contains("semi-honest") && why.contains("MB"), "{why}");
            assert_eq!(why.matches(". ").count(), 1, "two sentences: {why}");
        }
    }

    #[test]
    fn protocols_without_security_are_never_chosen() {
        assert!(refusal(wish(1, 0, SemiHonest)).contains("computing parties instead of 1"));
        let all = products(wish(3, 0, SemiHonest));
        assert!(all.iter().all(|offer| offer.entry.spec.id != "clear"));
    }

    #[test]
    fn each_threshold_and_model_gets_what_stands_it() {
        let first = |n, t, model| wish(n, t, model).fitting().map(|list| list[0].spec.id);
        for (n, t) in [(2, 1), (3, 2), (5, 4)] {
            assert_eq!(first(n, t, SemiHonest), Ok("additive"));
        }
        assert_eq!(first(5, 2, SemiHonest), Ok("shamir-127"));
        for model in [Malicious, Covert { one_in: 2 }, PubliclyVerifiable { one_in: 10 }] {
            assert_eq!(first(3, 1, model), Ok("rep3-malicious"));
            for (n, t) in [(2, 1), (3, 2), (5, 4)] {
                assert_eq!(first(n, t, model), Ok("spdz2k"));
            }
            let narrow = Wish { width: 59, ..wish(5, 2, model) };
            assert_eq!(narrow.fitting().map(|list| list[0].spec.id), Ok("shamir-malicious"));
            assert_eq!(first(5, 2, model), Ok("shamir-malicious-127"));
        }
    }

    #[test]
    fn a_refusal_names_the_smallest_change() {
        assert!(refusal(wish(3, 3, SemiHonest)).contains("below 3"));
        let one = refusal(wish(1, 0, Malicious));
        assert!(one.contains("2 computing parties instead of 1 (spdz2k)"), "{one}");
        assert!(!one.contains("additive"), "one change is enough: {one}");
        let wide = Wish { width: 500, ..wish(3, 1, SemiHonest) };
        assert!(refusal(wide).contains("no protocol here"));
    }

    #[test]
    fn whatever_is_chosen_fits() {
        let models = [SemiHonest, Covert { one_in: 2 }, PubliclyVerifiable { one_in: 2 }, Malicious];
        for (n, t) in (0..6).flat_map(|n| (0..6).map(move |t| (n, t))) {
            for model in models {
                for entry in wish(n, t, model).fitting().unwrap_or_default() {
                    assert!(entry.spec.fits(n, t, model) && entry.spec.corrupt != Corrupt::Nobody);
                }
            }
        }
    }
}
