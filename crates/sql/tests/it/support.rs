//! Asks a question in several ways: on the `clear` engine, on `rep3` or other engines, and of plain DataFusion over the pooled rows.

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use datafusion::{
    arrow::{
        array::{ArrayRef, BooleanArray, Date32Array, Float64Array, Int64Array, RecordBatch, StringArray},
        datatypes::{DataType, SchemaRef},
    },
    catalog::TableProvider,
    common::ScalarValue,
    datasource::MemTable,
    prelude::SessionContext,
};
use futures::future::join_all;
use jointly_core::{Adversary, Among, Corrupt, Parties, Party};
use jointly_data::{Column, Kind, Schema};
use jointly_net::{Ctx, memory};
use jointly_registry::{ENGINES, EngineEntry, engine};
use jointly_sql::{Answer, Error, Owner, Plan, Policy, Question, Setting, Use, home, joint, plan};

/// Reals agree within this, relative to the greater of the value and the size of the numbers it was computed from.
const TOLERANCE: f64 = 1e-6;

/// An engine, and who computes on it.
pub type On = (&'static EngineEntry, Among);

/// An engine where nothing else is asked for.
fn usual(id: &str) -> On {
    let entry = engine(id).unwrap();
    (entry, entry.usual())
}

/// Every engine with room for the numbers of a question, among 2 to 5 parties as it allows. Preparing among more than three takes long: what comes after it is
/// the same with a dealer. Where everything that is prepared is checked between every two parties, a question like these takes minutes: `node` asks one that is short.
pub fn engines() -> Vec<On> {
    let slow =
        |entry: &EngineEntry| entry.spec.corrupt == Corrupt::AllButOne && entry.spec.adversary == Adversary::Malicious;
    let wide = ENGINES.iter().filter(move |e| e.spec.width >= 62 && e.spec.id != "clear" && !slow(e));
    let sizes = |entry: &'static EngineEntry| match entry.spec.parties {
        Parties::Exactly(n) => n..=n,
        Parties::AtLeast(n) if entry.spec.id == "additive" => n..=3,
        Parties::AtLeast(n) => n..=5,
    };
    let among = |entry: &'static EngineEntry, n| (entry, Among::new(n, entry.spec.corrupt.threshold(n)));
    wide.flat_map(|entry| sizes(entry).map(move |n| among(entry, n))).collect()
}

/// An owner: its place among the participants (0, 1 and 2 compute if nothing else is said) and its rows.
pub struct Rows {
    pub place: u16,
    pub batch: RecordBatch,
}

/// A question, apart from what depends on the smallest group.
#[derive(Debug)]
pub struct Ask {
    pub select: String,
    /// From FROM on, up to HAVING.
    pub rows: String,
    pub having: Option<String>,
    /// ORDER BY and LIMIT.
    pub order: String,
    /// What must be as many as the smallest group, beside the rows.
    pub counts: Vec<String>,
    /// The size of the numbers that reals come from, and by column where they differ.
    pub size: f64,
    pub sizes: Vec<f64>,
    /// Whether it asks for single rows, which have no groups to be left out.
    pub single_rows: bool,
}

/// `SELECT select FROM rows order`.
pub fn ask(select: &str, rows: &str, order: &str) -> Ask {
    let owned = str::to_string;
    Ask {
        select: owned(select),
        rows: owned(rows),
        having: None,
        order: owned(order),
        counts: vec![],
        size: 1.0,
        sizes: vec![],
        single_rows: false,
    }
}

impl Ask {
    /// Whose groups must have `min_group` of each of these, too.
    pub fn counts(mut self, counts: &[&str]) -> Self {
        self.counts = counts.iter().map(|c| c.to_string()).collect();
        self
    }

    pub fn having(mut self, having: &str) -> Self {
        self.having = Some(having.to_string());
        self
    }

    pub fn single_rows(mut self) -> Self {
        self.single_rows = true;
        self
    }

    pub fn size(mut self, size: f64) -> Self {
        self.size = size;
        self
    }

    pub fn text(&self) -> String {
        let having = self.having.as_ref().map_or(String::new(), |h| format!("HAVING {h}"));
        format!("SELECT {} FROM {} {having} {}", self.select, self.rows, self.order)
    }

