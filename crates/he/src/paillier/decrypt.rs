//! Decrypting modulo p² and q² (Paillier, EUROCRYPT 1999, §7): a quarter of the work modulo n². All of it in constant time.

use jointly_core::{Error, Result};
use jointly_math::montgomery::{Modulus, Residue};
use zeroize::{Zeroize, Zeroizing};

use super::{
    Ciphertext, Plaintext, SecretKey, Size,
    bn::{self, Secret},
    key::less_one,
};

/// What one prime's half takes.
struct Half {
    size: Size,
    square: Modulus,
    square_number: Secret,
    /// p − 1.
    exponent: Secret,
    /// 2^|n|, the weight of a ciphertext's upper half.
    upper: Residue,
    minus_one: Residue,
    /// (L_p((1 + n)^(p−1)))⁻¹ = (−q)⁻¹ mod p.
    h: Residue,
    /// p⁻¹ mod 2^|p|.
    inverse: Zeroizing<Vec<u64>>,
}

/// Both halves, and what puts them together.
pub(super) struct Crt {
    halves: [Half; 2],
    n: Modulus,
    q: Modulus,
    p_in_n: Residue,
    p_inverse: Residue,
    minus_one: Residue,
}

impl SecretKey {
    /// The numbers, in constant time. Whoever sent the ciphertexts must learn from the key's holder nothing about them but what the protocol lets it.
    pub fn decrypt(&self, ciphertexts: &[Ciphertext]) -> Result<Vec<Plaintext>> {
        ciphertexts.iter().map(|c| self.crt.decrypt(&self.public().encode_one(c)?).map(Plaintext)).collect()
    }
}

impl Crt {
    pub fn new(size: Size, [p, q]: &[Secret; 2], n: &[u8]) -> Result<Self> {
        let wrong = Error::Misuse("primes are below n");
        let n = Modulus::new(n).ok_or(wrong.clone())?;
        let modulus_q = bn::modulus(q)?;
        let half = size.bytes() / 2;
        let p_in_n = n.enter(&n.plain(&p.bytes(half)?).ok_or(wrong.clone())?);
        let p_inverse = Secret::new(bn::make(|inverse, context| inverse.mod_inverse(p, q, context))?);
        let p_inverse = modulus_q.decode(&p_inverse.bytes(half)?).ok_or(wrong)?;
        let halves = [Half::new(size, p, q)?, Half::new(size, q, p)?];
        Ok(Self { halves, n, minus_one: minus_one(&modulus_q)?, q: modulus_q, p_in_n, p_inverse })
    }

    /// m = m_p + p·((m_q − m_p)·p⁻¹ mod q).
    fn decrypt(&self, ciphertext: &[u8]) -> Result<Zeroizing<Vec<u8>>> {
        let wrong = Error::Misuse("halves are below the primes");
        let [m_p, m_q] = [self.halves[0].decrypt(ciphertext)?, self.halves[1].decrypt(ciphertext)?];
        let plain = |modulus: &Modulus, bytes: &[u8]| modulus.plain(bytes).map(|m| modulus.enter(&m));
        let (in_q, other) = (plain(&self.q, &m_p).ok_or(wrong.clone())?, plain(&self.q, &m_q).ok_or(wrong.clone())?);
        let minus = self.q.mul(&in_q, &self.minus_one);
        let u = self.q.mul(&self.q.add(&other, &minus), &self.p_inverse);
        let u = Zeroizing::new(self.q.encode(&u));
        let (u, m_p) = (plain(&self.n, &u).ok_or(wrong.clone())?, plain(&self.n, &m_p).ok_or(wrong)?);
        let m = self.n.add(&self.n.mul(&u, &self.p_in_n), &m_p);
        Ok(Zeroizing::new(self.n.encode(&m)))
    }
}

/// −1 modulo an odd number.
fn minus_one(modulus: &Modulus) -> Result<Residue> {
    let mut bytes = Zeroizing::new(modulus.number());
    bytes.last_mut().into_iter().for_each(|last| *last -= 1);
    modulus.decode(&bytes).ok_or(Error::Misuse("a modulus is odd"))
}

