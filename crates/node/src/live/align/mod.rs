//! Alignments: planning one, and each owner's part in it.

mod run;

use jointly_align::{Learners, Parties, Plan, Security, Settings, Sizes};
use jointly_core::{Adversary, Party};
use jointly_sql::Step;

use super::{
    agreement::Work,
    control::{Explanation, Fault, Measured},
    node::Node,
    task::{AlignTask, Result as AlignResult},
};
use crate::{Alignment, Project, text::and};

/// Bytes of memory that an alignment takes at each owner, where the node allows jobs twice as much.
const MEMORY: u64 = 1 << 30;

/// An alignment that is planned.
pub struct Planned {
    /// What the members agreed on.
    pub alignment: Alignment,
    /// What all sides expect.
    pub settings: Settings,
    /// What the asker wants.
    pub task: AlignTask,
    /// What each owner has told of the number of its rows.
    pub rows: Vec<u64>,
    protocol: &'static str,
}

impl Planned {
    /// The table that is read of the owner of this name.
    pub fn table_of(&self, name: &str) -> Option<&str> {
        self.alignment.sides.iter().find(|side| side.owner == name).map(|side| side.table.as_str())
    }

    /// The protocol's name.
    pub fn protocol(&self) -> &'static str {
        self.protocol
    }

    /// The owners, of whom this is the one at the place `me`.
    fn parties(&self, me: Party) -> Result<Parties, Fault> {
        parties(&self.alignment, me)
    }
}

fn parties(alignment: &Alignment, me: Party) -> Result<Parties, Fault> {
    Ok(Parties::named(me, alignment.sides.iter().map(|side| side.owner.clone()).collect())?)
}

impl AlignTask {
    /// The alignment that it is one of.
    pub(super) fn of<'a>(&self, project: &'a Project) -> Result<&'a Alignment, Fault> {
        project.alignment(&self.alignment).ok_or_else(|| {
            let names: Vec<&str> = project.alignments.iter().map(|a| a.name.as_str()).collect();
            let (project, name) = (&project.name, crate::text::quotable(&self.alignment));
            Fault::refused(format!("the project {project:?} has no alignment {name:?}; it has {}", names.join(", ")))
        })
    }

    /// The same, told to all that may learn the result, if nobody is named.
    pub(super) fn for_all(mut self, project: &Project) -> Result<Self, Fault> {
        if self.result == AlignResult::Told(Vec::new()) {
            self.result = AlignResult::Told(self.of(project)?.learners.clone());
        }
        Ok(self)
    }

    /// What all sides expect of each other.
    fn settings(&self, project: &Project, alignment: &Alignment) -> Result<Settings, Fault> {
        let key = alignment.sides.first().map(|side| side.key()).transpose().map_err(Fault::refused)?;
        let (result, payload) = self.result(alignment)?;
        if self.security == Security::SemiHonest && project.adversary != Adversary::SemiHonest {
            return Err(Fault::refused(format!(
                "the project {:?} protects its members also against parties that are {}: a semi-honest alignment is none of its jobs",
                project.name, project.adversary
            )));
        }
        Ok(Settings {
            normalise: Settings::NORMALISE,
            key: key.map(|key| key.rules()).unwrap_or_default(),
            result,
            variant: self.variant,
            protocol: self.protocol,
            security: self.security,
            hide_size: alignment.hide_size,
            payload,
        })
    }

    fn result(&self, alignment: &Alignment) -> Result<(Learners, Option<String>), Fault> {
        let name = &alignment.name;
        match &self.result {
            AlignResult::Shared { .. } if !alignment.shared => Err(Fault::refused(format!(
                "the result of the alignment {name:?} may not be kept as shares: the project does not say `shared`"
            ))),
            AlignResult::Shared { payload } if payload.is_some() && *payload != alignment.payload => {
                Err(Fault::refused(format!(
                    "the alignment {name:?} shares no such column: the project names it as its `payload`"
                )))
            }
            AlignResult::Shared { payload } => Ok((Learners::Shared, payload.clone())),
            AlignResult::Told(told) => {
                if let Some(stranger) = told.iter().find(|who| !alignment.learners.contains(who)) {
                    let (who, may) = (crate::text::quotable(stranger), and(&alignment.learners));
                    return Err(Fault::refused(format!(
                        "{who} may not learn the result of the alignment {name:?}; {may} may"
                    )));
                }
                if (1..told.len()).any(|i| told[..i].contains(&told[i])) {
                    return Err(Fault::refused("a learner is named twice"));
                }
                let place = |who: &String| alignment.sides.iter().position(|side| side.owner == *who);
                Ok((Learners::revealed(told.iter().filter_map(place).map(|place| Party(place as u16))), None))
            }
        }
    }
}

