//! An alignment at one party, from the first check to the report.

use std::sync::Arc;
use std::time::Instant;

use datafusion::arrow::datatypes::SchemaRef;
use jointly_core::Error as Failed;
use jointly_net::{Ctx, Mesh, Meter};
use jointly_psi::items::Salt;

use crate::agree::{self, Done, Offer, Progress};
use crate::digest::{self, Input, Outcome};
use crate::documents::exchange;
use crate::intersect::{Found, Way, bucket as intersect};
use crate::learns::{Tense, learns};
use crate::output::{self, Matches};
use crate::spill::{self, Spill};
use crate::work::{Pairing, Spilled, Work};
use crate::{Error, Learners, Options, Parties, Plan, Proof, Report, Result, Sizes, Variant, buckets, payload};

/// What happens while a job runs.
pub enum Event<'a> {
    /// All have said their sizes: the whole plan.
    Plan(&'a Plan),
    /// What is being done.
    Step(&'a str),
    /// It begins: here is what it sends.
    Begins(Arc<Meter>),
    /// The table is read: here is what this party is committed to.
    Brings(&'a Input),
}

/// Who is told what happens.
pub type Told<'a> = dyn FnMut(Event<'_>) + Send + 'a;

/// An alignment that passed all checks at home.
pub struct Job {
    options: Options,
    columns: SchemaRef,
    work: Work,
}

impl Job {
    /// Checks what is wanted against the table, and opens the work folder. Sends nothing.
    ///
    /// # Errors
    /// `Usage` and `Refused`, with what to change; `Failed` where a file cannot be read or written.
    pub fn open(options: Options) -> Result<Job> {
        let columns = options.check()?;
        let work = options.open_work()?;
        Ok(Job { options, columns, work })
    }

    /// What is known of the plan before the others are there.
    pub fn plan(&self) -> Plan {
        Plan::new(&self.options.parties, &self.options.settings, self.work.state.sizes.as_ref())
    }

    /// How this side proves who it is, to whom it does not know yet.
    ///
    /// # Errors
    /// `Failed` where it cannot be written down.
    pub fn pairing(&mut self) -> Result<&Pairing> {
        if self.work.state.pairing.is_none() {
            self.work.state.pairing = Some(Pairing::fresh());
            self.work.save()?;
        }
        Ok(self.work.state.pairing.get_or_insert_with(Pairing::fresh))
    }

    /// Remembers who the other side is.
    ///
    /// # Errors
    /// `Failed` where it cannot be written down.
    pub fn paired(&mut self, peer: [u8; 32]) -> Result<()> {
        self.work.state.pairing.get_or_insert_with(Pairing::fresh).peer = Some(peer);
        self.work.save()
    }

    /// Does the work with whoever is at the other ends of the mesh. The future may be dropped at any time: what was done then is kept in the
    /// work folder, and a job with the same options goes on with it.
    ///
    /// # Errors
    /// Whatever keeps it from its end, in words for this party's owner.
    pub async fn run(self, mesh: Arc<dyn Mesh>, told: &mut Told<'_>) -> Result<Report> {
        let parties = self.options.parties.clone();
        self.go(mesh, told).await.map_err(|error| parties.explain(error))
    }

    async fn go(mut self, mesh: Arc<dyn Mesh>, told: &mut Told<'_>) -> Result<Report> {
        let (start, parties) = (Instant::now(), self.options.parties.clone());
        if (mesh.me(), mesh.parties()) != (parties.me(), parties.count()) {
            return Err(Failed::Misuse("the mesh is that of the parties").into());
        }
        let mut ctx = Ctx::new(mesh, &self.options.path, self.options.patience);
        told(Event::Begins(ctx.meter_handle()));
        let before = self.work.state.sent;
        let settings = exchange(&mut ctx, &parties, &self.options.settings).await?;
        for party in parties.others() {
            self.options.settings.agree(&settings[party.index()], &parties, party)?;
        }
        let first = self.go_on(&mut ctx, told).await?;
        told(Event::Brings(&self.spilled()?.1.input));
        let sizes = self.agree_on_sizes(&mut ctx).await?;
        told(Event::Plan(&self.plan()));
        for bucket in first..sizes.buckets {
            told(Event::Step(&format!("intersecting bucket {} of {}", bucket + 1, sizes.buckets)));
            let done = self.bucket(&mut ctx, &sizes, bucket).await;
            self.keep_unless_cheated(done)?;
            self.work.state.sent = before + ctx.meter().bytes();
            self.work.save()?;
        }
        let result = self.agree_on_result(&mut ctx, &sizes).await;
        let result = self.keep_unless_cheated(result)?;
        let written = self.write(&sizes, told)?;
        self.work.state.sent = before + ctx.meter().bytes();
        // Until all others have everything, one of them may need this party again.
        let last = exchange(&mut ctx, &parties, &Done { sent: self.work.state.sent }).await.ok();
        let (rounds, seconds) = (ctx.meter().rounds(), start.elapsed().as_secs_f64());
        let report = self.report(first, sizes, written, result)?;
        self.end(last, Report { rounds, seconds, ..report })
    }

    /// After a failed check nothing that was found with the cheater is kept.
    fn keep_unless_cheated<T>(&mut self, done: Result<T>) -> Result<T> {
        if done.as_ref().is_err_and(Error::is_cheating) {
            self.work.start_anew()?;
        }
        done
    }

    /// Agrees on where to begin: at the first bucket that a party lacks, or with reading the table.
    async fn go_on(&mut self, ctx: &mut Ctx, told: &mut Told<'_>) -> Result<u32> {
        let state = &self.work.state;
        let mine = Progress { id: state.spilled.as_ref().map(|s| s.id), done: state.done };
        let all = exchange(ctx, &self.options.parties, &mine).await?;
        match agree::first(&self.options.parties, &all)? {
            // What comes now takes the place of what was found there: shares belong together only if they are of one run.
            Some(first) => self.work.state.done = first,
            None => {
                self.work.start_anew()?;
                self.read(ctx, told).await?;
            }
        }
        self.work.save()?;
        Ok(self.work.state.done)
    }

    /// Reads the table into shards.
    async fn read(&mut self, ctx: &mut Ctx, told: &mut Told<'_>) -> Result<()> {
        let salt = Salt::agree(&mut ctx.fork("salt")).await?;
        let Options { parties, source, key, settings, duplicates, memory, .. } = &self.options;
        let spill = Spill::new(self.work.folder(), spill::shards(source.bytes, *memory));
        let origin = source.rows.origin();
        let mut shown = 0;
        let step = |rows| {
            if rows >= shown {
                told(Event::Step(&format!("reading {origin}: row {rows}")));
                shown = rows + 1_000_000;
            }
        };
        let keep_empty = settings.variant != Variant::Inner;
        let mut counts = spill.write(&*source.rows, key, &salt, keep_empty, step).await?;
        if counts.rows == counts.empty {
            return Err(Error::Own(format!(
                "{origin} has {} rows, and none of them has a key: nothing could match. Nothing of it was sent",
                counts.rows
            )));
        }
        spill.sort(parties, *duplicates, &mut counts)?;
        if let Some((column, encoding)) = self.options.payload()? {
            for shard in 0..spill.shards() {
                payload::words(spill.bucket_rows(shard, spill.shards(), Some(column))?.column(0), encoding)?;
            }
        }
        let id = salt.item(&[b"jointly align 1 alignment"]).to_bytes();
        let input = Input::commit(&spill)?;
        self.work.state.spilled = Some(Spilled { id, counts, input, shards: spill.shards() });
        Ok(())
    }

    /// Agrees on the sizes of buckets. An own bucket that would overflow ends the run before anything of it is sent.
    async fn agree_on_sizes(&mut self, ctx: &mut Ctx) -> Result<Sizes> {
        let Options { parties, settings, memory, .. } = &self.options;
        let (spill, spilled) = self.spilled()?;
        let most = Way::of(settings, parties.count()).most_items();
        let mine = Offer {
            rows: buckets::told(spilled.counts.rows, settings.hide_size),
            capacity: buckets::capacity(*memory).min(most),
            payload: self.options.payload()?.map(|(_, encoding)| encoding),
        };
        if let Some(agreed) = &self.options.agreed
            && agreed.get(parties.me().index()) != Some(&mine.rows)
        {
            return Err(Error::Own(format!(
                "{} has another number of rows than was agreed on: ask again",
                self.options.source.rows.origin()
            )));
        }
        let offers = exchange(ctx, parties, &mine).await?;
        let sizes = agree::sizes(parties, settings, self.options.agreed.as_deref(), &offers)?;
        if self.work.state.sizes.as_ref().is_some_and(|known| *known != sizes) {
            return Err(Error::Failed(format!(
                "the sizes of the tables are not those of the run before, which this one was to go on with: {}",
                parties.anew()
            )));
        }
        let room = sizes.filled()[parties.me().index()] as u64;
        if spill.sizes(sizes.buckets)?.iter().any(|items| *items > room) {
            return Err(Error::Failed(format!(
                "more keys fall into a bucket than it has room for, which has a chance of one in 2^40: {}",
                parties.anew()
            )));
        }
        self.work.state.payload = agree::payload(parties, settings, &offers)?;
        self.work.state.sizes = Some(sizes.clone());
        self.work.save()?;
        Ok(sizes)
    }

    async fn bucket(&mut self, ctx: &mut Ctx, sizes: &Sizes, bucket: u32) -> Result<()> {
        let (spill, _) = self.spilled()?;
        let filled = sizes.filled();
        let room = filled[self.options.parties.me().index()];
        let items = spill.bucket(bucket, sizes.buckets, room)?;
        let payloads = match self.options.payload()? {
            Some((column, encoding)) => {
                payload::words(spill.bucket_rows(bucket, sizes.buckets, Some(column))?.column(0), encoding)?
            }
            None => Vec::new(),
        };
        let mut inside = ctx.fork("bucket");
        match intersect(&mut inside, &self.options.settings, items, &payloads, &filled).await? {
            Found::Nothing => {}
            Found::Places(places) => self.work.keep_matches(bucket, &places)?,
            Found::Shares(shares) => self.work.keep_shares(bucket, &shares)?,
        }
        ctx.join(inside);
        self.work.state.done = bucket + 1;
        Ok(())
    }

    /// Compares with the other learners what was found, before anything is written.
    async fn agree_on_result(&mut self, ctx: &mut Ctx, sizes: &Sizes) -> Result<Option<Outcome>> {
        let Options { parties, settings, .. } = &self.options;
        if settings.result == Learners::Shared {
            // Both have their shares of the last bucket, which are of one run.
            exchange(ctx, parties, &Done { sent: 0 }).await?;
            return Ok(None);
        }
        if !settings.result.includes(parties.me()) {
            return Ok(None);
        }
        let salt = digest::salt(ctx, parties, settings, self.work.state.salt).await?;
        let (spill, _) = self.spilled()?;
        let common = |bucket| {
            let items = spill.bucket(bucket, sizes.buckets, 0)?;
            let places = self.work.matches(bucket)?.into_iter();
            Ok(places.filter_map(|place| items.get(place as usize).copied()).collect())
        };
        let outcome = Outcome::new(salt, (0..sizes.buckets).map(common))?;
        outcome.compare(ctx, parties, settings).await?;
        if settings.result.parties().next() == Some(parties.me()) {
            self.work.state.salt = Some(salt);
        }
        Ok(Some(outcome))
    }

    /// Writes the output, unless an earlier run wrote it there: how many rows are common, where that is known, and how many were written.
    fn write(&mut self, sizes: &Sizes, told: &mut Told<'_>) -> Result<Option<(Option<u64>, u64)>> {
        let Options { parties, settings, output, source, .. } = &self.options;
        let Some(path) = output else { return Ok(None) };
        let (spill, _) = self.spilled()?;
        let matches = match settings.result {
            Learners::Shared => None,
            Learners::Revealed(_) => Some(self.matches(&spill, sizes)?),
        };
        let common = matches.as_ref().map(|matches| matches.places.len() as u64);
        if let Some((_, rows)) = self.work.state.written.as_ref().filter(|(there, _)| there == path) {
            return Ok(Some((common, *rows)));
        }
        told(Event::Step("writing the output"));
        let rows = match &matches {
            Some(matches) => output::write(path, &spill, &self.columns, settings.variant, matches)?,
            None => {
                let encoding = self.work.state.payload;
                let columns = output::shares::schema(source.rows.schema(), parties, settings, encoding)?;
                output::shares::write(path, &self.work, &spill, &columns, sizes.buckets)?
            }
        };
        self.work.state.written = Some((path.clone(), rows));
        self.work.save()?;
        Ok(Some((common, rows)))
    }

    fn matches(&self, spill: &Spill, sizes: &Sizes) -> Result<Matches> {
        let (mut places, mut ends, mut end) = (Vec::new(), Vec::new(), 0);
        for (bucket, items) in (0..).zip(spill.sizes(sizes.buckets)?) {
            places.extend(self.work.matches(bucket)?.into_iter().map(|place| end + u64::from(place)));
            end += items;
            ends.push(end);
        }
        Ok(Matches { places, ends })
    }

    fn report(
        &self,
        first: u32,
        sizes: Sizes,
        written: Option<(Option<u64>, u64)>,
        result: Option<Outcome>,
    ) -> Result<Report> {
        let (state, (_, spilled)) = (&self.work.state, self.spilled()?);
        Ok(Report {
            matches: written.and_then(|(common, _)| common),
            output: self.options.output.clone().zip(written.map(|(_, rows)| rows)),
            buckets: (sizes.buckets, first),
            rows: sizes.rows,
            sent: state.sent,
            sent_by: None,
            rounds: 0,
            seconds: 0.0,
            learnt: learns(&self.options.parties, &self.options.settings, Tense::Over),
            warnings: spilled.counts.warnings(),
            input: spilled.counts.clone(),
            proof: Proof { input: spilled.input.clone(), result },
        })
    }

    /// Deletes the work folder, if all others have everything too.
    fn end(self, last: Option<Vec<Done>>, mut report: Report) -> Result<Report> {
        report.sent_by = last.map(|done| done.into_iter().map(|done| done.sent).collect());
        if report.sent_by.is_some() {
            self.work.delete()?;
            return Ok(report);
        }
        let folder = self.work.folder().display();
        report.warnings.push(match self.options.parties.is_command() {
            true => format!("the other side has not confirmed that it has everything: if it asks, run this command again; else delete {folder}"),
            false => format!("not all others have confirmed that they have everything: if one asks, run the job again; else delete {folder}"),
        });
        Ok(report)
    }

    fn spilled(&self) -> Result<(Spill, &Spilled)> {
        let spilled = self.work.state.spilled.as_ref().ok_or(Failed::Misuse("the table was read before"))?;
        Ok((Spill::new(self.work.folder(), spilled.shards), spilled))
    }
}

/// The plan of an alignment that nobody has begun: for `rows` at each party, each of which may use so many bytes of memory.
///
/// # Errors
/// `Usage` for what these parties cannot do.
pub fn plan(parties: &Parties, settings: &crate::Settings, rows: &[u64], memory: u64) -> Result<Plan> {
    settings.check(parties)?;
    if rows.len() != usize::from(parties.count()) || rows.iter().any(|rows| *rows > buckets::MOST_ROWS) {
        return Err(Error::Usage("each party says how many rows it has, at most 2^32".to_owned()));
    }
    Ok(Plan::new(parties, settings, Some(&Sizes::predict(settings, rows, memory))))
}
