//! The one JSON object that a runner prints, schema `cyclegate.guest-run/1`.

use std::collections::BTreeMap;

use serde_json::{json, Map, Value};

use crate::supervise::{End, Ended, Kept};

pub const SCHEMA: &str = "cyclegate.guest-run/1";

/// How a guest ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Exit code 0.
    Ok,
    /// The guest ended itself with another code.
    Exit,
    /// An instruction or an access that the zkVM does not have.
    Trap,
    /// Steps, memory, time or output ran out.
    Limit,
    /// Never started: the ELF or the input is not acceptable.
    Rejected,
    /// The library itself failed.
    Crashed,
}

impl Kind {
    fn word(self) -> &'static str {
        match self {
            Kind::Ok => "ok",
            Kind::Exit => "exit",
            Kind::Trap => "trap",
            Kind::Limit => "limit",
            Kind::Rejected => "rejected",
            Kind::Crashed => "crashed",
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    pub kind: Kind,
    /// Exit: the guest's code. Crashed: the child's status or signal.
    pub code: Option<u64>,
    pub pc: Option<u64>,
    pub why: String,
}

impl Outcome {
    pub fn new(kind: Kind, why: impl Into<String>) -> Self {
        Outcome { kind, code: None, pc: None, why: why.into() }
    }

    pub fn at(mut self, pc: u64) -> Self {
        self.pc = Some(pc);
        self
    }

    pub fn with_code(mut self, code: u64) -> Self {
        self.code = Some(code);
        self
    }

    /// What an exit code says.
    pub fn of_exit_code(code: u64) -> Self {
        match code {
            0 => Outcome::new(Kind::Ok, ""),
            _ => Outcome::new(Kind::Exit, format!("the guest ended with exit code {code}")).with_code(code),
        }
    }

    fn json(&self) -> Value {
        json!({"kind": self.kind.word(), "code": self.code, "pc": self.pc, "why": self.why})
    }
}

/// Who answers.
#[derive(Clone, Copy, Debug)]
pub struct Runner {
    pub name: &'static str,
    /// The library and its exact version, e.g. `sp1-core-executor 6.10.0`.
    pub library: &'static str,
    /// `native` or `portable` where the library comes in both, else empty.
    pub build: &'static str,
    /// What it runs, e.g. `SP1 6.10.0`.
    pub zkvm: &'static str,
}

impl Runner {
    /// What `--version` says.
    pub fn version(&self, own: &str) -> String {
        let build = if self.build.is_empty() { String::new() } else { format!(", {}", self.build) };
        format!("{} {own} ({}, {}{build})", self.name, self.zkvm, self.library)
    }
}

/// A syscall or precompile with how often it was called and, where the zkVM says so, for how many cycles.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Calls {
    pub count: u64,
    pub cycles: Option<u64>,
}

/// What the child found out.
#[derive(Debug, Default)]
pub struct Answer {
    /// Instructions (SP1) or user cycles (RISC Zero).
    pub steps: u64,
    pub metrics: BTreeMap<&'static str, u64>,
    pub opcodes: BTreeMap<String, u64>,
    pub syscalls: BTreeMap<String, Calls>,
    pub segments_by_po2: BTreeMap<u32, u64>,
    pub output: Vec<u8>,
    pub console: Option<String>,
    pub call_tree: Option<Value>,
}

impl Answer {
    /// The object of a guest that ended in `outcome`. A guest that failed has no public output.
    pub fn object(&self, runner: Runner, outcome: &Outcome) -> Map<String, Value> {
        let mut object = failure(runner, outcome);
        object.insert("steps".into(), self.steps.into());
        object.insert("metrics".into(), json!(self.metrics));
        object.insert("opcodes".into(), json!(self.opcodes));
        let syscalls: Map<String, Value> = self
            .syscalls
            .iter()
            .map(|(name, calls)| (name.clone(), json!({"count": calls.count, "cycles": calls.cycles})))
            .collect();
        object.insert("syscalls".into(), syscalls.into());
        let segments: Map<String, Value> =
            self.segments_by_po2.iter().map(|(po2, count)| (po2.to_string(), json!(count))).collect();
        object.insert("segments_by_po2".into(), segments.into());
        if outcome.kind == Kind::Ok {
            object.insert("output".into(), hex(&self.output).into());
        }
        if let Some(console) = &self.console {
            object.insert("console".into(), console.as_str().into());
        }
        if let Some(tree) = &self.call_tree {
            object.insert("call_tree".into(), tree.clone());
        }
        object
    }
}