    /// The same with the suppression that the joint one has by itself.
    fn with_suppression(&self, min_group: u64) -> String {
        if self.single_rows {
            return self.text();
        }
        let all = std::iter::once("COUNT(*)").chain(self.counts.iter().map(String::as_str));
        let large = all.map(|c| format!("{c} >= {}", min_group.max(1))).collect::<Vec<_>>().join(" AND ");
        let having = self.having.as_ref().map_or(large.clone(), |h| format!("{large} AND ({h})"));
        // `SELECT DISTINCT a, b` is `GROUP BY a, b`, which can have a HAVING.
        let (select, groups) = match self.select.strip_prefix("DISTINCT ") {
            Some(keys) => (keys, format!("GROUP BY {keys}")),
            None => (self.select.as_str(), String::new()),
        };
        format!("SELECT {select} FROM {} {groups} HAVING {having} {}", self.rows, self.order)
    }
}

/// Everything of every column.
pub fn open_policy(schema: &Schema) -> Policy {
    let all = BTreeSet::from([Use::Filter, Use::Group, Use::Aggregate, Use::Quantile, Use::Reveal]);
    schema.columns.iter().map(|c| (c.name.clone(), all.clone())).collect()
}

/// Three parties compute.
pub fn setting(schema: &Schema, owners: &[(u16, usize)], min_group: u64) -> Setting {
    setting_among(3, schema, owners, min_group)
}

fn setting_among(computing: u16, schema: &Schema, owners: &[(u16, usize)], min_group: u64) -> Setting {
    let owner = |(i, (place, rows)): (usize, &(u16, usize))| Owner {
        name: format!("Clinic {}", i + 1),
        party: Party(*place),
        rows: *rows as u64,
        policy: open_policy(schema),
    };
    let beyond = owners.iter().map(|o| o.0 + 1).max().unwrap_or(0).max(computing);
    Setting {
        schemas: vec![schema.clone()],
        owners: owners.iter().enumerate().map(owner).collect(),
        computing: ["A", "B", "C", "D", "E"][..usize::from(computing)].iter().map(|name| (*name).into()).collect(),
        receivers: vec![("A".into(), Party(0)), ("a receiver outside".into(), Party(beyond))],
        min_group,
        most_numbers: 1 << 30,
    }
}

pub fn block<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(future)
}

/// Plans `text`, or says why not.
pub fn planned(text: &str, schema: &Schema, setting: &Setting) -> Result<Plan, Error> {
    block(async { plan(Question::parse(text, std::slice::from_ref(schema)).await?, setting) })
}

/// On `clear`, on `rep3` and plain: they must agree. Gives the joint answer.
pub fn agree(schema: &Schema, owners: &[Rows], min_group: u64, ask: &Ask) -> RecordBatch {
    agree_on(&[usual("clear"), usual("rep3")], schema, owners, min_group, ask)
}

/// On each of these engines, and plain.
pub fn agree_on(engines: &[On], schema: &Schema, owners: &[Rows], min_group: u64, ask: &Ask) -> RecordBatch {
    let tables: Vec<Arc<dyn TableProvider>> = owners.iter().map(|o| table(schema, vec![o.batch.clone()])).collect();
    let places: Vec<(u16, usize)> = owners.iter().map(|o| (o.place, o.batch.num_rows())).collect();
    let pooled = table(schema, owners.iter().map(|o| o.batch.clone()).collect());
    agree_of(engines, schema, &places, &tables, pooled, min_group, ask)
}

/// Of tables, on `clear`, on `rep3` and plain.
pub fn agree_of_tables(
    schema: &Schema,
    places: &[(u16, usize)],
    tables: &[Arc<dyn TableProvider>],
    pooled: Arc<dyn TableProvider>,
    min_group: u64,
    ask: &Ask,
) -> RecordBatch {
    agree_of(&[usual("clear"), usual("rep3")], schema, places, tables, pooled, min_group, ask)
}

