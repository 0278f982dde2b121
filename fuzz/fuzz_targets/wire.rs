//! Vectors of values: what decodes is the one encoding of what came out.
#![no_main]

use jointly_core::Wire;
use libfuzzer_sys::fuzz_target;

fn check<T: Wire>(bytes: &[u8]) {
    let mut values = Vec::<T>::new();
    let whole = bytes.len().is_multiple_of(T::BYTES);
    if T::decode(bytes, &mut values) {
        let mut back = Vec::new();
        T::encode(&values, &mut back);
        assert_eq!(back, bytes);
    } else {
        assert!(!whole, "every value of these types is valid");
    }
}

fuzz_target!(|bytes: &[u8]| {
    check::<u8>(bytes);
    check::<u64>(bytes);
    check::<[u8; 16]>(bytes);
    check::<[u8; 32]>(bytes);
});