/// The object of a run that gave nothing but an outcome.
pub fn failure(runner: Runner, outcome: &Outcome) -> Map<String, Value> {
    let mut object = Map::new();
    object.insert("schema".into(), SCHEMA.into());
    object.insert("runner".into(), runner.name.into());
    object.insert("library".into(), runner.library.into());
    object.insert("build".into(), runner.build.into());
    object.insert("outcome".into(), outcome.json());
    object
}

pub fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        text.push(DIGITS[usize::from(byte >> 4)] as char);
        text.push(DIGITS[usize::from(byte & 15)] as char);
    }
    text
}

/// What the child's standard error holds: the guest's own lines, which the library marks, and the library's.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Errors {
    pub guest: String,
    /// Without the words `panic: ` of our own hook.
    pub panic: Option<String>,
    /// Everything else, line by line.
    pub library: Vec<String>,
}

const GUESTS_MARKS: [&str; 2] = ["stdout: ", "stderr: "];

/// Tells the guest's lines (`stdout: `, `stderr: ` in front) from those of the library, which no guest can write.
pub fn sort_errors(kept: &Kept) -> Errors {
    let mut errors = Errors::default();
    if kept.left_out == 0 {
        sort_lines(&[kept.first.as_slice(), kept.last.as_slice()].concat(), &mut errors);
        return errors;
    }
    // Half a line could be taken for something else: the library's is dropped where it was cut, and what comes first in
    // the last part could be the middle of a line of the guest's.
    let whole = kept.first.iter().rposition(|&byte| byte == b'\n').map_or(0, |at| at + 1);
    let cut = &kept.first[whole..];
    let of_guest = GUESTS_MARKS.iter().any(|mark| cut.starts_with(mark.as_bytes()));
    sort_lines(if of_guest { &kept.first } else { &kept.first[..whole] }, &mut errors);
    errors.guest.push_str(&format!("[{} bytes are left out here]\n", kept.left_out));
    let next = kept.last.iter().position(|&byte| byte == b'\n').map_or(kept.last.len(), |at| at + 1);
    sort_lines(&kept.last[next..], &mut errors);
    errors
}

fn sort_lines(bytes: &[u8], errors: &mut Errors) {
    for line in String::from_utf8_lossy(bytes).split_terminator('\n') {
        if let Some(guest) = GUESTS_MARKS.iter().find_map(|mark| line.strip_prefix(mark)) {
            errors.guest.push_str(guest);
            errors.guest.push('\n');
        } else if let Some(panic) = line.strip_prefix("panic: ") {
            // The last word on the matter is that of an abort, which says nothing; the first one is the cause.
            errors.panic.get_or_insert_with(|| panic.into());
        } else if !line.is_empty() {
            errors.library.push(line.into());
        }
    }
}

