//! What corrupt parties may do.

use std::{fmt, str::FromStr};

/// An adversary model. `one_in: k` stands for the deterrence factor λ = 1 − 1/k: a cheater stays unseen in one run of `k`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Adversary {
    /// Corrupt parties follow the protocol and try to learn from what they see.
    SemiHonest,
    /// A cheater is caught by the others with probability λ = 1 − 1/k.
    Covert {
        /// The k of λ = 1 − 1/k.
        one_in: u32,
    },
    /// As covert, and the honest party then holds evidence that anyone can verify.
    PubliclyVerifiable {
        /// The k of λ = 1 − 1/k.
        one_in: u32,
    },
    /// A cheater learns nothing more and spoils no result, whatever it does.
    Malicious,
}

impl Adversary {
    /// Whether security against `self` implies security against `other`. A partial order: covert with a large λ and
    /// publicly verifiable with a small one do not imply each other.
    pub const fn covers(self, other: Adversary) -> bool {
        use Adversary::*;
        match (self, other) {
            (_, SemiHonest) | (Malicious, _) => true,
            (Covert { one_in: a } | PubliclyVerifiable { one_in: a }, Covert { one_in: b })
            | (PubliclyVerifiable { one_in: a }, PubliclyVerifiable { one_in: b }) => a >= b,
            _ => false,
        }
    }
}

impl FromStr for Adversary {
    type Err = String;

    /// Reads `semi-honest`, `covert:λ`, `pvc:λ` or `malicious`, λ as a fraction 1 − 1/k such as `1/2` or `3/4`.
    fn from_str(text: &str) -> Result<Adversary, String> {
        match text.split_once(':') {
            None if text == "semi-honest" => Ok(Adversary::SemiHonest),
            None if text == "malicious" => Ok(Adversary::Malicious),
            Some(("covert", factor)) => Ok(Adversary::Covert { one_in: one_in(factor)? }),
            Some(("pvc", factor)) => Ok(Adversary::PubliclyVerifiable { one_in: one_in(factor)? }),
            _ => Err(format!(
                "{text:?} is no adversary model: say semi-honest, covert:1/2, pvc:1/2 (or another λ = 1 − 1/k), or malicious"
            )),
        }
    }
}

/// The k of λ = 1 − 1/k.
fn one_in(factor: &str) -> Result<u32, String> {
    let fraction = factor.split_once('/').and_then(|(a, b)| Some((a.parse::<u32>().ok()?, b.parse::<u32>().ok()?)));
    match fraction {
        Some((a, k)) if (2..=100).contains(&k) && a == k - 1 => Ok(k),
        _ => Err(format!(
            "{factor:?} is no deterrence factor: λ is 1 − 1/k for a k from 2 to 100, such as 1/2, 2/3, 3/4 or 99/100"
        )),
    }
}

impl fmt::Display for Adversary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Adversary::SemiHonest => write!(f, "semi-honest"),
            Adversary::Covert { one_in } => write!(f, "covert, λ = 1 − 1/{one_in}"),
            Adversary::PubliclyVerifiable { one_in } => write!(f, "publicly verifiable covert, λ = 1 − 1/{one_in}"),
            Adversary::Malicious => write!(f, "malicious"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Adversary::{self, *};

    const ALL: [Adversary; 6] = [
        SemiHonest,
        Covert { one_in: 2 },
        Covert { one_in: 10 },
        PubliclyVerifiable { one_in: 2 },
        PubliclyVerifiable { one_in: 10 },
        Malicious,
    ];

    #[test]
    fn covers_is_a_partial_order() {
        for a in ALL {
            assert!(a.covers(a));
            for b in ALL {
                assert!(!(a != b && a.covers(b) && b.covers(a)), "{a} and {b}");
                for c in ALL {
                    assert!(!(a.covers(b) && b.covers(c)) || a.covers(c), "{a} {b} {c}");
                }
            }
        }
    }

    #[test]
    fn covert_ranks_by_lambda_and_verifiable_stands_above() {
        assert!(Covert { one_in: 10 }.covers(Covert { one_in: 2 }));
        assert!(!Covert { one_in: 2 }.covers(Covert { one_in: 10 }));
        assert!(PubliclyVerifiable { one_in: 2 }.covers(Covert { one_in: 2 }));
        assert!(!Covert { one_in: 10 }.covers(PubliclyVerifiable { one_in: 2 }));
        assert!(!PubliclyVerifiable { one_in: 2 }.covers(Covert { one_in: 10 }));
    }

    #[test]
    fn models_are_read_from_words() {
        assert_eq!("pvc:3/4".parse(), Ok(PubliclyVerifiable { one_in: 4 }));
        assert_eq!("covert:1/2".parse(), Ok(Covert { one_in: 2 }));
        assert_eq!("malicious".parse(), Ok(Malicious));
        for wrong in ["covert:1/3", "pvc:0/1", "pvc:100/101", "pvc:half", "covert:"] {
            let said = wrong.parse::<Adversary>().unwrap_err();
            assert!(said.contains("k from 2 to 100"), "{wrong}: {said}");
        }
        assert!("honest".parse::<Adversary>().unwrap_err().contains("malicious"));
    }
}
