"""Executors of one's own (a fake block replayer) and the native executor, through the whole gate."""
import json
import os
import shutil
import subprocess
import unittest

from support import Sandbox, sha256

REPLAYER = """#!/usr/bin/env python3
import os, sys
options = dict(zip(sys.argv[1::2], sys.argv[2::2]))
if sys.argv[1:] == ["--version"]:
    print("replayer 1.2"); sys.exit(0)
print("rpc", os.environ.get("ETH_RPC_URL"), "secret", os.environ.get("OTHER_VARIABLE"))
factor = int(open(options["--elf"]).read().split()[-1])
data = open(options["--input"], "rb").read()
if data == b"bad block":
    print("state root differs", file=sys.stderr); sys.exit(3)
print(f"block {options['--block']} {options['--action']}")
print(f"total cycles: {len(data) * factor:,}")
open(options["--output"], "wb").write(data[::-1])
"""

EXECUTORS = """executors:
  replay:
    command: [block-replayer, --zkvm, zisk, --action, execute, --elf, "{elf}", --input, "{input}", --block, "{input_name}",
              --output, "{output}"]
    version: [block-replayer, --version]
    environment: [ETH_RPC_URL]
    output: output.bin
    exits: { 3: trap }
    log: true
    metrics:
      cycles: { pattern: "total cycles: ([0-9,]+)", kind: exact }
policy:
  deciding: { replay: cycles }
"""


