//! What it takes to publish, and to open again, a database of so many rows (the argument, 10^6) with records of 256 bytes.

use std::error::Error;
use std::sync::Arc;
use std::time::Instant;

use datafusion::arrow::array::{ArrayRef, RecordBatch, StringArray};
use datafusion::datasource::MemTable;
use jointly_data::{Column, Kind, TableRows};
use jointly_lookup::{Holder, Key, Offer, Purpose, Step};

fn main() -> Result<(), Box<dyn Error>> {
    let rows: usize = std::env::args().nth(1).map_or(Ok(1_000_000), |rows| rows.parse())?;
    let offer = Offer {
        name: "made up".to_owned(),
        key: Key::new(vec!["name".parse()?, "id:code".parse()?, "phone:digits".parse()?])?,
        purpose: Purpose::Record,
        // With a bit for missing values and the length, 256 bytes.
        columns: vec![Column::new("record", Kind::Text { max_bytes: 253 })],
        capacity: rows,
    };
    let folder = std::env::temp_dir().join(format!("jointly-lookup-{}", std::process::id()));
    let dataset = dataset(rows)?;
    println!("{rows} rows made; {}", used());
    let runtime = datafusion_runtime()?;
    let start = Instant::now();
    let (_, counts) = runtime.block_on(Holder::publish(&folder, &[1; 32], &offer, &dataset, &mut told))?;
    println!("published {} rows in {:.1} s; {}", counts.rows, start.elapsed().as_secs_f64(), used());
    drop(dataset);
    let start = Instant::now();
    let holder = Holder::open(&folder, &[1; 32])?.ok_or("nothing there")?;
    println!("opened in {:.1} s: {:?}; {}", start.elapsed().as_secs_f64(), holder.status(), used());
    let start = Instant::now();
    holder.prepare()?;
    println!("prepared for private queries in {:.1} s; {}", start.elapsed().as_secs_f64(), used());
    std::fs::remove_dir_all(folder)?;
    Ok(())
}

fn datafusion_runtime() -> std::io::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_current_thread().enable_all().build()
}

fn told(step: Step) {
    if let Step::Writing = step {
        println!("writing; {}", used());
    }
}

/// In blocks, as a file would come.
fn dataset(rows: usize) -> Result<TableRows, Box<dyn Error>> {
    let block = |start: usize| {
        let range = start..(start + 8192).min(rows);
        let text = |value: &dyn Fn(usize) -> String| -> ArrayRef {
            Arc::new(StringArray::from_iter_values(range.clone().map(value)))
        };
        RecordBatch::try_from_iter([
            ("name", text(&|i| format!("Person {i}"))),
            ("id", text(&|i| format!("ID-{i:08}"))),
            ("phone", text(&|i| format!("+44 20 {i:08}"))),
            ("record", text(&|i| format!("{i:0253}"))),
        ])
    };
    let blocks = (0..rows).step_by(8192).map(block).collect::<Result<Vec<_>, _>>()?;
    let schema = blocks.first().ok_or("no rows")?.schema();
    Ok(TableRows::new("made up", Arc::new(MemTable::try_new(schema, vec![blocks])?)))
}

/// What this process has used until now, of memory at most and of processor time.
fn used() -> String {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or("?").trim().to_owned();
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let ticks: Vec<f64> =
        stat.rsplit(')').next().unwrap_or("").split(' ').skip(12).take(2).filter_map(|t| t.parse().ok()).collect();
    format!("peak memory {peak}, {:.1} CPU-s", ticks.iter().sum::<f64>() / 100.0)
}
