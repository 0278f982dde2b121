//! A multilayer perceptron: one or two hidden layers of rectified linear units, learnt by backpropagation in batches (Rumelhart, Hinton and Williams, "Learning representations by
//! back-propagating errors", Nature 323, 1986), on columns of variance 1.
//!
//! A unit is cut at 64, where it counts as saturated, so that bounds hold whatever the data are; on standardised columns none comes near that unless weights run to their bound, ±16.
//! Weights begin as Glorot and Bengio's ("Understanding the difficulty of training deep feedforward neural networks", AISTATS 2010), from a seed that everyone knows; constants begin at 0.

use jointly_core::{Error, Result};
use jointly_gadget::{Fixed, sigmoid, softmax};
use jointly_share::{Engine, Secret};

use crate::{
    column::Column,
    matrix::{stretch, transpose},
    samples::Samples,
    step::{GAMMA, MOST, Step},
};

/// What a unit is at most.
const CEILING: f64 = 64.0;

/// Fraction bits of units and of predictions, and of what goes back.
const UNIT: u32 = 20;
const BACK: u32 = 20;

/// What is foretold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Output {
    /// σ(score), for labels 0 and 1.
    Logistic,
    /// A probability for each of so many classes.
    Softmax(usize),
}

/// What to learn, and how.
#[derive(Clone, Debug, PartialEq)]
pub struct Perceptron {
    /// Units of each hidden layer: one or two layers of 1 to 100.
    pub hidden: Vec<usize>,
    /// What is foretold.
    pub output: Output,
    /// How often all rows are gone through, in their order.
    pub epochs: usize,
    /// Rows of a step.
    pub batch: usize,
    /// How far a step goes, in (0, 1].
    pub rate: f64,
    /// Weight of Σw²/2, in 0 ..= 1; constants are not counted.
    pub l2: f64,
    /// What weights begin from.
    pub seed: u64,
}

/// A network that stays shared.
pub struct Network {
    columns: Vec<Column>,
    output: Output,
    centre: Fixed,
    rate: Fixed,
    layers: Vec<Layer>,
}

/// A matrix of `from` + 1 by `to` weights, row by row, of which the first row are constants.
struct Layer {
    from: usize,
    to: usize,
    weights: Fixed,
}

/// A network, opened.
#[derive(Clone, Debug, PartialEq)]
pub struct OpenNetwork {
    /// For each layer, for each of its units: a constant, then a weight for each unit of the layer before. The first layer's are for columns in their own units.
    pub layers: Vec<Vec<Vec<f64>>>,
}

impl Output {
    fn classes(self) -> usize {
        match self {
            Self::Logistic => 1,
            Self::Softmax(classes) => classes,
        }
    }
}

impl Perceptron {
    /// Learns `labels`: 0 or 1 a row, or for softmax for each row a flag for each class. Rows are taken as they stand: shuffle what is sorted, by an agreed seed. Opens nothing.
    ///
    /// Where it is secret which rows count, a batch is taken to hold its share of them, as in [`Descent`](crate::Descent).
    ///
    /// About 130 rounds a batch for one hidden layer, 210 for two; a row sends two sign tests a hidden unit, and what its sigmoid or softmax does.
    pub async fn fit(&self, e: &mut dyn Engine, samples: &Samples, labels: &Secret) -> Result<Network> {
        self.check()?;
        let (rows, classes) = (samples.rows, self.output.classes());
        if labels.len() != rows * classes {
            return Err(Error::Misuse("a label for each row, or a flag for each row and class"));
        }
        let mut layers = self.start(e, samples.columns.len())?;
        let (width, fill) = (samples.width(), samples.fill());
        for start in (0..self.epochs).flat_map(|_| (0..rows).step_by(self.batch)) {
            let end = rows.min(start + self.batch);
            let z =
                Fixed::new(e.slice(&samples.z.secret, start * width..end * width)?, samples.z.frac, samples.z.bound)?;
            let labels = Fixed::integer(e.slice(labels, start * classes..end * classes)?, 1.0)?;
            let run = forward(e, &layers, z, end - start, self.output, UNIT).await?;
            let mut residual = run.said.sub(e, &labels)?;
            if let Some(valid) = &samples.valid {
                let flags = stretch(e, &e.slice(&valid.flags, start..end)?, classes)?;
                residual.secret = e.mul(&residual.secret, &flags).await?;
            }
            self.back(e, &mut layers, run, residual, (end - start, fill.as_ref())).await?;
        }
        let (centre, rate) = (samples.centre.clone(), samples.rate.clone());
        Ok(Network { columns: samples.columns.clone(), output: self.output, centre, rate, layers })
    }

