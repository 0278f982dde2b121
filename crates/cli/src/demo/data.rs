//! What the demonstration brings along: the four hospitals' tables, their project and their question.

use std::path::Path;

use crate::failure::Failure;

macro_rules! hospital {
    ($name:literal) => {
        Hospital {
            name: $name,
            table: include_str!(concat!("../../../../examples/hospitals/", $name, ".csv")),
            declaration: include_str!(concat!("../../../../examples/hospitals/", $name, ".toml")),
        }
    };
}

/// A hospital's own table, and how it becomes rows of the agreed schema.
pub struct Hospital {
    /// Its name.
    pub name: &'static str,
    table: &'static str,
    declaration: &'static str,
}

/// All four; the first one asks.
pub const HOSPITALS: [Hospital; 4] =
    [hospital!("cleveland"), hospital!("hungary"), hospital!("switzerland"), hospital!("long-beach")];

/// The schema that the hospitals agreed on.
pub const SCHEMA: &str = include_str!("../../../../examples/hospitals/schema.toml");

/// Groups of fewer rows are not shown.
pub const MIN_GROUP: u64 = 10;

/// What is asked, up to ORDER BY.
const QUESTION: &str = "\
SELECT chest_pain, sex, COUNT(*) AS patients,
       AVG(age) AS age_mean, STDDEV(age) AS age_sd, MEDIAN(age) AS age_median,
       AVG(resting_bp) AS bp_mean, STDDEV(resting_bp) AS bp_sd, MEDIAN(resting_bp) AS bp_median,
       AVG(cholesterol) AS chol_mean, COUNT(DISTINCT age) AS ages,
       AVG(CASE WHEN sex = 'M' THEN 1 ELSE 0 END) AS men,
       AVG(CASE WHEN disease THEN 1 ELSE 0 END) AS disease
FROM patients WHERE age >= 40 GROUP BY chest_pain, sex";

const ORDER: &str = "ORDER BY chest_pain, sex";

/// The columns that the question aggregates: a group is shown only if each has enough values.
const AGGREGATED: [&str; 4] = ["age", "resting_bp", "cholesterol", "disease"];

impl Hospital {
    /// Writes the table and its declaration into `folder`.
    pub fn write(&self, folder: &Path) -> Result<(), Failure> {
        for (ending, text) in [("csv", self.table), ("toml", self.declaration)] {
            write(&folder.join(format!("{}.{ending}", self.name)), text)?;
        }
        Ok(())
    }
}

/// The question.
pub fn question() -> String {
    format!("{QUESTION} {ORDER}")
}

/// The same question with the project's rule about small groups spelled out, for one table of all rows.
pub fn pooled_question() -> String {
    let enough: Vec<String> = AGGREGATED.iter().map(|c| format!(" AND COUNT({c}) >= {MIN_GROUP}")).collect();
    format!("{QUESTION} HAVING COUNT(*) >= {MIN_GROUP}{} {ORDER}", enough.concat())
}

/// Writes the project's draft and its schema into `folder`.
pub fn write_project(folder: &Path) -> Result<std::path::PathBuf, Failure> {
    write(&folder.join("schema.toml"), SCHEMA)?;
    let path = folder.join("project.toml");
    write(&path, &project())?;
    Ok(path)
}

fn project() -> String {
    let names: Vec<String> = HOSPITALS.iter().map(|h| format!("{:?}", h.name)).collect();
    let all = names.join(", ");
    let mut text = format!(
        r#"name = "heart disease"
purpose = "How age, blood pressure and cholesterol go with chest pain in the patients of four hospitals."
days = 1
members = [{all}]
computing = ["cleveland", "hungary", "long-beach"]
receivers = [{all}]
min_group = {MIN_GROUP}
schemas = ["schema.toml"]

[approval]
"#
    );
    names.iter().for_each(|name| text += &format!("{name} = \"automatic\"\n"));
    for name in &names {
        text += &format!("\n[[datasets]]\nowner = {name}\nname = {name}\ntable = \"patients\"\n\n[datasets.policy]\n");
        for (column, quantile) in [
            ("age", true),
            ("sex", false),
            ("chest_pain", false),
            ("resting_bp", true),
            ("cholesterol", false),
            ("max_heart_rate", false),
            ("disease", false),
        ] {
            let quantile = if quantile { ", \"quantile\"" } else { "" };
            text += &format!("{column} = [\"filter\", \"group\", \"aggregate\"{quantile}]\n");
        }
    }
    text
}

fn write(path: &Path, text: &str) -> Result<(), Failure> {
    std::fs::write(path, text).map_err(Failure::file("write", path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_project_is_a_valid_draft_with_all_hospitals() {
        let folder = tempfile::tempdir().unwrap();
        let draft = crate::project::draft(&write_project(folder.path()).unwrap()).unwrap();
        let draft = jointly_node::live::Draft::from_toml(&draft).unwrap();
        assert_eq!((draft.members.len(), draft.datasets.len(), draft.computing.len()), (4, 4, 3));
        assert_eq!(draft.tables[0].columns.len(), draft.datasets[0].policy.as_ref().unwrap().len());
    }
}
