//! A peer that says what is written down, whatever it is told: for repeating one party's part from a record of the other's.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, PoisonError},
};

use async_trait::async_trait;
use jointly_core::{Error, Party, Result, Why};

use crate::{Frame, Inbound, Link, Mesh, Outbound};

/// The mesh of `me`, one of two, whose peer sends these frames on the first channel that is opened.
pub fn mesh(me: Party, frames: Vec<Frame>) -> Arc<dyn Mesh> {
    Arc::new(Script { me, frames: Mutex::new(Some(frames.into())) })
}

struct Script {
    me: Party,
    frames: Mutex<Option<VecDeque<Frame>>>,
}

impl Mesh for Script {
    fn me(&self) -> Party {
        self.me
    }

    fn parties(&self) -> u16 {
        2
    }

    fn open(&self, peer: Party, _: &str) -> Result<Link> {
        let frames = self.frames.lock().unwrap_or_else(PoisonError::into_inner).take();
        let frames = frames.ok_or(Error::Misuse("a script is written for one channel"))?;
        Ok(Link { outbound: Box::new(Deaf), inbound: Box::new(Speaker { peer, frames }) })
    }
}

struct Deaf;

struct Speaker {
    peer: Party,
    frames: VecDeque<Frame>,
}

#[async_trait]
impl Outbound for Deaf {
    async fn send(&mut self, _: Frame) -> Result<()> {
        Ok(())
    }
}

#[async_trait]
impl Inbound for Speaker {
    async fn recv(&mut self) -> Result<Frame> {
        self.frames.pop_front().ok_or(Error::Gone { party: self.peer, why: Why::Closed })
    }
}
