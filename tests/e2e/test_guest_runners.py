"""sp1-run and r0-run for real, alone and behind cyclegate, on every run of tests/fixtures/{sp1,risc0}/runs.tsv.

The captures beside it (NAME.stdout) were made by other programs on the same libraries. With CYCLEGATE_BLESS=1 the answers
that tests/unit/executors reads are recorded again, after they have been compared with the captures.
"""
import json
import os
import pathlib
import re
import shlex
import struct
import subprocess
import sys
import tempfile
import time
import unittest

import support

FIXTURES = support.ROOT / "tests" / "fixtures"
PROGRAMS = {"sp1": "sp1-run", "risc0": "r0-run"}
# How the runs that fail end; a run that is not here ends well.
FAILURES = {
    "sp1": {"exit3": "exit", "exit3.counts": "exit", "nullw": "trap", "err_trap": "trap", "err_maxcycles": "limit",
            "err_noelf": "rejected", "err_notelf": "rejected", "err_noinput": "rejected", "err_wrongelf": "rejected"},
    "risc0": {"exit3": "exit", "err_trap": "trap", "err_nullw": "trap", "err_maxcycles": "limit", "err_noelf": "rejected",
              "err_notelf": "rejected", "err_noinput": "rejected", "err_elf64": "rejected"},
}
WORDS = {"--stdin": "--input", "--max-cycles": "--max-steps", "--po2": "--po2"}


def runs(zkvm):
    """(name, elf, input or None, other options) of each capture that the runner makes too."""
    for line in (FIXTURES / zkvm / "runs.tsv").read_text().splitlines():
        name, _, command = line.split("\t")
        words = shlex.split(command)
        if words[0] == "timeout":
            words = words[2:]
        if words[0] != PROGRAMS[zkvm]:
            continue  # the portable build
        elf, words, given, other = words[1], words[2:], None, []
        while words:
            word = words.pop(0)
            if word == "--counts-only":
                other.append(word)
            elif word == "--pc-cycles":
                words.pop(0)
            elif word == "--stdin":
                given = words.pop(0)
            else:
                other += [WORDS[word], words.pop(0)]
        yield name, elf, given, other


def capture(zkvm, name):
    text = (FIXTURES / zkvm / f"{name}.stdout").read_text()
    return json.loads(text) if text else {}


def bare(program, zkvm, elf, given, other, seconds=600):
    command = [program, "--elf", elf] + (["--input", given] if given else []) + other
    command += ["--max-time-ms", str(seconds * 1000)]
    done = subprocess.run(command, cwd=FIXTURES / zkvm, capture_output=True, text=True, check=False, timeout=900)
    return done


def sp1_calling(call, *pointers):
    """An SP1 guest that makes the system call with these arguments (below 2^31, multiples of 8), then halts with exit code 0."""
    def load(register, value):  # lui, addiw
        upper, lower = (value + 0x800) >> 12, (value & 0xfff)
        return [upper << 12 & 0xffffffff | register << 7 | 0x37, lower << 20 | register << 15 | register << 7 | 0x1b]

    words = load(5, call)
    for register, pointer in enumerate(pointers, 10):
        words += load(register, pointer)
    words += [0x73, *load(5, 0), *load(10, 0), 0x73]
    code = struct.pack(f"<{len(words)}I", *words)
    start, where = 0x78000000, 0x1000
    header = struct.pack("<16sHHIQQQIHHHHHH", b"\x7fELF\x02\x01\x01", 2, 243, 1, start, 64, 0, 0, 64, 56, 1, 0, 0, 0)
    segment = struct.pack("<IIQQQQQQ", 1, 5, where, start, start, len(code), len(code), 0x1000)
    return (header + segment).ljust(where, b"\0") + code


