//! Products: the key that brings three parts back to two, made by all parties in two rounds (ePrint 2020/304, protocol 2, RelinKeyGen).
//!
//! For each prime qᵢ there is the weight wᵢ, 1 modulo qᵢ and 0 modulo the others, so that c = Σ wᵢ·[c mod qᵢ]; and of the key, a pair that encrypts s²·wᵢ. The paper's letters: h₀ and h₁ of round 1, h'₀ and h'₁ of round 2.

use fhe_math::{
    rns::RnsContext,
    rq::{Poly, Representation, traits::TryConvertFrom},
};
use jointly_core::{Error, Party, Result};
use zeroize::Zeroizing;

use super::{
    cipher::{Ciphertext, add_bits},
    key::{Commitment, SecretShare, broken, commit, counted},
    params::{ERROR, MAX_PARTIES, Params, wrong},
    poly,
};

/// A party between its two rounds. Wiped when dropped.
pub struct Relinearisation<'a> {
    secret: &'a SecretShare,
    u: Zeroizing<Poly>,
    first: RelinearisationShare,
}

/// What a party sends in a round: two polynomials for each prime.
#[derive(Clone)]
pub struct RelinearisationShare {
    bytes: Vec<u8>,
    pairs: Vec<[Poly; 2]>,
}

/// Everybody's shares of round 1, added up.
pub struct RelinearisationSum(Vec<[Poly; 2]>);

/// What products are made with.
pub struct RelinearisationKey {
    params: Params,
    pairs: Vec<[Poly; 2]>,
}

impl SecretShare {
    /// Round 1: h₀ = −u·aᵢ + s·wᵢ + e and h₁ = s·aᵢ + e.
    pub fn relinearisation(&self) -> Result<Relinearisation<'_>> {
        let params = &self.params;
        let mut generator = poly::generator()?;
        let u = poly::small(params, &mut generator)?;
        let mut plain = self.s.clone();
        plain.change_representation(Representation::PowerBasis);
        let weights = RnsContext::new(params.entry.moduli).map_err(wrong)?;
        let mut pairs = Vec::with_capacity(params.entry.moduli.len());
        for i in 0..params.entry.moduli.len() {
            let weight = weights.get_garner(i).ok_or(Error::Misuse("every prime has a weight"))?;
            let mut weighted = Zeroizing::new(weight * &*plain);
            weighted.change_representation(Representation::Ntt);
            let mut a = poly::common(params, &self.session, 1 + i as u64);
            a.disallow_variable_time_computations();
            let mut h0 = -&a;
            h0 *= &*u;
            h0 += &*weighted;
            h0 += &*poly::small(params, &mut generator)?;
            a *= &*self.s;
            a += &*poly::small(params, &mut generator)?;
            pairs.push([h0, a]);
        }
        Ok(Relinearisation { secret: self, u, first: RelinearisationShare::new(params, pairs) })
    }
}

impl Relinearisation<'_> {
    /// What the others are sent in round 1, once all commitments to it are there.
    pub fn share(&self) -> &RelinearisationShare {
        &self.first
    }

    /// Round 2: h'₀ = s·Σh₀ + e and h'₁ = (u − s)·Σh₁ + e. By value: a second answer to other sums would show the secret.
    pub fn second(self, sum: &RelinearisationSum) -> Result<RelinearisationShare> {
        let params = &self.secret.params;
        let mut generator = poly::generator()?;
        let difference = Zeroizing::new(&*self.u - &*self.secret.s);
        let mut pairs = Vec::with_capacity(sum.0.len());
        for [h0, h1] in &sum.0 {
            let (mut h0, mut h1) = (h0.clone(), h1.clone());
            for (h, factor) in [(&mut h0, &*self.secret.s), (&mut h1, &*difference)] {
                h.disallow_variable_time_computations();
                *h *= factor;
                *h += &*poly::small(params, &mut generator)?;
            }
            pairs.push([h0, h1]);
        }
        Ok(RelinearisationShare::new(params, pairs))
    }
}

impl RelinearisationShare {
    fn new(params: &Params, pairs: Vec<[Poly; 2]>) -> Self {
        let mut bytes = Vec::with_capacity(Self::encoded_bytes(params));
        pairs.iter().flatten().for_each(|poly| poly::encode(params, poly, &mut bytes));
        Self { bytes, pairs }
    }

    /// Bytes of an encoding.
    pub fn encoded_bytes(params: &Params) -> usize {
        2 * params.entry.moduli.len() * poly::encoded_bytes(params)
    }

