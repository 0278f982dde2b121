//! A kept model asked about one row after the other, as they come, in one job.

use std::{sync::Arc, time::Duration};

use jointly_core::{Cost, Error, Party};
use jointly_gadget::salt::{self, SALT};
use jointly_model::{Kept, read_said};
use jointly_net::{Ctx, Mesh};
use jointly_share::{Client, Engine};
use serde_json::json;
use tokio::sync::{mpsc, oneshot};

use super::{
    super::{
        agreement::Work,
        control::{AnswerProof, Fault, READY, RowAsked, Table},
        job::Job,
        messages::Done,
        node::{Node, lock},
    },
    ask::Asked,
    desk::{Desk, Lacking, places},
    run::LONGEST_JOB,
};
use crate::{Hex, JobId, Project};

/// Bytes in which a key is sent, with its length before it.
const FRAME: usize = 512;

/// An asker that asks nothing for so long ends the job.
const IDLE: Duration = Duration::from_secs(600);

/// Requests that may wait.
const WAITING: usize = 64;

/// A row that the operator asks about, and where the answer goes.
pub(in super::super) struct OneRow {
    row: RowAsked,
    reply: oneshot::Sender<Result<Vec<f64>, Fault>>,
}

impl Node {
    /// What a model says of a row, in a job that is open for rows.
    pub(in super::super) async fn one_row(&self, job: JobId, row: RowAsked) -> Result<Vec<f64>, Fault> {
        let gone =
            || Fault::refused(format!("the job {job} takes no rows: it is not ready for them yet, or has ended"));
        let desk = lock(&self.0.desks).get(&job).cloned().ok_or_else(gone)?;
        let (reply, answer) = oneshot::channel();
        desk.send(OneRow { row, reply }).await.map_err(|_| gone())?;
        answer.await.map_err(|_| gone())?
    }

    /// No further rows: the job comes to its end.
    pub(in super::super) fn end_rows(&self, job: JobId) {
        lock(&self.0.desks).remove(&job);
    }

    /// This node's part in answering rows until their asker has no more.
    pub(super) async fn stand_by(
        &self,
        job: &Arc<Job>,
        planned: &Asked,
        mesh: Arc<dyn Mesh>,
        done: &mut Done,
    ) -> Result<(), Fault> {
        let me = mesh.me();
        let signed = self.0.store.project(job.proposal.project)?;
        job.progress("reading the own rows");
        let desk = match planned.sides.iter().any(|side| side.2 == me) {
            true => Some(self.desk(signed.document(), planned, me).await?),
            false => None,
        };
        let requests = (planned.to == me).then(|| {
            let (send, receive) = mpsc::channel(WAITING);
            lock(&self.0.desks).insert(job.proposal.job, send);
            receive
        });
        let (node, runner) = (self.clone(), job.clone());
        let came = self.apart(async move { node.answer_rows(&runner, mesh, (desk, requests)).await }).await;
        self.end_rows(job.proposal.job);
        let Came { cost, given, answers, salt } = came?;
        (done.bytes, done.rounds) = (cost.bytes, cost.rounds);
        if let Some(given) = given {
            let bytes: Vec<u8> = given.iter().flat_map(|n| n.to_le_bytes()).collect();
            done.commitment = Some(self.commit_to(job.proposal.job, "jointly v1 samples", &bytes)?);
        }
        if let Some(salt) = salt {
            let row = |(i, said): (usize, f64)| {
                let values = planned.plan.said_values(said).into_iter().map(|value| json!(value));
                std::iter::once(json!(i + 1)).chain(values).collect()
            };
            let columns = std::iter::once("row".to_owned()).chain(planned.plan.said_columns()).collect();
            let answer = Table { columns, rows: answers.into_iter().enumerate().map(row).collect() };
            let proof = AnswerProof::new(&answer, salt)?;
            done.result = Some(proof.commitment());
            let mut seen = lock(&job.seen);
            (seen.answer, seen.proof) = (Some(answer), Some(proof));
        }
        Ok(())
    }

    /// What this owner has at hand.
    async fn desk(&self, project: &Project, planned: &Asked, me: Party) -> Result<Desk, Fault> {
        let (owner, table, _) = planned.sides.iter().find(|side| side.2 == me).ok_or_else(Fault::broken)?;
        let names = planned.recipe.features_of(project, owner, table);
        let kept = self.kept(project, &planned.recipe.name, planned.trained)?;
        let manner = kept.manner.ok_or_else(Fault::broken)?;
        let asked = planned.plan.asked(planned.rows.clone());
        let alignment = planned.recipe.alignment.as_ref().and_then(|name| project.alignment(name));
        let side = alignment.and_then(|a| a.sides.iter().find(|side| side.owner == *owner));
        let (mut key, mut found) = (None, Default::default());
        let mut columns = vec![Vec::new(); names.len()];
        if let Some(side) = side {
            let rule = side.key().map_err(Fault::refused)?;
            let keys = self.read_columns(project, (table, None), &super::rows::bare(&side.key)).await?;
            found = places(&rule, &keys)?;
            key = Some(rule);
            columns = self.read_columns(project, (table, None), &names).await?;
        }
        Ok(Desk { owner: owner.clone(), me, asked, manner, names, columns, key, places: found })
    }