impl Node {
    /// Plans an alignment of tables with so many rows.
    pub(super) async fn plan_alignment(
        &self,
        project: &Project,
        task: &AlignTask,
        rows: &[u64],
        round_trip: f64,
    ) -> Result<(Work, Vec<String>, Explanation), Fault> {
        let alignment = task.of(project)?;
        let owning: Vec<(&str, &str)> =
            alignment.sides.iter().map(|side| (side.owner.as_str(), side.table.as_str())).collect();
        self.check_rows(project, &owning, rows).await?;
        let settings = task.settings(project, alignment)?;
        let parties = parties(alignment, Party(0))?;
        settings.check(&parties)?;
        let sizes = Sizes::predict(&settings, rows, self.align_memory());
        let plan = Plan::new(&parties, &settings, Some(&sizes));
        let explanation = self.explain_alignment(project, alignment, &plan, rows, round_trip);
        let names = alignment.sides.iter().map(|side| side.owner.clone()).collect();
        let (alignment, task) = (alignment.clone(), task.clone());
        Ok((
            Work::Align(Box::new(Planned { alignment, settings, task, rows: rows.to_vec(), protocol: plan.protocol })),
            names,
            explanation,
        ))
    }

    fn align_memory(&self) -> u64 {
        MEMORY.min(self.0.config.memory / 2)
    }

    fn explain_alignment(
        &self,
        project: &Project,
        alignment: &Alignment,
        plan: &Plan,
        rows: &[u64],
        round_trip: f64,
    ) -> Explanation {
        let step = |place: String, action: String, learned: String| Step { place, action, learned };
        let mut steps: Vec<Step> = alignment
            .sides
            .iter()
            .zip(rows)
            .map(|(side, rows)| {
                let action = format!(
                    "makes an item of each of its rows in {}, by {}: it tells {rows}",
                    side.table,
                    and(&side.key)
                );
                step(side.owner.clone(), action, "nothing".into())
            })
            .collect();
        let everyone: Vec<&str> = alignment.sides.iter().map(|side| side.owner.as_str()).collect();
        let action = format!("find the items that all have, by {}", plan.protocol);
        steps.push(step(and(&everyone), action, plan.learns.join("; ")));
        let bytes = plan.bytes.unwrap_or(0);
        let buckets = plan.sizes.as_ref().map_or(1, |sizes| u64::from(sizes.buckets));
        // Each bucket is a run of the protocol of its own.
        let rounds = 20 + 30 * buckets;
        let seconds = rounds as f64 * round_trip + bytes as f64 / 100e6 + 1e-6 * rows.iter().sum::<u64>() as f64 + 0.2;
        Explanation {
            protocol: format!("{}: {}", plan.protocol, plan.paper),
            trust: plan.security.iter().map(|line| sentence(line)).collect::<Vec<_>>().join(". "),
            steps,
            rehearsal: project.rehearsal,
            predicted: Measured { bytes, rounds, seconds },
            memory: self.align_memory(),
        }
    }
}

/// With a capital letter.
fn sentence(line: &str) -> String {
    let mut letters = line.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}
