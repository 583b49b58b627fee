//! Executes one guest in this process.

use std::sync::Arc;

use guest_runner::answer::{Answer, Calls, Errors, Kind, Outcome, Runner};
use guest_runner::arguments::Arguments;
use guest_runner::call_tree::{CallTree, Flow, Functions};
use guest_runner::program::{Resources, ZkVm, EXECUTING};
use guest_runner::supervise::{Ended, Stage};
use sp1_core_executor::{
    CycleResult, ExecutionReport, GasEstimatingVM, GasEstimatingVMEnum, Instruction, MinimalExecutorEnum, Opcode,
    Program, Register, SP1CoreOpts, SupervisorMode, SyscallCode,
};

use crate::symptoms;

#[cfg(feature = "profiling")]
const BUILD: &str = "portable";
#[cfg(not(feature = "profiling"))]
const BUILD: &str = "native";

/// What the library's own structures may take beside the guest: one chunk of the trace that gas is computed from
/// (134,217,728 entries of 16 bytes, a tenth more for its header) and the decoded program.
const LIBRARY_BYTES: u64 = 3 << 30;

/// SP1 can prove accesses to these addresses only: the ones below belong to registers (AddressOperation of
/// sp1-core-machine constrains addresses to be at least 2^16 and below 2^48). The executor checks neither.
const PROVABLE: std::ops::Range<u64> = 1 << 16..1 << 48;

/// SP1's executor.
pub struct Sp1;

pub struct Loaded {
    program: Arc<Program>,
    inputs: Vec<Vec<u8>>,
}

impl ZkVm for Sp1 {
    const RUNNER: Runner =
        Runner { name: "sp1-run", library: "sp1-core-executor 6.10.0", build: BUILD, zkvm: "SP1 6.10.0" };
    const USAGE: &'static str = "[--input FILE]...";
    type Loaded = Loaded;

    fn limits(arguments: &Arguments) -> Resources {
        Resources {
            // The native executor keeps each word of 8 bytes beside the time of its last access.
            resident: arguments.max_memory.saturating_mul(2).saturating_add(LIBRARY_BYTES),
            // The native executor keeps code and memory in files without a name, of terabytes that nobody touches.
            file_bytes: u64::MAX,
        }
    }

    fn load(elf: &[u8], inputs: Vec<Vec<u8>>) -> Result<Loaded, String> {
        let program = Program::from(elf).map_err(|error| error.to_string())?;
        Ok(Loaded { program: Arc::new(program), inputs })
    }

    fn run(
        loaded: &Loaded,
        functions: Option<Functions>,
        arguments: &Arguments,
        stage: Stage,
        answer: &mut Answer,
    ) -> Outcome {
        run(loaded, functions, arguments, stage, answer)
    }

    fn outcome(ended: &Ended, errors: &Errors) -> Outcome {
        symptoms::outcome(ended, errors)
    }
}

