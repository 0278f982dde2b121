//! Ends of a VOLE that serve one run: what they hold, the most of its memory, is free when they have given what was asked for.

use async_trait::async_trait;
use jointly_core::{Error, Private, Result};
use jointly_math::Block;
use jointly_net::Ctx;
use jointly_ot::{Security, VoleReceiver, VoleSender, Voles};

const AGAIN: Error = Error::Misuse("this end of a VOLE serves one run");

/// The end that holds u and v.
pub(super) struct OnceSender<V> {
    security: Security,
    voles: Option<V>,
}

impl<V: VoleSender> OnceSender<V> {
    pub fn new(voles: V) -> Self {
        Self { security: voles.security(), voles: Some(voles) }
    }
}

#[async_trait]
impl<V: VoleSender> VoleSender for OnceSender<V> {
    fn security(&self) -> Security {
        self.security
    }

    async fn send(&mut self, ctx: &mut Ctx, n: usize) -> Result<Voles> {
        self.voles.take().ok_or(AGAIN)?.send(ctx, n).await
    }
}

/// The end that holds Δ and w.
pub(super) struct OnceReceiver<V> {
    security: Security,
    delta: Private<Block>,
    voles: Option<V>,
}

impl<V: VoleReceiver> OnceReceiver<V> {
    pub fn new(voles: V) -> Self {
        Self { security: voles.security(), delta: Private::new(voles.delta()), voles: Some(voles) }
    }
}

#[async_trait]
impl<V: VoleReceiver> VoleReceiver for OnceReceiver<V> {
    fn security(&self) -> Security {
        self.security
    }

    fn delta(&self) -> Block {
        *self.delta.expose()
    }

    async fn receive(&mut self, ctx: &mut Ctx, n: usize) -> Result<Vec<Block>> {
        self.voles.take().ok_or(AGAIN)?.receive(ctx, n).await
    }
}
