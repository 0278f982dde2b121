//! A profile as text tables.

use std::fmt;

use comfy_table::{Table, presets};

use super::{Profile, Value, Values};

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Value::Bool(x) => x.fmt(f),
            Value::Int(x) => x.fmt(f),
            Value::Real(x) => x.fmt(f),
            Value::Text(text) => f.write_str(text),
        }
    }
}

impl fmt::Display for Profile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}: {} rows from {}", self.dataset, self.rows, self.origin)?;
        writeln!(f, "\nUnder the agreed schema:\n{}", self.agreed())?;
        writeln!(f, "\nIn the source:\n{}", self.source())?;
        if let Some(key) = &self.key {
            let columns = key.columns.join(", ");
            let least = if key.exact { "" } else { "at least " };
            writeln!(f, "\nKey ({columns}): {least}{} duplicates, {} incomplete", key.duplicates, key.incomplete)?;
        }
        for warning in &self.warnings {
            writeln!(f, "\nWarning: {warning}.")?;
        }
        Ok(())
    }
}

impl Profile {
    fn agreed(&self) -> Table {
        let mut table = table(&[
            "column",
            "type",
            "nulls",
            "%",
            "min",
            "max",
            "distinct",
            "most frequent",
            "emptied",
            "untranslatable",
            "refused",
        ]);
        for c in &self.columns {
            let kind = c.unit.as_ref().map_or(c.kind.clone(), |unit| format!("{} {unit}", c.kind));
            let mut row = vec![c.name.clone(), kind];
            row.extend(cells(c));
            row.extend([c.emptied, c.untranslatable, c.refused].map(|n| n.to_string()));
            table.add_row(row);
        }
        table
    }

    fn source(&self) -> Table {
        let mut table = table(&["column", "type", "nulls", "%", "min", "max", "distinct", "most frequent", "read by"]);
        for c in &self.raw {
            let mut row = vec![c.name.clone(), c.data_type.clone()];
            row.extend(cells(&c.values));
            row.push(c.used_by.join(", "));
            table.add_row(row);
        }
        table
    }
}

fn table(header: &[&str]) -> Table {
    let mut table = Table::new();
    table.load_preset(presets::ASCII_MARKDOWN).set_header(header);
    table
}

fn cells(values: &Values) -> [String; 6] {
    let show = |value: &Option<Value>| value.as_ref().map_or(String::new(), Value::to_string);
    let top = values.top.iter().map(|c| format!("{} ({})", c.value, c.count)).collect::<Vec<_>>().join(", ");
    let least = if values.distinct_exact { "" } else { "≥ " };
    [
        values.nulls.to_string(),
        format!("{:.1}", values.null_share * 100.0),
        show(&values.min),
        show(&values.max),
        format!("{least}{}", values.distinct),
        top,
    ]
}