    /// A step of all layers, from the last to the first.
    async fn back(
        &self,
        e: &mut dyn Engine,
        layers: &mut [Layer],
        run: Run,
        mut residual: Fixed,
        (rows, fill): (usize, Option<&Fixed>),
    ) -> Result<()> {
        let mut passes = run.passes;
        for (layer, input) in layers.iter_mut().zip(run.inputs).rev() {
            let turned = transpose(e, &input.secret, [rows, layer.from + 1])?;
            let turned = Fixed::new(turned, input.frac, input.bound)?;
            let gradient = turned.matmul(e, &residual, [layer.from + 1, rows, layer.to], GAMMA).await?;
            if let Some(pass) = passes.pop() {
                let slopes = e.slice(&layer.weights.secret, layer.to..layer.weights.len())?;
                let slopes = Fixed::new(transpose(e, &slopes, [layer.from, layer.to])?, GAMMA, layer.weights.bound)?;
                let before = residual.matmul(e, &slopes, [rows, layer.to, layer.from], BACK).await?;
                residual = Fixed::new(e.mul(&before.secret, &pass).await?, before.frac, before.bound)?;
            }
            let step = Step { rate: self.rate, l1: 0.0, l2: self.l2, free: layer.to };
            layer.weights = step.take(e, &layer.weights, &gradient, (rows, fill)).await?;
        }
        Ok(())
    }

    fn start(&self, e: &dyn Engine, columns: usize) -> Result<Vec<Layer>> {
        let sizes: Vec<usize> =
            std::iter::once(columns).chain(self.hidden.iter().copied()).chain([self.output.classes()]).collect();
        let mut state = self.seed;
        let layer = |pair: &[usize]| {
            let (from, to) = (pair[0], pair[1]);
            let most = (6.0 / (from + to) as f64).sqrt();
            let weights: Vec<f64> = std::iter::repeat_n(0.0, to)
                .chain((0..from * to).map(|_| most * (2.0 * uniform(&mut state) - 1.0)))
                .collect();
            Ok(Layer { from, to, weights: Fixed::public(e, &weights, GAMMA)? })
        };
        sizes.windows(2).map(layer).collect()
    }

    fn check(&self) -> Result<()> {
        let layers = (1..=2).contains(&self.hidden.len()) && self.hidden.iter().all(|k| (1..=100).contains(k));
        let classes = matches!(self.output, Output::Logistic | Output::Softmax(2..=100));
        let rate = self.rate > 0.0 && self.rate <= 1.0 && (0.0..=1.0).contains(&self.l2);
        if !layers || !classes || !rate || self.epochs == 0 || self.batch == 0 {
            return Err(Error::Refused(
                "a perceptron takes one or two hidden layers of 1 to 100 units, 2 to 100 classes for softmax, an epoch and a row a batch at least, a rate above 0 and up to 1, and a weight of L2 from 0 to 1".into(),
            ));
        }
        Ok(())
    }
}

impl Network {
    /// The columns that it asks for, in their order.
    pub fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// The probabilities of rows, given as one vector a column as in [`Samples::new`]: one a row, or for softmax one a class, row by row. Opens nothing.
    pub async fn probability(&self, e: &mut dyn Engine, values: &[Secret], frac: u32) -> Result<Fixed> {
        let rows = values.first().map_or(0, Secret::len);
        let z = Samples::like(e, values, (&self.centre, &self.rate)).await?;
        Ok(forward(e, &self.layers, z, rows, self.output, frac).await?.said)
    }

    /// What a plan may let be opened, still shared: all weights, and what columns are brought to scale with.
    pub fn shown(&self, e: &dyn Engine) -> Result<Secret> {
        let mut list = vec![&self.centre.secret, &self.rate.secret];
        list.extend(self.layers.iter().map(|layer| &layer.weights.secret));
        e.concat(&list)
    }

