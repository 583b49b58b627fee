//! Which function ran how long, called by whom: a call tree with exact weights.
//!
//! The weights of a node belong to the function whose code ran, by address, so that all nodes add up to the run whatever
//! the guest does with its stack. The stack follows jumps that keep a return address; a jump back to a kept address drops
//! what is above it; a computed jump into the middle of a function that is on the stack drops what is above that one
//! (longjmp, exceptions), where the stack pointer tells which activation is meant; any other way into another function is
//! a tail call, whose frame goes with that of its caller.

use std::collections::HashMap;

use serde_json::{json, Value};

/// Deeper calls, and more places than this, are counted where they were called from.
const DEEPEST_STACK: usize = 1 << 12;
const MOST_NODES: usize = 1 << 20;
/// How far a computed jump looks for the frame it returns to.
const FARTHEST_RETURN: usize = 1024;
const MOST_FUNCTIONS: usize = 1 << 20;

/// Address ranges of functions; a function's number is its line in the file. What is in none has the number `len`.
#[derive(Clone, Debug)]
pub struct Functions {
    ranges: Vec<(u64, u64)>,
}

impl Functions {
    /// Reads `START END` (hexadecimal, END not included) lines, ascending and disjoint.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut ranges: Vec<(u64, u64)> = Vec::new();
        for (at, line) in text.lines().enumerate() {
            let range = line
                .split_once(' ')
                .and_then(|(start, end)| Some((number(start)?, number(end)?)))
                .filter(|(start, end)| start < end && ranges.last().is_none_or(|last| last.1 <= *start))
                .ok_or(format!("line {} of the functions is not an ascending `START END`", at + 1))?;
            if ranges.len() == MOST_FUNCTIONS {
                return Err(format!("there are more than {MOST_FUNCTIONS} functions"));
            }
            ranges.push(range);
        }
        Ok(Functions { ranges })
    }

    fn at(&self, pc: u64) -> (u32, (u64, u64)) {
        let after = self.ranges.partition_point(|range| range.0 <= pc);
        if after > 0 && pc < self.ranges[after - 1].1 {
            return ((after - 1) as u32, self.ranges[after - 1]);
        }
        // The gap around pc, so that staying in it needs no further search.
        let start = if after > 0 { self.ranges[after - 1].1 } else { 0 };
        let end = self.ranges.get(after).map_or(u64::MAX, |range| range.0);
        (self.ranges.len() as u32, (start, end))
    }
}

fn number(text: &str) -> Option<u64> {
    u64::from_str_radix(text, 16).ok()
}

/// How an instruction goes on to the next one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flow {
    /// To the next instruction, or by a jump or branch to a fixed place.
    Straight,
    /// A jump that keeps the address of the next instruction.
    Call,
    /// A jump to a computed address that keeps nothing.
    Computed,
}

/// What a RISC-V instruction (32 bits) does to the flow.
pub fn flow_of(instruction: u32) -> Flow {
    let keeps = instruction & 0xf80 != 0;
    match instruction & 0x7f {
        0x6f if keeps => Flow::Call,
        0x67 if keeps => Flow::Call,
        0x67 => Flow::Computed,
        _ => Flow::Straight,
    }
}

#[derive(Clone, Debug)]
struct Node {
    parent: u32,
    function: u32,
    calls: u64,
    weights: Vec<u64>,
}

#[derive(Clone, Copy, Debug)]
struct Frame {
    return_address: u64,
    stack_pointer: u64,
    function: u32,
    node: u32,
    tail: bool,
}

const NO_PARENT: u32 = u32::MAX;

/// Follows a run, instruction by instruction.
pub struct CallTree {
    functions: Functions,
    columns: Vec<&'static str>,
    nodes: Vec<Node>,
    children: HashMap<(u32, u32), u32>,
    stack: Vec<Frame>,
    /// Node, function and address range of the function that runs.
    node: u32,
    function: u32,
    range: (u64, u64),
    last: Option<(u64, Flow)>,
    truncated: bool,
}

