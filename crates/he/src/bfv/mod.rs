//! Thousands of integers at a time, added and multiplied slot by slot: the scheme of Brakerski (CRYPTO 2012), Fan and Vercauteren (ePrint 2012/144), under a key that all of n parties have to open
//! (Mouchet, Troncoso-Pastoriza, Bossuat and Hubaux, "Multiparty homomorphic encryption from ring-learning-with-errors", PoPETs 2021, ePrint 2020/304).
//!
//! The polynomials, the tensor product and the encoding are the crate `fhe`'s. What the parties do together is here, on its polynomials: that crate's own has shares that cannot be sent, no common
//! reference string, and adds noise of its smallest size to what a party shows of its key when it decrypts, where the paper asks for noise that drowns the ciphertext's.
//!
//! 1. [`SecretShare::random`]; everybody sends the [`Commitment`] to its [`KeyShare`], then the share. [`PublicKey::combine`].
//! 2. For products: [`SecretShare::relinearisation`], again commitment first; [`RelinearisationSum`]; the second share; [`RelinearisationKey::combine`].
//! 3. [`PublicKey::encrypt`], [`Ciphertext::add`], [`RelinearisationKey::multiply`].
//! 4. [`SecretShare::open`], flooded; [`open`].
//!
//! Security: all parties but one may be corrupt, and **semi-honest**: they follow the protocol. The commitments keep a party from choosing its share of a key after it has seen the others'; nothing proves that
//! shares are small, or that openings are of the right key. Every ciphertext carries the largest noise that it can have, worst case, not average: what could come out wrong is refused before it
//! is opened (so there are no wrong decryptions to learn from; Li and Micciancio, EUROCRYPT 2021), and what is opened is flooded by 2^40 times that noise.

mod cipher;
mod key;
mod opening;
mod params;
mod poly;
mod relinearise;

pub use cipher::Ciphertext;
pub use key::{Commitment, KeyShare, PublicKey, SecretShare};
pub use opening::{Opening, open};
pub use params::{Entry, FLOOD_BITS, MAX_PARTIES, Params, Set, TABLE};
pub use relinearise::{Relinearisation, RelinearisationKey, RelinearisationShare, RelinearisationSum};
