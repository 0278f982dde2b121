//! An alignment at one side, from the first check to the report.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant, UNIX_EPOCH};

use datafusion::arrow::datatypes::SchemaRef;
use jointly_core::Error as Failed;
use jointly_data::{RawTable, Rows};
use jointly_net::{Ctx, Mesh};
use jointly_psi::items::Salt;
use serde::{Deserialize, Serialize};

use crate::{
    Error, Key, Plan, Report, Result, Role, Settings, Sizes, Variant, buckets,
    intersect::bucket as intersect,
    output::{self, Matches},
    plan::{Tense, learns},
    settings::exchange,
    spill::{self, Spill},
    work::{Pairing, Spilled, Task, Work},
};

/// What becomes of rows whose key an earlier row has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Duplicates {
    /// The first row stands for the key, the others are left out and counted.
    First,
    /// The file is refused.
    Refuse,
}

/// What a person wants.
pub struct Options {
    /// Which side this is.
    pub role: Role,
    /// The file.
    pub input: PathBuf,
    /// Which table of it, if it is a database.
    pub table: Option<String>,
    /// By what rows are compared.
    pub key: Key,
    /// What both sides must want alike.
    pub settings: Settings,
    /// Where rows are written; nothing where this side does not learn the result.
    pub output: Option<PathBuf>,
    /// What becomes of repeated keys.
    pub duplicates: Duplicates,
    /// About how many bytes of memory this side may use.
    pub memory: u64,
    /// Where the work is kept until it has ended well.
    pub work: PathBuf,
    /// Whether to give up what is kept there.
    pub restart: bool,
    /// How long the other side may be silent while it is connected, such as while it reads its file.
    pub patience: Duration,
}

/// What happens while a job runs.
pub enum Event<'a> {
    /// Both have said their sizes: the whole plan.
    Plan(&'a Plan),
    /// What is being done.
    Step(&'a str),
}

/// An alignment that passed all checks at home.
pub struct Job {
    options: Options,
    source: RawTable,
    columns: SchemaRef,
    work: Work,
}

/// How far a side has come, as it tells the other.
#[derive(Clone, Copy, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Progress {
    /// The alignment that it is in, if its file is read.
    id: Option<[u8; 16]>,
    /// Buckets that are done.
    done: u32,
}

/// What a side says of its size.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Offer {
    rows: u64,
    /// How many items of a bucket it has memory for.
    capacity: u64,
}

/// The last words.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Done {
    sent: u64,
}

impl Job {
    /// Checks the command against the file, and opens the work folder. Sends nothing.
    pub async fn open(options: Options) -> Result<Job> {
        options.settings.check()?;
        let learns = options.settings.result.includes(options.role);
        if learns != options.output.is_some() {
            return Err(Error::Usage(match learns {
                true => "this side learns the result: say where to write it with --output FILE.parquet".to_owned(),
                false => format!(
                    "--result {} tells this side nothing that could be written: leave out --output",
                    options.settings.result
                ),
            }));
        }
        let spec = RawTable::spec(&options.input, options.table.as_deref());
        let source = RawTable::open(spec.map_err(|e| Error::Usage(e.to_string()))?, Path::new("")).await?;
        options.key.find(source.schema(), source.origin())?;
        let columns = output::schema(source.schema(), options.settings.variant)?;
        let work = Work::open(&options.work, task(&options)?, options.restart)?;
        if let Some(path) = options.output.as_ref().filter(|path| path.exists() && work.state.written.is_none()) {
            let words =
                format!("{} exists already: nothing was sent. Move it away, or name another --output", path.display());
            if work.state.spilled.is_none() {
                work.delete()?;
            }
            return Err(Error::Refused(words));
        }
        Ok(Job { options, source, columns, work })
    }

    /// What is known of the plan before the other side is there.
    pub fn plan(&self) -> Plan {
        Plan::new(self.options.role, &self.options.settings, self.work.state.sizes)
    }

    /// Which side this is.
    pub fn role(&self) -> Role {
        self.options.role
    }

    /// How this side proves who it is.
    pub fn pairing(&self) -> &Pairing {
        &self.work.state.pairing
    }

    /// Remembers who the other side is.
    pub fn paired(&mut self, peer: [u8; 32]) -> Result<()> {
        self.work.state.pairing.peer = Some(peer);
        self.work.save()
    }

