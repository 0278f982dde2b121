//! `jointly dataset`: tables that stay where they are.

use std::path::Path;

use jointly_data::Profile;
use jointly_node::live::control::Ask;

use crate::args::DatasetCommand;
use crate::client::{ask, tell};
use crate::failure::Failure;
use crate::output::Output;

/// Adds, removes, lists or describes datasets.
pub async fn run(home: &Path, command: DatasetCommand, output: &Output) -> Result<(), Failure> {
    match command {
        DatasetCommand::Add { file } => {
            add(home, &file).await?;
            output.done(&format!("Registered. The rows stay where {} says they are.", file.display()))
        }
        DatasetCommand::Remove { name } => {
            tell(home, &Ask::RemoveDataset { name: name.clone() }).await?;
            output.done(&format!("{name} is forgotten. Its rows are untouched."))
        }
        DatasetCommand::List => {
            let names: Vec<String> = ask(home, &Ask::Datasets).await?;
            output.show(&names, |names| match names.as_slice() {
                [] => "No datasets yet. Register one: jointly dataset add --help".into(),
                names => names.join("\n"),
            })
        }
        DatasetCommand::Profile { name, schema } => {
            let profile = profile(home, &name, &text(&schema)?).await?;
            output.show(&profile, Profile::to_string)
        }
    }
}

/// Registers what the declaration in `file` describes; its paths start from the file's folder.
pub async fn add(home: &Path, file: &Path) -> Result<(), Failure> {
    let declaration = text(file)?;
    let file = file.canonicalize().map_err(Failure::file("find", file))?;
    let folder = file.parent().unwrap_or(Path::new("/")).display().to_string();
    tell(home, &Ask::AddDataset { declaration, folder }).await
}

/// A dataset's profile under a schema.
pub async fn profile(home: &Path, name: &str, schema: &str) -> Result<Profile, Failure> {
    ask(home, &Ask::Profile { name: name.into(), schema: schema.into() }).await
}

fn text(file: &Path) -> Result<String, Failure> {
    std::fs::read_to_string(file).map_err(Failure::file("read", file))
}