    async fn answer_rows(
        &self,
        job: &Arc<Job>,
        mesh: Arc<dyn Mesh>,
        (desk, requests): (Option<Desk>, Option<mpsc::Receiver<OneRow>>),
    ) -> Result<Came, Fault> {
        let Work::Predict(planned) = &job.agreement.work else { return Err(Fault::broken()) };
        let (planned, me) = (&**planned, mesh.me());
        let computes = planned.among.computes(me);
        let saved = if computes { Some(self.shares_of(planned.trained)?) } else { None };
        let patience = if computes { self.0.config.patience } else { LONGEST_JOB };
        let ctx = Ctx::new(mesh.clone(), &job.path(), patience);
        let talk = Ctx::new(mesh.clone(), &format!("{}/rows", job.path()), LONGEST_JOB);
        let random = salt::salt(&Hex::random()?.0);
        let work = async {
            let mut part = match &saved {
                Some(saved) => {
                    let mut engine = (planned.engine.start)(ctx, planned.among).await?;
                    engine.stock(&planned.needs).await?;
                    let kept = Kept::load(&mut *engine, &planned.plan, &planned.layout, saved)?;
                    Side::Computing(engine, Box::new(kept))
                }
                None => Side::Client((planned.engine.client)(ctx, planned.among)),
            };
            let salt = part.salt(planned, me, &random).await?;
            job.progress(READY);
            let mut session = Session { node: self, job, planned, desk, talk, came: Came { salt, ..Came::default() } };
            match requests {
                Some(requests) => session.lead(&mut part, requests).await?,
                None => session.follow(&mut part).await?,
            }
            let mut came = session.came;
            came.cost = part.measured();
            mesh.close().await;
            Ok::<_, Error>(came)
        };
        tokio::select! {
            done = work => match done {
                Ok(came) => Ok(came),
                Err(error) => Err(self.cause(job, &error).await),
            },
            why = job.stop.wait() => Err(why),
        }
    }
}

/// What came of all rows.
#[derive(Default)]
struct Came {
    cost: Cost,
    /// What an owner handed in.
    given: Option<Vec<i64>>,
    /// What the asker was told.
    answers: Vec<f64>,
    /// For the asker's proof of it.
    salt: Option<[i64; SALT]>,
}

/// A participant, computing or not.
enum Side {
    Computing(Box<dyn Engine>, Box<Kept>),
    Client(Box<dyn Client>),
}

impl Side {
    /// Random numbers that only who asks learns.
    async fn salt(&mut self, planned: &Asked, me: Party, random: &[i64; SALT]) -> Result<Option<[i64; SALT]>, Error> {
        let opened = match self {
            Side::Computing(engine, _) => {
                let shared = salt::shared(&mut **engine, random).await?;
                engine.open_to(&shared, planned.to).await?
            }
            Side::Client(client) if planned.to == me => Some(client.take(SALT).await?),
            Side::Client(_) => None,
        };
        Ok(opened.and_then(|salt| salt.try_into().ok()))
    }

    /// One row, of which this participant hands in `mine`. Gives what the model says to who asks.
    async fn row(&mut self, planned: &Asked, me: Party, mine: Option<&[i64]>) -> Result<Option<Vec<i64>>, Error> {
        match self {
            Side::Computing(engine, kept) => {
                let said = kept.ask(&mut **engine, &planned.plan, planned.rows.clone(), mine).await?;
                engine.open_to(&said.secret, planned.to).await
            }
            Side::Client(client) => {
                if let Some(mine) = mine {
                    client.give(mine).await?;
                }
                if planned.to == me { client.take(1).await.map(Some) } else { Ok(None) }
            }
        }
    }

    fn measured(&self) -> Cost {
        match self {
            Side::Computing(engine, _) => engine.measured(),
            Side::Client(client) => client.measured(),
        }
    }
}

/// A job that answers rows.
struct Session<'a> {
    node: &'a Node,
    job: &'a Job,
    planned: &'a Asked,
    desk: Option<Desk>,
    talk: Ctx,
    came: Came,
}

