//! Executes one guest in this process.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Mutex;

use anyhow::Result;
use guest_runner::answer::{Answer, Calls, Errors, Kind, Outcome, Runner};
use guest_runner::arguments::Arguments;
use guest_runner::call_tree::{flow_of, CallTree, Functions};
use guest_runner::program::{Resources, ZkVm};
use guest_runner::supervise::{Ended, Stage};
use risc0_binfmt::{MemoryImage, ProgramBinary};
use risc0_circuit_rv32im::execute::{
    platform::USER_REGS_ADDR, CycleLimit, EcallMetric, Executor, ExecutorResult, DEFAULT_SEGMENT_LIMIT_PO2,
};
use risc0_circuit_rv32im::trace::{TraceCallback, TraceEvent};
use risc0_circuit_rv32im::{MAX_INSN_CYCLES, MAX_INSN_CYCLES_LOWER_PO2};
use risc0_zkos_v1compat::V1COMPAT_ELF;
use serde_json::Value;

use crate::host::Host;
use crate::symptoms;

/// What the library's own structures may take beside the guest's memory.
const LIBRARY_BYTES: u64 = 1 << 30;
/// The first bytes of a file that holds both the guest and its kernel.
const BINARY_MAGIC: &[u8] = b"R0BF";
const REG_SP: u32 = 2;

const _: () = assert!(DEFAULT_SEGMENT_LIMIT_PO2 == 20, "guest_runner's default of --po2");

/// RISC Zero's executor.
pub struct RiscZero;

pub struct Loaded {
    image: MemoryImage,
    input: Vec<u8>,
}

impl ZkVm for RiscZero {
    const RUNNER: Runner =
        Runner { name: "r0-run", library: "risc0-circuit-rv32im 4.0.5", build: "", zkvm: "RISC Zero 3.0.5" };
    const USAGE: &'static str = "[--input FILE]";
    type Loaded = Loaded;

    fn limits(arguments: &Arguments) -> Resources {
        Resources {
            // The executor keeps pages of the guest three times: as they were, as they are, and on their way to a segment.
            resident: arguments.max_memory.saturating_mul(3).saturating_add(LIBRARY_BYTES),
            file_bytes: 0,
        }
    }

    fn load(elf: &[u8], mut inputs: Vec<Vec<u8>>) -> Result<Loaded, String> {
        if inputs.len() > 1 {
            return Err("RISC Zero guests have one standard input, not several".into());
        }
        let in_words = |error: anyhow::Error| format!("{error:#}");
        let binary = if elf.starts_with(BINARY_MAGIC) {
            ProgramBinary::decode(elf).map_err(in_words)?
        } else {
            ProgramBinary::new(elf, V1COMPAT_ELF)
        };
        let image = binary.to_image().map_err(in_words)?;
        Ok(Loaded { image, input: inputs.pop().unwrap_or_default() })
    }

    fn run(
        loaded: &Loaded,
        functions: Option<Functions>,
        arguments: &Arguments,
        _: Stage,
        answer: &mut Answer,
    ) -> Outcome {
        run(loaded, functions, arguments, answer)
    }

    fn outcome(ended: &Ended, errors: &Errors) -> Outcome {
        symptoms::outcome(ended, errors)
    }
}

/// One execution: its result, what the host saw, the ecalls by kind and the segments by size.
struct Session {
    result: Result<ExecutorResult>,
    host: Host,
    ecalls: Vec<(String, EcallMetric)>,
    segments_by_po2: BTreeMap<u32, u64>,
}

fn session(loaded: &Loaded, arguments: &Arguments, trace: Vec<Rc<RefCell<dyn TraceCallback + '_>>>) -> Session {
    let host = Host::new(loaded.input.clone(), arguments.max_output);
    let segments = Mutex::new(BTreeMap::new());
    let longest = if arguments.po2 < 15 { MAX_INSN_CYCLES_LOWER_PO2 } else { MAX_INSN_CYCLES };
    let mut executor = Executor::new(loaded.image.clone(), &host, None, trace, None);
    let result = executor.run(arguments.po2 as usize, longest, CycleLimit::Hard(arguments.max_steps), |segment| {
        *segments.lock().expect("one thread").entry(segment.po2).or_insert(0) += 1;
        Ok(())
    });
    let ecalls = executor.take_ecall_metrics().into();
    drop(executor);
    Session { result, host, ecalls, segments_by_po2: segments.into_inner().expect("one thread") }
}

