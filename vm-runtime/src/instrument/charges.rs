//! Where a function's body charges for gas, how much, and where it looks whether there was enough.
//!
//! A basic block is a run of operators that is entered only at its top and left only at its bottom; calls end one too.
//! Every block's price is charged before the block runs, but not each price by itself. Blocks meet at *joints*: the ways
//! out of one block, and every way into the blocks they lead to, are one joint. What is the cheapest way from a joint to
//! the next call, loop or end of the function will have to be paid whichever way is taken, so the blocks before the joint
//! pay it in advance, and a block after it pays only what it costs more. The way up to a loop pays for one round of it as far
//! as that is certain, and so does the way back, which leaves nothing to pay at the loop's top. On at least one way out of every joint nothing is
//! left to pay. The sum over any way through the function is exactly the sum of the prices of its operators, and nothing
//! is ever paid that does not run, unless the function traps on the way.
//!
//! Paying is a subtraction. Looking whether the counter fell below zero is a branch, and happens only on entry, at the
//! top of loops, before imported functions, at operations that are priced by length, and so often in between that no way
//! through the function pays more than [`MAX_UNCHECKED_GAS`] without.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use wasmparser::Operator;

use crate::gas::OpClass;

/// How much a function may charge between two looks at the counter, in gas: a call whose gas is used up stops after that
/// much work, and as much again for each function that it returns through.
const MAX_UNCHECKED_GAS: u64 = 256;

/// A charge before an operator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Charge {
    /// The index of the operator.
    pub(super) before: usize,
    /// What is taken from the counter.
    pub(super) gas: u64,
    /// Whether the function stops here if the counter is below zero.
    pub(super) checked: bool,
}

