//! Numbers of a fixed width on the wire, least significant bit first, without gaps.

/// Appends the low `width` bits of the numbers. The last byte is filled up with zeros.
pub fn pack(numbers: impl IntoIterator<Item = u32>, width: usize, out: &mut Vec<u8>) {
    let (mut held, mut bits) = (0u64, 0);
    for number in numbers {
        held |= u64::from(number) << bits;
        bits += width;
        while bits >= 8 {
            out.push(held as u8);
            (held, bits) = (held >> 8, bits - 8);
        }
    }
    if bits > 0 {
        out.push(held as u8);
    }
}

/// The numbers of `width` bits, at most 32, that whole bytes hold.
pub fn unpack(bytes: &[u8], width: usize) -> impl Iterator<Item = u32> {
    let mut bytes = bytes.iter();
    let (mut held, mut bits) = (0u64, 0);
    std::iter::from_fn(move || {
        while bits < width {
            held |= u64::from(*bytes.next()?) << bits;
            bits += 8;
        }
        let number = (held & ((1 << width) - 1)) as u32;
        (held, bits) = (held >> width, bits - width);
        Some(number)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_round_trip() {
        for width in [1, 7, 8, 20, 25, 28, 32] {
            let numbers: Vec<u32> =
                (0..40u32).map(|i| (i.wrapping_mul(0x9e37_79b9) as u64 & ((1 << width) - 1)) as u32).collect();
            let mut bytes = Vec::new();
            pack(numbers.iter().copied(), width, &mut bytes);
            assert_eq!(bytes.len(), (40 * width).div_ceil(8));
            assert_eq!(unpack(&bytes, width).take(40).collect::<Vec<_>>(), numbers);
        }
    }
}
