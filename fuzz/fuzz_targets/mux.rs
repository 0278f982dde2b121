//! Anything at all on a connection: every stream ends with an error that names the peer, and little is kept.
#![no_main]

use std::io::Cursor;

use jointly_core::{Error, Party};
use jointly_net::mux::{Limits, Mux};
use libfuzzer_sys::fuzz_target;

const PEER: Party = Party(1);

fuzz_target!(|bytes: &[u8]| {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    runtime.block_on(async {
        let mux = Mux::start(Cursor::new(bytes.to_vec()), tokio::io::sink(), Limits::default(), &["job"]);
        let mut inbound = mux.inbound(PEER, "job/a").unwrap();
        // Frames that stood under this name come first.
        let error = loop {
            match inbound.recv().await {
                Ok(frame) => assert!(frame.payload.len() <= bytes.len()),
                Err(error) => break error,
            }
        };
        assert!(matches!(error, Error::Gone { party: PEER, .. } | Error::Malformed { from: PEER, .. }), "{error}");
    });
});
