//! Directories, queries, answers, manifests and stored databases: understood in one way, or refused.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| jointly_testkit::decoders::pir(bytes));
