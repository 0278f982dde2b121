//! Every operation of an engine, as data: what it needs, what it must give, and what it may cost.

use jointly_core::{Among, Op, Party, Result};
use jointly_share::{Engine, Secret};

/// An operation of the engine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    Add,
    Sub,
    Scale,
    MulPublic,
    PrefixSum,
    Sum,
    Gather,
    GatherBits,
    Concat,
    ConcatBits,
    Slice,
    SliceBits,
    Xor,
    Not,
    Planes,
    Stack,
    Input(Party),
    InputBits(Party),
    Open,
    OpenTo(Party),
    OpenBits,
    Mul,
    MulPrefixSums,
    Dot,
    Matmul,
    And,
    Msb,
    IsZero,
    ToBits,
    ToRing,
    Truncate,
    Shuffle,
}

use Operation::*;

/// Those that send nothing.
pub const LOCAL: [Operation; 16] = [
    Add, Sub, Scale, MulPublic, PrefixSum, Sum, Gather, GatherBits, Concat, ConcatBits, Slice, SliceBits, Xor, Not,
    Planes, Stack,
];

/// Those that may.
pub const JOINT: [Operation; 22] = [
    Input(Party(0)),
    Input(Party(1)),
    Input(Party(2)),
    InputBits(Party(0)),
    InputBits(Party(1)),
    InputBits(Party(2)),
    Open,
    OpenTo(Party(0)),
    OpenTo(Party(1)),
    OpenTo(Party(2)),
    OpenBits,
    Mul,
    MulPrefixSums,
    Dot,
    Matmul,
    And,
    Msb,
    IsZero,
    ToBits,
    ToRing,
    Truncate,
    Shuffle,
];

/// Those of them that there are among so many parties.
pub fn joint(among: Among) -> impl Iterator<Item = Operation> {
    JOINT.into_iter().filter(move |operation| match operation {
        Input(party) | InputBits(party) | OpenTo(party) => among.computes(*party),
        _ => true,
    })
}

/// What operations work on: |x|, |y| small enough for an engine to add them, |p|, |q| < 2^28, strings a, b of `width` bits, all equally long.
#[derive(Clone, Debug)]
pub struct Plain {
    pub x: Vec<i64>,
    pub y: Vec<i64>,
    pub p: Vec<i64>,
    pub q: Vec<i64>,
    pub a: Vec<u64>,
    pub b: Vec<u64>,
    pub width: usize,
    /// By how many bits to truncate.
    pub shift: u32,
}

/// The same, shared.
pub struct Shared {
    x: Secret,
    y: Secret,
    p: Secret,
    q: Secret,
    a: Secret,
    b: Secret,
}

/// What an operation gives.
pub enum Out {
    Ring(Secret),
    Bits(Secret),
    /// Rows: a ring column and a column of strings.
    Table(Secret, Secret),
    Opened(Vec<i64>),
    Withheld,
}

impl Plain {
    /// Values that everyone knows, as shares: nothing is sent.
    pub fn public(&self, e: &dyn Engine) -> Result<Shared> {
        let bits = |v: &[u64]| e.public_bits(v, self.width);
        Ok(Shared {
            x: e.public(&self.x)?,
            y: e.public(&self.y)?,
            p: e.public(&self.p)?,
            q: e.public(&self.q)?,
            a: bits(&self.a)?,
            b: bits(&self.b)?,
        })
    }

    /// Handed in by the computing parties in turn.
    pub async fn share(&self, e: &mut dyn Engine) -> Result<Shared> {
        let mut ring = Vec::new();
        for (i, v) in (0..).zip([&self.x, &self.y, &self.p, &self.q]) {
            let from = Party(i % e.among().parties);
            ring.push(e.input(from, (e.me() == from).then_some(&v[..]), v.len()).await?);
        }
        let mut bits = Vec::new();
        for (i, v) in (1..).zip([&self.a, &self.b]) {
            let from = Party(i % e.among().parties);
            bits.push(e.input_bits(from, (e.me() == from).then_some(&v[..]), v.len(), self.width).await?);
        }
        let (mut ring, mut bits) = (ring.into_iter(), bits.into_iter());
        let mut ring = || ring.next().unwrap();
        let mut bits = || bits.next().unwrap();
        Ok(Shared { x: ring(), y: ring(), p: ring(), q: ring(), a: bits(), b: bits() })
    }

    /// The same, made to fit an engine that adds values of `bits` bits at most.
    pub fn within(&self, bits: u32) -> Plain {
        let less = 60 - bits.min(60);
        let down = |v: &[i64]| v.iter().map(|x| x >> less).collect();
        // Sums of products, with the sums that they are made of.
        let factors = |v: &[i64]| v.iter().map(|x| x >> (2 * less)).collect();
        let width = self.width.min(bits as usize + 1);
        let narrow = |v: &[u64]| v.iter().map(|x| x & ((1 << width) - 1)).collect();
        let (x, y, a, b) = (down(&self.x), down(&self.y), narrow(&self.a), narrow(&self.b));
        Plain { x, y, p: factors(&self.p), q: factors(&self.q), a, b, width, shift: self.shift.min(bits + 1) }
    }