/// Executes to the end, as execute_with_options of sp1-prover does, which makes gas the same.
fn run(
    loaded: &Loaded,
    functions: Option<Functions>,
    arguments: &Arguments,
    stage: Stage,
    answer: &mut Answer,
) -> Outcome {
    if let Some(path) = &arguments.gecko {
        if !cfg!(feature = "profiling") {
            return Outcome::new(Kind::Rejected, "--gecko needs the profiling build of sp1-run");
        }
        std::env::set_var("TRACE_FILE", path);
        std::env::set_var("TRACE_SAMPLE_RATE", arguments.sample_rate.to_string());
    }
    let options = SP1CoreOpts::default();
    let trace = (!arguments.counts_only).then_some(options.gas_trace_chunk_threshold);
    let mut executor = MinimalExecutorEnum::new(loaded.program.clone(), false, trace);
    for input in &loaded.inputs {
        executor.with_input(input);
    }
    let mut report = ExecutionReport::default();
    let mut walk = Walk {
        program: &loaded.program,
        tree: functions.map(|functions| CallTree::new(functions, &["instructions"])),
        steps: 0,
        max_steps: arguments.max_steps,
    };
    let (mut complexity, mut trace_area) = (0, 0);
    loop {
        stage.set(EXECUTING);
        match executor.try_execute_chunk() {
            Ok(Some(chunk)) => {
                stage.set(symptoms::COUNTING_GAS);
                let mut vm = GasEstimatingVMEnum::new(&chunk, loaded.program.clone(), [0; 4], options.clone());
                let part = match &mut vm {
                    GasEstimatingVMEnum::Supervisor(vm) => walk.chunk(vm),
                    GasEstimatingVMEnum::User(vm) => {
                        vm.execute().map_err(|error| Outcome::new(Kind::Trap, error.to_string()))
                    }
                };
                match part {
                    Ok(part) => report += part,
                    Err(outcome) => {
                        answer.steps = walk.steps;
                        return outcome;
                    }
                }
                let costs = vm.costs();
                complexity += costs.0;
                trace_area += costs.1;
            }
            Ok(None) => break,
            Err(error) => {
                answer.steps = executor.global_clk();
                return Outcome::new(Kind::Trap, error.to_string()).at(executor.pc());
            }
        }
        if executor.is_done() {
            break;
        }
        if executor.global_clk() > arguments.max_steps {
            answer.steps = executor.global_clk();
            return step_limit(arguments.max_steps).at(executor.pc());
        }
    }
    answer.steps = executor.global_clk();
    let exit_code = executor.exit_code();
    let output = executor.into_public_values_stream();
    if answer.steps > arguments.max_steps {
        return step_limit(arguments.max_steps);
    }
    if output.len() as u64 > arguments.max_output {
        return Outcome::new(
            Kind::Limit,
            format!("{} bytes of public output, more than {}", output.len(), arguments.max_output),
        );
    }
    answer.output = output;
    if !arguments.counts_only {
        let Some(gas) = report.gas() else {
            return Outcome::new(Kind::Crashed, "the library computed no gas for this run");
        };
        answer.metrics.extend([("gas", gas), ("trace_area", trace_area), ("complexity", complexity)]);
        let counted = |(name, count): (String, u64)| (count > 0).then_some((name, count));
        answer.opcodes =
            report.opcode_counts.iter().map(|(name, count)| (opcode_name(name), *count)).filter_map(counted).collect();
        answer.syscalls = report
            .syscall_counts
            .iter()
            .map(|(name, count)| (format!("{name:?}"), *count))
            .filter_map(counted)
            .map(|(name, count)| (name, Calls { count, cycles: None }))
            .collect();
        answer.call_tree = walk.tree.map(|tree| tree.json());
    }
    Outcome::of_exit_code(u64::from(exit_code))
}

fn opcode_name(opcode: Opcode) -> String {
    format!("{opcode:?}")
}

fn step_limit(max_steps: u64) -> Outcome {
    Outcome::new(Kind::Limit, format!("still running after {max_steps} instructions"))
}

/// Goes through a trace, instruction by instruction: the library's own loop (GasEstimatingVM::execute) with a look at
/// each instruction before it runs.
struct Walk<'a> {
    program: &'a Program,
    tree: Option<CallTree>,
    steps: u64,
    max_steps: u64,
}

impl Walk<'_> {
    fn chunk(&mut self, vm: &mut GasEstimatingVM<'_, SupervisorMode>) -> Result<ExecutionReport, Outcome> {
        while !vm.core.is_done() {
            let pc = vm.core.pc();
            let Some(instruction) = self.program.fetch(pc).copied().filter(|_| pc % 4 == 0) else {
                return Err(Outcome::new(Kind::Trap, "there is no instruction").at(pc));
            };
            if self.steps == self.max_steps {
                return Err(step_limit(self.max_steps).at(pc));
            }
            self.steps += 1;
            if let Some(tree) = &mut self.tree {
                tree.step(pc, flow_of(&instruction), vm.core.registers()[2].value);
                tree.add(0, 1);
            }
            self.one(vm, &instruction).map_err(|why| Outcome::new(Kind::Trap, why).at(pc))?;
            match vm.core.advance() {
                CycleResult::Done(false) => {}
                CycleResult::TraceEnd | CycleResult::ShardBoundary | CycleResult::Done(true) => break,
            }
        }
        Ok(vm.gas_calculator.generate_report())
    }

    fn one(&self, vm: &mut GasEstimatingVM<'_, SupervisorMode>, instruction: &Instruction) -> Result<(), String> {
        use Opcode::*;
        let failed = |error: sp1_core_executor::ExecutionError| error.to_string();
        match instruction.opcode {
            LB | LBU | LH | LHU | LW | LWU | LD => {
                let (_, base, offset) = instruction.i_type();
                check_address("load from", vm, base, offset)?;
                vm.execute_load(instruction).map_err(failed)?;
            }
            SB | SH | SW | SD => {
                let (_, base, offset) = instruction.s_type();
                check_address("store to", vm, base, offset)?;
                vm.execute_store(instruction).map_err(failed)?;
            }
            JAL | JALR => vm.execute_jump(instruction),
            BEQ | BNE | BLT | BGE | BLTU | BGEU => vm.execute_branch(instruction),
            LUI | AUIPC => vm.execute_utype(instruction),
            ECALL => {
                check_call(vm)?;
                vm.execute_ecall(instruction).map_err(failed)?;
            }
            EBREAK => return Err("ebreak".into()),
            UNIMP => return Err("an instruction that SP1 does not have".into()),
            _ => vm.execute_alu(instruction),
        }
        Ok(())
    }
}

