"""One gate over several executors at once: embedded, ziskemu, sp1 and risc0 on one guest and one input."""
import json
import os
import pathlib
import subprocess
import unittest

import support
from support import Sandbox, input_bytes, sha256

FIXTURES = support.ROOT / "tests" / "fixtures"
BUILDS = {"zisk": ["embedded", "ziskemu"], "sp1": ["sp1"], "risc0": ["risc0"]}
FIXTURE_OF = {"zisk": "ziskemu", "sp1": "sp1", "risc0": "risc0"}
DECIDING = {"embedded": "cost", "ziskemu": "cost", "sp1": "gas", "risc0": "cycles"}


def guest(build, name):
    return (FIXTURES / FIXTURE_OF[build] / "elf" / f"{name}.elf").read_bytes()


class Together(Sandbox):
    def project(self, elves, executors=None):
        """Writes a guest `hash` with one build for each zkVM; `elves`: build to bytes."""
        text = "version: 1\nguests:\n  hash:\n    builds:\n"
        for build, data in elves.items():
            names = ", ".join((executors or BUILDS)[build])
            run = f"mkdir -p out && cp prebuilt/{build}.elf out/{build}.elf"
            text += f"      {build}: {{ run: {json.dumps(run)}, elf: out/{build}.elf, executors: [{names}] }}\n"
            self.write(f"prebuilt/{build}.elf", data)
        text += "    inputs:\n"
        for name in ("in_200", "in_k4"):
            data = input_bytes(name)
            text += f"      - {{ name: {name}, path: inputs/{name}.bin, sha256: {sha256(data)} }}\n"
            self.write(f"inputs/{name}.bin", data)
        self.write(".gitignore", "/out/\n")
        self.write("cyclegate.yaml", text)

    def use(self, *programs):
        for name in programs:
            self.environment["CYCLEGATE_" + name.upper().replace("-", "_")] = support.require_program(name)

    def alone(self, program, elf, given):
        """What a runner by itself says of a guest and an input."""
        done = subprocess.run([self.environment["CYCLEGATE_" + program.upper().replace("-", "_")], "--elf",
                               self.repository / elf, "--input", self.repository / "inputs" / f"{given}.bin"],
                              capture_output=True, text=True, check=True, timeout=300)
        return json.loads(done.stdout)["metrics"]

    def by_cell(self, report):
        return {(f["cell"]["executor"], f["cell"]["input"]): f for f in report["findings"]
                if f["metric"] == DECIDING.get(f["cell"]["executor"])}

    def keep(self, name):
        """Leaves the reports where somebody who wants to look at them asked for."""
        if os.environ.get("CYCLEGATE_KEEP_REPORTS"):
            target = pathlib.Path(os.environ["CYCLEGATE_KEEP_REPORTS"]) / name
            subprocess.run(["cp", "-r", self.repository / "out", target], check=True)

    def test_four_executors_in_one_gate(self):
        self.use("ziskemu", "sp1-run", "r0-run")
        # For RISC Zero there is no such guest with a precompile: its change is one in bytes that no instruction reads.
        self.project({build: guest(build, "keccak_sw") for build in BUILDS})
        self.commit("base")
        base = {program: {given: self.alone(program, f"prebuilt/{build}.elf", given) for given in ("in_200", "in_k4")}
                for program, build in (("sp1-run", "sp1"), ("r0-run", "risc0"))}
        unread = bytearray(guest("risc0", "keccak_sw"))
        # The word at the start of .rodata that the linker script puts there (file offset of the second segment).
        place = int.from_bytes(unread[28:32], "little") + 32
        offset = int.from_bytes(unread[place + 4:place + 8], "little")
        self.assertEqual(bytes(4), bytes(unread[offset:offset + 4]))
        unread[offset:offset + 4] = b"\x01\x00\x00\x00"
        self.project({"zisk": guest("zisk", "keccak_pc"), "sp1": guest("sp1", "keccak_pc"), "risc0": bytes(unread)})
        self.commit("head")
        head = {program: {given: self.alone(program, f"prebuilt/{build}.elf", given) for given in ("in_200", "in_k4")}
                for program, build in (("sp1-run", "sp1"), ("r0-run", "risc0"))}
        answer, report = self.gate(0)
        self.keep("together")
        self.assertEqual(("KEEP", "pass"), (report["verdict"], report["status"]))
        cells = self.by_cell(report)
        # ziskemu's own figures (tests/fixtures/ziskemu, TOTAL COST minus BASE), the same for both of ZisK's executors.
        for executor in ("embedded", "ziskemu"):
            change = cells[executor, "in_200"]["change"]
            self.assertEqual((5489738, 315188), (change["base"], change["head"]), executor)
        for given in ("in_200", "in_k4"):
            for executor, program in (("sp1", "sp1-run"), ("risc0", "r0-run")):
                metric = DECIDING[executor]
                finding = cells[executor, given]
                self.assertEqual((base[program][given][metric], head[program][given][metric]),
                                 (finding["change"]["base"], finding["change"]["head"]), (executor, given))
            self.assertEqual("improved", cells["sp1", given]["kind"])
            self.assertEqual("unchanged", cells["risc0", given]["kind"])
        # No finding and no sum mixes executors: each names one, or the build whose file is meant.
        for finding in report["findings"]:
            self.assertIn(finding["cell"]["executor"], [*DECIDING, *BUILDS])
        # Each exact metric of each executor was measured twice, and gave the same.
        for side in ("base", "head"):
            runs = json.loads((self.repository / "out" / f"{side}.runs.json").read_text())["runs"]
            self.assertEqual(set(DECIDING), {run["cell"]["executor"] for run in runs})
            for run in runs:
                self.assertIn(DECIDING[run["cell"]["executor"]], run["exact"])
                for metric, values in run["exact"].items():
                    self.assertEqual((2, 1), (len(values), len(set(values))), (run["cell"], metric, values))
        comment = (self.repository / "out" / "comment.md").read_text()
        for executor in DECIDING:
            self.assert_says(comment, executor)
        self.assert_says(comment, "gas", "cycles", "cost")

    def test_a_missing_executor_leaves_its_cells_unmeasured_and_the_status_neutral(self):
        builds = {"zisk": ["embedded"], "sp1": ["sp1"]}
        self.environment["CYCLEGATE_SP1_RUN"] = "/nowhere/sp1-run"
        self.project({build: guest(build, "keccak_sw") for build in builds}, builds)
        self.commit("base")
        for sp1 in ("keccak_pc", "keccak_sw"):  # other artefacts, then the same
            with self.subTest(sp1=sp1):
                self.project({"zisk": guest("zisk", "keccak_pc"), "sp1": guest("sp1", sp1)}, builds)
                self.commit("head")
                _, report = self.gate(0, base="HEAD~1" if sp1 == "keccak_pc" else "HEAD~2")
                self.assertEqual(("KEEP", "neutral"), (report["verdict"], report["status"]))
                self.assertEqual([], [f for f in report["findings"] if f["kind"] == "failed"])
                unjudged = [f for f in report["findings"] if f["cell"]["executor"] == "sp1" and f["cell"]["input"]]
                self.assertEqual({"incomparable"}, {f["kind"] for f in unjudged})
                self.assert_says(json.dumps(unjudged), "could not be measured: the executor sp1 is not available here")
                self.assert_says(json.dumps(report["warnings"]), "executor-unavailable", "2 cells could not be measured",
                                 "/nowhere/sp1-run")
                self.assert_says((self.repository / "out" / "comment.md").read_text(), "could not be measured")

    def test_a_missing_executor_leaves_the_others_their_numbers(self):
        self.use("r0-run")
        builds = {"zisk": ["embedded"], "sp1": ["sp1"], "risc0": ["risc0"]}
        self.environment["CYCLEGATE_SP1_RUN"] = "/nowhere/sp1-run"
        self.project({build: guest(build, "keccak_sw") for build in builds}, builds)
        self.commit("base")
        self.project({"zisk": guest("zisk", "keccak_pc"), "sp1": guest("sp1", "keccak_pc"),
                      "risc0": guest("risc0", "keccak_sw")}, builds)
        self.commit("head")
        _, report = self.gate(0)
        self.assertEqual("neutral", report["status"])
        cells = self.by_cell(report)
        cost = cells["embedded", "in_200"]
        self.assertEqual((5489738, 315188), (cost["change"]["base"], cost["change"]["head"]))
        self.assertEqual("unchanged", cells["risc0", "in_200"]["kind"])
        self.assertEqual("incomparable", cells["sp1", "in_200"]["kind"])
        self.assert_says(cells["sp1", "in_200"]["why"], "the executor sp1 is not available here", "/nowhere/sp1-run")

    def test_an_executor_that_is_alone_and_missing_is_no_measurement(self):
        self.environment["CYCLEGATE_SP1_RUN"] = "/nowhere/sp1-run"
        self.project({"sp1": guest("sp1", "keccak_sw")})
        self.commit("base")
        self.project({"sp1": guest("sp1", "keccak_pc")})
        self.commit("head")
        answer = self.expect(3, "gate", "--base", "HEAD~1", "--head", "HEAD", "--no-time")
        self.assert_says(answer.err, "the executor sp1 is not available here", "/nowhere/sp1-run")

    def test_a_program_of_another_version_is_refused(self):
        other = self.write("sp1-run", "#!/bin/sh\necho 'sp1-run 0.1.0 (SP1 5.2.4, sp1-core-executor 5.2.4, native)'\n")
        other.chmod(0o755)
        self.environment["CYCLEGATE_SP1_RUN"] = str(other)
        self.project({"sp1": guest("sp1", "keccak_sw")})
        self.commit("base")
        self.project({"sp1": guest("sp1", "keccak_pc")})
        self.commit("head")
        answer = self.expect(3, "gate", "--base", "HEAD~1", "--head", "HEAD", "--no-time")
        self.assert_says(answer.err, "SP1 5.2.4", "6.10.0", "ci/install-executors sp1")

    def test_an_elf_for_another_map_is_rejected_and_the_others_go_on(self):
        self.use("sp1-run", "r0-run")
        builds = {"zisk": ["embedded"], "sp1": ["sp1"], "risc0": ["risc0"]}
        self.project({"zisk": guest("zisk", "keccak_sw"), "sp1": guest("sp1", "keccak_sw"),
                      "risc0": guest("risc0", "keccak_sw")}, builds)
        self.commit("base")
        self.project({"zisk": guest("risc0", "keccak_sw"), "sp1": guest("zisk", "keccak_sw"),
                      "risc0": guest("sp1", "keccak_sw")}, builds)
        self.commit("head")
        _, report = self.gate(1)
        failed = {f["cell"]["executor"]: json.dumps(f) for f in report["findings"] if f["kind"] == "failed"}
        self.assertEqual({"embedded", "sp1", "risc0"}, set(failed))
        self.assert_says(failed["embedded"], "32-bit")
        self.assert_says(failed["sp1"], "not readable")
        self.assert_says(failed["risc0"], "Not a 32-bit ELF")

    def test_a_runner_that_answers_differently_the_second_time_is_nondeterministic(self):
        answer = json.loads((FIXTURES / "sp1/answers/keccak_pc@200.json").read_text())
        answer.pop("call_tree", None)
        other = json.loads(json.dumps(answer))
        other["metrics"]["gas"] += 1
        self.write("fake/one.json", json.dumps(answer))
        self.write("fake/two.json", json.dumps(other))
        here = self.repository / "fake"
        # Only head's first run gives the one number, everything after it the other.
        fake = self.write("fake/sp1-run", f"""#!/bin/sh
case $1 in --version) echo 'sp1-run 0.1.0 (SP1 6.10.0, x, native)'; exit;; esac
cd '{here}' || exit
if cmp -s "$2" head.elf && [ ! -e done ]; then : > done; exec cat one.json; fi
exec cat two.json
""")
        fake.chmod(0o755)
        self.write("fake/head.elf", guest("sp1", "keccak_pc"))
        self.environment["CYCLEGATE_SP1_RUN"] = str(fake)
        self.project({"sp1": guest("sp1", "keccak_sw")}, {"sp1": ["sp1"]})
        self.commit("base")
        self.project({"sp1": guest("sp1", "keccak_pc")}, {"sp1": ["sp1"]})
        self.commit("head")
        _, report = self.gate(0, "--jobs", "1")
        first = self.by_cell(report)["sp1", "in_200"], self.by_cell(report)["sp1", "in_k4"]
        found, = [finding for finding in first if finding["kind"] == "nondeterministic"]
        gas = answer["metrics"]["gas"]
        self.assert_says(found["why"], f"{gas}", f"{gas + 1}", "an exact metric must repeat")
        self.assertEqual(("INCONCLUSIVE", "neutral"), (report["verdict"], report["status"]))

    def test_a_runner_that_is_killed_or_cannot_write_is_a_crash_and_the_others_go_on(self):
        builds = {"zisk": ["embedded"], "sp1": ["sp1"]}
        for end, words in (("kill -9 $$", "SIGKILL"), ("echo full >&2; exit 3", "ended with status 3: full"),
                           ("echo nonsense", "no usable answer")):
            with self.subTest(end=end):
                fake = self.write("fake/sp1-run", "#!/bin/sh\ncase $1 in --version) echo 'sp1-run 0.1.0 (SP1 6.10.0, x, native)';;"
                                                  f" *) {end};; esac\n")
                fake.chmod(0o755)
                self.environment["CYCLEGATE_SP1_RUN"] = str(fake)
                self.project({build: guest(build, "keccak_sw") for build in builds}, builds)
                self.commit("base")
                self.project({build: guest(build, "keccak_pc") for build in builds}, builds)
                self.commit("head")
                _, report = self.gate(1)
                failed = [f for f in report["findings"] if f["kind"] == "failed"]
                self.assertEqual({"sp1"}, {f["cell"]["executor"] for f in failed})
                self.assert_says(json.dumps(failed), words)
                cost = self.by_cell(report)["embedded", "in_200"]
                self.assertEqual((5489738, 315188), (cost["change"]["base"], cost["change"]["head"]))


if __name__ == "__main__":
    unittest.main()