impl Half {
    fn new(size: Size, p: &Secret, q: &Secret) -> Result<Self> {
        let wrong = Error::Misuse("p² has as many bits as n");
        let half = size.bytes() / 2;
        let square_number = Secret::new(bn::make(|square, context| square.sqr(p, context))?);
        let square = bn::modulus(&square_number)?;
        let upper = Secret::new(bn::make(|upper, context| {
            let mut power = openssl::bn::BigNum::new()?;
            power.set_bit(size.bits() as i32)?;
            upper.nnmod(&power, &square_number, context)
        })?);
        let upper = square.decode(&upper.bytes(square.bytes())?).ok_or(wrong.clone())?;
        let minus_q = Secret::new(bn::make(|minus, context| {
            let mut negative = openssl::bn::BigNumRef::to_owned(q)?;
            negative.set_negative(true);
            minus.nnmod(&negative, p, context)
        })?);
        let h = Secret::new(bn::make(|h, context| h.mod_inverse(&minus_q, p, context))?);
        let h = square.plain(&h.bytes(half)?).map(|h| square.enter(&h)).ok_or(wrong)?;
        let word = Secret::new(bn::make(|inverse, context| {
            let mut power = openssl::bn::BigNum::new()?;
            power.set_bit(size.bits() as i32 / 2)?;
            inverse.mod_inverse(p, &power, context)
        })?);
        let inverse = Zeroizing::new(words(&word.bytes(half)?));
        let minus_one = minus_one(&square)?;
        Ok(Self { size, square, square_number, exponent: less_one(p)?, upper, minus_one, h, inverse })
    }

    /// m mod p = L_p(c^(p−1) mod p²)·h mod p, with L_p(x) = (x − 1)/p, as many bytes as p.
    ///
    /// As x − 1 = pt, (x − 1)·h mod p² is p·(th mod p): the division by p comes last, and is one by an odd number that leaves no rest, so a product modulo a power of two.
    fn decrypt(&self, ciphertext: &[u8]) -> Result<Zeroizing<Vec<u8>>> {
        let wrong = Error::Misuse("a ciphertext has twice the bytes of n");
        let (high, low) = ciphertext.split_at(self.size.bytes());
        let part = |bytes: &[u8]| self.square.plain(bytes).map(|part| self.square.enter(&part)).ok_or(wrong.clone());
        let c = self.square.add(&self.square.mul(&part(high)?, &self.upper), &part(low)?);
        // Sums are good as factors once.
        let c = self.square.mul(&c, self.square.one());
        let bytes = self.size.bytes() / 2;
        let x = bn::secret_power(&self.square, &self.square_number, &c, &self.exponent, bytes)?;
        let multiple = self.square.mul(&self.square.add(&x, &self.minus_one), &self.h);
        let multiple = Zeroizing::new(self.square.encode(&multiple));
        let mut quotient = low_product(&words(&multiple[multiple.len() - bytes..]), &self.inverse);
        let quotient_bytes = quotient.iter().rev().flat_map(|word| word.to_be_bytes()).collect();
        quotient.zeroize();
        Ok(Zeroizing::new(quotient_bytes))
    }
}

/// Big-endian bytes as words, lowest first.
fn words(bytes: &[u8]) -> Vec<u64> {
    bytes.as_rchunks::<8>().1.iter().rev().map(|word| u64::from_be_bytes(*word)).collect()
}

/// The lower half of a product.
fn low_product(a: &[u64], b: &[u64]) -> Vec<u64> {
    let mut product = vec![0u64; a.len()];
    for (i, x) in a.iter().enumerate() {
        let mut carry = 0u128;
        for (digit, y) in product[i..].iter_mut().zip(b) {
            let sum = u128::from(*x) * u128::from(*y) + u128::from(*digit) + carry;
            *digit = sum as u64;
            carry = sum >> 64;
        }
    }
    product
}
