//! Plain TCP between processes: **for benchmarks only**. Nothing is encrypted or authenticated; nodes refuse it and use
//! [`hub`](crate::hub).

use std::{io, net::SocketAddr, sync::Arc, time::Duration};

use futures::future::{BoxFuture, join_all, try_join_all};
use jointly_core::{Error, Party, Result, Why};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
    time::{Instant, sleep, timeout, timeout_at},
};

use crate::{
    Link, Mesh,
    mux::{Limits, Mux},
};

/// Names this protocol and its version.
const MAGIC: [u8; 8] = *b"jointcp1";

/// How often a peer that is not there yet is tried.
const RETRY: Duration = Duration::from_millis(50);

/// How long one greeting may take.
const GREETING: Duration = Duration::from_secs(5);

/// Connects the parties at `addresses`, of which this one is `me`, within `patience`: each listens for those after it and
/// dials those before it. All must be given the same list; differing ports count as another run and are refused.
pub async fn mesh(me: Party, addresses: &[SocketAddr], patience: Duration) -> Result<Arc<dyn Mesh>> {
    let (Some(&own), Ok(parties)) = (addresses.get(me.index()), u16::try_from(addresses.len())) else {
        return Err(Error::Misuse("each party has an address"));
    };
    let run =
        addresses.iter().fold(u64::from(parties), |run, a| (run ^ u64::from(a.port())).wrapping_mul(0x100_0000_01b3));
    let (group, deadline) = (Group { me, parties, run }, Instant::now() + patience);
    let above: Vec<Party> = Party::all(parties).filter(|&p| p > me).collect();
    let listener = match above.is_empty() {
        true => None,
        false => Some(TcpListener::bind(own).await.map_err(|e| refused(format!("cannot listen on {own}: {e}")))?),
    };
    let dialled = Party::all(me.0).zip(addresses).map(|(peer, &address)| group.dial(peer, address, deadline));
    let (mut streams, accepted) =
        futures::future::try_join(try_join_all(dialled), group.accept(listener, above, deadline)).await?;
    streams.extend(accepted);
    streams.sort_by_key(|(peer, _)| *peer);
    let peers = streams.into_iter().map(|(peer, stream)| (peer, start(stream))).collect();
    Ok(Arc::new(Tcp { me, parties, peers }))
}

/// What all parties of one run agree on, and who this one is.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Group {
    me: Party,
    parties: u16,
    run: u64,
}

impl Group {
    fn hello(self, to: Party) -> [u8; 22] {
        let mut hello = [0; 22];
        hello[..8].copy_from_slice(&MAGIC);
        hello[8..16].copy_from_slice(&self.run.to_le_bytes());
        for (place, number) in hello[16..].chunks_exact_mut(2).zip([self.parties, self.me.0, to.0]) {
            place.copy_from_slice(&number.to_le_bytes());
        }
        hello
    }

    /// Greets whoever is at the other end. The answer is `None` if that is no party of any run.
    async fn greet(self, stream: &mut TcpStream, to: Party) -> io::Result<Option<(Group, Party)>> {
        stream.set_nodelay(true)?;
        stream.write_all(&self.hello(to)).await?;
        let mut hello = [0; 22];
        stream.read_exact(&mut hello).await?;
        let number = |i: usize| u16::from_le_bytes([hello[i], hello[i + 1]]);
        let run = hello[8..16].iter().rev().fold(0, |run, &b| run << 8 | u64::from(b));
        let theirs = Group { me: Party(number(18)), parties: number(16), run };
        Ok((hello[..8] == MAGIC).then_some((theirs, Party(number(20)))))
    }

    async fn dial(self, peer: Party, address: SocketAddr, deadline: Instant) -> Result<(Party, TcpStream)> {
        let connected = async {
            loop {
                if let Ok(mut stream) = TcpStream::connect(address).await
                    && let Ok(Ok(Some((theirs, to)))) = timeout(GREETING, self.greet(&mut stream, peer)).await
                {
                    // A listener does not know yet who calls: it greets everybody.
                    return match (theirs == Group { me: peer, ..self }) && to == EVERYBODY {
                        true => Ok((peer, stream)),
                        false => Err(refused(format!(
                            "at {address}, where {peer} should be, {} of another run answers: \
                             give all parties the same list of addresses",
                            theirs.me
                        ))),
                    };
                }
                sleep(RETRY).await;
            }
        };
        timeout_at(deadline, connected).await.map_err(|_| Error::Gone { party: peer, why: Why::Unreachable })?
    }

    async fn accept(
        self,
        listener: Option<TcpListener>,
        mut missing: Vec<Party>,
        deadline: Instant,
    ) -> Result<Vec<(Party, TcpStream)>> {
        let mut streams = Vec::new();
        let Some(listener) = listener else { return Ok(streams) };
        while let Some(&next) = missing.first() {
            let gone = Error::Gone { party: next, why: Why::Unreachable };
            let Ok((mut stream, from)) = timeout_at(deadline, listener.accept()).await.map_err(|_| gone)? else {
                continue;
            };
            // Whoever does not greet is not one of us.
            let Ok(Ok(Some((theirs, to)))) = timeout(GREETING, self.greet(&mut stream, EVERYBODY)).await else {
                continue;
            };
            if to != self.me || (theirs != Group { me: theirs.me, ..self }) {
                return Err(refused(format!(
                    "{} at {from} belongs to another run: give all parties the same list of addresses",
                    theirs.me
                )));
            }
            let Some(place) = missing.iter().position(|&p| p == theirs.me) else {
                return Err(refused(format!("{} connects twice: start each party once", theirs.me)));
            };
            streams.push((missing.remove(place), stream));
        }
        Ok(streams)
    }
}

/// Whom a listener greets.
const EVERYBODY: Party = Party(u16::MAX);

fn refused(what: String) -> Error {
    Error::Refused(what)
}

fn start(stream: TcpStream) -> Mux {
    let (read, write) = stream.into_split();
    Mux::start(BufReader::with_capacity(64 * 1024, read), write, Limits::default(), &[""])
}

struct Tcp {
    me: Party,
    parties: u16,
    peers: Vec<(Party, Mux)>,
}

impl Mesh for Tcp {
    fn me(&self) -> Party {
        self.me
    }

    fn parties(&self) -> u16 {
        self.parties
    }

    fn open(&self, peer: Party, path: &str) -> Result<Link> {
        let found = self.peers.iter().find(|(p, _)| *p == peer);
        found.ok_or(Error::Misuse("a party talks to others of its computation only"))?.1.link(peer, path)
    }

    fn close(&self) -> BoxFuture<'_, ()> {
        Box::pin(async {
            join_all(self.peers.iter().map(|(_, mux)| mux.close())).await;
        })
    }
}