class OwnExecutors(Sandbox):
    def setUp(self):
        super().setUp()
        tools = self.top / "tools"
        tools.mkdir()
        (tools / "block-replayer").write_text(REPLAYER)
        (tools / "block-replayer").chmod(0o755)
        self.environment["PATH"] = f"{tools}:{self.environment['PATH']}"
        self.environment["ETH_RPC_URL"] = "http://node.invalid:8545"
        self.environment["OTHER_VARIABLE"] = "must not be seen"

    def replayed(self, factor, blocks, executors=EXECUTORS):
        text = "version: 1\nguests:\n  evm:\n    builds:\n      block: { run: '', elf: guest.txt, executors: [replay] }\n    inputs:\n"
        for name, data in blocks.items():
            self.write(f"inputs/{name}_input.bin", data)
            text += f"      - {{ name: {name}, path: inputs/{name}_input.bin, sha256: {sha256(data)} }}\n"
        self.write("guest.txt", f"factor {factor}\n")
        self.write(".gitignore", "/out/\n")
        self.write("cyclegate.yaml", text + executors)

    BLOCKS = {"reth_mainnet_100": b"a" * 1000, "reth_mainnet_101": b"b" * 5000}

    def test_a_block_replayer_is_gated_by_its_own_metric_with_a_log_per_block(self):
        self.replayed(10, self.BLOCKS)
        self.commit()
        self.replayed(12, self.BLOCKS)
        self.commit()
        answer, report = self.gate(1)
        found = {f["cell"]["input"]: f for f in self.findings(report, "evm") if f["metric"] == "cycles"}
        self.assertEqual({"reth_mainnet_100", "reth_mainnet_101"}, set(found))
        self.assertEqual({"killed"}, {f["kind"] for f in found.values()})
        logs = sorted((self.repository / "out/logs/replay").iterdir())
        self.assertEqual(4, len(logs), "one per block and artefact")
        self.assertIn("reth_mainnet_100-", logs[0].name)
        self.assert_says(logs[0].read_text(), "block reth_mainnet_100 execute", "rpc http://node.invalid:8545", "secret None")

    def test_steps_decide_a_gate_with_timed_runs(self):
        steps = (EXECUTORS.replace("{ replay: cycles }", "{ replay: steps }").replace("      cycles: {", "      steps: {")
                 + "measure: { warmup: 0, runs: { min: 2, max: 2 } }\n")
        block = {"reth_mainnet_100": b"a" * 1000}
        self.replayed(10, block, steps)
        self.commit()
        self.replayed(12, block, steps)
        self.commit()
        answer = self.expect(1, "gate", "--base", "HEAD~1", "--head", "HEAD")
        found = {f["metric"]: f["kind"] for f in self.findings(self.report(), "evm")}
        self.assertEqual("killed", found["steps"], answer.err)
        self.assertNotIn("took 0 steps", answer.out + answer.err)

    def test_two_names_of_the_same_bytes_are_two_inputs(self):
        by_name = EXECUTORS.replace("total cycles: ([0-9,]+)", "block reth_mainnet_([0-9]+)")
        blocks = {"reth_mainnet_100": b"same", "reth_mainnet_205": b"same"}
        self.replayed(10, blocks, by_name)
        self.commit()
        self.replayed(12, blocks, by_name)
        self.commit()
        self.gate(0)
        head = json.loads((self.repository / "out/head.runs.json").read_text())
        self.assertEqual([[100], [205]], [sorted(set(run["exact"]["cycles"])) for run in head["runs"]])
        self.assertEqual(2, len({run["reuse_key"] for run in head["runs"]}))

    def test_fewer_cycles_are_kept(self):
        self.replayed(10, self.BLOCKS)
        self.commit()
        self.replayed(9, self.BLOCKS)
        self.commit()
        answer, report = self.gate(0)
        self.assertEqual("KEEP", report["verdict"])

    def test_fewer_cycles_win_nothing_where_nobody_sees_the_output(self):
        unseen = EXECUTORS.replace("    output: output.bin\n", "")
        self.replayed(10, self.BLOCKS, unseen)
        self.commit()
        self.replayed(9, self.BLOCKS, unseen)
        self.commit()
        answer, report = self.gate(0)
        self.assertEqual(("INCONCLUSIVE", "neutral"), (report["verdict"], report["status"]))
        self.assert_says(answer.out + answer.err, "nobody checked the output", "checks_output: true")
        checking = EXECUTORS.replace("    output: output.bin\n", "    checks_output: true\n    all_cores: true\n")
        self.replayed(10, self.BLOCKS, checking)
        self.commit()
        self.replayed(9, self.BLOCKS, checking)
        self.commit()
        answer, report = self.gate(0)
        self.assertEqual("KEEP", report["verdict"])

    def test_a_block_that_fails_is_failed_with_its_reason(self):
        self.replayed(10, {**self.BLOCKS, "reth_mainnet_102": b"bad block"})
        self.commit()
        self.commit("nothing")
        answer = self.expect(1, "execute", "evm", "reth_mainnet_102", "--executor", "replay", "--json")
        self.assert_says(answer.out, "trap", "exit status 3", "state root differs")
        answer = self.expect(0, "execute", "evm", "reth_mainnet_101", "--executor", "replay", "--json")
        self.assertEqual({"cycles": 50000}, answer.json["metrics"])

    def test_head_cannot_change_how_it_is_measured(self):
        self.replayed(10, self.BLOCKS)
        self.commit()
        self.replayed(20, self.BLOCKS, EXECUTORS.replace("total cycles: ([0-9,]+)", "block reth_mainnet_([0-9]+)"))
        self.commit()
        answer, report = self.gate(1)
        self.assert_says(answer.err, "head defines the executor replay otherwise; base's definition counts")
        self.assertEqual({"killed"}, {f["kind"] for f in self.findings(report, "evm") if f["metric"] == "cycles"})

    def test_head_cannot_turn_a_metric_round_by_an_executor_that_base_lacks(self):
        # `aaa` comes before base's `replay`, so that its description would be the first to be read.
        def hostile(text, metric, better):
            added = ("executors:\n  aaa:\n    command: [block-replayer, --elf, '{elf}', --input, '{input}', --block, x, --action, y,"
                     " --output, '{output}']\n    output: output.bin\n    metrics:\n"
                     f"      {metric}: {{ pattern: 'total cycles: ([0-9,]+)', kind: exact, unit: cycles, better: {better} }}\n")
            return text.replace("executors:\n", added, 1)

        for metric, words in (("cycles", ("cyclegate.yaml", "has another better than the built-in executors' metric")),
                              ("ticks", ("the executors aaa and replay describe the metric ticks with a different better",
                                         "give one of them another name"))):
            with self.subTest(metric=metric):
                rules = EXECUTORS.replace("      cycles: { pattern", f"      {metric}: {{ unit: cycles, pattern").replace(
                    "replay: cycles", f"replay: {metric}")
                self.replayed(10, self.BLOCKS, rules)
                self.commit()
                self.replayed(20, self.BLOCKS, hostile(rules, metric, "higher"))
                self.write("cyclegate.yaml", (self.repository / "cyclegate.yaml").read_text().replace(
                    "executors: [replay]", "executors: [aaa, replay]"))
                self.commit()
                answer = self.expect(2, "gate", "--base", "HEAD~1", "--head", "HEAD", "--no-time")
                self.assert_says(answer.err, *words)
                # Described alike, the doubling is judged as what it is.
                self.replayed(20, self.BLOCKS, hostile(rules, metric, "lower"))
                self.write("cyclegate.yaml", (self.repository / "cyclegate.yaml").read_text().replace(
                    "executors: [replay]", "executors: [aaa, replay]"))
                self.commit()
                answer, report = self.gate(1, base="HEAD~2")
                self.assertEqual({"killed"}, {f["kind"] for f in self.findings(report, "evm")
                                              if f["metric"] == metric and f["cell"]["executor"] == "replay"})

    def test_executors_lists_it_or_says_what_is_missing(self):
        self.replayed(10, self.BLOCKS)
        rows = {row["name"]: row for row in self.expect(0, "executors", "--json").json}
        self.assertEqual("replayer 1.2", rows["replay"]["version"])
        self.assertEqual("cycles", rows["replay"]["metrics"][0]["name"])
        self.replayed(10, self.BLOCKS, EXECUTORS.replace("[block-replayer,", "[no-such-replayer,"))
        rows = {row["name"]: row for row in self.expect(0, "executors", "--json").json}
        self.assertFalse(rows["replay"]["available"])
        self.assertEqual("", rows["replay"]["version"])
        self.assert_says(rows["replay"]["why_not"], "no-such-replayer")

    def test_executors_reads_the_configuration_that_is_named_and_tells_a_broken_one(self):
        self.replayed(10, self.BLOCKS)
        (self.repository / "cyclegate.yaml").rename(self.repository / "other.yaml")
        self.assertNotIn("replay", [row["name"] for row in self.expect(0, "executors", "--json").json])
        rows = self.expect(0, "executors", "--config", "other.yaml", "--json").json
        self.assertIn("replay", [row["name"] for row in rows])
        self.assert_says(self.expect(2, "executors", "--config", "nosuch.yaml").err, "nosuch.yaml")
        self.write("cyclegate.yaml", "version: 1\nguets: {}\n")
        answer = self.expect(2, "executors")
        self.assert_says(answer.err, "cyclegate.yaml:2", "guets")
        self.assertEqual("", answer.out)

    def test_a_wrong_pattern_is_told_before_anything_runs(self):
        self.replayed(10, self.BLOCKS, EXECUTORS.replace("([0-9,]+)", "([0-9,]+"))
        self.commit()
        answer = self.expect(2, "gate", "--base", "HEAD", "--no-time")
        self.assert_says(answer.err, "the pattern of metric cycles of executor replay is wrong")


