//! ristretto255, eight elements at a time: exponents times elements, from encoding to encoding.
//!
//! For processors with AVX-512 IFMA, which multiply 52 by 52 bits in eight lanes, and with that eight elements in about the time of one. Elsewhere
//! [`Lanes::here`] gives none, and callers have the scalar code of `curve25519-dalek`, which comes to the same encodings: there is one for each element.
//!
//! Nothing here branches on, or reads memory at a place that depends on, an exponent or an element.

#[cfg(target_arch = "x86_64")]
mod curve;
#[cfg(target_arch = "x86_64")]
mod encoding;
#[cfg(target_arch = "x86_64")]
mod field;
#[cfg(all(test, target_arch = "x86_64"))]
mod tests;
#[cfg(target_arch = "x86_64")]
mod x86;

/// An encoding of 32 bytes, or an exponent, little-endian.
pub type Bytes = [u8; 32];

/// That this processor can: who has one may multiply.
#[derive(Clone, Copy, Debug)]
pub struct Lanes(());

impl Lanes {
    /// If this processor can.
    pub fn here() -> Option<Self> {
        #[cfg(target_arch = "x86_64")]
        if is_x86_feature_detected!("avx512f") && is_x86_feature_detected!("avx512ifma") {
            return Some(Self(()));
        }
        None
    }
}

#[cfg(target_arch = "x86_64")]
impl Lanes {
    /// Whether all of these are encodings of elements other than the identity (RFC 9496 §4.3.1).
    pub fn valid(self, encodings: &[Bytes]) -> bool {
        // SAFETY: the processor has the instructions, as there is a `Lanes`.
        encodings.chunks(x86::LANES).all(|chunk| unsafe { x86::valid(chunk) })
    }

    /// Each element times its exponent, which is below 2^255. Of bytes that are not [valid](Lanes::valid) it makes others that mean nothing.
    pub fn multiply<'a>(self, exponent: impl Fn(usize) -> &'a Bytes, encodings: &[Bytes]) -> Vec<Bytes> {
        each(encodings, |first, chunk| {
            let digits = x86::digits(|lane| exponent(first + lane), chunk.len());
            // SAFETY: as above.
            unsafe { x86::multiply(&digits, chunk) }
        })
    }

    /// The element that each 64 uniform bytes map to (RFC 9496 §4.3.4), times its exponent, which is below 2^255.
    pub fn multiply_mapped<'a>(self, exponent: impl Fn(usize) -> &'a Bytes, uniform: &[[u8; 64]]) -> Vec<Bytes> {
        each(uniform, |first, chunk| {
            let digits = x86::digits(|lane| exponent(first + lane), chunk.len());
            // SAFETY: as above.
            unsafe { x86::multiply_mapped(&digits, chunk) }
        })
    }
}

#[cfg(target_arch = "x86_64")]
fn each<T>(inputs: &[T], eight: impl Fn(usize, &[T]) -> [Bytes; x86::LANES]) -> Vec<Bytes> {
    let mut out = Vec::with_capacity(inputs.len());
    for (i, chunk) in inputs.chunks(x86::LANES).enumerate() {
        out.extend_from_slice(&eight(i * x86::LANES, chunk)[..chunk.len()]);
    }
    out
}

/// There is no `Lanes` on such a processor.
#[cfg(not(target_arch = "x86_64"))]
impl Lanes {
    /// Never called.
    pub fn valid(self, _: &[Bytes]) -> bool {
        false
    }

    /// Never called.
    pub fn multiply<'a>(self, _: impl Fn(usize) -> &'a Bytes, _: &[Bytes]) -> Vec<Bytes> {
        Vec::new()
    }

    /// Never called.
    pub fn multiply_mapped<'a>(self, _: impl Fn(usize) -> &'a Bytes, _: &[[u8; 64]]) -> Vec<Bytes> {
        Vec::new()
    }
}
