//! The public key: encrypting and computing on ciphertexts.

use std::fmt;

use jointly_core::{Error, Party, Result};
use jointly_math::montgomery::{FixedBase, Modulus, Residue};
use openssl::bn::BigNum;
use zeroize::Zeroize;

use super::{Plaintext, Size, bn, proof};

const TAG: &str = "jointly 2026 he/paillier the base of randomisers";

/// The largest randomiser's exponent, in bytes.
const EXPONENT_BYTES: usize = Size::Bits3072.exponent_bits() / 8;

/// n, known to be good, with a table of the powers of h_s: 7 MB at 2048 bits, 16 MB at 3072.
pub struct PublicKey {
    size: Size,
    modulus: Vec<u8>,
    square: Modulus,
    /// n, in twice Montgomery's form modulo n²: its product with a plaintext as it stands is in that form.
    n: Residue,
    randomisers: FixedBase,
    id: [u8; 16],
    /// What peers are sent.
    published: Vec<u8>,
}

/// An encryption under one key. Not bound to what it is used for: whoever receives one decides what it may be added to.
#[derive(Clone)]
pub struct Ciphertext {
    residue: Residue,
    key: [u8; 16],
}

/// A fresh encryption of zero, good for one use: encrypting and rerandomising can be prepared before the numbers are there.
pub struct Randomiser(Ciphertext);

impl PublicKey {
    /// Bytes of a key of this size with its proof.
    pub const fn encoded_bytes(size: Size) -> usize {
        size.bytes() * (1 + proof::ROOTS)
    }

    /// A peer's key: n and the proof that gcd(n, φ(n)) = 1 ([`SecretKey::publish`](super::SecretKey::publish)), big-endian. Takes some 20 ms at 2048 bits.
    ///
    /// Refused are other lengths, an n that is shorter than it should be, even, prime or divisible by a small prime, and one whose proof fails: with such an n an encryption
    /// may tell more than its holder should learn.
    pub fn decode(from: Party, size: Size, bytes: &[u8]) -> Result<Self> {
        let malformed = |what| Error::Malformed { from, what };
        if bytes.len() != Self::encoded_bytes(size) {
            return Err(malformed("a Paillier key and its proof have another length"));
        }
        let (n, roots) = bytes.split_at(size.bytes());
        if n[0] >> 7 == 0 || n[size.bytes() - 1] & 1 == 0 {
            return Err(malformed("a Paillier key is odd and of full length"));
        }
        let number = BigNum::from_slice(n).map_err(bn::failed)?;
        if proof::has_small_factor(&number)? {
            return Err(malformed("a Paillier key has no small factor"));
        }
        if bn::is_prime(&number)? {
            return Err(malformed("a Paillier key is not a prime"));
        }
        if !proof::verify(n, roots)? {
            return Err(Error::Cheated {
                by: Some(from),
                check: "the proof that a Paillier key is well-formed",
                proof: None,
            });
        }
        Self::new(size, n, bytes)
    }

    /// A key that is known to be good.
    pub(super) fn new(size: Size, n: &[u8], published: &[u8]) -> Result<Self> {
        let square = bn::make(|square, context| square.sqr(&*BigNum::from_slice(n)?, context))?;
        let square = bn::modulus(&square)?;
        let plain = square.plain(n).ok_or(Error::Misuse("n is below its square"))?;
        let n_once = square.enter(&plain);
        // h_s = (−x²)ⁿ = −x^2n, as n is odd. Everybody derives x from n, so that nobody has chosen it.
        let x = proof::element(TAG, n, 0)?;
        let x = square.enter(&square.plain(&x).ok_or(Error::Misuse("x is below n"))?);
        let power = square.vartime_pow(&square.mul(&x, &x), n);
        let mut minus_one = square.number();
        // n² is odd.
        *minus_one.last_mut().ok_or(Error::Misuse("n² has bytes"))? -= 1;
        let minus_one = square.decode(&minus_one);
        let base = square.mul(&power, &minus_one.ok_or(Error::Misuse("−1 is below n²"))?);
        let randomisers = FixedBase::new(&square, &base, size.exponent_bits());
        let mut id = [0; 16];
        id.copy_from_slice(&blake3::hash(n).as_bytes()[..16]);
        let n_twice = square.enter(&n_once);
        Ok(Self { size, modulus: n.to_vec(), square, n: n_twice, randomisers, id, published: published.to_vec() })
    }