fn agree_of(
    engines: &[On],
    schema: &Schema,
    places: &[(u16, usize)],
    tables: &[Arc<dyn TableProvider>],
    pooled: Arc<dyn TableProvider>,
    min_group: u64,
    ask: &Ask,
) -> RecordBatch {
    let text = ask.text();
    let expected = block(plain(schema, pooled, &ask.with_suppression(min_group)));
    let mut last = None;
    for on in engines {
        let setting = setting_among(on.1.parties, schema, places, min_group);
        let plan = planned(&text, schema, &setting).unwrap_or_else(|e| panic!("{text}: {e}"));
        let given: Vec<Vec<i64>> = tables
            .iter()
            .zip(places)
            .map(|(t, place)| {
                block(home::compute(&plan, Party(place.0), t.clone())).unwrap_or_else(|e| panic!("{text}: {e}"))
            })
            .collect();
        let opened = opened(*on, &plan, &given);
        assert!(opened.windows(2).all(|w| w[0] == w[1]), "receivers of {text} disagree");
        let answer = Answer::decode(&plan, &opened[0]).unwrap_or_else(|e| panic!("{text}: {e}")).batch;
        same(&answer, &expected, ask, &format!("{} among {}", on.0.spec.id, on.1.parties));
        last = Some(answer);
    }
    last.unwrap()
}

/// What a receiver sees of the answer, of one owner's rows; the salt is everyone's together.
pub fn seen(plan: &Plan, given: Vec<i64>) -> Vec<i64> {
    let mut opened = opened(usual("rep3"), plan, &[given]).remove(0);
    assert_eq!(opened.split_off(plan.layout().numbers()), [1 + 2 + 3; joint::SALT]);
    opened
}

/// What each receiver sees.
fn opened((entry, among): On, plan: &Plan, given: &[Vec<i64>]) -> Vec<Vec<i64>> {
    let setting = plan.setting();
    let n = setting.receivers.iter().map(|r| r.1.0).chain(setting.owners.iter().map(|o| o.party.0)).max().unwrap() + 1;
    let mine = |me: Party| setting.owners.iter().position(|o| o.party == me).map(|i| &given[i][..]);
    let layout = plan.layout();
    let needs = plan.predict(entry.spec, among).unwrap().needs;
    let party = async |ctx: Ctx| {
        let me = ctx.me();
        if among.computes(me) {
            let mut e = (entry.start)(ctx, among).await.unwrap();
            e.stock(&needs).await.unwrap();
            let (seen_layout, seen) = joint::run(&mut *e, plan, mine(me), &[i64::from(me.0) + 1; 3]).await.unwrap();
            assert_eq!(&seen_layout, layout);
            return seen;
        }
        let mut client = (entry.client)(ctx, among);
        if let Some(mine) = mine(me) {
            client.give(mine).await.unwrap();
        }
        let takes = setting.receivers.iter().any(|r| r.1 == me);
        if takes { Some(client.take(plan.opened_numbers()).await.unwrap()) } else { None }
    };
    let ctxs = memory::meshes(n).into_iter().map(|mesh| Ctx::new(mesh, "test", Duration::from_secs(300)));
    let seen = block(join_all(ctxs.map(party)));
    seen.into_iter().flatten().collect()
}

async fn plain(schema: &Schema, pooled: Arc<dyn TableProvider>, text: &str) -> RecordBatch {
    let context = SessionContext::new();
    context.register_table(schema.table.as_str(), pooled).unwrap();
    let frame = context.sql(text).await.unwrap_or_else(|e| panic!("{text}: {e}"));
    let arrow: SchemaRef = Arc::new(frame.schema().as_arrow().clone());
    let batches = frame.collect().await.unwrap_or_else(|e| panic!("{text}: {e}"));
    datafusion::arrow::compute::concat_batches(&arrow, &batches).unwrap()
}

/// A table of rows under `schema`.
pub fn table(schema: &Schema, batches: Vec<RecordBatch>) -> Arc<dyn TableProvider> {
    Arc::new(MemTable::try_new(schema.arrow(), vec![batches]).unwrap())
}

/// Same names, types and rows; in the same order if the question gives one.
fn same(joint: &RecordBatch, plain: &RecordBatch, ask: &Ask, id: &str) {
    let text = ask.text();
    let head = |b: &RecordBatch| -> Vec<(String, DataType)> {
        b.schema().fields().iter().map(|f| (f.name().clone(), f.data_type().clone())).collect()
    };
    assert_eq!(head(joint), head(plain), "{id}: {text}");
    let (mut left, mut right) = (rows(joint), rows(plain));
    if ask.order.is_empty() {
        left.sort_by_key(|r| label(r));
        right.sort_by_key(|r| label(r));
    }
    assert_eq!(left.len(), right.len(), "{id}: {text}\njoint {left:?}\nplain {right:?}");
    for (l, r) in left.iter().zip(&right) {
        let near = l.iter().zip(r).enumerate().all(|(i, (l, r))| close(l, r, *ask.sizes.get(i).unwrap_or(&ask.size)));
        assert!(near, "{id}: {text}\njoint {l:?}\nplain {r:?}");
    }
}

