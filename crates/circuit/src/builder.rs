//! Makes circuits gate by gate, and keeps them small on the way.
//!
//! What is built is a graph of XORs and ANDs whose edges may be inverted, so that a NOT costs nothing before the end: it is pushed
//! through XORs, and written down only where an AND or an output reads it. Equal gates are one gate, constants and gates of a wire
//! with itself fold away, an AND whose factors have met before, inverted or not, becomes XORs, and gates that no output needs are
//! left out.
//!
//! What comes out depends on the calls alone, so that parties who build apart have the same circuit.

use std::{collections::HashMap, ops::Not};

use crate::{Circuit, Gate, function::Error};

/// A wire of a [`Builder`]: a node, or its inverse.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Wire(u32);

/// Wires of a value, the lowest bit first.
pub type Word = Vec<Wire>;

impl Wire {
    /// The constant 0.
    pub const ZERO: Wire = Wire(0);
    /// The constant 1.
    pub const ONE: Wire = Wire(1);

    /// The constant `bit`.
    pub fn constant(bit: bool) -> Wire {
        Wire(u32::from(bit))
    }

    /// Its value, if that is a constant.
    pub fn as_constant(self) -> Option<bool> {
        (self.node() == 0).then_some(self.inverted())
    }

    fn node(self) -> u32 {
        self.0 >> 1
    }

    fn inverted(self) -> bool {
        self.0 & 1 == 1
    }

    fn inverted_if(self, flip: bool) -> Wire {
        Wire(self.0 ^ u32::from(flip))
    }
}

impl Not for Wire {
    type Output = Wire;

    /// 1 ⊕ the wire: free.
    fn not(self) -> Wire {
        self.inverted_if(true)
    }
}

#[derive(Clone, Copy)]
enum Node {
    /// The constant 0, which is node 0 alone.
    Zero,
    /// Input wire i of the circuit.
    Input(u32),
    /// Of two nodes, the lower first.
    Xor(u32, u32),
    /// Of two wires, the one of the lower node first.
    And(Wire, Wire),
}

/// Makes a [`Circuit`].
///
/// ```
/// use jointly_circuit::Builder;
///
/// let mut build = Builder::new();
/// let (a, b) = (build.input(32), build.input(32));
/// let richer = build.lt(&b, &a);
/// let circuit = build.finish(&[vec![richer]]).unwrap();
/// assert_eq!(circuit.stats().ands, 32);
/// ```
pub struct Builder {
    nodes: Vec<Node>,
    /// Whether a XOR was asked for inverted when it was made.
    asked: Vec<bool>,
    inputs: Vec<u32>,
    xors: HashMap<(u32, u32), u32>,
    ands: HashMap<(u32, u32), u32>,
    limit: usize,
    full: bool,
}

/// Gates at most, where the caller sets no limit of its own.
const MAX_GATES: usize = 1 << 28;

/// Nodes at most: a wire is a node's number and a bit.
const MAX_NODES: usize = (1 << 31) - 1;

impl Default for Builder {
    fn default() -> Self {
        Builder::new()
    }
}

impl Builder {
    /// An empty circuit.
    pub fn new() -> Builder {
        Builder::with_limit(MAX_GATES)
    }

    /// An empty circuit that takes at most `gates` gates; what comes after them is not kept, and [`finish`](Builder::finish) says so.
    pub fn with_limit(gates: usize) -> Builder {
        Builder {
            nodes: vec![Node::Zero],
            asked: vec![false],
            inputs: Vec::new(),
            xors: HashMap::new(),
            ands: HashMap::new(),
            limit: gates.min(MAX_GATES),
            full: false,
        }
    }

    /// The next input value.
    pub fn input(&mut self, width: u32) -> Word {
        let first: u32 = self.inputs.iter().sum();
        self.inputs.push(width);
        (first..first + width).map(|wire| self.push(Node::Input(wire))).collect()
    }

    /// Whether it has reached its limit: whatever is added from here on is not kept.
    pub fn is_full(&self) -> bool {
        self.full
    }