GUEST = """#include <stdio.h>
int main(void) { unsigned sum = 0; int c; while ((c = getchar()) != EOF) for (int i = 0; i < %d; i++) sum = sum * 31u + (unsigned)c;
  printf("%%u\\n", sum %% 7u == 9u ? 1u : 0u); return 0; }
"""


REQUIRED = os.environ.get("CYCLEGATE_REQUIRE_EXECUTORS") == "1"


@unittest.skipUnless(REQUIRED or shutil.which("gcc"), "gcc is not installed")
class Native(Sandbox):
    def guest(self, rounds):
        data = b"some input bytes" * 20
        self.write("guest.c", GUEST % rounds)
        self.write("in.bin", data)
        self.write(".gitignore", "/out/\n")
        self.write("cyclegate.yaml", "version: 1\nguests:\n  sum:\n    builds:\n"
                   "      native: { run: mkdir -p out && gcc -O1 -o out/sum guest.c, elf: out/sum }\n"
                   f"    inputs: [{{ path: in.bin, sha256: {sha256(data)} }}]\n"
                   "policy: { deciding: { native: instructions } }\n")

    @unittest.skipUnless(REQUIRED or shutil.which("valgrind"), "valgrind is not installed; apt-get install valgrind")
    def test_instructions_of_a_native_guest_are_exact_and_gated(self):
        self.guest(100)
        self.commit()
        self.guest(200)
        self.commit()
        answer, report = self.gate(1)
        finding = [f for f in self.findings(report, "sum") if f["metric"] == "instructions"][0]
        self.assertEqual("killed", finding["kind"])
        first = self.expect(0, "execute", "sum", "in", "--executor", "native", "--json").json["metrics"]
        second = self.expect(0, "execute", "sum", "in", "--executor", "native", "--json",
                             environment={"LONG_VARIABLE": "x" * 5000}).json["metrics"]
        self.assertEqual(first, second)

    @unittest.skipUnless(REQUIRED or shutil.which("valgrind"), "valgrind is not installed; apt-get install valgrind")
    def test_an_executor_without_call_stacks_says_which_have_them(self):
        self.guest(1)
        self.commit()
        self.assert_says(self.expect(3, "profile", "sum", "in", "--executor", "native").err, "keeps no call stacks",
                         "--executor embedded", "sp1", "risc0")

    def test_a_native_guest_that_crashes_is_a_trap(self):
        self.guest(1)
        self.write("guest.c", "int main(void) { *(volatile int*)8 = 1; return 0; }\n")
        answer = self.expect(1, "execute", "sum", "in", "--executor", "native", "--json")
        self.assert_says(answer.out, "trap", "SIGSEGV")


if __name__ == "__main__":
    unittest.main()