    /// The network in what was opened of [`shown`](Network::shown).
    pub fn read(&self, open: &[i64]) -> Result<OpenNetwork> {
        let d = self.columns.len();
        if open.len() != 2 * d + self.layers.iter().map(|layer| layer.weights.len()).sum::<usize>() {
            return Err(Error::Misuse("what was opened of the same network"));
        }
        let (scale, mut open) = open.split_at(2 * d);
        let (centre, rate) = (self.centre.decode(&scale[..d]), self.rate.decode(&scale[d..]));
        let mut layers = Vec::with_capacity(self.layers.len());
        for layer in &self.layers {
            let (weights, rest) = open.split_at(layer.weights.len());
            open = rest;
            let weights = layer.weights.decode(weights);
            let unit = |j: usize| weights[j..].iter().step_by(layer.to).copied().collect::<Vec<_>>();
            layers.push((0..layer.to).map(unit).collect::<Vec<_>>());
        }
        // z = ((x − middle)/half − centre)·rate.
        for unit in &mut layers[0] {
            for (j, column) in self.columns.iter().enumerate() {
                let slope = unit[j + 1] * rate[j];
                unit[j + 1] = slope / column.half();
                unit[0] -= slope * (column.middle() / column.half() + centre[j]);
            }
        }
        Ok(OpenNetwork { layers })
    }
}

/// What a batch went through.
struct Run {
    /// What each layer got, with a first column of ones.
    inputs: Vec<Fixed>,
    /// For each hidden layer a flag a unit and row: whether what it got passes.
    passes: Vec<Secret>,
    said: Fixed,
}

/// `rows` rows of standardised columns, the first of ones, through all layers.
async fn forward(
    e: &mut dyn Engine,
    layers: &[Layer],
    z: Fixed,
    rows: usize,
    output: Output,
    frac: u32,
) -> Result<Run> {
    let (mut inputs, mut passes) = (vec![z], Vec::new());
    let (last, hidden) = layers.split_last().ok_or(Error::Misuse("a layer at least"))?;
    for layer in hidden {
        let score = through(e, &inputs, layer, rows).await?;
        let (units, pass) = rectified(e, &score).await?;
        passes.push(pass);
        let ones = e.public(&vec![1i64 << units.frac; rows])?;
        let order =
            (0..rows).flat_map(|i| std::iter::once(i).chain((0..layer.to).map(move |j| rows + i * layer.to + j)));
        let order: Vec<u32> = order.map(|place| place as u32).collect();
        let with_ones = e.gather(&e.concat(&[&ones, &units.secret])?, &order)?;
        inputs.push(Fixed::new(with_ones, units.frac, CEILING)?);
    }
    let score = through(e, &inputs, last, rows).await?;
    let said = match output {
        Output::Logistic => sigmoid(e, &score, frac).await?,
        Output::Softmax(classes) => {
            // Within (1 + units)·CEILING·MOST, for 100 units less than softmax takes.
            debug_assert!(score.bound <= 102.0 * CEILING * (MOST + 1.0));
            softmax(e, &score, classes, frac).await?
        }
    };
    Ok(Run { inputs, passes, said })
}

/// x between 0 and CEILING, and what is at that end; and as flags what is between, 0 not counted, where the slope is 1.
async fn rectified(e: &mut dyn Engine, x: &Fixed) -> Result<(Fixed, Secret)> {
    let n = x.len();
    let most = (CEILING * 2f64.powi(x.frac as i32)) as i64;
    let (one, last) = (e.public(&vec![1; n])?, e.public(&vec![most; n])?);
    let signs = e.msb(&e.concat(&[&e.sub(&x.secret, &one)?, &e.sub(&last, &x.secret)?])?).await?;
    let signs = e.to_ring(&signs).await?;
    let (none, above) = (e.slice(&signs, 0..n)?, e.slice(&signs, n..2 * n)?);
    let pass = e.sub(&e.sub(&one, &none)?, &above)?;
    let between = e.mul(&x.secret, &pass).await?;
    Ok((Fixed::new(e.add(&between, &e.scale(&above, most)?)?, x.frac, CEILING)?, pass))
}

/// What a layer's units get from the last of `inputs`.
async fn through(e: &mut dyn Engine, inputs: &[Fixed], layer: &Layer, rows: usize) -> Result<Fixed> {
    let input = inputs.last().ok_or(Error::Misuse("an input"))?;
    input.matmul(e, &layer.weights, [rows, layer.from + 1, layer.to], UNIT).await
}

/// In [0, 1): the generator SplitMix64 (Steele, Lea and Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014), which everyone runs from the same seed.
fn uniform(state: &mut u64) -> f64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut z = *state;
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    ((z ^ (z >> 31)) >> 11) as f64 / 2f64.powi(53)
}
