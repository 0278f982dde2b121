//! A member's part in a round: what it says at each step, from what it has heard. No network: whoever has one moves the messages.

use std::collections::BTreeMap;

use jointly_core::{Error, Party, Result, Wire};
use jointly_math::{Block, Prg, Seed};
use zeroize::Zeroize;

use super::{
    Setting,
    keys::{Public, Secret, own_seed},
    mask::{self, Sign},
    set::Set,
    shamir,
};

/// What a member tells another first (Bonawitz et al., CCS 2017, figure 4, rounds 0 and 1, over links that hide it from everybody else).
#[derive(Clone)]
pub struct Hello {
    /// The public key of its masks.
    pub key: [u8; 32],
    /// What it is about to take part in: the round, and the model from which it trained.
    pub context: [u8; 32],
    /// The other's shares of its secret key (two) and of the seed of its own mask.
    pub shares: [Block; 3],
}

impl Drop for Hello {
    fn drop(&mut self) {
        self.shares.zeroize();
    }
}

impl Wire for Hello {
    const BYTES: usize = 32 + 32 + 48;

    fn encode(values: &[Hello], out: &mut Vec<u8>) {
        for hello in values {
            out.extend_from_slice(&hello.key);
            out.extend_from_slice(&hello.context);
            hello.shares.iter().for_each(|share| out.extend_from_slice(&share.to_bytes()));
        }
    }

    fn decode(bytes: &[u8], out: &mut Vec<Hello>) -> bool {
        let (hellos, rest) = bytes.as_chunks::<112>();
        for hello in hellos {
            let share = |i: usize| Block::from_bytes(std::array::from_fn(|j| hello[64 + 16 * i + j]));
            out.push(Hello {
                key: std::array::from_fn(|i| hello[i]),
                context: std::array::from_fn(|i| hello[32 + i]),
                shares: std::array::from_fn(share),
            });
        }
        rest.is_empty()
    }
}

/// What a member keeps of another.
struct Peer {
    key: Public,
    shares: [Block; 3],
}

impl Drop for Peer {
    fn drop(&mut self) {
        self.shares.zeroize();
    }
}

/// A member in a round.
pub struct Member {
    me: Party,
    setting: Setting,
    context: [u8; 32],
    secret: Secret,
    /// b of the paper: the seed of its own mask.
    own: Block,
    /// Its own shares of its secrets.
    kept: [Block; 3],
    peers: BTreeMap<Party, Peer>,
    /// Shares are given away once.
    revealed: bool,
}

impl Drop for Member {
    fn drop(&mut self) {
        self.own.zeroize();
        self.kept.zeroize();
    }
}

impl Member {
    /// Member `me`, and what it tells each of the others. `seed` is fresh and secret; `context` names the round and all that the others must agree on.
    ///
    /// # Errors
    /// `Misuse` if `me` is no member.
    pub fn new(me: Party, setting: Setting, context: [u8; 32], seed: Seed) -> Result<(Member, Vec<(Party, Hello)>)> {
        if me.0 >= setting.members() {
            return Err(Error::Misuse("a member is one of the federation"));
        }
        let mut coins = Prg::new(seed);
        let secret = Secret::draw(&mut coins);
        let (own, halves) = (coins.block(), secret.blocks());
        let columns = [halves[0], halves[1], own]
            .map(|block| shamir::share(block, setting.members(), setting.threshold(), &mut coins));
        let shares = |member: Party| -> [Block; 3] { std::array::from_fn(|i| columns[i][member.index()]) };
        let key = secret.public().to_bytes();
        let others = Party::all(setting.members()).filter(|member| *member != me);
        let hellos = others.map(|other| (other, Hello { key, context, shares: shares(other) })).collect();
        let member =
            Member { me, setting, context, secret, own, kept: shares(me), peers: BTreeMap::new(), revealed: false };
        columns.into_iter().for_each(|mut column| jointly_math::wipe::wipe(&mut column));
        Ok((member, hellos))
    }