impl CallTree {
    pub fn new(functions: Functions, columns: &[&'static str]) -> Self {
        CallTree {
            functions,
            columns: columns.to_vec(),
            nodes: Vec::new(),
            children: HashMap::new(),
            stack: Vec::new(),
            node: 0,
            function: 0,
            range: (1, 0),
            last: None,
            truncated: false,
        }
    }

    /// The instruction at `pc` is about to run; `stack_pointer` is that of the moment.
    pub fn step(&mut self, pc: u64, flow: Flow, stack_pointer: u64) {
        match self.last.replace((pc, flow)) {
            None => {
                self.enter(pc);
                self.node = self.child(NO_PARENT, self.function);
                self.nodes[self.node as usize].calls = 1;
                self.push(u64::MAX, u64::MAX, false);
            }
            Some((_, Flow::Straight)) => {
                if !(self.range.0 <= pc && pc < self.range.1) {
                    self.tail_call(pc, stack_pointer);
                }
            }
            Some((from, Flow::Call)) => {
                let caller = self.node;
                self.enter(pc);
                self.node = self.child(caller, self.function);
                self.nodes[self.node as usize].calls += 1;
                self.push(from.wrapping_add(4), stack_pointer, false);
            }
            Some((_, Flow::Computed)) => self.computed_jump(pc, stack_pointer),
        }
    }

    /// What the instruction of the last step took.
    pub fn add(&mut self, column: usize, weight: u64) {
        if let Some(node) = self.nodes.get_mut(self.node as usize) {
            node.weights[column] += weight;
        }
    }

    /// Sum of a column over all nodes.
    pub fn total(&self, column: usize) -> u64 {
        self.nodes.iter().map(|node| node.weights[column]).sum()
    }

    /// `{"columns": [..], "nodes": [[parent, function, calls, weight..]..], "truncated": bool}`; parents stand before
    /// their children, and the outermost node's parent is -1.
    pub fn json(&self) -> Value {
        let nodes: Vec<Value> = self
            .nodes
            .iter()
            .map(|node| {
                let parent = if node.parent == NO_PARENT { -1 } else { i64::from(node.parent) };
                let mut row = vec![json!(parent), json!(node.function), json!(node.calls)];
                row.extend(node.weights.iter().map(|weight| json!(weight)));
                Value::Array(row)
            })
            .collect();
        json!({"columns": self.columns, "nodes": nodes, "truncated": self.truncated})
    }

    /// Makes the function at `pc` the one that runs; true when `pc` is its first instruction.
    fn enter(&mut self, pc: u64) -> bool {
        (self.function, self.range) = self.functions.at(pc);
        self.named() && self.range.0 == pc
    }

    fn named(&self) -> bool {
        (self.function as usize) < self.functions.ranges.len()
    }

    fn child(&mut self, parent: u32, function: u32) -> u32 {
        if let Some(node) = self.children.get(&(parent, function)) {
            return *node;
        }
        if self.nodes.len() == MOST_NODES {
            self.truncated = true;
            return parent.min(MOST_NODES as u32 - 1);
        }
        let node = self.nodes.len() as u32;
        self.nodes.push(Node { parent, function, calls: 0, weights: vec![0; self.columns.len()] });
        self.children.insert((parent, function), node);
        node
    }

    fn push(&mut self, return_address: u64, stack_pointer: u64, tail: bool) {
        if self.stack.len() == DEEPEST_STACK {
            self.truncated = true;
            // The new node is one too deep: what runs there is counted with the deepest frame.
            self.node = self.stack[DEEPEST_STACK - 1].node;
            return;
        }
        self.stack.push(Frame { return_address, stack_pointer, function: self.function, node: self.node, tail });
    }

    /// After frames were dropped: the node of the function that runs now.
    fn settle(&mut self) {
        self.node = match self.stack.last() {
            Some(top) if top.function == self.function => top.node,
            Some(top) => {
                let parent = top.node;
                self.child(parent, self.function)
            }
            None => self.child(NO_PARENT, self.function),
        };
    }

    fn computed_jump(&mut self, pc: u64, stack_pointer: u64) {
        let inside = self.range.0 <= pc && pc < self.range.1;
        let in_place = inside && self.stack.last().is_none_or(|top| top.return_address != pc);
        if in_place && self.stack.last().is_none_or(|top| top.stack_pointer >= stack_pointer) {
            return;
        }
        let lowest = self.stack.len().saturating_sub(FARTHEST_RETURN);
        if !in_place {
            for depth in (lowest..self.stack.len()).rev() {
                if self.stack[depth].return_address == pc && !self.stack[depth].tail {
                    self.stack.truncate(depth);
                    self.enter(pc);
                    self.settle();
                    return;
                }
            }
        }
        let (function, range) = self.functions.at(pc);
        if (function as usize) < self.functions.ranges.len() && range.0 != pc {
            if let Some(depth) = self.resumed_depth(function, stack_pointer) {
                self.stack.truncate(depth);
                self.enter(pc);
                self.settle();
                return;
            }
        }
        if function != self.function {
            self.tail_call(pc, stack_pointer);
        }
    }

    fn resumed_depth(&self, function: u32, stack_pointer: u64) -> Option<usize> {
        let lowest = self.stack.len().saturating_sub(FARTHEST_RETURN);
        let mut nearest = None;
        for depth in (lowest..self.stack.len()).rev() {
            let frame = &self.stack[depth];
            if frame.function != function {
                continue;
            }
            if frame.stack_pointer > stack_pointer {
                return Some(depth + 1);
            }
            nearest.get_or_insert(depth + 1);
        }
        nearest
    }

    fn tail_call(&mut self, pc: u64, stack_pointer: u64) {
        let at_start = self.enter(pc);
        // Back to a function that is already in this chain of tail calls.
        for depth in (0..self.stack.len()).rev() {
            if self.stack[depth].function == self.function {
                self.stack.truncate(depth + 1);
                self.settle();
                self.nodes[self.node as usize].calls += u64::from(at_start);
                return;
            }
            if !self.stack[depth].tail {
                break;
            }
        }
        let parent = self.node;
        self.node = self.child(parent, self.function);
        self.nodes[self.node as usize].calls += u64::from(at_start);
        let return_address = self.stack.last().map_or(u64::MAX, |top| top.return_address);
        self.push(return_address, stack_pointer, true);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: u64 = 0x1000;
    const B: u64 = 0x2000;
    const C: u64 = 0x3000;

    fn tree() -> CallTree {
        CallTree::new(Functions::parse("1000 1100\n2000 2100\n3000 3100\n").unwrap(), &["steps"])
    }

    fn run(steps: &[(u64, Flow)]) -> Value {
        let mut tree = tree();
        for (pc, flow) in steps {
            tree.step(*pc, *flow, 0);
            tree.add(0, 1);
        }
        tree.json()["nodes"].clone()
    }

    use Flow::{Call, Computed, Straight};

    #[test]
    fn functions_must_ascend() {
        assert!(Functions::parse("10 20\n20 30\n").is_ok());
        assert!(Functions::parse("10 20\n18 30\n").is_err());
        assert!(Functions::parse("20 20\n").is_err());
        assert!(Functions::parse("x\n").is_err());
    }

    #[test]
    fn jumps_that_keep_an_address_are_calls() {
        assert_eq!(flow_of(0x0000_00ef), Call); // jal ra, 0
        assert_eq!(flow_of(0x0000_006f), Straight); // j
        assert_eq!(flow_of(0x0000_8067), Computed); // ret
        assert_eq!(flow_of(0x0007_80e7), Call); // jalr ra, a5
        assert_eq!(flow_of(0x0000_0073), Straight); // ecall
    }

    #[test]
    fn calls_and_returns_make_a_tree() {
        let nodes = run(&[
            (A, Straight),
            (A + 4, Call),
            (B, Straight),
            (B + 4, Computed),
            (A + 8, Call),
            (B, Computed),
            (A + 12, Straight),
        ]);
        assert_eq!(nodes, json!([[-1, 0, 1, 4], [0, 1, 2, 3]]));
    }

    #[test]
    fn recursion_goes_deeper_and_comes_back() {
        let nodes = run(&[
            (A, Call),
            (B, Call),
            (B, Call),
            (B, Computed),
            (B + 4, Computed),
            (B + 4, Computed),
            (A + 4, Straight),
        ]);
        assert_eq!(nodes, json!([[-1, 0, 1, 2], [0, 1, 1, 2], [1, 1, 1, 2], [2, 1, 1, 1]]));
    }

    #[test]
    fn a_tail_call_goes_with_its_caller() {
        let nodes = run(&[(A, Call), (B, Straight), (C, Computed), (A + 4, Straight)]);
        assert_eq!(nodes, json!([[-1, 0, 1, 2], [0, 1, 1, 1], [1, 2, 1, 1]]));
    }

    #[test]
    fn code_without_a_function_has_the_number_after_the_last() {
        let nodes = run(&[(A, Call), (0x9000, Straight), (0x9004, Computed), (A + 4, Straight)]);
        assert_eq!(nodes, json!([[-1, 0, 1, 2], [0, 3, 1, 2]]));
    }

    #[test]
    fn a_longjmp_drops_what_it_jumps_over() {
        let mut tree = tree();
        for (pc, flow, sp) in [(A, Call, 100), (B, Call, 90), (C, Computed, 80), (A + 64, Straight, 100)] {
            tree.step(pc, flow, sp);
            tree.add(0, 1);
        }
        assert_eq!(tree.json()["nodes"], json!([[-1, 0, 1, 2], [0, 1, 1, 1], [1, 2, 1, 1]]));
        assert_eq!(tree.total(0), 4);
    }

    #[test]
    fn endless_recursion_is_cut_and_everything_still_counted() {
        let mut tree = tree();
        tree.step(A, Call, 0);
        tree.add(0, 1);
        for _ in 0..100_000 {
            tree.step(B, Call, 0);
            tree.add(0, 1);
        }
        assert_eq!(tree.total(0), 100_001);
        assert_eq!(tree.json()["truncated"], true);
        assert!(tree.nodes.len() <= DEEPEST_STACK + 1);
    }
}
