//! Filters, tag sets, masked items and encrypted sums: a peer that sends anything ends a run with an error, at worst.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| jointly_testkit::decoders::psi(bytes));
