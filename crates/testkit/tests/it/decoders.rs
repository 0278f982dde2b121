//! What `fuzz/` runs for hours, for a moment: decoders of bytes that a peer sent.

use std::io::Cursor;

use jointly_core::{Error, Party, Wire};
use jointly_math::mersenne::{F61, F127};
use jointly_net::mux::{Limits, Mux};
use jointly_testkit::decoders;
use proptest::prelude::*;

const PEER: Party = Party(1);

fn is_canonical<T: Wire>(bytes: &[u8]) -> bool {
    let (mut values, mut back) = (Vec::<T>::new(), Vec::new());
    if !T::decode(bytes, &mut values) {
        return !bytes.len().is_multiple_of(T::BYTES);
    }
    T::encode(&values, &mut back);
    back == bytes
}

/// What is understood, if anything is, has no other encoding.
fn is_element<T: Wire>(bytes: &[u8]) -> bool {
    let (mut values, mut back) = (Vec::<T>::new(), Vec::new());
    !T::decode(bytes, &mut values) || {
        T::encode(&values, &mut back);
        back == bytes
    }
}

/// How a stream ends when these bytes are all that its connection ever gives.
fn end_of_stream(bytes: Vec<u8>) -> Error {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    runtime.block_on(async {
        let mux = Mux::start(Cursor::new(bytes), tokio::io::sink(), Limits::default(), &["job"]);
        let mut inbound = mux.inbound(PEER, "job/a").unwrap();
        loop {
            if let Err(error) = inbound.recv().await {
                return error;
            }
        }
    })
}

/// A frame of the connection: any kind, about the right length.
fn frame() -> impl Strategy<Value = Vec<u8>> {
    let payload = prop_oneof![Just(b"job/a".to_vec()), prop::collection::vec(any::<u8>(), 0..40)];
    (0u32..4, 0u8..9, payload, -1i64..2, any::<u32>()).prop_map(|(stream, kind, payload, off, word)| {
        let length = (payload.len() as i64 + if word % 8 == 0 { off } else { 0 }).max(0) as u32;
        let tagged = u32::from(kind) << 24 | length;
        [&stream.to_le_bytes()[..], &tagged.to_le_bytes(), &word.to_le_bytes(), &payload].concat()
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(400) })]

    #[test]
    fn decoded_vectors_have_one_encoding(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        prop_assert!(is_canonical::<u8>(&bytes) && is_canonical::<u64>(&bytes) && is_canonical::<[u8; 16]>(&bytes));
        prop_assert!(is_element::<F61>(&bytes) && is_element::<F127>(&bytes));
    }

    #[test]
    fn any_bytes_end_a_stream_with_the_peers_name(frames in prop::collection::vec(frame(), 0..12)) {
        let error = end_of_stream(frames.concat());
        prop_assert_eq!(error.party(), Some(PEER), "{}", error);
    }
}

#[test]
fn frames_that_nobody_changes_are_understood() {
    for part in 0..64 {
        [decoders::ot, decoders::psi, decoders::pir].into_iter().for_each(|target| target(&[part]));
    }
}

/// What the targets in `fuzz/` of the same names begin with: one part chosen by its number, most frames unchanged, some spoilt.
fn input() -> impl Strategy<Value = Vec<u8>> {
    let change = prop_oneof![3 => 0u8..4, 1 => 4u8..8];
    let changes = prop::collection::vec((change, prop::collection::vec(any::<u8>(), 0..4)), 0..12);
    (any::<u8>(), changes).prop_map(|(first, changes)| {
        let changes = changes.into_iter().flat_map(|(change, bytes)| [vec![change], bytes].concat());
        std::iter::once(first).chain(changes).collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(100) })]

    #[test]
    fn whatever_reaches_ot_is_understood_or_refused(spoiling in input(), bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        decoders::ot(&spoiling);
        decoders::ot(&bytes);
    }

    #[test]
    fn whatever_reaches_psi_is_understood_or_refused(spoiling in input(), bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        decoders::psi(&spoiling);
        decoders::psi(&bytes);
    }

    #[test]
    fn whatever_reaches_pir_is_understood_or_refused(spoiling in input(), bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        decoders::pir(&spoiling);
        decoders::pir(&bytes);
    }
}
