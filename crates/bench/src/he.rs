//! Homomorphic encryption: what one party computes; nothing is sent.

use async_trait::async_trait;
use jointly_core::{Cost, Error, Party, Result};
use jointly_he::{
    bfv,
    elgamal::{self, Logarithms},
    paillier::{self, Layout, Plaintext, Size},
};
use jointly_net::Ctx;

use crate::benchmark::{Benchmark, Kind, Task, single};

/// What is done n times.
#[derive(Clone, Copy)]
pub(crate) enum Operation {
    PaillierEncrypt(Size),
    PaillierDecrypt(Size),
    PaillierAdd(Size),
    PaillierScale(Size),
    PaillierPack(Size),
    ElgamalEncrypt,
    ElgamalAdd,
    ElgamalOpen,
    BfvEncrypt,
    BfvAdd,
    BfvMultiply,
    BfvOpen,
}

/// Every operation, Paillier's at both sizes.
pub(crate) fn benchmarks() -> Vec<Benchmark> {
    use Operation::*;
    use Size::{Bits2048, Bits3072};
    let one = |id, about, n, unit, operation| single(id, about, n, unit, 1, Kind::Homomorphic(operation));
    vec![
        one("he/paillier-encrypt", "n encryptions, 2048 bits", 4000, "encryptions/s", PaillierEncrypt(Bits2048)),
        one("he/paillier-encrypt-3072", "n encryptions, 3072 bits", 2000, "encryptions/s", PaillierEncrypt(Bits3072)),
        one("he/paillier-decrypt", "n decryptions, 2048 bits", 500, "decryptions/s", PaillierDecrypt(Bits2048)),
        one("he/paillier-decrypt-3072", "n decryptions, 3072 bits", 200, "decryptions/s", PaillierDecrypt(Bits3072)),
        one("he/paillier-add", "n sums, 2048 bits", 100_000, "sums/s", PaillierAdd(Bits2048)),
        one("he/paillier-add-3072", "n sums, 3072 bits", 100_000, "sums/s", PaillierAdd(Bits3072)),
        one("he/paillier-scale", "n multiples by 32 bits, 2048 bits", 10_000, "multiples/s", PaillierScale(Bits2048)),
        one(
            "he/paillier-scale-3072",
            "n multiples by 32 bits, 3072 bits",
            5000,
            "multiples/s",
            PaillierScale(Bits3072),
        ),
        one(
            "he/paillier-pack",
            "n values of 32 bits encrypted, 2^20 sums, 2048 bits",
            50_000,
            "values/s",
            PaillierPack(Bits2048),
        ),
        one(
            "he/paillier-pack-3072",
            "n values of 32 bits encrypted, 2^20 sums, 3072 bits",
            50_000,
            "values/s",
            PaillierPack(Bits3072),
        ),
        one("he/elgamal-encrypt", "n encryptions of counts", 10_000, "encryptions/s", ElgamalEncrypt),
        one("he/elgamal-add", "n sums", 1_000_000, "sums/s", ElgamalAdd),
        one("he/elgamal-open", "n openings among three, checked, counts to 2^20", 500, "openings/s", ElgamalOpen),
        one("he/bfv-encrypt", "n encryptions of 8192 integers", 200, "encryptions/s", BfvEncrypt),
        one("he/bfv-add", "n sums of 8192 integers", 5000, "sums/s", BfvAdd),
        one("he/bfv-multiply", "n products of 8192 integers, relinearised", 50, "products/s", BfvMultiply),
        one("he/bfv-open", "n openings of 8192 integers among three", 50, "openings/s", BfvOpen),
    ]
}

/// The operation, with keys and inputs in place.
pub(crate) struct Homomorphic {
    ctx: Ctx,
    n: usize,
    keys: Keys,
    right: bool,
}

enum Keys {
    Paillier(Operation, Box<paillier::SecretKey>, Vec<paillier::Ciphertext>),
    Elgamal(Operation, Vec<elgamal::SecretShare>, elgamal::PublicKey, Box<[elgamal::Ciphertext; 2]>, Logarithms),
    Bfv(Operation, Vec<bfv::SecretShare>, bfv::PublicKey, bfv::RelinearisationKey, Box<[bfv::Ciphertext; 2]>),
}

/// Parties of shared keys.
const PARTIES: u16 = 3;
const SESSION: [u8; 32] = [1; 32];
/// What is encrypted, and what it is multiplied by.
const VALUES: [i64; 2] = [41, 501];
const FACTOR: i64 = 0x7a3c_19e5;