    /// a ⊕ b.
    pub fn xor(&mut self, a: Wire, b: Wire) -> Wire {
        let flip = a.inverted() ^ b.inverted();
        let (x, y) = (a.node().min(b.node()), a.node().max(b.node()));
        if x == y {
            return Wire::constant(flip);
        }
        if x == 0 {
            return Wire(y << 1).inverted_if(flip);
        }
        // x ⊕ (x ⊕ q) = q. Either may be made of the other: what is copied from another circuit comes in any order.
        for (part, whole) in [(x, y), (y, x)] {
            match self.nodes[whole as usize] {
                Node::Xor(p, q) if p == part => return Wire(q << 1).inverted_if(flip),
                Node::Xor(p, q) if q == part => return Wire(p << 1).inverted_if(flip),
                _ => {}
            }
        }
        let node = match self.xors.get(&(x, y)) {
            Some(node) => Wire(node << 1),
            None => {
                let made = self.push(Node::Xor(x, y));
                if made != Wire::ZERO {
                    self.asked[made.node() as usize] = flip;
                    self.xors.insert((x, y), made.node());
                }
                made
            }
        };
        node.inverted_if(flip)
    }

    /// a · b.
    pub fn and(&mut self, a: Wire, b: Wire) -> Wire {
        let (a, b) = if a.node() <= b.node() { (a, b) } else { (b, a) };
        match a {
            Wire::ZERO => return Wire::ZERO,
            Wire::ONE => return b,
            _ if a == b => return a,
            _ if a == !b => return Wire::ZERO,
            _ => {}
        }
        if let Some(simpler) = self.absorb(a, b) {
            return simpler;
        }
        match self.ands.get(&(a.node(), b.node())) {
            Some(&node) => self.reuse(node, a, b),
            None => {
                let made = self.push(Node::And(a, b));
                if made != Wire::ZERO {
                    self.ands.insert((a.node(), b.node()), made.node());
                }
                made
            }
        }
    }

    /// a · b where b is made of a: a · (a ⊕ z) = a · ¬z, a · (a · c) = a · c, a · ¬(a · c) = a · ¬c, a · (¬a · c) = 0.
    fn absorb(&mut self, a: Wire, b: Wire) -> Option<Wire> {
        match self.nodes[b.node() as usize] {
            Node::Xor(p, q) if p == a.node() || q == a.node() => {
                let other = Wire(if p == a.node() { q } else { p } << 1);
                let z = other.inverted_if(a.inverted() ^ b.inverted());
                Some(self.and(a, !z))
            }
            Node::And(p, q) if p.node() == a.node() || q.node() == a.node() => {
                let (mine, other) = if p.node() == a.node() { (p, q) } else { (q, p) };
                Some(match (mine == a, b.inverted()) {
                    (true, false) => b,
                    (true, true) => self.and(a, !other),
                    (false, false) => Wire::ZERO,
                    (false, true) => a,
                })
            }
            _ => None,
        }
    }

    /// a · b from an AND of the same two nodes: with factors x ⊕ p and y ⊕ q it is xy ⊕ qx ⊕ py ⊕ pq.
    fn reuse(&mut self, node: u32, a: Wire, b: Wire) -> Wire {
        let Node::And(u, v) = self.nodes[node as usize] else { unreachable!("the table of ANDs holds ANDs") };
        let (x, y) = (Wire(a.0 & !1), Wire(b.0 & !1));
        let constant = (a.inverted() && b.inverted()) ^ (u.inverted() && v.inverted());
        let mut sum = Wire(node << 1).inverted_if(constant);
        if b.inverted() != v.inverted() {
            sum = self.xor(sum, x);
        }
        if a.inverted() != u.inverted() {
            sum = self.xor(sum, y);
        }
        sum
    }

    /// a or b.
    pub fn or(&mut self, a: Wire, b: Wire) -> Wire {
        !self.and(!a, !b)
    }

    /// `yes` if `choice` is 1, else `no`: one AND.
    pub fn choose(&mut self, choice: Wire, yes: Wire, no: Wire) -> Wire {
        let differ = self.xor(yes, no);
        let change = self.and(choice, differ);
        self.xor(no, change)
    }

    /// The sum bit and the carry of three bits: one AND.
    pub fn full_adder(&mut self, a: Wire, b: Wire, c: Wire) -> (Wire, Wire) {
        let (ac, bc) = (self.xor(a, c), self.xor(b, c));
        let both = self.and(ac, bc);
        (self.xor(ac, b), self.xor(c, both))
    }