    /// The first values alone.
    pub fn first(mut self, n: usize) -> Plain {
        [&mut self.x, &mut self.y, &mut self.p, &mut self.q].into_iter().for_each(|v| v.truncate(n));
        [&mut self.a, &mut self.b].into_iter().for_each(|v| v.truncate(n));
        self
    }

    pub fn n(&self) -> usize {
        self.x.len()
    }

    /// Neighbours that are summed together.
    fn group(&self) -> usize {
        if self.n().is_multiple_of(5) { 5 } else { 1 }
    }

    /// Every element once, backwards, and the first one once more.
    fn places(&self) -> Vec<u32> {
        let n = self.n() as u32;
        (0..n).rev().chain((0..n).take(1)).collect()
    }

    fn half(&self) -> std::ops::Range<usize> {
        self.n() / 3..self.n() - self.n() / 4
    }
}

impl Operation {
    /// Runs it, and nothing else.
    pub async fn run(self, e: &mut dyn Engine, plain: &Plain, s: &Shared) -> Result<Out> {
        if let Some(out) = self.run_local(e, plain, s)? {
            return Ok(out);
        }
        let n = plain.n();
        Ok(match self {
            Input(from) => Out::Ring(e.input(from, (e.me() == from).then_some(&plain.x[..]), n).await?),
            InputBits(from) => {
                Out::Bits(e.input_bits(from, (e.me() == from).then_some(&plain.a[..]), n, plain.width).await?)
            }
            Open => Out::Opened(e.open(&s.x).await?),
            OpenTo(to) => match e.open_to(&s.x, to).await? {
                Some(values) => Out::Opened(values),
                None => Out::Withheld,
            },
            OpenBits => Out::Opened(e.open_bits(&s.a).await?.into_iter().map(|v| v as i64).collect()),
            Mul => Out::Ring(e.mul(&s.p, &s.q).await?),
            MulPrefixSums => Out::Ring(e.mul_prefix_sums(&[&s.p, &s.q]).await?),
            Dot => Out::Ring(e.dot(&s.p, &s.q, plain.group()).await?),
            Matmul => {
                let wide = e.concat(&[&s.q, &s.p])?;
                Out::Ring(e.matmul(&s.p, &wide, 1, n, 2).await?)
            }
            And => Out::Bits(e.and(&s.a, &s.b).await?),
            Msb => Out::Bits(e.msb(&s.x).await?),
            IsZero => Out::Bits(e.is_zero(&s.x).await?),
            ToBits => Out::Bits(e.to_bits(&s.x, plain.width).await?),
            ToRing => Out::Ring(e.to_ring(&s.a).await?),
            Truncate => Out::Ring(e.truncate(&s.x, plain.shift).await?),
            _ => {
                let mut rows = e.shuffle(&[&s.x, &s.a]).await?.into_iter();
                Out::Table(rows.next().unwrap(), rows.next().unwrap())
            }
        })
    }

    fn run_local(self, e: &dyn Engine, plain: &Plain, s: &Shared) -> Result<Option<Out>> {
        Ok(Some(match self {
            Add => Out::Ring(e.add(&s.x, &s.y)?),
            Sub => Out::Ring(e.sub(&s.x, &s.y)?),
            Scale => Out::Ring(e.scale(&s.p, -77)?),
            MulPublic => Out::Ring(e.mul_public(&s.p, &plain.q)?),
            PrefixSum => Out::Ring(e.prefix_sum(&s.p)?),
            Sum => Out::Ring(e.sum(&s.p, plain.group())?),
            Gather => Out::Ring(e.gather(&s.x, &plain.places())?),
            GatherBits => Out::Bits(e.gather(&s.a, &plain.places())?),
            Concat => Out::Ring(e.concat(&[&s.x, &s.y, &s.x])?),
            ConcatBits => Out::Bits(e.concat(&[&s.a, &s.b, &s.a])?),
            Slice => Out::Ring(e.slice(&s.x, plain.half())?),
            SliceBits => Out::Bits(e.slice(&s.a, plain.half())?),
            Xor => Out::Bits(e.xor(&s.a, &s.b)?),
            Not => Out::Bits(e.not(&s.a)?),
            Planes => Out::Bits(e.planes(&s.a, plain.width / 2..plain.width)?),
            Stack => Out::Bits(e.stack(&[&e.planes(&s.b, 0..1)?, &s.a])?),
            _ => return Ok(None),
        }))
    }