/// The charges of a body, in the order of its operators. The first one is that of the entry, and is checked.
pub(super) fn charges(operators: &[Operator<'_>]) -> Vec<Charge> {
    let mut graph = Graph::new();
    for (at, operator) in operators.iter().enumerate() {
        graph.operator(at, operator);
    }
    graph.charges()
}

/// A set of ways from block to block that share one advance payment; see [`Graph::joints`].
type Joint = usize;

/// The joint before calls and the end of the function, where nothing is paid in advance.
const SETTLED: Joint = 0;

struct Block {
    /// The index of its first operator.
    start: usize,
    /// The price of its operators.
    gas: u64,
    from: Joint,
    /// None if it ends in a trap.
    to: Option<Joint>,
    /// Whether a loop starts here, or the function.
    checked: bool,
    /// Whether a call came just before. What was charged before it was looked at in the callee.
    after_call: bool,
}

/// An open `block`, `loop`, `if` or the function itself.
struct Label {
    /// Where branches to it lead.
    joint: Joint,
    /// Whether anything leads to its joint.
    reached: bool,
    /// The first block of a loop.
    header: Option<usize>,
    /// Where the condition of an `if` leads, until its `else`.
    condition: Option<Joint>,
}

struct Graph {
    blocks: Vec<Block>,
    labels: Vec<Label>,
    /// Joints that turned out to be one are linked to each other: a union-find forest.
    joints: Vec<Joint>,
    /// The joints before loops.
    loops: Vec<Joint>,
    /// Whether the operators at hand can run: they are part of the last block.
    open: bool,
}

impl Graph {
    fn new() -> Self {
        let function = Label { joint: SETTLED, reached: false, header: None, condition: None };
        let entry = Block { start: 0, gas: 0, from: SETTLED, to: None, checked: true, after_call: false };
        Self { blocks: vec![entry], labels: vec![function], joints: vec![SETTLED], loops: Vec::new(), open: true }
    }

    fn joint(&mut self) -> Joint {
        self.joints.push(self.joints.len());
        self.joints.len() - 1
    }

    fn find(&mut self, mut joint: Joint) -> Joint {
        while self.joints[joint] != joint {
            self.joints[joint] = self.joints[self.joints[joint]];
            joint = self.joints[joint];
        }
        joint
    }

    fn unite(&mut self, a: Joint, b: Joint) {
        let (a, b) = (self.find(a), self.find(b));
        self.joints[a.max(b)] = a.min(b);
    }

    /// Ends the block at hand.
    fn close(&mut self, to: Option<Joint>) {
        if let (true, Some(block)) = (self.open, self.blocks.last_mut()) {
            block.to = to;
        }
        self.open = false;
    }

    fn begin(&mut self, start: usize, from: Joint) {
        self.blocks.push(Block { start, gas: 0, from, to: None, checked: false, after_call: false });
        self.open = true;
    }

    fn push(&mut self, joint: Joint, header: Option<usize>, condition: Option<Joint>) {
        self.labels.push(Label { joint, reached: false, header, condition });
    }

    /// The joint that a branch leads to.
    fn target(&mut self, depth: u32) -> Joint {
        let index = self.labels.len().saturating_sub(1 + depth as usize);
        let label = &mut self.labels[index];
        label.reached |= self.open;
        label.joint
    }

    fn operator(&mut self, at: usize, operator: &Operator<'_>) {
        if let (true, Some(block)) = (self.open, self.blocks.last_mut()) {
            block.gas += OpClass::of(operator).gas();
        }
        match operator {
            Operator::Block { .. } => {
                let joint = self.joint();
                self.push(joint, None, None);
            }
            Operator::Loop { .. } => self.start_loop(at),
            Operator::If { .. } => self.start_if(at),
            Operator::Else => self.start_else(at),
            Operator::End => self.end(at),
            Operator::Br { relative_depth } => {
                let target = self.target(*relative_depth);
                self.close(Some(target));
            }
            Operator::BrIf { relative_depth } => {
                let target = self.target(*relative_depth);
                self.split(at, target);
            }
            Operator::BrTable { targets } => {
                let joint = self.target(targets.default());
                for target in targets.targets().flatten() {
                    let target = self.target(target);
                    if self.open {
                        self.unite(joint, target);
                    }
                }
                self.close(Some(joint));
            }
            Operator::Return => self.close(Some(SETTLED)),
            Operator::Unreachable => self.close(None),
            Operator::Call { .. } | Operator::CallIndirect { .. } => {
                self.split(at, SETTLED);
                if let (true, Some(block)) = (self.open, self.blocks.last_mut()) {
                    block.after_call = true;
                }
            }
            _ => {}
        }
    }

    /// Ends the block and starts the next one at the same joint.
    fn split(&mut self, at: usize, joint: Joint) {
        if self.open {
            self.close(Some(joint));
            self.begin(at + 1, joint);
        }
    }

    fn start_loop(&mut self, at: usize) {
        let joint = self.joint();
        let header = self.open.then(|| {
            self.split(at, joint);
            self.blocks.len() - 1
        });
        self.push(joint, header, None);
    }

    fn start_if(&mut self, at: usize) {
        let (end, condition) = (self.joint(), self.joint());
        let runs = self.open.then_some(condition);
        self.split(at, condition);
        self.push(end, None, runs);
    }

    fn start_else(&mut self, at: usize) {
        let Some(label) = self.labels.last_mut() else { return };
        label.reached |= self.open;
        let (end, condition) = (label.joint, label.condition.take());
        self.close(Some(end));
        if let Some(condition) = condition {
            self.begin(at + 1, condition);
        }
    }

    fn end(&mut self, at: usize) {
        let Some(mut label) = self.labels.pop() else { return };
        if let Some(header) = label.header {
            // A loop to which nothing branches back is only a block.
            if label.reached {
                self.blocks[header].checked = true;
                self.loops.push(label.joint);
            }
            return;
        }
        if let Some(condition) = label.condition {
            self.unite(condition, label.joint);
            label.reached = true;
        }
        label.reached |= self.open;
        self.close(Some(label.joint));
        if label.reached && !self.labels.is_empty() {
            self.begin(at + 1, label.joint);
        }
    }

    fn charges(mut self) -> Vec<Charge> {
        for index in 0..self.joints.len() {
            self.joints[index] = self.find(index);
        }
        let advances = self.advances();
        // How much was charged on some way to each joint without a look at the counter, at most.
        let mut unchecked = vec![0; self.joints.len()];
        let mut charges = Vec::new();
        for block in &self.blocks {
            let (from, to) = (self.joints[block.from], block.to.map(|to| self.joints[to]));
            let gas = (block.gas + to.map_or(0, |to| advances[to])).saturating_sub(advances[from]);
            let before = if block.after_call { 0 } else { unchecked[from] };
            let checked = block.checked || before + gas > MAX_UNCHECKED_GAS;
            let after = if checked { 0 } else { before + gas };
            if let Some(to) = to {
                unchecked[to] = after.max(unchecked[to]);
            }
            if gas > 0 || checked {
                charges.push(Charge { before: block.start, gas, checked });
            }
        }
        charges
    }

    /// What is paid before each joint for what comes after it: the price of the cheapest way on, up to a joint where that is
    /// known; nothing if every way on ends in a trap.
    fn advances(&self) -> Vec<u64> {
        // First what is certain up to the next loop, then with what is certain of the loop itself.
        let mut known = vec![None; self.joints.len()];
        for joint in self.loops.iter().chain([&SETTLED]) {
            known[self.joints[*joint]] = Some(0);
        }
        let round = self.cheapest(&known);
        let mut rounds = vec![u64::MAX; self.joints.len()];
        for block in &self.blocks {
            if let Some(to) = block.to {
                let rest = round[self.joints[to]];
                let from = self.joints[block.from];
                rounds[from] = rounds[from].min(rest.saturating_add(block.gas));
            }
        }
        for joint in &self.loops {
            let joint = self.joints[*joint];
            known[joint] = Some(if joint == SETTLED || rounds[joint] == u64::MAX { 0 } else { rounds[joint] });
        }
        self.cheapest(&known).into_iter().map(|gas| if gas == u64::MAX { 0 } else { gas }).collect()
    }

    /// The price of the cheapest way from each joint to one with a known price, that price included (Dijkstra's algorithm,
    /// backwards); the largest number where no way leads to one.
    fn cheapest(&self, known: &[Option<u64>]) -> Vec<u64> {
        let mut into: Vec<Vec<(Joint, u64)>> = vec![Vec::new(); self.joints.len()];
        for block in &self.blocks {
            let from = self.joints[block.from];
            if let (Some(to), None) = (block.to, known[from]) {
                into[self.joints[to]].push((from, block.gas));
            }
        }
        let mut best: Vec<u64> = known.iter().map(|price| price.unwrap_or(u64::MAX)).collect();
        let mut queue: BinaryHeap<_> = best
            .iter()
            .enumerate()
            .filter(|(_, gas)| **gas < u64::MAX)
            .map(|(joint, gas)| Reverse((*gas, joint)))
            .collect();
        while let Some(Reverse((gas, joint))) = queue.pop() {
            if gas > best[joint] {
                continue;
            }
            for &(from, price) in &into[joint] {
                if gas + price < best[from] {
                    best[from] = gas + price;
                    queue.push(Reverse((best[from], from)));
                }
            }
        }
        best
    }
}