    /// Hears another.
    ///
    /// # Errors
    /// `Refused` if it takes part in something else, as with another model; `Malformed` if its key is none.
    pub fn hear(&mut self, from: Party, hello: &Hello) -> Result<()> {
        if hello.context != self.context {
            return Err(Error::Refused(format!(
                "{from} is not at the same round of the same model: it goes on with the others after this job"
            )));
        }
        let key = Public::from_bytes(hello.key).ok_or(Error::Malformed { from, what: "its key is none" })?;
        if key == self.secret.public() || self.peers.values().any(|peer| peer.key == key) {
            return Err(Error::Malformed { from, what: "its key is another member's" });
        }
        self.peers.insert(from, Peer { key, shares: hello.shares });
        Ok(())
    }

    /// Whom it has heard, and itself.
    pub fn heard(&self) -> Set {
        self.peers.keys().copied().collect::<Set>().with(self.me)
    }

    /// Which member it is.
    pub fn me(&self) -> Party {
        self.me
    }

    pub(super) fn public(&self) -> Public {
        self.secret.public()
    }

    /// Another's public key, if it was heard.
    pub(super) fn key_of(&self, member: Party) -> Option<Public> {
        self.peers.get(&member).map(|peer| peer.key)
    }

    /// Whether this set can take part: enough members, this one among them, all of them heard.
    ///
    /// # Errors
    /// `Refused`, in words.
    pub fn check_present(&self, present: Set) -> Result<()> {
        if present.len() < self.setting.threshold() {
            return Err(self.setting.too_few(present));
        }
        if !present.holds(self.me) || !present.within(self.heard()) {
            return Err(Error::Refused("the round goes on without this member".into()));
        }
        Ok(())
    }

    /// Masks its vector against all others of `present` (round 2 of the figure): y = x + PRG(b) ± Σ PRG(s).
    ///
    /// # Errors
    /// As [`check_present`](Member::check_present).
    pub fn mask(&self, present: Set, values: &mut [u32]) -> Result<()> {
        self.check_present(present)?;
        let mut masks = vec![(own_seed(self.own, &self.context), Sign::Plus)];
        for (other, peer) in self.peers.iter().filter(|(other, _)| present.holds(**other)) {
            masks.push((self.secret.agree(&peer.key, &self.context), sign(self.me, *other)));
        }
        mask::add(values, masks);
        Ok(())
    }

    /// What unmasks the sum of `counted`, from this member (round 4): for each of `present` in order, its share of the own mask of who is counted, and its
    /// shares of the secret key of who is not. To be called once `threshold` members have confirmed the same two sets: see [`Setting`].
    ///
    /// # Errors
    /// `Refused` if the sets do not fit each other, or too few are counted. `Misuse` if it was called before: who told both kinds of shares of one member would
    /// unmask it.
    pub fn reveal(&mut self, present: Set, counted: Set) -> Result<Vec<Block>> {
        self.check_present(present)?;
        if !counted.within(present) || !counted.holds(self.me) {
            return Err(Error::Refused("the sum that is to be unmasked leaves this member out".into()));
        }
        if counted.len() < self.setting.threshold() {
            return Err(self.setting.too_few(counted));
        }
        if std::mem::replace(&mut self.revealed, true) {
            return Err(Error::Misuse("a round is unmasked once"));
        }
        let shares = |member: Party| self.peers.get(&member).map_or(&self.kept, |peer| &peer.shares);
        let parts = present.members().flat_map(|member| match counted.holds(member) {
            true => shares(member)[2..].to_vec(),
            false => shares(member)[..2].to_vec(),
        });
        Ok(parts.collect())
    }
}

/// Whether member `one` adds the mask that it has in common with `other`.
pub(super) fn sign(one: Party, other: Party) -> Sign {
    if one < other { Sign::Plus } else { Sign::Minus }
}
