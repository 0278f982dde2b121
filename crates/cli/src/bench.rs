//! `jointly bench`.

use crate::args::Format;
use crate::failure::Failure;

/// Measures what `flags` ask for; `--format json` is `--json`.
pub fn run(mut flags: jointly_bench::Flags, format: Format) -> Result<(), Failure> {
    flags.json |= format == Format::Json;
    jointly_bench::bench_main(&flags).map_err(|e| match e {
        jointly_bench::Error::Unknown { .. } | jointly_bench::Error::Size(_) => Failure::usage(e.to_string()),
        other => Failure::failed(other.to_string()),
    })
}