    /// Its size.
    pub fn size(&self) -> Size {
        self.size
    }

    /// n and its proof, for [`Self::decode`].
    pub fn encode(&self) -> &[u8] {
        &self.published
    }

    /// n, big-endian.
    pub fn modulus(&self) -> &[u8] {
        &self.modulus
    }

    /// Bytes of a ciphertext's encoding.
    pub fn ciphertext_bytes(&self) -> usize {
        2 * self.size.bytes()
    }

    /// Fresh encryptions, in constant time.
    pub fn encrypt(&self, plaintexts: &[Plaintext]) -> Result<Vec<Ciphertext>> {
        self.encrypt_prepared(plaintexts, self.prepare(plaintexts.len())?)
    }

    /// Encryptions of zero, h_s^r for r of half the bits of n, from the operating system's randomness.
    pub fn prepare(&self, count: usize) -> Result<Vec<Randomiser>> {
        let mut randomisers = Vec::with_capacity(count);
        let mut exponents = vec![[0u8; EXPONENT_BYTES]; count.min(64)];
        while randomisers.len() < count {
            let now = exponents.len().min(count - randomisers.len());
            for exponent in &mut exponents[..now] {
                getrandom::fill(&mut exponent[..self.size.exponent_bits() / 8])
                    .map_err(|_| Error::Refused("the operating system has no randomness".into()))?;
            }
            let powers = self.randomisers.powers(&self.square, &exponents[..now]);
            randomisers.extend(powers.into_iter().map(|residue| Randomiser(self.ciphertext(residue))));
        }
        exponents.zeroize();
        Ok(randomisers)
    }

    /// Encryptions with what was prepared: some 2 µs each.
    pub fn encrypt_prepared(&self, plaintexts: &[Plaintext], randomisers: Vec<Randomiser>) -> Result<Vec<Ciphertext>> {
        if plaintexts.len() != randomisers.len() {
            return Err(Error::Misuse("there is a randomiser for each plaintext"));
        }
        plaintexts.iter().zip(randomisers).map(|(m, r)| self.add(&self.constant(m)?, &r.0)).collect()
    }

    /// 1 + mn: an encryption that hides nothing, for adding a number that everybody knows.
    pub fn constant(&self, plaintext: &Plaintext) -> Result<Ciphertext> {
        let m = self.square.plain(plaintext.as_bytes()).filter(|_| plaintext.as_bytes().len() == self.size.bytes());
        let m = m.ok_or(Error::Misuse("the plaintext is another key's"))?;
        Ok(self.ciphertext(self.square.add(&self.square.mul(&m, &self.n), self.square.one())))
    }

    /// An encryption of the sum.
    pub fn add(&self, a: &Ciphertext, b: &Ciphertext) -> Result<Ciphertext> {
        Ok(self.ciphertext(self.square.mul(self.mine(a)?, self.mine(b)?)))
    }