    /// Does the work with whoever is at the other end of the mesh.
    pub async fn run(mut self, mesh: Arc<dyn Mesh>, told: &mut dyn FnMut(Event<'_>)) -> Result<Report> {
        let start = Instant::now();
        let mut ctx = Ctx::new(mesh, "align", self.options.patience);
        let (peer, before) = (self.options.role.other().party(), self.work.state.sent);
        let theirs: Settings = exchange(&mut ctx, peer, &self.options.settings).await?;
        self.options.settings.agree(&theirs)?;
        let first = self.go_on(&mut ctx, told).await?;
        let sizes = self.agree_on_sizes(&mut ctx).await?;
        told(Event::Plan(&self.plan()));
        for bucket in first..sizes.buckets {
            told(Event::Step(&format!("intersecting bucket {} of {}", bucket + 1, sizes.buckets)));
            self.bucket(&mut ctx, sizes, bucket).await?;
            self.work.state.sent = before + ctx.meter().bytes();
            self.work.save()?;
        }
        let written = self.write(told)?;
        // Until the other side has all, it may need this one again.
        let mine = Done { sent: self.work.state.sent };
        let last = exchange::<Done>(&mut ctx, peer, &mine).await.ok();
        self.report(first, sizes, written, last, start.elapsed())
    }

    /// Agrees on where to begin: at the first bucket that a side lacks, or with reading the file.
    async fn go_on(&mut self, ctx: &mut Ctx, told: &mut dyn FnMut(Event<'_>)) -> Result<u32> {
        let peer = self.options.role.other().party();
        let state = &self.work.state;
        let mine = Progress { id: state.spilled.as_ref().map(|s| s.id), done: state.done };
        let theirs: Progress = exchange(ctx, peer, &mine).await?;
        if mine.id.is_some() && mine.id == theirs.id {
            // Neither begins a bucket before both have ended the one before.
            if mine.done.abs_diff(theirs.done) > 1 {
                return Err(Failed::Malformed { from: peer, what: "it says that it lacks what it must have" }.into());
            }
            return Ok(mine.done.min(theirs.done));
        }
        if mine.done > 0 || theirs.done > 0 {
            return Err(Error::Refused(
                "only one of the two sides is in the middle of this alignment: the other one was started anew. Begin again with --restart at both sides"
                    .to_owned(),
            ));
        }
        self.work.start_anew()?;
        self.read(ctx, told).await?;
        Ok(0)
    }

    /// Reads the file into shards.
    async fn read(&mut self, ctx: &mut Ctx, told: &mut dyn FnMut(Event<'_>)) -> Result<()> {
        let salt = Salt::agree(&mut ctx.fork("salt")).await?;
        let Options { key, settings, duplicates, input, memory, .. } = &self.options;
        let shards = spill::shards(input, self.work.state.task.input.0, *memory);
        let spill = Spill::new(self.work.folder(), shards);
        let origin = self.source.origin().to_owned();
        let mut shown = 0;
        let step = |rows| {
            if rows >= shown {
                told(Event::Step(&format!("reading {origin}: row {rows}")));
                shown = rows + 1_000_000;
            }
        };
        let keep_empty = settings.variant != Variant::Inner;
        let mut counts = spill.write(&self.source, key, &salt, keep_empty, step).await?;
        if counts.rows == counts.empty {
            return Err(Error::Refused(format!(
                "{origin} has {} rows, and none of them has a key: nothing could match. Nothing of it was sent",
                counts.rows
            )));
        }
        spill.sort(*duplicates, &mut counts)?;
        let id = salt.item(&[b"jointly align 1 alignment"]).to_bytes();
        self.work.state.spilled = Some(Spilled { id, counts, shards: spill.shards() });
        self.work.save()
    }

    /// Agrees on the sizes of buckets. An own bucket that would overflow ends the run before anything of it is sent.
    async fn agree_on_sizes(&mut self, ctx: &mut Ctx) -> Result<Sizes> {
        let peer = self.options.role.other().party();
        let (spill, rows) = self.spilled()?;
        let hide = self.options.settings.hide_size;
        let mine = Offer { rows: buckets::told(rows, hide), capacity: buckets::capacity(self.options.memory) };
        let theirs: Offer = exchange(ctx, peer, &mine).await?;
        if theirs.rows > buckets::MOST_ROWS || theirs.capacity < 1 << 10 || (hide && !theirs.rows.is_power_of_two()) {
            return Err(Failed::Malformed { from: peer, what: "its sizes are none that a side may have" }.into());
        }
        let count = buckets::count(mine.rows.max(theirs.rows), mine.capacity.min(theirs.capacity));
        let sizes = Sizes { mine: mine.rows, theirs: theirs.rows, buckets: count };
        if self.work.state.sizes.is_some_and(|known| known != sizes) {
            return Err(Failed::Malformed { from: peer, what: "its sizes are not those of the run before" }.into());
        }
        let filled = sizes.filled();
        if spill.sizes(count)?.iter().any(|items| *items > filled.mine as u64) {
            return Err(Error::Failed(
                "more keys fall into a bucket than it has room for, which has a chance of one in 2^40: run both commands with --restart".to_owned(),
            ));
        }
        self.work.state.sizes = Some(sizes);
        self.work.save()?;
        Ok(sizes)
    }

    async fn bucket(&mut self, ctx: &mut Ctx, sizes: Sizes, bucket: u32) -> Result<()> {
        let (spill, _) = self.spilled()?;
        let items = spill.bucket(bucket, sizes.buckets)?;
        let mut inside = ctx.fork("bucket");
        let found = intersect(&mut inside, self.options.role, &self.options.settings, &items, sizes.filled()).await?;
        ctx.join(inside);
        if let Some(places) = found {
            self.work.keep_matches(bucket, &places)?;
        }
        self.work.state.done = self.work.state.done.max(bucket + 1);
        Ok(())
    }

    /// Writes the output, unless an earlier run did; how many rows are common, and how many were written.
    fn write(&mut self, told: &mut dyn FnMut(Event<'_>)) -> Result<Option<(u64, u64)>> {
        let (Some(path), Some(sizes)) = (&self.options.output, self.work.state.sizes) else { return Ok(None) };
        let (spill, _) = self.spilled()?;
        let (mut places, mut ends, mut end) = (Vec::new(), Vec::new(), 0);
        for (bucket, items) in (0..).zip(spill.sizes(sizes.buckets)?) {
            places.extend(self.work.matches(bucket)?.into_iter().map(|place| end + u64::from(place)));
            end += items;
            ends.push(end);
        }
        let common = places.len() as u64;
        if let Some(rows) = self.work.state.written {
            return Ok(Some((common, rows)));
        }
        told(Event::Step("writing the output"));
        let matches = Matches { places, ends };
        let rows = output::write(path, &spill, &self.columns, self.options.settings.variant, &matches)?;
        self.work.state.written = Some(rows);
        self.work.save()?;
        Ok(Some((common, rows)))
    }

    fn report(
        self,
        first: u32,
        sizes: Sizes,
        written: Option<(u64, u64)>,
        last: Option<Done>,
        time: Duration,
    ) -> Result<Report> {
        let state = &self.work.state;
        let counts = state.spilled.as_ref().map(|s| s.counts.clone()).unwrap_or_default();
        let mut report = Report {
            their_rows: sizes.theirs,
            matches: written.map(|(common, _)| common),
            output: self.options.output.clone().zip(written.map(|(_, rows)| rows)),
            buckets: (sizes.buckets, first),
            sent: state.sent,
            received: last.as_ref().map(|done| done.sent),
            seconds: time.as_secs_f64(),
            learnt: learns(self.options.role, &self.options.settings, Tense::Over),
            warnings: warnings(&counts),
            input: counts,
        };
        match last {
            Some(_) => self.work.delete()?,
            None => report.warnings.push(format!(
                "the other side has not confirmed that it has everything: if it asks, run this command again; else delete {}",
                self.work.folder().display()
            )),
        }
        Ok(report)
    }

    fn spilled(&self) -> Result<(Spill, u64)> {
        let spilled = self.work.state.spilled.as_ref().ok_or(Failed::Misuse("the file was read before"))?;
        Ok((Spill::new(self.work.folder(), spilled.shards), spilled.counts.rows))
    }
}

fn warnings(counts: &spill::Counts) -> Vec<String> {
    let note = |rows: u64, have: &str, named: Vec<u64>| {
        let more = if rows > named.len() as u64 { ", …" } else { "" };
        let named: Vec<String> = named.iter().map(u64::to_string).collect();
        format!("{rows} {have}: row {}{more}", named.join(", "))
    };
    let mut warnings = Vec::new();
    if counts.empty > 0 {
        warnings.push(note(
            counts.empty,
            "of the rows have an empty key and match nothing",
            counts.empty_examples.clone(),
        ));
    }
    if counts.duplicates > 0 {
        let named = counts.duplicate_examples.iter().map(|[row, _]| *row).collect();
        warnings.push(note(counts.duplicates, "of the rows have the key of an earlier one and were left out", named));
    }
    warnings
}

/// What must be the same when the command is run again.
fn task(options: &Options) -> Result<Task> {
    let about = fs::metadata(&options.input).map_err(Error::file("read", &options.input))?;
    let changed = about.modified().ok().and_then(|time| time.duration_since(UNIX_EPOCH).ok());
    let input = (about.len(), changed.map_or(0, |time| time.as_nanos() as u64));
    let mut words = vec![format!("{:?}", options.role), options.input.display().to_string()];
    words.extend(options.table.clone());
    words.extend(options.key.names());
    words.push(options.output.as_ref().map_or_else(String::new, |path| path.display().to_string()));
    words.push(format!("{:?} {}", options.duplicates, options.memory));
    Ok(Task { settings: options.settings.clone(), words, input })
}
