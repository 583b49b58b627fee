"""The measuring step of action.yml, as a job of GitHub Actions would run it."""
import os
import pathlib
import re
import subprocess

from support import PROGRAM, ROOT, Sandbox, elf


class ActionMeasure(Sandbox):
    def setUp(self):
        super().setUp()
        self.environment["PATH"] = f"{pathlib.Path(PROGRAM).resolve().parent}:{os.environ['PATH']}"
        self.outputs, self.summary = self.top / "outputs", self.top / "summary"

    def commit_guest(self, name, extra="", **rest):
        self.guests({"hash": elf(name)}, extra=extra, **rest)
        return self.commit(name)

    def measure(self, code, command="gate", event="pull_request", arguments="--no-time", **inputs):
        self.outputs.write_text("")
        self.summary.write_text("")
        environment = {**self.environment, "CYCLEGATE_COMMAND": command, "GITHUB_EVENT_NAME": event,
                       "GITHUB_REPOSITORY": "some-one/guests", "CYCLEGATE_ARGUMENTS": arguments,
                       "GITHUB_OUTPUT": str(self.outputs), "GITHUB_STEP_SUMMARY": str(self.summary),
                       **{f"CYCLEGATE_{name.upper()}": value for name, value in inputs.items()}}
        answer = subprocess.run([ROOT / "ci" / "action-measure"], cwd=self.repository, env=environment, text=True,
                                stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        self.assertEqual(code, answer.returncode, answer.stdout)
        self.said = answer.stdout
        return dict(line.split("=", 1) for line in self.outputs.read_text().splitlines())

    # --- gate

    def test_a_gate_that_fails_is_a_step_that_succeeds_and_says_so_in_its_outputs(self):
        base = self.commit_guest("keccak_pc")
        self.commit_guest("keccak_sw")
        outputs = self.measure(0, event_base=base)
        self.assertEqual({"exit-code": "1", "verdict": "KILL", "status": "fail", "recorded": "false"}, outputs)
        self.assertIn("KILL", self.summary.read_text()[:1024])
        self.assertTrue((self.repository / "out" / "head.runs.json").exists())
        self.assertEqual("1", self.measure(1, event_base=base, fail_on="verdict")["exit-code"])

    def test_what_could_not_be_measured_is_a_step_that_fails(self):
        base = self.commit_guest("keccak_pc")
        self.write("cyclegate.yaml", "guests: [\n")
        self.commit()
        self.assertEqual({"exit-code": "2", "verdict": "", "status": "", "recorded": "false"}, self.measure(2, event_base=base))
        self.assertIn("::error title=cyclegate::could not measure (exit status 2)", self.said)

    def test_a_pull_request_is_compared_with_its_merge_base_and_not_with_the_tip_of_its_base(self):
        fork = self.commit_guest("keccak_sw")
        self.git("checkout", "-q", "-b", "topic")
        self.write("README", "a change of nothing")
        self.commit()
        self.git("checkout", "-q", "main")
        tip = self.commit_guest("keccak_pc")
        self.git("checkout", "-q", "topic")
        self.assertEqual("UNCHANGED", self.measure(0, event_base=tip)["verdict"])
        self.assertEqual(fork, self.report()["base"]["commit"]["id"])

    def test_a_merge_group_is_compared_with_exactly_its_base(self):
        first = self.commit_guest("keccak_sw")
        base = self.commit_guest("keccak_pc")
        self.commit_guest("keccak_pc", extra="# nothing\n")
        self.assertEqual("UNCHANGED", self.measure(0, event="merge_group", event_base=base)["verdict"])
        self.assertEqual(base, self.report()["base"]["commit"]["id"])
        self.assertEqual("KEEP", self.measure(0, event="merge_group", event_base=first)["verdict"])

    def test_what_head_acknowledges_counts_on_branches_of_the_same_repository_only(self):
        base = self.commit_guest("keccak_pc")
        self.commit_guest("keccak_sw")
        seen = self.top / "seen"
        shim = self.top / "shim" / "cyclegate"
        shim.parent.mkdir()
        shim.write_text(f'#!/bin/sh\necho "$*" > "{seen}"\nexec "{PROGRAM}" "$@"\n')
        shim.chmod(0o755)
        self.environment["PATH"] = f"{shim.parent}:{self.environment['PATH']}"
        for trusted, event, repository in ((False, "pull_request", "stranger/guests"), (True, "pull_request", "some-one/guests"),
                                           (False, "pull_request", ""), (True, "merge_group", "")):
            self.measure(0, event=event, event_base=base, event_head_repository=repository)
            self.assertEqual(trusted, "--trust-head" in seen.read_text(), (event, repository))

    def test_workflow_commands_in_what_a_build_prints_are_fenced(self):
        self.guests({"hash": elf("keccak_pc")})
        base = self.commit("base")
        self.guests({"hash": elf("keccak_pc")}, runs={"hash": "echo '::set-env name=X::evil'; echo '::add-mask::a'; exit 1"})
        self.commit("head")
        outputs = self.measure(0, event_base=base)
        self.assertEqual("FAILED", outputs["verdict"])
        fence, = re.findall(r"(?m)^::stop-commands::([0-9a-f]{32})$", self.said)
        inside = self.said.split(f"::stop-commands::{fence}\n")[1].split(f"::{fence}::\n")[0]
        outside = self.said.replace(inside, "")
        self.assertNotIn("::add-mask::", outside)
        self.assertEqual(1, self.said.count(f"\n::{fence}::\n"))

    def test_a_shallow_clone_names_its_remedy(self):
        self.commit_guest("keccak_sw")
        base = self.commit_guest("keccak_pc")
        shallow = self.top / "shallow"
        self.git("clone", "-q", "--depth", "1", f"file://{self.repository}", str(shallow))
        self.repository = shallow
        self.measure(2, event_base=base)
        self.assert_says(self.said, "shallow", "fetch-depth: 0")

    def test_places_outside_the_workspace_and_options_in_place_of_commits_are_refused(self):
        base = self.commit_guest("keccak_pc")
        for inputs in ({"out": "/tmp/x"}, {"out": "../x"}, {"head": "--trust-head"}, {"base": "--help"}, {"state": "/x"},
                       {"head": "no-such"}, {"base": "no-such"}, {"command": "rm"}):
            with self.subTest(inputs):
                self.measure(2, **{"event_base": base, **inputs})

    # --- nightly

    def night(self, code, **inputs):
        outputs = self.measure(code, command="nightly", event="schedule", **inputs)
        # What the next night's job has is a clean checkout and the state.
        self.git("checkout", "-q", "--", ".")
        return outputs["verdict"], outputs["recorded"]

    def state(self, name):
        return (self.repository / "night" / name).read_text().strip()

    def test_a_red_night_is_red_once_and_the_nights_after_it_compare_with_it(self):
        good = self.commit_guest("keccak_pc")
        self.assertEqual(("UNCHANGED", "true"), self.night(0))
        self.assertEqual((good, good), (self.state("commit"), self.state("good")))
        red = self.commit_guest("keccak_sw")
        self.assertEqual(("KILL", "true"), self.night(1))
        self.assert_says(self.said, "this night is red", f"cyclegate gate --base {good} --head {red}")
        self.assertEqual((red, good), (self.state("commit"), self.state("good")))
        self.assertTrue((self.repository / "night" / "baselines" / "hash.json").exists())
        self.commit_guest("keccak_sw", extra="# another day\n")
        self.assertEqual("UNCHANGED", self.night(0)[0])
        mended = self.commit_guest("keccak_pc")
        self.assertEqual("KEEP", self.night(0)[0])
        self.assertEqual((mended, mended), (self.state("commit"), self.state("good")))

    def test_a_night_that_does_not_build_records_nothing_and_is_compared_with_the_night_before_once_mended(self):
        good = self.commit_guest("keccak_pc")
        self.night(0)
        self.guests({"hash": elf("keccak_pc")}, runs={"hash": "exit 1"})
        self.commit("broken")
        for _ in range(2):
            self.assertEqual(("FAILED", "false"), self.night(1))
        self.assertEqual(good, self.state("commit"))
        self.commit_guest("keccak_sw")
        self.assertEqual("KILL", self.night(1)[0])

    def test_a_night_whose_commit_is_gone_starts_over(self):
        self.commit_guest("keccak_pc")
        for lost in ("0" * 40, "--help", "x\n::error::y", ""):
            self.write("night/commit", lost + "\n")
            self.assertEqual("UNCHANGED", self.night(0)[0])
            self.assertNotIn("::error::y", self.said)
        self.assertEqual(self.git("rev-parse", "HEAD"), self.state("commit"))
