"""Measuring the measuring: calibrate, controls that ride along, and two gates that queue for one machine."""
import fcntl
import json
import pathlib
import re

import validator
from support import ROOT, Sandbox, elf

SHORT = "measure: { warmup: 1, runs: { min: 10, max: 12 } }\n"


class Calibrate(Sandbox):
    def setUp(self):
        super().setUp()
        self.lock = pathlib.Path(self.environment["CYCLEGATE_LOCK"])

    def guest(self, name="keccak_sw", extra=SHORT):
        self.guests({"hash": elf(name)}, inputs=["in_200", "in_k4"], extra=extra)
        return self.commit()

    def test_base_against_base_and_a_slow_down_that_was_made(self):
        self.guest()
        answer = self.run_program("calibrate", "--cells", 4, "--per-change", 2, "--inject", "100%", "--simulations", 20,
                                  "--seed", 7, "--json", "--out", "cal")
        report = answer.json
        self.assertEqual(answer.code, 0 if report["passed"] else 1, answer.text)
        schema = json.loads((ROOT / "docs" / "schemas" / "calibration.schema.json").read_text())
        self.assertEqual([], validator.problems(report, schema))
        # Two changes of two A/A cells, and the other cell of the change with the slow-down.
        self.assertEqual((3, 5, 2, 7), (report["changes"], report["cells"], report["cells_per_change"], report["seed"]))
        self.assertEqual(0, report["failed_cells"])
        self.assertEqual(5, report["passed_cells"] + report["inconclusive_cells"] + report["false_cells"])
        self.assertGreaterEqual(report["runs"], 5 * 20)
        self.assertGreater(report["variation"], 0)
        injected = report["injected"]
        self.assertEqual(1_000_000, injected["slow_down_millionths"])
        self.assertIn("estimate", injected["change"])
        for number in (1, 2, 3):
            head = json.loads((self.repository / f"cal/change-00{number}/head.runs.json").read_text())
            base = json.loads((self.repository / f"cal/change-00{number}/base.runs.json").read_text())
            self.assertEqual([run["artifact"] + "-twin" for run in base["runs"]], [run["artifact"] for run in head["runs"]])
            self.assertEqual(["in_200", "in_k4"], [run["cell"]["input"] for run in head["runs"]])
            self.assertGreaterEqual(len(head["runs"][0]["sampled"]["wall_time"]), 10)
            self.assertIn("core", head["schedule"])
            self.assertIn("preflight", head["environment"])
        # How much of it was seen is up to the machine and what else runs there; that half of each run's time was added is not.
        slowed, = [run["sampled"] for run in head["runs"] if run["cell"] == injected["cell"]]
        busy = {sample["order"]: sample["value"] for sample in slowed["user_sys_time"]}
        for sample in slowed["wall_time"]:
            self.assertGreaterEqual(2 * busy[sample["order"]], sample["value"] - 1_000)
        # The command gave what it wrote down.
        self.assertEqual(report, json.loads((self.repository / "cal/calibration.json").read_text()))

    def test_the_table_for_people_and_mistakes(self):
        self.guest()
        answer = self.run_program("calibrate", "--cells", 3, "--inject", "0%", "--simulations", 0, "--input", "in_200")
        self.assertIn(answer.code, (0, 1))
        self.assert_says(answer.out, "3 A/A cells", "false alarms", "of 1 change", "noise", "methodology robust")
        self.assertNotIn("injected", answer.out)
        run = json.loads((self.repository / "out/change-001/head.runs.json").read_text())
        self.assertEqual(["in_200", "in_200.2", "in_200.3"], [each["cell"]["input"] for each in run["runs"]])
        self.assert_says(self.expect(2, "calibrate", "--inject", "fast").err, "--inject fast", "percentage")
        self.assert_says(self.expect(2, "calibrate", "--guest", "none").err, "'none'", "hash")

    def test_controls_ride_along_and_show_in_every_report(self):
        extra = "measure: { warmup: 1, runs: { min: 10, max: 10 }, calibrate: true }\n"
        self.guest(extra=extra)
        self.guest("keccak_pc", extra=extra)
        answer = self.run_program("gate", "--base", "HEAD~1", "--head", "HEAD")
        self.assertIn(answer.code, (0, 1), answer.text)
        report = self.report()
        controls = [control for control in report["controls"] if control["metric"] == "wall_time"]
        self.assertEqual([None, 30000], [control.get("slow_down_millionths") for control in controls])
        for control in controls:
            self.assertEqual(5, control["blocks"])
            self.assertIn("estimate", control["change"])
        self.assertEqual({"hash"}, {finding["cell"]["guest"] for finding in report["findings"]})
        for place in ("comment.md", "report.html", "summary.txt"):
            text = re.sub(r"\s+", " ", (self.repository / "out" / place).read_text())
            self.assertIn("This machine, today: base against itself was", text, place)
            self.assertRegex(text, r"an injected \+3 % was (not )?found", place)

    def test_two_gates_on_one_machine_queue_and_say_so(self):
        self.guest()
        self.guest("keccak_pc")
        with open(self.lock, "w") as held:
            fcntl.flock(held, fcntl.LOCK_EX)
            held.write("process 4711 (measuring for /elsewhere/out since 2026-11-21T10:24:09Z)\n")
            held.flush()
            first = self.start("gate", "--base", "HEAD~1", "--head", "HEAD", "--out", "one")
            second = self.start("gate", "--base", "HEAD~1", "--head", "HEAD", "--out", "two", "--no-time",
                                environment={"XDG_CACHE_HOME": str(self.top / "second-cache")})
            self.addCleanup(first.kill)
            self.addCleanup(second.kill)
            # Both are built, have their journals, and wait, and say so.
            for process in (first, second):
                said = []
                while not said or ("waiting for" not in said[-1] and said[-1]):
                    said.append(process.stderr.readline())
                self.assertRegex("".join(said), r"waiting for .*, which holds .*machine\.lock")
            self.assertIsNone(first.poll())
            self.assertIsNone(second.poll())
            for out in ("one", "two"):
                self.assertEqual(1, (self.repository / out / "runs.journal").read_bytes().count(b"\n"), "something ran")
            fcntl.flock(held, fcntl.LOCK_UN)
        for process, out in ((first, "one"), (second, "two")):
            answer = self.finish(process)
            self.assertEqual(0, answer.code, answer.text)
            self.assertTrue((self.repository / out / "report.json").exists())