impl Homomorphic {
    pub(crate) fn start(ctx: Ctx, operation: Operation, n: usize) -> Result<Self> {
        use Operation::*;
        let keys = match operation {
            PaillierEncrypt(size)
            | PaillierDecrypt(size)
            | PaillierAdd(size)
            | PaillierScale(size)
            | PaillierPack(size) => {
                let key = paillier::SecretKey::generate(size)?;
                let plaintexts = VALUES.map(|value| Plaintext::new(key.public(), i128::from(value)));
                let ciphertexts = key.public().encrypt(&plaintexts)?;
                Keys::Paillier(operation, Box::new(key), ciphertexts)
            }
            ElgamalEncrypt | ElgamalAdd | ElgamalOpen => elgamal_keys(operation)?,
            BfvEncrypt | BfvAdd | BfvMultiply | BfvOpen => bfv_keys(operation)?,
        };
        Ok(Self { ctx, n, keys, right: false })
    }
}

fn elgamal_keys(operation: Operation) -> Result<Keys> {
    let secrets: Result<Vec<_>> = (0..PARTIES).map(|p| elgamal::SecretShare::random(SESSION, Party(p))).collect();
    let secrets = secrets?;
    let shares: Vec<_> = secrets.iter().map(|secret| *secret.public()).collect();
    let key = elgamal::PublicKey::combine(SESSION, &shares)?;
    let ciphertexts = key.encrypt(&VALUES.map(i64::unsigned_abs))?;
    Ok(Keys::Elgamal(operation, secrets, key, Box::new([ciphertexts[0], ciphertexts[1]]), Logarithms::new(1 << 20)?))
}

fn bfv_keys(operation: Operation) -> Result<Keys> {
    let params = bfv::Params::new(bfv::Set::Product)?;
    let secrets: Result<Vec<_>> = (0..PARTIES).map(|_| bfv::SecretShare::random(&params, SESSION)).collect();
    let secrets = secrets?;
    let shares: Vec<_> = secrets.iter().map(|secret| secret.share().clone()).collect();
    let commitments: Vec<_> = (0..).map(Party).zip(&shares).map(|(p, s)| s.commitment(&SESSION, p)).collect();
    let key = bfv::PublicKey::combine(&params, SESSION, &commitments, &shares)?;
    let rounds: Result<Vec<_>> = secrets.iter().map(|secret| secret.relinearisation()).collect();
    let rounds = rounds?;
    let first: Vec<_> = rounds.iter().map(|round| round.share().clone()).collect();
    let commitments: Vec<_> = (0..).map(Party).zip(&first).map(|(p, s)| s.commitment(&SESSION, p)).collect();
    let sum = bfv::RelinearisationSum::combine(&params, &SESSION, &commitments, &first)?;
    let second: Result<Vec<_>> = rounds.into_iter().map(|round| round.second(&sum)).collect();
    let products = bfv::RelinearisationKey::combine(&params, sum, &second?)?;
    let ciphertexts = [key.encrypt(&[VALUES[0]; 8192])?, key.encrypt(&[VALUES[1]; 8192])?];
    Ok(Keys::Bfv(operation, secrets, key, products, Box::new(ciphertexts)))
}

#[async_trait]
impl Task for Homomorphic {
    fn measured(&self) -> Cost {
        Cost { rounds: self.ctx.meter().rounds(), bytes: self.ctx.meter().bytes() }
    }

    async fn work(&mut self) -> Result<()> {
        self.right = match &self.keys {
            Keys::Paillier(operation, key, ciphertexts) => on_paillier(*operation, key, ciphertexts, self.n)?,
            Keys::Elgamal(operation, secrets, key, ciphertexts, logarithms) => {
                on_elgamal(*operation, secrets, key, ciphertexts, logarithms, self.n)?
            }
            Keys::Bfv(operation, secrets, key, products, ciphertexts) => {
                on_bfv(*operation, secrets, key, products, ciphertexts, self.n)?
            }
        };
        Ok(())
    }

    async fn check(&mut self) -> Result<bool> {
        Ok(self.right)
    }
}