fn rows(batch: &RecordBatch) -> Vec<Vec<ScalarValue>> {
    let cell = |c: usize, r: usize| ScalarValue::try_from_array(batch.column(c), r).unwrap();
    (0..batch.num_rows()).map(|r| (0..batch.num_columns()).map(|c| cell(c, r)).collect()).collect()
}

/// Everything exact of a row.
fn label(row: &[ScalarValue]) -> String {
    let exact = row.iter().filter(|v| !matches!(v, ScalarValue::Float64(_)));
    exact.map(|v| format!("{v:?}|")).collect()
}

fn close(joint: &ScalarValue, plain: &ScalarValue, size: f64) -> bool {
    match (joint, plain) {
        (ScalarValue::Float64(Some(a)), ScalarValue::Float64(Some(b))) => {
            (a - b).abs() <= TOLERANCE * b.abs().max(size)
        }
        _ => joint == plain,
    }
}

/// Columns of a table for tests.
pub fn schema(columns: Vec<Column>) -> Schema {
    let schema = Schema { table: "patients".into(), columns };
    schema.validate().unwrap();
    schema
}

/// The table most tests ask about.
pub fn clinic() -> Schema {
    let day = |y, m, d| chrono::NaiveDate::from_ymd_opt(y, m, d).unwrap();
    let words = |w: &[&str]| Kind::Enum { values: w.iter().map(|w| w.to_string()).collect() };
    schema(vec![
        Column { nullable: false, ..Column::new("age", Kind::Int { min: 0, max: 120 }) },
        Column::new("sex", words(&["M", "F"])),
        Column::new("pain", words(&["none", "angina", "other"])),
        Column::new("weight", Kind::Real { decimals: 2, min: -10.0, max: 300.0 }),
        Column::new("seen", Kind::Date { min: day(2020, 1, 1), max: day(2022, 12, 31) }),
        Column::new("ill", Kind::Bool),
        Column::new("wide", Kind::Int { min: -1_000_000, max: 1_000_000 }),
        Column::new("note", Kind::Text { max_bytes: 20 }),
    ])
}

/// A row of [`clinic`]: age, sex, pain, weight in hundredths, day since 2020, ill, wide, note.
pub type Row = (i64, Option<&'static str>, Option<&'static str>, Option<i64>, Option<i32>, Option<bool>, Option<i64>);

pub fn batch(list: &[Row]) -> RecordBatch {
    let first = 18_262;
    let columns: Vec<ArrayRef> = vec![
        Arc::new(list.iter().map(|r| Some(r.0)).collect::<Int64Array>()),
        Arc::new(list.iter().map(|r| r.1).collect::<StringArray>()),
        Arc::new(list.iter().map(|r| r.2).collect::<StringArray>()),
        Arc::new(list.iter().map(|r| r.3.map(|w| w as f64 / 100.0)).collect::<Float64Array>()),
        Arc::new(list.iter().map(|r| r.4.map(|d| d + first)).collect::<Date32Array>()),
        Arc::new(list.iter().map(|r| r.5).collect::<BooleanArray>()),
        Arc::new(list.iter().map(|r| r.6).collect::<Int64Array>()),
        Arc::new(list.iter().map(|r| r.1.map(|s| format!("note {s}, {}", r.0 / 25))).collect::<StringArray>()),
    ];
    RecordBatch::try_new(clinic().arrow(), columns).unwrap()
}

/// `n` rows that differ by `seed`.
pub fn some_rows(n: i64, seed: i64) -> RecordBatch {
    let mut state = (seed as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut next = move |below: i64| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 11) as i64 % below
    };
    let rows: Vec<Row> = (0..n)
        .map(|_| {
            let word = |i: i64, words: &[&'static str]| words.get(i as usize).copied();
            (
                next(121),
                word(next(3), &["M", "F"]),
                word(next(4), &["none", "angina", "other"]),
                (next(6) > 0).then(|| next(31_001) - 1000),
                (next(6) > 0).then(|| next(1096) as i32),
                (next(6) > 0).then(|| next(2) == 1),
                (next(6) > 0).then(|| next(2_000_001) - 1_000_000),
            )
        })
        .collect();
    batch(&rows)
}