class Runners(unittest.TestCase):
    maxDiff = 4000

    def program(self, zkvm):
        return support.require_program(PROGRAMS[zkvm])

    def compare(self, zkvm, name, answer):
        """The numbers of a run that ended well with those of its capture."""
        seen = capture(zkvm, name)
        calls = {call: row["count"] for call, row in answer["syscalls"].items()}
        if zkvm == "sp1":
            self.assertEqual(answer["output"], seen["public_values"])
            self.assertEqual(answer["steps"], seen["instructions"])
            if "gas" in seen:
                self.assertEqual(answer["metrics"], {key: seen[key] for key in ("gas", "trace_area", "complexity")})
                self.assertEqual(answer["opcodes"], seen["opcode_counts"])
                self.assertEqual(calls, seen["syscall_counts"])
            return
        self.assertEqual(answer["output"], seen["journal"])
        keys = ("user_cycles", "paging_cycles", "reserved_cycles", "total_cycles", "segments")
        self.assertEqual({key: answer["metrics"][key] for key in keys}, {key: seen[key] for key in keys})
        self.assertEqual(answer["metrics"]["cycles"], seen["user_cycles"] + seen["paging_cycles"])
        self.assertEqual(answer["segments_by_po2"], seen["segments_by_po2"])
        self.assertEqual(calls, seen["syscalls"] | {ecall: row["count"] for ecall, row in seen["ecalls"].items()})
        for ecall, row in seen["ecalls"].items():
            self.assertEqual(answer["syscalls"][ecall]["cycles"], row["cycles"])
        self.assertEqual(answer.get("console", ""), seen["stdout"])

    def each(self, zkvm):
        program = self.program(zkvm)
        for name, elf, given, other in runs(zkvm):
            with self.subTest(run=name):
                # An endless loop ends by its instructions where the executor looks at them, else by its time.
                done = bare(program, zkvm, elf, given, other, 20 if name == "err_maxcycles" else 600)
                self.assertEqual((done.returncode, done.stderr), (0, ""))
                answer = json.loads(done.stdout)
                self.assertEqual(answer["schema"], "cyclegate.guest-run/1")
                self.assertEqual(answer["outcome"]["kind"], FAILURES[zkvm].get(name, "ok"), answer["outcome"])
                if answer["outcome"]["kind"] == "ok":
                    self.compare(zkvm, name, answer)
                else:
                    self.assertTrue(answer["outcome"]["why"])
                    self.assertNotIn("output", answer)
                if os.environ.get("CYCLEGATE_BLESS") == "1":
                    to = FIXTURES / zkvm / "answers" / f"{name}.json"
                    to.parent.mkdir(exist_ok=True)
                    to.write_text(done.stdout)

    def test_every_run_of_sp1(self):
        self.each("sp1")

    def test_a_precompile_on_an_address_that_no_proof_can_contain_is_a_trap(self):
        program = self.program("sp1")
        keccak, bn254_fp_add, uint256_add, write = 0x10109, 0x10126, 0x10130, 2
        good = 0x10000000
        five = tuple(good + 64 * place for place in range(5))
        cases = [(None, keccak, (good, 0)), (8, keccak, (8, 0)), (None, bn254_fp_add, (good, good + 64)),
                 (16, bn254_fp_add, (good, 16)), (0, bn254_fp_add, (0, good)), (None, uint256_add, five),
                 (8, uint256_add, (*five[:4], 8)), (None, write, (13, 8, 8))]
        with tempfile.TemporaryDirectory() as directory:
            for wild, call, arguments in cases:
                with self.subTest(call=hex(call), arguments=arguments):
                    elf = pathlib.Path(directory) / "guest.elf"
                    elf.write_bytes(sp1_calling(call, *arguments))
                    outcome = json.loads(bare(program, "sp1", str(elf), None, []).stdout)["outcome"]
                    self.assertEqual(outcome["kind"], "ok" if wild is None else "trap", outcome)
                    if wild is not None:
                        self.assertIn(f"system call {call:#x} on {wild:#x}, which SP1 cannot prove", outcome["why"])

    def test_every_run_of_risc0(self):
        self.each("risc0")

    def test_behind_cyclegate_they_give_the_same(self):
        for zkvm in PROGRAMS:
            self.program(zkvm)
            deciding, *others = {"sp1": ["gas", "trace_area", "complexity"],
                                 "risc0": ["cycles", "user_cycles", "paging_cycles", "total_cycles", "segments"]}[zkvm]
            for name, elf, given, other in runs(zkvm):
                if other or name == "big":
                    continue
                with self.subTest(run=f"{zkvm} {name}"):
                    command = [support.PROGRAM, "execute", "--executor", zkvm, "--json", "--elf", elf]
                    command += ["--input", given] if given else []
                    done = subprocess.run(command, cwd=FIXTURES / zkvm, capture_output=True, text=True, check=False,
                                          timeout=600)
                    expected = FAILURES[zkvm].get(name, "ok")
                    if expected == "rejected" and done.returncode == 2:
                        self.assertRegex(done.stderr, "none|README")  # no such file: a mistake of the command line
                        continue
                    answer = json.loads(done.stdout)
                    self.assertEqual(answer["outcome"], expected, done.stdout)
                    self.assertEqual(done.returncode, 0 if expected == "ok" else 1)
                    if expected != "ok":
                        continue
                    recorded = json.loads((FIXTURES / zkvm / "answers" / f"{name}.json").read_text())
                    self.assertEqual(answer["metrics"][deciding], recorded["metrics"][deciding])
                    for metric in others:
                        self.assertEqual(answer["metrics"][metric], recorded["metrics"][metric])
                    self.assertEqual(answer["steps"], recorded["steps"])
                    self.assertEqual(answer["output"], recorded["output"])

    def test_functions_add_up_to_the_run(self):
        for zkvm, total in (("sp1", lambda answer: answer["steps"]), ("risc0", lambda answer: answer["metrics"]["cycles"])):
            self.program(zkvm)
            for guest, given in (("fib", "raw_k4.bin"), ("rust", "raw_200.bin")):
                with self.subTest(guest=f"{zkvm} {guest}"):
                    done = subprocess.run([support.PROGRAM, "execute", "--executor", zkvm, "--json", "--detail", "functions",
                                           "--elf", f"elf/{guest}.elf", "--input", f"inputs/{given}"],
                                          cwd=FIXTURES / zkvm, capture_output=True, text=True, check=False, timeout=600)
                    answer = json.loads(done.stdout)
                    rows = {row["name"]: row for row in answer["functions"]}
                    self.assertEqual(sum(row["steps_self"] for row in rows.values()), total(answer))
                    self.assertEqual(rows["_start" if zkvm == "sp1" else "[kernel]"]["steps_total"], total(answer))
                    if guest == "fib":
                        # fib(14) is called 1,219 times by plain recursion; the compiler inlines some of them.
                        self.assertGreater(rows["fib"]["calls"], 10)
                        self.assertGreater(rows["mix"]["steps_total"], rows["sieve"]["calls"])
                        self.assertLessEqual(rows["fib"]["steps_total"], rows["main"]["steps_total"])

    def test_what_a_guest_prints_is_kept_apart(self):
        for zkvm in PROGRAMS:
            done = bare(self.program(zkvm), zkvm, "elf/fib.elf", "inputs/raw_k4.bin", [])
            self.assertEqual(json.loads(done.stdout)["console"], "fib done\n")

    def test_limits_stop_an_endless_guest(self):
        for zkvm in PROGRAMS:
            program = self.program(zkvm)
            done = subprocess.run([program, "--elf", "elf/forever.elf", "--max-time-ms", "500"], cwd=FIXTURES / zkvm,
                                  capture_output=True, text=True, check=False, timeout=support.PATIENCE)
            self.assertEqual(json.loads(done.stdout)["outcome"]["kind"], "limit")

    def test_a_killed_executor_is_a_crash_that_says_so(self):
        for zkvm in PROGRAMS:
            program = self.program(zkvm)
            with subprocess.Popen([program, "--elf", "elf/forever.elf", "--max-time-ms", "600000"], cwd=FIXTURES / zkvm,
                                  stdout=subprocess.PIPE, text=True) as process:
                children = pathlib.Path(f"/proc/{process.pid}/task/{process.pid}/children")
                support.until(lambda: children.read_text().strip(), "the guest's process")
                child = int(children.read_text().split()[0])
                time.sleep(0.2)
                os.kill(child, 9)
                out, _ = process.communicate(timeout=support.PATIENCE)
            outcome = json.loads(out)["outcome"]
            self.assertEqual((outcome["kind"], outcome["code"]), ("crashed", 9))

    def test_the_guest_dies_with_the_runner(self):
        for zkvm in PROGRAMS:
            program = self.program(zkvm)
            with subprocess.Popen([program, "--elf", "elf/forever.elf", "--max-time-ms", "600000"], cwd=FIXTURES / zkvm,
                                  stdout=subprocess.DEVNULL) as process:
                children = pathlib.Path(f"/proc/{process.pid}/task/{process.pid}/children")
                support.until(lambda: children.read_text().strip(), "the guest's process")
                child = int(children.read_text().split()[0])
                process.kill()
                process.wait()
            support.until(lambda: not support.alive(child), "the end of the guest's process")

    def test_a_full_disk_is_said(self):
        for zkvm in PROGRAMS:
            with open("/dev/full", "w", encoding="utf-8") as full:
                done = subprocess.run([self.program(zkvm), "--elf", "elf/nop.elf"], cwd=FIXTURES / zkvm, stdout=full,
                                      stderr=subprocess.PIPE, text=True, check=False, timeout=support.PATIENCE)
            self.assertEqual(done.returncode, 3)
            self.assertIn("the answer could not be written", done.stderr)

    def test_damaged_elfs_are_refused_or_fail_cleanly(self):
        """Cut-off and altered ELFs never take the runner itself down."""
        for zkvm in PROGRAMS:
            program = self.program(zkvm)
            whole = (FIXTURES / zkvm / "elf" / "nop.elf").read_bytes()
            with tempfile.TemporaryDirectory() as holder:
                path = pathlib.Path(holder) / "a.elf"
                changed = [whole[:size] for size in (0, 1, 15, 52, 64, 100, 200, len(whole) // 2)]
                for at in list(range(16, 64, 4)) + list(range(64, 180, 6)):
                    changed.append(whole[:at] + b"\xff\xff" + whole[at + 2:])
                for data in changed:
                    path.write_bytes(data)
                    done = subprocess.run([program, "--elf", path, "--max-time-ms", "10000", "--max-memory", "67108864"],
                                          capture_output=True, text=True, check=False, timeout=support.PATIENCE)
                    self.assertEqual(done.returncode, 0, done.stderr)
                    kind = json.loads(done.stdout)["outcome"]["kind"]
                    self.assertIn(kind, ("ok", "exit", "trap", "limit", "rejected", "crashed"))

    def test_a_missing_runner_leaves_the_other_executors_alone(self):
        environment = {"PATH": "/usr/bin:/bin", "HOME": "/nowhere", "XDG_CACHE_HOME": "/nowhere/cache"}
        done = subprocess.run([support.PROGRAM, "executors", "--json"], env=environment, capture_output=True, text=True,
                              check=False, timeout=support.PATIENCE)
        self.assertEqual(done.returncode, 0, done.stderr)
        listed = json.loads(done.stdout)
        rows = {row["name"]: row for row in (listed["executors"] if isinstance(listed, dict) else listed)}
        for name in PROGRAMS:
            self.assertIn(f"ci/install-executors {name}", json.dumps(rows[name]))

    def test_the_version_names_the_zkvm(self):
        for zkvm, version in (("sp1", r"\(SP1 6\.10\.0, "), ("risc0", r"\(RISC Zero 3\.0\.5, ")):
            done = subprocess.run([self.program(zkvm), "--version"], capture_output=True, text=True, check=True, timeout=support.PATIENCE)
            self.assertRegex(done.stdout, re.compile(version))


if __name__ == "__main__":
    sys.exit(unittest.main())
