//! How values stand on the wire: fixed length, one canonical encoding, whole vectors at a time.

/// A value with one fixed-length encoding. Decoding refuses what no encoder writes, so that a decoded value is a valid one.
pub trait Wire: Sized + Send {
    /// Encoded bytes of one value.
    const BYTES: usize;

    /// Appends the encodings of `values`.
    fn encode(values: &[Self], out: &mut Vec<u8>);

    /// Appends the values in `bytes`; `false` if they are not the encoding of whole, valid values.
    #[must_use]
    fn decode(bytes: &[u8], out: &mut Vec<Self>) -> bool;
}

impl Wire for u8 {
    const BYTES: usize = 1;

    fn encode(values: &[Self], out: &mut Vec<u8>) {
        out.extend_from_slice(values);
    }

    fn decode(bytes: &[u8], out: &mut Vec<Self>) -> bool {
        out.extend_from_slice(bytes);
        true
    }
}

/// Words are little-endian.
impl Wire for u64 {
    const BYTES: usize = 8;

    fn encode(values: &[Self], out: &mut Vec<u8>) {
        if cfg!(target_endian = "little") {
            out.extend_from_slice(bytemuck::cast_slice(values));
        } else {
            values.iter().for_each(|v| out.extend_from_slice(&v.to_le_bytes()));
        }
    }

    fn decode(bytes: &[u8], out: &mut Vec<Self>) -> bool {
        let (words, rest) = bytes.as_chunks::<8>();
        out.extend(words.iter().map(|w| u64::from_le_bytes(*w)));
        rest.is_empty()
    }
}

/// Little-endian, as words.
impl Wire for u128 {
    const BYTES: usize = 16;

    fn encode(values: &[Self], out: &mut Vec<u8>) {
        if cfg!(target_endian = "little") {
            out.extend_from_slice(bytemuck::cast_slice(values));
        } else {
            values.iter().for_each(|v| out.extend_from_slice(&v.to_le_bytes()));
        }
    }

    fn decode(bytes: &[u8], out: &mut Vec<Self>) -> bool {
        let (values, rest) = bytes.as_chunks::<16>();
        out.extend(values.iter().map(|v| u128::from_le_bytes(*v)));
        rest.is_empty()
    }
}

impl<const N: usize> Wire for [u8; N] {
    const BYTES: usize = N;

    fn encode(values: &[Self], out: &mut Vec<u8>) {
        out.extend_from_slice(values.as_flattened());
    }

    fn decode(bytes: &[u8], out: &mut Vec<Self>) -> bool {
        let (values, rest) = bytes.as_chunks::<N>();
        out.extend_from_slice(values);
        rest.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::Wire;

    #[test]
    fn words_round_trip_and_cut_ones_are_refused() {
        let values = [0, 1, u64::MAX, 0x0123_4567_89ab_cdef];
        let mut bytes = Vec::new();
        u64::encode(&values, &mut bytes);
        assert_eq!(bytes.len(), 4 * u64::BYTES);
        assert_eq!(bytes[24], 0xef);
        let mut back = Vec::new();
        assert!(u64::decode(&bytes, &mut back));
        assert_eq!(back, values);
        assert!(!u64::decode(&bytes[1..], &mut back));
    }
}
