//! Keeping stock: what its operator wants to have ready, a node makes anew with the others when half of it is used.

use std::time::Duration;

use super::{Pool, code, in_chunks};
use crate::ProjectId;
use crate::live::{
    agreement::Work,
    control::{Fault, Wanted},
    node::{Node, lock},
    task::{PREPARE, Task},
};

/// How often a node looks.
const EVERY: Duration = Duration::from_secs(30);

impl Node {
    /// Looks after stock for as long as the node runs.
    pub(in crate::live) async fn keep_stock(&self) -> ! {
        if let Err(error) = self.0.store.tidy_stock() {
            tracing::error!("prepared stock: {error}");
        }
        loop {
            self.top_up_now().await;
            tokio::time::sleep(EVERY).await;
        }
    }

    /// Starts to make what is wanted and lacks.
    pub async fn top_up_now(&self) {
        for (project, sql, times) in self.0.store.stock_wishes().unwrap_or_default() {
            if let Err(fault) = self.top_up(project, &sql, times).await {
                tracing::warn!("preparing for {sql:?}: {}", fault.message);
            }
        }
    }

    /// Whether this node has others prepare for this question at the moment.
    fn is_preparing(&self, project: ProjectId, sql: &str) -> bool {
        let asked = lock(&self.0.asked);
        let mut under_way = asked.values().filter(|a| a.project == project && !a.state.is_final());
        under_way.any(|a| a.request.starts_with(PREPARE) && a.request.ends_with(sql))
    }

    /// Starts to prepare if less than half is left of what is wanted.
    async fn top_up(&self, project: ProjectId, sql: &str, times: u32) -> Result<(), Fault> {
        let signed = self.0.store.project(project)?;
        self.in_force(&signed)?;
        let (_, _, agreement) = self.plan(&signed, Task::Prepare { sql: sql.to_owned(), times }).await?;
        let Work::Prepare(planned, _) = &agreement.work else { return Err(Fault::broken()) };
        let pool = Pool::of(planned.engine, planned.among, &agreement.names, &agreement.keys);
        let stock = self.0.store.stock()?;
        let left = |need: &str| -> u64 {
            let lines = stock.iter().filter(|line| line.pool == pool.digest && line.need == need);
            lines.map(|line| line.left()).sum()
        };
        let round = in_chunks(&planned.needs.total());
        let ready = round.iter().map(|(need, count)| left(&code(need)) / count.max(1)).min().unwrap_or(u64::MAX);
        let making = self.is_preparing(project, sql);
        if ready <= u64::from(times) / 2 && !making {
            let missing = times.saturating_sub(u32::try_from(ready).unwrap_or(times));
            self.start_job(project, Wanted::Prepare { sql: sql.to_owned(), times: missing.max(1) })?;
        }
        Ok(())
    }
}