impl Session<'_> {
    /// The asker's part: it names each row's key to the owners, and nothing of it to the others.
    async fn lead(&mut self, side: &mut Side, mut requests: mpsc::Receiver<OneRow>) -> Result<(), Error> {
        let me = self.talk.me();
        while let Ok(Some(OneRow { row, reply })) = tokio::time::timeout(IDLE, requests.recv()).await {
            let own = match &self.desk {
                Some(desk) => desk.own(&row.0).map(|(item, numbers)| (item, Some(numbers))),
                None => Err(Fault::refused(
                    "who asks about single rows takes part in the alignment by whose key they are found",
                )),
            };
            let fits = |own: (Vec<u8>, _)| match own.0.len() <= FRAME - 3 {
                true => Ok(own),
                false => Err(Fault::refused(format!("a key may have {} bytes", FRAME - 3))),
            };
            let (item, mine) = match own.and_then(fits) {
                Ok(own) => own,
                Err(fault) => {
                    drop(reply.send(Err(fault)));
                    continue;
                }
            };
            self.name(Some(&item)).await?;
            if let Some((owner, why)) = self.heard(None).await? {
                drop(reply.send(Err(Fault::refused(why.words(&owner)))));
                continue;
            }
            let opened = side.row(self.planned, me, mine.as_deref()).await?;
            self.came.given.get_or_insert_default().extend(mine.unwrap_or_default());
            let said = read_said(&self.planned.plan, self.planned.frac, &opened.unwrap_or_default());
            let said = *said.first().ok_or(Error::Misuse("an answer for the row"))?;
            self.came.answers.push(said);
            drop(reply.send(Ok(self.planned.plan.said_values(said))));
        }
        self.name(None).await
    }

    /// The part of everybody else.
    async fn follow(&mut self, side: &mut Side) -> Result<(), Error> {
        let me = self.talk.me();
        loop {
            let frame: Vec<u8> = self.talk.recv(self.planned.to, FRAME).await?;
            let length = usize::from(u16::from_le_bytes([frame[1], frame[2]]));
            if frame[0] == 0 {
                return Ok(());
            }
            let item = frame
                .get(3..3 + length)
                .ok_or(Error::Malformed { from: self.planned.to, what: "a key of as many bytes as it says" })?;
            let found = self.desk.as_ref().map(|desk| self.counted().and_then(|()| desk.find(item)));
            let (mine, lacking) = match found {
                None => (None, None),
                Some(Ok(numbers)) => (Some(numbers), Some(None)),
                Some(Err((lacking, why))) => {
                    lock(&self.job.seen).notes.push(why);
                    (None, Some(Some(lacking)))
                }
            };
            if self.heard(lacking).await?.is_some() {
                continue;
            }
            side.row(self.planned, me, mine.as_deref()).await?;
            if let Some(mine) = mine {
                self.came.given.get_or_insert_default().extend(mine);
            }
        }
    }

    /// Counts a row, or says that it is one too many.
    fn counted(&self) -> Result<(), (Lacking, String)> {
        let signed = self.node.0.store.project(self.job.proposal.project);
        let charged =
            signed.map_err(Fault::from).and_then(|s| self.node.charge_rows(s.document(), &self.planned.task, &[1]));
        charged.map_err(|fault| (Lacking::TooMany, fault.message))
    }

    /// Names a key to the other owners, and to the others only that there is one; or tells all that there is no more.
    async fn name(&mut self, item: Option<&[u8]>) -> Result<(), Error> {
        let mut frame = vec![0; FRAME];
        frame[0] = u8::from(item.is_some());
        let blank = frame.clone();
        if let Some(item) = item {
            frame[1..3].copy_from_slice(&(item.len() as u16).to_le_bytes());
            frame[3..3 + item.len()].copy_from_slice(item);
        }
        let owners: Vec<Party> = self.planned.sides.iter().map(|side| side.2).collect();
        let me = self.talk.me();
        let others = Party::all(self.talk.parties()).filter(|p| *p != me);
        let out: Vec<(Party, &[u8])> =
            others.map(|p| (p, if owners.contains(&p) { &frame[..] } else { &blank[..] })).collect();
        self.talk.exchange_all(&out, &[]).await.map(drop)
    }

    /// Whether an owner but the asker lacks the row, and why: all hear the same from all. `own` is what this owner says.
    async fn heard(&mut self, own: Option<Option<Lacking>>) -> Result<Option<(String, Lacking)>, Error> {
        let (me, to) = (self.talk.me(), self.planned.to);
        let status = [own.flatten().map_or(0, |why| why as u8)];
        let others = Party::all(self.talk.parties()).filter(|p| *p != me);
        let out: Vec<(Party, &[u8])> = others.filter(|_| own.is_some()).map(|p| (p, &status[..])).collect();
        let says = |side: &&(String, String, Party)| side.2 != to && side.2 != me;
        let owners: Vec<_> = self.planned.sides.iter().filter(says).collect();
        let from: Vec<(Party, usize)> = owners.iter().map(|side| (side.2, 1)).collect();
        let heard = self.talk.exchange_all(&out, &from).await?;
        let mut lacking = own.flatten().map(|why| (String::new(), why));
        for ((owner, _, from), said) in owners.iter().zip(heard) {
            if said[0] != 0 {
                let why = Lacking::of(said[0])
                    .ok_or(Error::Malformed { from: *from, what: "one of the reasons that there are" })?;
                lacking.get_or_insert((owner.clone(), why));
            }
        }
        Ok(lacking)
    }
}
