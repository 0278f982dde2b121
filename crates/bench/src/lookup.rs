//! What a private lookup takes: oblivious evaluations, and the fetch of a row.

use async_trait::async_trait;
use jointly_core::{Cost, Party, Result};
use jointly_net::Ctx;
use jointly_ot::oprf::{self, Client, Evaluator, Mode, Output, SecretKey};
use jointly_pir::{Shape, Table, fetch, serve};

use crate::benchmark::Task;

/// Bytes of a row.
const ROW_BYTES: usize = 256;

/// The row that is fetched.
const INDEX: usize = 5;

/// n verifiable evaluations in one run. Party 0 holds the key.
pub(crate) struct Oprf {
    ctx: Ctx,
    key: SecretKey,
    evaluator: Evaluator,
    client: Client,
    inputs: Vec<[u8; 8]>,
    outputs: Vec<Output>,
}

impl Oprf {
    pub(crate) fn start(ctx: Ctx, n: usize) -> Result<Self> {
        let key = SecretKey::derive(Mode::Voprf, &[7; 32], b"benchmark")?;
        let (evaluator, client) = (key.evaluator(b"")?, Client::new(&key.public()?, b"")?);
        let inputs = (0..n as u64).map(u64::to_le_bytes).collect();
        Ok(Self { ctx, key, evaluator, client, inputs, outputs: Vec::new() })
    }
}

#[async_trait]
impl Task for Oprf {
    fn measured(&self) -> Cost {
        measured(&self.ctx)
    }

    async fn work(&mut self) -> Result<()> {
        match self.ctx.me() {
            Party(0) => oprf::serve(&mut self.ctx, Party(1), &self.evaluator, self.inputs.len()).await?,
            _ => self.outputs = oprf::query(&mut self.ctx, Party(0), &self.client, &self.inputs).await?,
        }
        Ok(())
    }

    async fn check(&mut self) -> Result<bool> {
        let few = self.inputs.len().min(20);
        let plain = self.key.evaluator(b"")?.evaluate(&self.inputs[..few])?;
        let same = plain.iter().zip(&self.outputs).all(|(a, b)| a.as_bytes() == b.as_bytes());
        Ok(self.ctx.me() == Party(0) || self.outputs.len() == self.inputs.len() && same)
    }
}

/// One row of n fetched obliviously. Party 0 has the table, prepared.
pub(crate) struct Fetch {
    ctx: Ctx,
    shape: Shape,
    table: Option<Table>,
    row: Vec<u8>,
}

impl Fetch {
    pub(crate) fn start(ctx: Ctx, n: usize) -> Result<Self> {
        let shape = Shape { rows: n, row_bytes: ROW_BYTES };
        let table = match ctx.me() {
            Party(0) => Some(Table::new(shape, (0..n).map(row))?),
            _ => None,
        };
        Ok(Self { ctx, shape, table, row: Vec::new() })
    }
}

fn row(i: usize) -> [u8; ROW_BYTES] {
    std::array::from_fn(|j| (i * 31 + j * 7) as u8)
}

#[async_trait]
impl Task for Fetch {
    fn measured(&self) -> Cost {
        measured(&self.ctx)
    }

    async fn work(&mut self) -> Result<()> {
        match &self.table {
            Some(table) => {
                serve(&mut self.ctx, Party(1), table).await?;
            }
            None => {
                let index = INDEX % self.shape.rows;
                self.row = fetch(&mut self.ctx, Party(0), self.shape, &[index]).await?.remove(0);
            }
        }
        Ok(())
    }

    async fn check(&mut self) -> Result<bool> {
        Ok(self.table.is_some() || self.row == row(INDEX % self.shape.rows))
    }
}

fn measured(ctx: &Ctx) -> Cost {
    Cost { rounds: ctx.meter().rounds(), bytes: ctx.meter().bytes() }
}