    /// An encryption of the sum of all; of none, one that hides nothing.
    pub fn sum<'a>(&self, ciphertexts: impl IntoIterator<Item = &'a Ciphertext>) -> Result<Ciphertext> {
        let mut sum = self.square.one().clone();
        for ciphertext in ciphertexts {
            self.square.mul_assign(&mut sum, self.mine(ciphertext)?);
        }
        Ok(self.ciphertext(sum))
    }

    /// An encryption of a public multiple. Time tells the factor, and so does the result to the key's holder, until it is [rerandomised](Self::rerandomise).
    pub fn vartime_scale(&self, ciphertext: &Ciphertext, factor: i64) -> Result<Ciphertext> {
        let power = self.square.vartime_pow(self.mine(ciphertext)?, &factor.unsigned_abs().to_be_bytes());
        let power = self.ciphertext(power);
        if factor < 0 { self.negate(&power) } else { Ok(power) }
    }

    /// An encryption of the negative.
    pub fn negate(&self, ciphertext: &Ciphertext) -> Result<Ciphertext> {
        let [number, square] = [self.encode_one(ciphertext)?, self.square.number()]
            .map(|bytes| BigNum::from_slice(&bytes).map_err(bn::failed));
        let (number, square) = (number?, square?);
        let inverse = bn::make(|inverse, context| inverse.mod_inverse(&number, &square, context))?;
        let residue = self.square.decode(&bn::bytes(&inverse, self.square.bytes())?);
        Ok(self.ciphertext(residue.ok_or(Error::Misuse("an inverse is below n²"))?))
    }

    /// Fresh-looking encryptions of the same numbers: whoever decrypts them learns the numbers, not how they were computed.
    pub fn rerandomise(&self, ciphertexts: &[Ciphertext]) -> Result<Vec<Ciphertext>> {
        let randomisers = self.prepare(ciphertexts.len())?;
        ciphertexts.iter().zip(randomisers).map(|(c, r)| self.add(c, &r.0)).collect()
    }

    /// Ciphertexts one after the other, big-endian, [`Self::ciphertext_bytes`] each.
    pub fn encode_ciphertexts(&self, ciphertexts: &[Ciphertext]) -> Result<Vec<u8>> {
        let mut bytes = Vec::with_capacity(ciphertexts.len() * self.ciphertext_bytes());
        for ciphertext in ciphertexts {
            bytes.extend(self.encode_one(ciphertext)?);
        }
        Ok(bytes)
    }

    /// A peer's ciphertexts, exactly `count`, each below n² and prime to n.
    pub fn decode_ciphertexts(&self, from: Party, bytes: &[u8], count: usize) -> Result<Vec<Ciphertext>> {
        let malformed = |what| Error::Malformed { from, what };
        if Some(bytes.len()) != count.checked_mul(self.ciphertext_bytes()) {
            return Err(malformed("Paillier ciphertexts have another length"));
        }
        let residues = bytes.chunks_exact(self.ciphertext_bytes()).map(|c| self.square.decode(c));
        let residues: Option<Vec<_>> = residues.collect();
        let residues = residues.ok_or(malformed("a Paillier ciphertext is below n²"))?;
        // All are prime to n if their product is.
        let mut product = self.square.one().clone();
        residues.iter().for_each(|residue| self.square.mul_assign(&mut product, residue));
        let product = BigNum::from_slice(&self.square.encode(&product)).map_err(bn::failed)?;
        let n = BigNum::from_slice(&self.modulus).map_err(bn::failed)?;
        let common = bn::make(|common, context| common.gcd(&product, &n, context))?;
        if common.num_bits() != 1 {
            return Err(malformed("a Paillier ciphertext has no factor in common with the key"));
        }
        Ok(residues.into_iter().map(|residue| self.ciphertext(residue)).collect())
    }

    /// The ciphertext's residue, where it is under this key.
    pub(super) fn mine<'a>(&self, ciphertext: &'a Ciphertext) -> Result<&'a Residue> {
        if ciphertext.key == self.id {
            Ok(&ciphertext.residue)
        } else {
            Err(Error::Misuse("a ciphertext is another key's"))
        }
    }

    pub(super) fn encode_one(&self, ciphertext: &Ciphertext) -> Result<Vec<u8>> {
        Ok(self.square.encode(self.mine(ciphertext)?))
    }

    fn ciphertext(&self, residue: Residue) -> Ciphertext {
        Ciphertext { residue, key: self.id }
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PublicKey({:?})", self.size)
    }
}

impl fmt::Debug for Ciphertext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Ciphertext(..)")
    }
}