/// Does it n times, and looks at the last result: what that takes is counted, and is one of n.
fn on_paillier(
    operation: Operation,
    key: &paillier::SecretKey,
    ciphertexts: &[paillier::Ciphertext],
    n: usize,
) -> Result<bool> {
    let public = key.public();
    let is = |c: &paillier::Ciphertext, value: i64| -> Result<bool> {
        Ok(key.decrypt(std::slice::from_ref(c))?[0].value(public)? == i128::from(value))
    };
    match operation {
        Operation::PaillierEncrypt(_) => {
            let plaintexts: Vec<_> = (0..n as i128).map(|value| Plaintext::new(public, value)).collect();
            let encrypted = public.encrypt(&plaintexts)?;
            is(&encrypted[n - 1], n as i64 - 1)
        }
        Operation::PaillierDecrypt(_) => {
            let many: Vec<_> = (0..n).map(|i| ciphertexts[i % 2].clone()).collect();
            let plaintexts = key.decrypt(&many)?;
            Ok(plaintexts[n - 1].value(public)? == i128::from(VALUES[(n - 1) % 2]))
        }
        Operation::PaillierAdd(_) => {
            let mut sum = ciphertexts[0].clone();
            for _ in 0..n {
                sum = public.add(&sum, &ciphertexts[1])?;
            }
            is(&sum, VALUES[0] + n as i64 * VALUES[1])
        }
        Operation::PaillierScale(_) => {
            let mut scaled = ciphertexts[0].clone();
            for _ in 0..n {
                scaled = public.vartime_scale(&ciphertexts[0], FACTOR)?;
            }
            is(&scaled, VALUES[0] * FACTOR)
        }
        _ => {
            let layout = Layout::new(public.size(), 32, 20)?;
            let values: Vec<i64> = (0..n as i64).collect();
            let last = layout.encrypt(public, &values)?.pop().ok_or(Error::Misuse("a run has values"))?;
            let count = (n - 1) % layout.slots() + 1;
            let opened = layout.decrypt(key, std::slice::from_ref(last.ciphertext()), count)?;
            Ok(opened[count - 1] == n as i128 - 1)
        }
    }
}

fn on_elgamal(
    operation: Operation,
    secrets: &[elgamal::SecretShare],
    key: &elgamal::PublicKey,
    ciphertexts: &[elgamal::Ciphertext; 2],
    logarithms: &Logarithms,
    n: usize,
) -> Result<bool> {
    let opened = |ciphertexts: &[elgamal::Ciphertext]| -> Result<Vec<u64>> {
        let parts: Result<Vec<_>> = secrets.iter().map(|secret| secret.open(ciphertexts)).collect();
        elgamal::open(key, ciphertexts, &parts?, logarithms, 1 << 20)
    };
    match operation {
        Operation::ElgamalEncrypt => {
            let encrypted = key.encrypt(&(0..n as u64).collect::<Vec<_>>())?;
            Ok(opened(&encrypted[n - 1..])? == [n as u64 - 1])
        }
        Operation::ElgamalAdd => {
            // Back and forth, so that the sum stays small.
            let (mut sum, [_, other]) = (ciphertexts[0], ciphertexts);
            for i in 0..n {
                sum = if i % 2 == 0 { sum.add(other) } else { sum.subtract(other) };
            }
            Ok(opened(&[sum])? == [VALUES[0] as u64 + (n % 2) as u64 * VALUES[1] as u64])
        }
        _ => {
            let many: Vec<_> = (0..n).map(|i| ciphertexts[i % 2]).collect();
            Ok(opened(&many)?[n - 1] == VALUES[(n - 1) % 2] as u64)
        }
    }
}

fn on_bfv(
    operation: Operation,
    secrets: &[bfv::SecretShare],
    key: &bfv::PublicKey,
    products: &bfv::RelinearisationKey,
    [a, b]: &[bfv::Ciphertext; 2],
    n: usize,
) -> Result<bool> {
    let opened = |ciphertext: &bfv::Ciphertext| -> Result<i64> {
        let parts: Result<Vec<_>> = secrets.iter().map(|secret| secret.open(ciphertext)).collect();
        Ok(bfv::open(ciphertext, &parts?)?[8191])
    };
    let mut last = a.clone();
    match operation {
        Operation::BfvEncrypt => {
            for _ in 0..n {
                last = key.encrypt(&[VALUES[0]; 8192])?;
            }
            Ok(opened(&last)? == VALUES[0])
        }
        Operation::BfvAdd => {
            for _ in 0..n {
                last = a.add(b)?;
            }
            Ok(opened(&last)? == VALUES[0] + VALUES[1])
        }
        Operation::BfvMultiply => {
            for _ in 0..n {
                last = products.multiply(a, b)?;
            }
            Ok(opened(&last)? == VALUES[0] * VALUES[1])
        }
        _ => {
            let mut right = true;
            for _ in 0..n {
                right &= opened(a)? == VALUES[0];
            }
            Ok(right)
        }
    }
}
