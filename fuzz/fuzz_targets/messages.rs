//! What nodes say to each other: anything at all is understood in one way, or refused.
#![no_main]

use jointly_node::live::messages::{Done, Message, Said};
use libfuzzer_sys::fuzz_target;
use serde::{Serialize, de::DeserializeOwned};

/// What is read is written and read again as the same.
fn check<T: DeserializeOwned + Serialize>(bytes: &[u8]) {
    if let Ok(message) = serde_json::from_slice::<T>(bytes) {
        let written = serde_json::to_vec(&message).unwrap();
        let again: T = serde_json::from_slice(&written).unwrap();
        assert_eq!(serde_json::to_vec(&again).unwrap(), written);
    }
}

fuzz_target!(|bytes: &[u8]| {
    check::<Message>(bytes);
    check::<Said>(bytes);
    check::<Option<Done>>(bytes);
});
