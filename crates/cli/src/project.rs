//! `jointly project`: what the members agree on.

use std::path::Path;

use jointly_node::live::control::{Ask, ProjectLine};
use toml::{Table, Value};

use crate::args::ProjectCommand;
use crate::client::{self, ask};
use crate::failure::Failure;
use crate::output::Output;
use crate::table;

/// Proposes, shows, signs or lists projects.
pub async fn run(home: &Path, command: ProjectCommand, output: &Output) -> Result<(), Failure> {
    match command {
        ProjectCommand::Propose { file } => {
            let project: ProjectLine = ask(home, &Ask::Propose { draft: draft(&file)? }).await?;
            output.show(&project, words)
        }
        ProjectCommand::Show { project: Some(wanted) } => output.show(&client::project(home, &wanted).await?, words),
        ProjectCommand::Show { project: None } => {
            let projects: Vec<ProjectLine> = ask(home, &Ask::Projects).await?;
            output.show(&projects, |projects| projects.iter().map(words).collect::<Vec<_>>().join("\n"))
        }
        ProjectCommand::Sign { project } => {
            let project = client::project(home, &project).await?.id;
            let project: ProjectLine = ask(home, &Ask::Sign { project }).await?;
            output.show(&project, |p| format!("{}You signed it.", words(p)))
        }
        ProjectCommand::Revoke { project } => {
            let project = client::project(home, &project).await?;
            let untold: Vec<String> = ask(home, &Ask::Revoke { project: project.id }).await?;
            output.show(&untold, |untold| {
                let name = &project.name;
                match untold.as_slice() {
                    [] => format!("The project {name} is revoked, and all its members know."),
                    untold => format!(
                        "The project {name} is revoked. {} could not be told: this node refuses them its jobs.",
                        untold.join(", ")
                    ),
                }
            })
        }
        ProjectCommand::List => {
            let projects: Vec<ProjectLine> = ask(home, &Ask::Projects).await?;
            output.show(&projects, |projects| match projects.as_slice() {
                [] => "No projects yet. Propose one: jointly project propose --help".into(),
                projects => table::of(["project", "identifier", "state"], projects.iter().map(row)),
            })
        }
    }
}

/// The draft in `file`, with the tables of the files that its `schemas` names read in.
pub fn draft(file: &Path) -> Result<String, Failure> {
    let text = std::fs::read_to_string(file).map_err(Failure::file("read", file))?;
    let wrong = |file: &Path, e: String| Failure::usage(format!("{}: {}", file.display(), e.trim()));
    let mut draft: Table = text.parse().map_err(|e: toml::de::Error| wrong(file, e.to_string()))?;
    let Some(names) = draft.remove("schemas") else { return Ok(text) };
    let names: Vec<String> = names.try_into().map_err(|e: toml::de::Error| wrong(file, e.to_string()))?;
    let tables = draft.entry("tables").or_insert_with(|| Value::Array(Vec::new()));
    let Value::Array(tables) = tables else { return Err(wrong(file, "`tables` should be a list of tables".into())) };
    for name in names {
        let path = file.parent().unwrap_or(Path::new(".")).join(name);
        let schema = std::fs::read_to_string(&path).map_err(Failure::file("read the schema", &path))?;
        tables.push(Value::Table(schema.parse().map_err(|e: toml::de::Error| wrong(&path, e.to_string()))?));
    }
    Ok(draft.to_string())
}

fn words(project: &ProjectLine) -> String {
    format!("{}\n{}\n", project.words.trim_end(), standing(project))
}

fn standing(project: &ProjectLine) -> String {
    if !project.revoked.is_empty() {
        return format!("Revoked by {}.", project.revoked.join(", "));
    }
    match project.missing.as_slice() {
        [] => "Everyone has signed: it is active.".into(),
        missing => format!("Not signed yet by {}.", missing.join(", ")),
    }
}

fn row(project: &ProjectLine) -> [String; 3] {
    [project.name.clone(), project.id.to_string(), standing(project)]
}

#[cfg(test)]
mod tests {
    use super::draft;

    #[test]
    fn a_draft_reads_the_schemas_beside_it() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("schema.toml"), "table = \"patients\"\n").unwrap();
        let file = folder.path().join("project.toml");
        std::fs::write(&file, "name = \"heart\"\nschemas = [\"schema.toml\"]\n").unwrap();
        let read: toml::Table = draft(&file).unwrap().parse().unwrap();
        assert_eq!(read["tables"][0]["table"].as_str(), Some("patients"));
        assert!(!read.contains_key("schemas"));

        std::fs::write(&file, "schemas = [\"other.toml\"]").unwrap();
        assert!(draft(&file).unwrap_err().message.contains("other.toml"));
    }
}