    /// The circuit with these output values.
    ///
    /// # Errors
    /// If there is no input, or there are more gates than the limit.
    pub fn finish(self, outputs: &[Word]) -> Result<Circuit, Error> {
        if self.full {
            return Err(Error::Circuit(format!("it would have more than {} gates", self.limit)));
        }
        let live = self.live(outputs);
        let widths = outputs.iter().map(|output| output.len() as u32).collect();
        if self.inputs.iter().all(|width| *width == 0) {
            return Err(Error::Circuit("a circuit needs at least one input wire".into()));
        }
        // Inversions that are carried on may cancel, as in products, or multiply, as in AES: whichever way has fewer NOTs.
        let early = self.emit(&live, outputs, true);
        let late = self.emit(&live, outputs, false);
        let (gates, wires) = if early.0.len() < late.0.len() { early } else { late };
        Circuit::new(self.inputs, gates, widths, wires)
    }

    /// The gates and the outputs' wires. Inversions of XORs are made where they were asked for first, or else carried on to ANDs
    /// and outputs.
    fn emit(&self, live: &[bool], outputs: &[Word], early: bool) -> (Vec<Gate>, Vec<u32>) {
        let mut emit = Emit {
            first: self.inputs.iter().sum(),
            gates: Vec::new(),
            of: vec![NONE; self.nodes.len()],
            inverse: vec![NONE; self.nodes.len()],
        };
        for (i, node) in self.nodes.iter().enumerate().filter(|(i, _)| live[*i]) {
            match *node {
                // The first input wire is always there to make a constant of.
                Node::Zero => emit.of[i] = emit.push(Gate::Xor(0, 0)),
                Node::Input(wire) => emit.of[i] = wire,
                Node::And(a, b) => {
                    let (a, b) = (emit.wire(a), emit.wire(b));
                    emit.of[i] = emit.push(Gate::And(a, b));
                }
                Node::Xor(a, b) => {
                    let ((a, flip_a), (b, flip_b)) = (emit.either(a), emit.either(b));
                    let mut inverted = flip_a ^ flip_b;
                    let mut wire = emit.push(Gate::Xor(a, b));
                    if early && inverted != self.asked[i] {
                        wire = emit.push(Gate::Not(wire));
                        inverted = !inverted;
                    }
                    *(if inverted { &mut emit.inverse[i] } else { &mut emit.of[i] }) = wire;
                }
            }
        }
        let wires = outputs.iter().flatten().map(|wire| emit.wire(*wire)).collect();
        (emit.gates, wires)
    }

    /// Which nodes an output depends on.
    fn live(&self, outputs: &[Word]) -> Vec<bool> {
        let mut live = vec![false; self.nodes.len()];
        outputs.iter().flatten().for_each(|wire| live[wire.node() as usize] = true);
        for (i, node) in self.nodes.iter().enumerate().rev() {
            if live[i] {
                match *node {
                    Node::Zero | Node::Input(_) => {}
                    Node::Xor(a, b) => [a, b].iter().for_each(|n| live[*n as usize] = true),
                    Node::And(a, b) => [a, b].iter().for_each(|w| live[w.node() as usize] = true),
                }
            }
        }
        live
    }

    fn push(&mut self, node: Node) -> Wire {
        let inputs: usize = self.inputs.iter().map(|width| *width as usize).sum();
        if self.nodes.len() > (self.limit + inputs).min(MAX_NODES) {
            self.full = true;
            return Wire::ZERO;
        }
        self.nodes.push(node);
        self.asked.push(false);
        Wire((self.nodes.len() as u32 - 1) << 1)
    }
}

const NONE: u32 = u32::MAX;

/// Writes nodes down as gates.
struct Emit {
    first: u32,
    gates: Vec<Gate>,
    /// The circuit's wire of each node, and of its inverse: of what is needed, at least one is there.
    of: Vec<u32>,
    inverse: Vec<u32>,
}

impl Emit {
    fn push(&mut self, gate: Gate) -> u32 {
        self.gates.push(gate);
        self.first + self.gates.len() as u32 - 1
    }

    fn wire(&mut self, wire: Wire) -> u32 {
        let node = wire.node() as usize;
        let (there, other) = match wire.inverted() {
            false => (self.of[node], self.inverse[node]),
            true => (self.inverse[node], self.of[node]),
        };
        if there != NONE {
            return there;
        }
        let made = self.push(Gate::Not(other));
        *(if wire.inverted() { &mut self.inverse[node] } else { &mut self.of[node] }) = made;
        made
    }

    /// A node as it is at hand, and whether that is inverted.
    fn either(&self, node: u32) -> (u32, bool) {
        match self.of[node as usize] {
            NONE => (self.inverse[node as usize], true),
            wire => (wire, false),
        }
    }
}