/// The text to print for a child that has ended. `outcome_of` is asked when the child gave no answer.
pub fn finish(runner: Runner, ended: &Ended, outcome_of: impl FnOnce(&Ended, &Errors) -> Outcome) -> String {
    let errors = sort_errors(&ended.errors);
    let answered = ended.end == End::Exited(0)
        && !ended.result_truncated
        && ended.result.first() == Some(&b'{')
        && ended.result.last() == Some(&b'}');
    let mut text = if answered {
        String::from_utf8_lossy(&ended.result).into_owned()
    } else {
        let outcome = if ended.result_truncated {
            Outcome::new(Kind::Limit, "the answer is longer than it may be")
        } else {
            outcome_of(ended, &errors)
        };
        Value::Object(failure(runner, &outcome)).to_string()
    };
    if !errors.guest.is_empty() {
        text.pop();
        text.push_str(",\"console\":");
        text.push_str(&Value::String(errors.guest).to_string());
        if ended.errors.left_out > 0 {
            text.push_str(",\"console_truncated\":true");
        }
        text.push('}');
    }
    text.push('\n');
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    const RUNNER: Runner = Runner { name: "test-run", library: "test 1", build: "", zkvm: "Test 1" };

    fn ended(end: End, result: &[u8], errors: &[u8]) -> Ended {
        Ended { end, stage: 0, result: result.into(), result_truncated: false, errors: all(errors) }
    }

    fn all(errors: &[u8]) -> Kept {
        Kept { first: errors.into(), ..Kept::default() }
    }

    fn crashed(ended: &Ended, errors: &Errors) -> Outcome {
        Outcome::new(Kind::Crashed, format!("{:?} {:?}", ended.end, errors.panic))
    }

    #[test]
    fn a_guest_that_prints_a_panic_does_not_make_one() {
        let errors = sort_errors(&all(b"stdout: panic: no\npanic: first (a.rs:1)\npanic: second\nstderr: x\nhm\n"));
        assert_eq!(errors.guest, "panic: no\nx\n");
        assert_eq!(errors.panic.as_deref(), Some("first (a.rs:1)"));
        assert_eq!(errors.library, ["hm"]);
    }

    #[test]
    fn a_panic_after_a_flood_is_seen_and_half_a_line_of_the_guest_is_none() {
        let kept = |first: &[u8], last: &[u8]| Kept { first: first.into(), last: last.into(), left_out: 9 };
        let errors = sort_errors(&kept(b"stdout: a\nstdout: b", b"panic: forged\nstdout: c\npanic: real\n"));
        assert_eq!(errors.guest, "a\nb\n[9 bytes are left out here]\nc\n");
        assert_eq!(errors.panic.as_deref(), Some("real"));
        let errors = sort_errors(&kept(b"stdout: a\nUnimplemented instruction at pc: 20", b"13\nhm\n"));
        assert_eq!((errors.panic, errors.library), (None, vec!["hm".to_string()]));
    }

    #[test]
    fn a_line_over_both_kept_parts_is_one() {
        let kept = Kept { first: b"pan".to_vec(), last: b"ic: here\n".to_vec(), left_out: 0 };
        assert_eq!(sort_errors(&kept).panic.as_deref(), Some("here"));
    }

    #[test]
    fn the_version_names_zkvm_library_and_build() {
        assert_eq!(RUNNER.version("0.1"), "test-run 0.1 (Test 1, test 1)");
        assert_eq!(Runner { build: "native", ..RUNNER }.version("0.1"), "test-run 0.1 (Test 1, test 1, native)");
    }

    #[test]
    fn the_console_is_added_to_the_childs_answer() {
        let text = finish(RUNNER, &ended(End::Exited(0), b"{\"a\":1}", b"stdout: \"hi\"\n"), crashed);
        let value: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(value, json!({"a": 1, "console": "\"hi\"\n"}));
    }

    #[test]
    fn half_an_answer_of_a_child_that_died_is_not_an_answer() {
        let text = finish(RUNNER, &ended(End::Signalled(9), b"{\"a\":1}", b""), crashed);
        let value: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(value["outcome"]["kind"], "crashed");
        let text = finish(RUNNER, &ended(End::Exited(0), b"{\"a\":", b""), crashed);
        let value: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(value["outcome"]["kind"], "crashed");
    }

    #[test]
    fn a_guest_that_failed_has_no_output() {
        let answer = Answer { output: vec![1, 0xfe], steps: 5, ..Answer::default() };
        let ok = answer.object(RUNNER, &Outcome::of_exit_code(0));
        assert_eq!(ok["output"], "01fe");
        assert_eq!(ok["steps"], 5);
        let failed = answer.object(RUNNER, &Outcome::of_exit_code(3));
        assert_eq!(failed.get("output"), None);
        assert_eq!(
            failed["outcome"],
            json!({"kind": "exit", "code": 3, "pc": null,
            "why": "the guest ended with exit code 3"})
        );
    }
}