fn check_address(
    what: &str,
    vm: &GasEstimatingVM<'_, SupervisorMode>,
    base: Register,
    offset: u64,
) -> Result<(), String> {
    let address = vm.core.registers()[base as usize].value.wrapping_add(offset);
    if PROVABLE.contains(&address) {
        return Ok(());
    }
    Err(format!("{what} {address:#x}, which SP1 cannot prove (it can from 0x10000 up to 2^48)"))
}

/// The registers in which a system call has addresses that its circuit reads or writes (SyscallAddrOperation of
/// sp1-core-machine). WRITE and the hints have no circuit: what they touch is no part of the proof.
fn pointers(call: u64) -> &'static [Register] {
    use Register::{X10, X11, X12, X13, X14};
    let Ok(call) = u32::try_from(call) else { return &[] };
    let is = |other: SyscallCode| call == other as u32;
    if is(SyscallCode::UINT256_ADD_CARRY) || is(SyscallCode::UINT256_MUL_CARRY) {
        &[X10, X11, X12, X13, X14]
    } else if is(SyscallCode::MPROTECT) || is(SyscallCode::SIG_RETURN) || call >> 8 & 0xff == 0 {
        &[]
    } else if is(SyscallCode::KECCAK_PERMUTE) || call >> 16 & 0xff != 1 {
        // The other argument is 0 or the sign of a point to decompress.
        &[X10]
    } else {
        &[X10, X11]
    }
}

/// Looks at the addresses of a system call before it runs.
fn check_call(vm: &GasEstimatingVM<'_, SupervisorMode>) -> Result<(), String> {
    let call = vm.core.registers()[Register::X5 as usize].value;
    pointers(call).iter().try_for_each(|register| check_address(&format!("system call {call:#x} on"), vm, *register, 0))
}

fn flow_of(instruction: &Instruction) -> Flow {
    match instruction.opcode {
        Opcode::JAL | Opcode::JALR if instruction.op_a != 0 => Flow::Call,
        Opcode::JALR => Flow::Computed,
        _ => Flow::Straight,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_call_with_a_circuit_has_its_addresses_looked_at() {
        let of = |call: SyscallCode| pointers(call as u64).len();
        assert_eq!(of(SyscallCode::KECCAK_PERMUTE), 1);
        assert_eq!(of(SyscallCode::SHA_EXTEND), 1);
        assert_eq!(of(SyscallCode::POSEIDON2), 1);
        assert_eq!(of(SyscallCode::SECP256K1_DOUBLE), 1);
        assert_eq!(of(SyscallCode::ED_DECOMPRESS), 1);
        assert_eq!(of(SyscallCode::SHA_COMPRESS), 2);
        assert_eq!(of(SyscallCode::SECP256K1_ADD), 2);
        assert_eq!(of(SyscallCode::BN254_FP2_MUL), 2);
        assert_eq!(of(SyscallCode::UINT256_MUL), 2);
        assert_eq!(of(SyscallCode::UINT256_ADD_CARRY), 5);
    }

    #[test]
    fn calls_without_a_circuit_are_left_alone() {
        for call in
            [SyscallCode::HALT, SyscallCode::WRITE, SyscallCode::COMMIT, SyscallCode::HINT_LEN, SyscallCode::HINT_READ]
        {
            assert!(pointers(call as u64).is_empty(), "{call:?}");
        }
        assert!(pointers(u64::MAX).is_empty());
    }
}
