//! Circuits: planning one, each party's part in it, and what is kept of a party that cheated.

mod certificate;
#[cfg(feature = "faults")]
mod faults;
mod run;
mod values;

use jointly_circuit::{Function, expr::Program};
use jointly_core::{Adversary, Party};
use jointly_registry::{CircuitPlan, circuit_plan};
use jointly_sql::Step;

use super::{
    agreement::Work,
    control::{Explanation, Fault, Measured},
    task::CircuitTask,
};
use crate::{
    Circuit, Project,
    project::inputs_of,
    text::{and, quotable},
};

/// Bytes a second between two nodes, for predictions.
const LINK: f64 = 100e6;

/// A circuit that is planned.
pub struct Planned {
    /// What the members agreed on.
    pub circuit: Circuit,
    /// What it computes.
    pub function: Function,
    /// Against whom.
    pub adversary: Adversary,
    /// The protocol's name.
    pub protocol: &'static str,
}

impl Planned {
    /// The table that is read of the owner of this name.
    pub fn table_of(&self, name: &str) -> Option<&str> {
        self.circuit.side(name)?.table.as_deref()
    }
}

/// Plans a circuit: the same at every party.
pub fn plan(project: &Project, task: &CircuitTask, round_trip: f64) -> Result<(Work, Vec<String>, Explanation), Fault> {
    let circuit = project.circuit(&task.circuit).ok_or_else(|| {
        let names: Vec<&str> = project.circuits.iter().map(|c| c.name.as_str()).collect();
        let (project, name) = (&project.name, quotable(&task.circuit));
        Fault::refused(format!("the project {project:?} has no circuit {name:?}; it has {}", and(&names)))
    })?;
    let broken = |why: String| Fault::refused(format!("the circuit {:?} {why}", circuit.name));
    let Program { function, .. } = circuit.program().map_err(broken)?;
    let plan =
        circuit_plan(project.adversary, &function).map_err(|why| broken(format!("cannot be computed: {why}")))?;
    let explanation = explain(project, circuit, &function, &plan, round_trip);
    let names = circuit.sides.iter().map(|side| side.owner.clone()).collect();
    let (circuit, adversary, protocol) = (circuit.clone(), project.adversary, plan.spec.id);
    Ok((Work::Circuit(Box::new(Planned { circuit, function, adversary, protocol })), names, explanation))
}

fn explain(
    project: &Project,
    circuit: &Circuit,
    function: &Function,
    plan: &CircuitPlan,
    round_trip: f64,
) -> Explanation {
    let step = |place: String, action: String, learned: String| Step { place, action, learned };
    let (mut steps, mut learns) = (Vec::new(), Vec::new());
    for (i, side) in circuit.sides.iter().enumerate() {
        let (me, owner) = (Party(i as u16), &side.owner);
        if let Some(table) = &side.table {
            let inputs = inputs_of(function, me);
            let rows = inputs.first().map_or(0, |input| input.port.lanes);
            let action = format!(
                "takes {} from its {table}, {rows} of each",
                and(&inputs.iter().map(|input| input.port.name.as_str()).collect::<Vec<_>>())
            );
            steps.push(step(owner.clone(), action, "nothing".into()));
        }
        let outputs = function.outputs().iter().filter(|output| output.to.contains(&me));
        let outputs: Vec<&str> = outputs.map(|output| output.port.name.as_str()).collect();
        learns.push(match outputs.as_slice() {
            [] => format!("{owner} nothing"),
            names => format!("{owner} {}", and(names)),
        });
    }
    let action = format!("compute {:?} together, by {}", circuit.name, plan.spec.id);
    steps.push(step(and(&circuit.owners()), action, learns.join("; ")));
    let bytes = plan.costs.iter().fold(0, |all: u64, cost| all.saturating_add(cost.bytes));
    let rounds = plan.costs.iter().map(|cost| cost.rounds).max().unwrap_or(0);
    let work = function.ands() as f64 * seconds_an_and(project.adversary, circuit.sides.len());
    Explanation {
        protocol: format!("{}: {}", plan.spec.id, plan.spec.paper),
        trust: circuit.stakes(project.adversary),
        steps,
        rehearsal: project.rehearsal,
        predicted: Measured { bytes, rounds, seconds: rounds as f64 * round_trip + bytes as f64 / LINK + work + 0.1 },
        memory: plan.memory,
    }
}

/// As measured on one core (docs/benchmarks.md): the slower side's, and what is done one after the other.
fn seconds_an_and(adversary: Adversary, parties: usize) -> f64 {
    match adversary {
        Adversary::SemiHonest if parties == 2 => 1.0 / 30e6,
        Adversary::Covert { one_in } | Adversary::PubliclyVerifiable { one_in } => f64::from(one_in) / 20e6,
        _ if parties == 2 => 1.0 / 0.7e6,
        _ => (parties - 1) as f64 / 0.1e6,
    }
}