fn run(loaded: &Loaded, functions: Option<Functions>, arguments: &Arguments, answer: &mut Answer) -> Outcome {
    let profiler =
        functions.filter(|_| !arguments.counts_only).map(|functions| Rc::new(RefCell::new(Profiler::new(functions))));
    let trace: Vec<Rc<RefCell<dyn TraceCallback>>> = match &profiler {
        Some(profiler) => vec![profiler.clone()],
        None => vec![],
    };
    let session = session(loaded, arguments, trace);
    let console = String::from_utf8_lossy(&session.host.console.borrow()).into_owned();
    answer.console = (!console.is_empty()).then_some(console);
    let result = match session.result {
        Ok(result) => result,
        Err(error) => {
            let message = format!("{error:#}");
            let first = symptoms::of_error(&message, None);
            if first.kind != Kind::Trap {
                return first;
            }
            return symptoms::of_error(&message, last_user_pc(loaded, arguments));
        }
    };
    answer.steps = result.user_cycles;
    answer.metrics.extend([
        ("cycles", result.user_cycles + result.paging_cycles),
        ("user_cycles", result.user_cycles),
        ("paging_cycles", result.paging_cycles),
        ("reserved_cycles", result.reserved_cycles),
        ("total_cycles", result.total_cycles),
        ("segments", result.segments),
    ]);
    answer.segments_by_po2 = session.segments_by_po2;
    answer.syscalls = session.host.calls.take();
    for (name, metric) in session.ecalls {
        if metric.count > 0 || metric.cycles > 0 {
            answer.syscalls.insert(name, Calls { count: metric.count, cycles: Some(metric.cycles) });
        }
    }
    answer.output = session.host.journal.take();
    answer.call_tree = profiler.map(|profiler| profiler.borrow_mut().finish(&result));
    match result.claim.terminate_state {
        Some(state) => symptoms::of_end(state.a0.1, state.a0.0),
        None => Outcome::new(Kind::Crashed, "the executor stopped before the guest ended"),
    }
}

/// Runs the guest again, instruction by instruction, and says where in its own code it was last.
fn last_user_pc(loaded: &Loaded, arguments: &Arguments) -> Option<u32> {
    let last = Rc::new(RefCell::new(None));
    let seen = last.clone();
    let callback = move |event: TraceEvent| {
        if let TraceEvent::InstructionStart { pc, .. } = event {
            if pc < 0xc000_0000 {
                *seen.borrow_mut() = Some(pc);
            }
        }
        Ok(())
    };
    session(loaded, arguments, vec![Rc::new(RefCell::new(callback))]);
    let pc = *last.borrow();
    pc
}

/// Makes a call tree of the executor's events. Columns: user cycles and paging cycles.
struct Profiler {
    tree: CallTree,
    stack_pointer: u32,
    cycle: u64,
}

impl Profiler {
    fn new(functions: Functions) -> Self {
        Profiler { tree: CallTree::new(functions, &["user_cycles", "paging_cycles"]), stack_pointer: 0, cycle: 0 }
    }

    /// The tree; the cycles that no event told of (the last instruction's, and pages at the ends of segments) go to the
    /// node that ran last.
    fn finish(&mut self, result: &ExecutorResult) -> Value {
        self.tree.add(0, result.user_cycles.saturating_sub(self.tree.total(0)));
        self.tree.add(1, result.paging_cycles.saturating_sub(self.tree.total(1)));
        self.tree.json()
    }
}

impl TraceCallback for Profiler {
    fn trace_callback(&mut self, event: TraceEvent) -> Result<()> {
        match event {
            TraceEvent::InstructionStart { cycle, pc, insn } => {
                // Until now the instruction before ran.
                self.tree.add(0, cycle - self.cycle);
                self.cycle = cycle;
                self.tree.step(u64::from(pc), flow_of(insn), u64::from(self.stack_pointer));
            }
            TraceEvent::MemorySet { addr, region } if addr == USER_REGS_ADDR.0 + 4 * REG_SP => {
                self.stack_pointer = region.try_into().map_or(0, u32::from_be_bytes);
            }
            TraceEvent::PageIn { cycles } | TraceEvent::PageOut { cycles } => self.tree.add(1, cycles),
            _ => {}
        }
        Ok(())
    }
}