    /// Its encoding.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// A peer's share, of either round.
    pub fn decode(params: &Params, from: Party, bytes: &[u8]) -> Result<Self> {
        let malformed = || Error::Malformed { from, what: "a share of a BFV relinearisation key" };
        if bytes.len() != Self::encoded_bytes(params) {
            return Err(malformed());
        }
        let polys = bytes.chunks_exact(poly::encoded_bytes(params)).map(|poly| poly::decode(params, poly));
        let polys: Vec<Poly> = polys.collect::<Option<_>>().ok_or_else(malformed)?;
        let pairs = polys.as_chunks::<2>().0.to_vec();
        Ok(Self { bytes: bytes.to_vec(), pairs })
    }

    /// What is sent before a share of round 1, by this party of this session.
    pub fn commitment(&self, session: &[u8; 32], by: Party) -> Commitment {
        commit(b"relinearisation", session, by, &self.bytes)
    }
}

impl RelinearisationSum {
    /// Round 1 of parties 0, 1, …, in this order.
    pub fn combine(
        params: &Params,
        session: &[u8; 32],
        commitments: &[Commitment],
        shares: &[RelinearisationShare],
    ) -> Result<Self> {
        counted(shares.len(), commitments.len())?;
        for ((party, share), commitment) in (0..).map(Party).zip(shares).zip(commitments) {
            if share.commitment(session, party) != *commitment {
                return Err(broken(party));
            }
        }
        Ok(Self(sum(params, shares)))
    }
}

impl RelinearisationKey {
    /// (Σh'₀ + Σh'₁, Σh₁), from everybody's shares of round 2.
    pub fn combine(params: &Params, first: RelinearisationSum, second: &[RelinearisationShare]) -> Result<Self> {
        counted(second.len(), second.len())?;
        let second = sum(params, second);
        let pairs = first.0.into_iter().zip(second).map(|([_, h1], [x, y])| [&x + &y, h1]).collect();
        Ok(Self { params: params.clone(), pairs })
    }

    /// Slot by slot, the product. Misuse where its noise could not be opened: the parameters have room for so many products alone.
    pub fn multiply(&self, a: &Ciphertext, b: &Ciphertext) -> Result<Ciphertext> {
        let params = &self.params;
        if a.params.entry.set != params.entry.set {
            return Err(Error::Misuse("a product has the parameters of its key"));
        }
        let (product, noise) = a.tensor(b)?;
        let (mut c0, mut c1, mut c2) = (product[0].clone(), product[1].clone(), product[2].clone());
        c2.change_representation(Representation::PowerBasis);
        let rows: Vec<u64> = c2.coefficients().iter().copied().collect();
        for (row, [k0, k1]) in rows.chunks_exact(params.entry.degree).zip(&self.pairs) {
            let mut digit =
                Poly::try_convert_from(row, &params.context, false, Representation::PowerBasis).map_err(wrong)?;
            digit.change_representation(Representation::Ntt);
            c0 += &(&digit * k0);
            c1 += &(&digit * k1);
        }
        let noise = add_bits(noise, self.noise());
        let inner = fhe::bfv::Ciphertext::new(vec![c0, c1], &params.bfv).map_err(wrong)?;
        let product = Ciphertext { params: params.clone(), inner, noise };
        if product.room() < 0.0 {
            Err(Error::Misuse("the parameters have room for so many products"))
        } else {
            Ok(product)
        }
    }

    /// log₂ of what relinearising adds: for each prime, N digits below it times the key's noise, s·e + u·e + e + e.
    fn noise(&self) -> f64 {
        let all = ERROR * MAX_PARTIES as f64;
        let (n, digits) = (self.params.entry.degree as f64, self.params.entry.moduli.len() as f64);
        let largest = self.params.entry.moduli.iter().copied().max().unwrap_or(0) as f64;
        (digits * n * largest * (2.0 * n * all * all + 2.0 * all)).log2()
    }
}

fn sum(params: &Params, shares: &[RelinearisationShare]) -> Vec<[Poly; 2]> {
    let zero = || Poly::zero(&params.context, Representation::Ntt);
    let mut sums: Vec<_> = params.entry.moduli.iter().map(|_| [zero(), zero()]).collect();
    for share in shares {
        for (sums, pair) in sums.iter_mut().zip(&share.pairs) {
            sums.iter_mut().zip(pair).for_each(|(sum, poly)| *sum += poly);
        }
    }
    sums
}