    /// Whether `out`, opened, is what the ideal function gives; `rows` are those of a table.
    pub fn holds(self, plain: &Plain, out: &[i64], rows: &[u64]) -> bool {
        let zip = |f: &dyn Fn(i64, i64) -> i64, x: &[i64], y: &[i64]| -> Vec<i64> {
            x.iter().zip(y).map(|(x, y)| f(*x, *y)).collect()
        };
        let (x, y, p, q) = (&plain.x[..], &plain.y[..], &plain.p[..], &plain.q[..]);
        let (a, b): (Vec<i64>, Vec<i64>) =
            (plain.a.iter().map(|v| *v as i64).collect(), plain.b.iter().map(|v| *v as i64).collect());
        let mask = (1i64 << plain.width) - 1;
        let products = || zip(&|p, q| p * q, p, q);
        let sums = |v: &[i64]| v.chunks(plain.group()).map(|c| c.iter().sum()).collect::<Vec<i64>>();
        let pick = |v: &[i64]| plain.places().iter().map(|&i| v[i as usize]).collect::<Vec<_>>();
        let expected = match self {
            Add => zip(&|x, y| x + y, x, y),
            Sub => zip(&|x, y| x - y, x, y),
            Scale => p.iter().map(|p| -77 * p).collect(),
            Mul | MulPublic => products(),
            PrefixSum => running(0, p),
            Sum => sums(p),
            MulPrefixSums => {
                let (upto_p, upto_q) = (running(0, p), running(p.iter().sum(), q));
                (0..p.len()).map(|i| p[i] * upto_p[i] + q[i] * upto_q[i]).collect()
            }
            Dot => sums(&products()),
            Matmul => {
                let wide = [q, p].concat();
                (0..2).map(|j| p.iter().enumerate().map(|(k, p)| p * wide[2 * k + j]).sum()).collect()
            }
            Gather => pick(x),
            GatherBits => pick(&a),
            Concat => [x, y, x].concat(),
            ConcatBits => [&a[..], &b, &a].concat(),
            Slice => x[plain.half()].to_vec(),
            SliceBits => a[plain.half()].to_vec(),
            Xor => zip(&|a, b| a ^ b, &a, &b),
            And => zip(&|a, b| a & b, &a, &b),
            Not => a.iter().map(|a| a ^ mask).collect(),
            Planes => a.iter().map(|a| a >> (plain.width / 2)).collect(),
            Stack => zip(&|a, b| a << 1 | b & 1, &a, &b),
            Input(_) | Open | OpenTo(_) => x.to_vec(),
            InputBits(_) | OpenBits | ToRing => a,
            Msb => x.iter().map(|x| i64::from(*x < 0)).collect(),
            IsZero => x.iter().map(|x| i64::from(*x == 0)).collect(),
            ToBits => x.iter().map(|x| x & mask).collect(),
            Truncate => return self.rounds_faithfully(plain, out),
            Shuffle => {
                let sorted = |mut rows: Vec<(i64, u64)>| {
                    rows.sort();
                    rows
                };
                let before = sorted(x.iter().copied().zip(plain.a.iter().copied()).collect());
                return out.len() == plain.n()
                    && before == sorted(out.iter().copied().zip(rows.iter().copied()).collect());
            }
        };
        out == expected
    }

    fn rounds_faithfully(self, plain: &Plain, out: &[i64]) -> bool {
        let right = |(x, y): (&i64, &i64)| {
            let (low, exact) = (x >> plain.shift, x & ((1 << plain.shift) - 1) == 0);
            *y == low || (!exact && *y == low + 1)
        };
        out.len() == plain.n() && plain.x.iter().zip(out).all(right)
    }

    /// The line of the specification that says what it costs; `None` where it costs nothing.
    pub fn claim(self, plain: &Plain) -> Option<Op> {
        let (n, width) = (plain.n(), plain.width);
        Some(match self {
            Input(from) => Op::Input { from, n },
            InputBits(from) => Op::InputBits { from, n, width },
            Open => Op::OpenAll { n },
            OpenTo(to) => Op::Open { to, n },
            OpenBits => Op::OpenBits { n, width },
            Mul => Op::Mul { n },
            MulPrefixSums => Op::Dot { n, k: 2 },
            Dot => Op::Dot { n: n / plain.group(), k: plain.group() },
            Matmul => Op::Matmul { m: 1, k: n, n: 2 },
            And => Op::And { n, width },
            Msb => Op::Msb { n },
            IsZero => Op::IsZero { n },
            ToBits => Op::ToBits { n, width },
            ToRing => Op::ToRing { n, width },
            Truncate => Op::Truncate { n, bits: plain.shift },
            Shuffle => Op::Shuffle { n, ring: 1, bits: 1, width },
            _ => return None,
        })
    }
}

/// Opens what an operation gave: its values, and the strings of a table's rows.
pub async fn reveal(e: &mut dyn Engine, out: Out) -> Result<Option<(Vec<i64>, Vec<u64>)>> {
    let signed = |v: Vec<u64>| v.into_iter().map(|v| v as i64).collect();
    Ok(match out {
        Out::Ring(s) => Some((e.open(&s).await?, Vec::new())),
        Out::Bits(s) => Some((signed(e.open_bits(&s).await?), Vec::new())),
        Out::Table(x, a) => Some((e.open(&x).await?, e.open_bits(&a).await?)),
        Out::Opened(values) => Some((values, Vec::new())),
        Out::Withheld => None,
    })
}

/// Sums of `sum` and all elements up to each place.
fn running(mut sum: i64, x: &[i64]) -> Vec<i64> {
    let step = |x: &i64| {
        sum += x;
        sum
    };
    x.iter().map(step).collect()
}
