//! `jointly circuit compute`: a circuit of a project, among its members' nodes.

use std::path::Path;

use jointly_node::live::control::{CircuitTask, Wanted};

use crate::args::Compute;
use crate::client;
use crate::failure::Failure;
use crate::output::Output;
use crate::query;

/// Plans it, or has the node compute it.
pub async fn run(home: &Path, compute: Compute, output: &Output) -> Result<(), Failure> {
    let project = client::project(home, &compute.project).await?.id;
    let wanted = Wanted::Circuit(CircuitTask { circuit: compute.circuit });
    if compute.explain {
        return query::plan_only(home, project, wanted, output).await;
    }
    let report = query::run(home, project, wanted).await?;
    output.show(&report, query::answer)
}
