"""From two commits to a verdict."""
import json
import re
import xml.etree.ElementTree

from support import Sandbox, elf, input_bytes, sha256


class Gate(Sandbox):
    def two_commits(self, base, head, **rest):
        self.guests(base, **rest)
        self.commit("base")
        self.guests(head, **rest)
        self.commit("head")

    def noted(self, name):
        """What a build command left in its home directory."""
        return (self.top / "home" / name).read_text()

    def runs(self, side, directory="out"):
        return json.loads((self.repository / directory / f"{side}.runs.json").read_text())

    def files(self, directory):
        top = self.repository / directory
        return {str(p.relative_to(top)): p.read_bytes() for p in sorted(top.rglob("*")) if p.is_file()}

    def test_a_guest_that_gains_by_a_precompile_is_kept_and_the_gate_passes(self):
        self.two_commits({"hash": elf("keccak_sw")}, {"hash": elf("keccak_pc")})
        answer, report = self.gate(0)
        self.assertEqual(("KEEP", "pass"), (report["verdict"], report["status"]))
        cost, = [f for f in self.findings(report, "hash") if f["metric"] == "cost"]
        # ziskemu's own figures of the two programs (tests/fixtures/ziskemu, TOTAL COST minus BASE).
        self.assertEqual(("improved", 5489738, 315188), (cost["kind"], cost["change"]["base"], cost["change"]["head"]))
        self.assert_says(answer.out, "KEEP", "-94.26 %")

    def test_a_guest_that_gets_slower_than_the_kill_threshold_fails_the_gate(self):
        self.two_commits({"hash": elf("keccak_pc")}, {"hash": elf("keccak_sw")})
        answer, report = self.gate(1)
        self.assertEqual(("KILL", "fail"), (report["verdict"], report["status"]))
        self.assert_says(answer.out, "KILL", "hash")

    def test_another_output_is_rejected_whatever_it_saves(self):
        self.two_commits({"hash": elf("keccak_sw")}, {"hash": elf("sha_pc")})
        answer, report = self.gate(1)
        self.assertEqual(("REJECT", "fail"), (report["verdict"], report["status"]))
        rejected, = self.findings(report, "hash", "rejected")
        self.assertEqual("output", rejected["metric"])

    def test_where_nothing_changed_nothing_is_executed(self):
        self.two_commits({"hash": elf("keccak_sw"), "fib": elf("mem")}, {"hash": elf("keccak_sw"), "fib": elf("mem")})
        answer, report = self.gate(0)
        self.assertEqual(("UNCHANGED", "pass"), (report["verdict"], report["status"]))
        self.assertEqual({"hash": "UNCHANGED", "fib": "UNCHANGED"}, self.verdicts(report))
        self.assert_says(answer.err, "0 executions, 2 cells with the same artefact")
        self.assert_says(answer.out, "nothing was run")

    def test_a_new_and_a_removed_guest_are_findings_and_neutral(self):
        self.two_commits({"old": elf("keccak_sw"), "same": elf("mem")}, {"new": elf("keccak_pc"), "same": elf("mem")})
        _, report = self.gate(0)
        self.assertTrue(self.findings(report, "new", "new"))
        self.assertTrue(self.findings(report, "old", "removed"))
        self.assertNotEqual("fail", report["status"])

    def test_a_changed_input_is_a_finding_and_both_sides_run_the_new_bytes(self):
        self.guests({"hash": elf("keccak_sw")})
        self.commit()
        self.write("inputs/in_200.bin", input_bytes("in_k4"))
        text = (self.repository / "cyclegate.yaml").read_text()
        self.write("cyclegate.yaml", text.replace(sha256(input_bytes("in_200")), sha256(input_bytes("in_k4"))))
        self.write("prebuilt/hash.elf", elf("keccak_pc"))
        self.commit()
        answer, report = self.gate(0)
        self.assert_says(" ".join([str(report["findings"]), str(report["reasons"]), str(report["gate_changes"])]), "input")
        base = self.runs("base")
        self.assertEqual(sha256(input_bytes("in_k4")), base["runs"][0]["comparability"]["input_sha256"])

    def test_a_failing_check_on_head_rejects_the_change(self):
        self.two_commits({"hash": elf("keccak_sw")}, {"hash": elf("keccak_pc")})
        text = (self.repository / "cyclegate.yaml").read_text()
        self.write("cyclegate.yaml", text.replace("    inputs:\n", "    check: echo two tests failed; false\n    inputs:\n"))
        self.commit()
        _, report = self.gate(1, base="HEAD~2")
        self.assertEqual("REJECT", report["verdict"])
        self.assert_says(str(report["reasons"]) + str(report["findings"]), "check")

    def test_the_reports_are_complete_and_well_formed(self):
        self.two_commits({"hash": elf("keccak_sw"), "fib": elf("mem")}, {"hash": elf("keccak_pc"), "fib": elf("mem")})
        self.gate(0)
        out = self.repository / "out"
        comment = (out / "comment.md").read_bytes()
        self.assertIn(b"KEEP", comment[:1024])
        self.assertIn(b"pass", comment[:1024])
        page = (out / "report.html").read_text()
        self.assertTrue(page.lower().startswith("<!doctype html>"))
        self.assertEqual([], re.findall(r'(?:src|href)="(?:https?:)?//', page), "the page must not load anything")
        xml.etree.ElementTree.parse(out / "junit.xml")
        pictures = sorted((out / "pictures").glob("*.svg"))
        self.assertTrue(pictures)
        for picture in pictures:
            self.assertTrue(xml.etree.ElementTree.parse(picture).getroot().tag.endswith("svg"))

    def test_run_compare_and_report_write_the_bytes_that_the_gate_writes(self):
        self.two_commits({"hash": elf("keccak_sw"), "bad": elf("mem")}, {"hash": elf("keccak_pc"), "bad": elf("exit3")})
        self.gate(1)
        first = self.files("out")
        runs = [str(self.repository / "out" / f"{side}.runs.json") for side in ("base", "head")]
        self.expect(1, "compare", *runs, "--out", "again")
        again = self.files("again")
        self.assertEqual(sorted(n for n in first if not n.startswith("logs/") and "runs." not in n), sorted(again))
        for name in again:
            # The place of the report is named in it, nothing else may differ.
            self.assertEqual(first[name].replace(b"/out", b"/again"), again[name].replace(b"/out", b"/again"), name)
        self.expect(0, "report", "out/report.json", "--out", "third")
        third = self.files("third")
        self.assertEqual(sorted(set(again) - {"report.json"}), sorted(third))
        for name in third:
            self.assertEqual(first[name].replace(b"/out", b"/third"), third[name].replace(b"/out", b"/third"), name)

    def test_run_measures_the_same_exact_numbers_as_the_gate(self):
        self.two_commits({"hash": elf("keccak_sw")}, {"hash": elf("keccak_pc")})
        self.gate(0)
        answer = self.expect(0, "run", "--base", "HEAD~1", "--head", "HEAD", "--no-time", "--out", "other", "--json")
        self.assertEqual({"base", "head"}, set(answer.json))
        for side in ("base", "head"):
            exact = [(r["cell"], r["exact"]) for r in self.runs(side)["runs"]]
            self.assertEqual(exact, [(r["cell"], r["exact"]) for r in self.runs(side, "other")["runs"]])

    def test_time_is_measured_in_interleaved_runs_of_both_sides(self):
        self.two_commits({"hash": elf("keccak_sw")}, {"hash": elf("keccak_pc")},
                         extra="measure: { warmup: 3, runs: { min: 10, max: 10 } }\n")
        self.expect(0, "gate", "--base", "HEAD~1", "--head", "HEAD")
        orders = {}
        for side in ("base", "head"):
            run, = self.runs(side)["runs"]
            samples = run["sampled"]["wall_time"]
            self.assertEqual(10, len(samples))
            self.assertTrue(all(s["value"] > 0 for s in samples))
            orders[side] = [s["order"] for s in samples]
        self.assertFalse(set(orders["base"]) & set(orders["head"]))
        self.assertLess(min(orders["head"]), max(orders["base"]), "head must not run after base as a whole")
        self.assertLess(min(orders["base"]), max(orders["head"]))
        # Whether so short a time differs, and so is drawn, is up to the machine; that it is there to be drawn is not.
        report = json.loads((self.repository / "out" / "report.json").read_text())
        drawn = {d["metric"]: d for d in report["distributions"]}
        self.assertEqual((10, 10), (len(drawn["wall_time"]["base"]), len(drawn["wall_time"]["head"])))

    def test_without_a_base_revision_the_merge_base_with_the_default_branch_is_taken(self):
        self.guests({"hash": elf("keccak_sw")})
        base = self.commit("on main")
        self.git("switch", "-q", "-c", "topic")
        self.write("prebuilt/hash.elf", elf("keccak_pc"))
        self.commit("on topic")
        self.git("switch", "-q", "main")
        self.write("elsewhere.txt", "main went on\n")
        self.commit("main goes on")
        self.git("switch", "-q", "topic")
        answer = self.expect(0, "gate", "--no-time")
        self.assertEqual(base, self.report()["base"]["commit"]["id"])

    def test_uncommitted_changes_are_measured_as_they_are_and_marked(self):
        self.guests({"hash": elf("keccak_sw")})
        self.commit()
        self.write("prebuilt/hash.elf", elf("keccak_pc"))
        self.expect(0, "gate", "--no-time", "--base", "HEAD")
        report = self.report()
        self.assertEqual("KEEP", report["verdict"])
        self.assertTrue(report["head"]["commit"]["dirty"])
        self.assertEqual(elf("keccak_pc"), (self.repository / "prebuilt/hash.elf").read_bytes())

    def test_the_results_of_a_gate_do_not_make_the_working_tree_dirty(self):
        self.two_commits({"hash": elf("keccak_sw")}, {"hash": elf("keccak_pc")})
        for _ in range(2):
            self.expect(0, "gate", "--no-time", "--base", "HEAD~1", "--out", "results")
            report = json.loads((self.repository / "results" / "report.json").read_text())
            self.assertFalse(report["head"]["commit"].get("dirty", False))

    def test_base_and_head_are_built_at_the_same_absolute_path_outside_the_repository(self):
        note = "echo \"$PWD\" >> \"$HOME/places\"; mkdir -p out && cp prebuilt/hash.elf out/hash.elf"
        self.two_commits({"hash": elf("keccak_sw")}, {"hash": elf("keccak_pc")}, runs={"hash": note})
        self.gate(0)
        places = self.noted("places").splitlines()
        self.assertEqual(2, len(places))
        self.assertEqual(1, len(set(places)))
        self.assertFalse(places[0].startswith(str(self.repository)))
        self.assertEqual("", self.git("status", "--porcelain"))
        self.assertEqual([], self.work_directories())

    def test_secrets_in_the_environment_do_not_reach_a_build(self):
        dump = "env > \"$HOME/seen\"; mkdir -p out && cp prebuilt/hash.elf out/hash.elf"
        self.two_commits({"hash": elf("keccak_sw")}, {"hash": elf("keccak_pc")}, runs={"hash": dump})
        self.gate(0, environment={"GITHUB_TOKEN": "ghs_secret", "AWS_SECRET_ACCESS_KEY": "secret2"})
        seen = self.noted("seen")
        self.assertIn("PATH=", seen)
        self.assertNotIn("secret", seen)

    def test_base_without_a_configuration_makes_all_new_and_neutral(self):
        self.write("readme", "nothing yet\n")
        self.commit()
        self.guests({"hash": elf("keccak_sw")})
        self.commit()
        _, report = self.gate(0)
        self.assertEqual("neutral", report["status"])
        self.assertTrue(self.findings(report, "hash", "new"))
        self.assert_says(str(report["warnings"]) + str(report["reasons"]), "cyclegate.yaml")

    def test_rules_that_head_alters_count_once_they_are_merged(self):
        self.guests({"hash": elf("keccak_pc")})
        self.commit()
        self.guests({"hash": elf("keccak_sw")}, extra="policy: { thresholds: { kill: 900x }, tolerance: { exact: 1000% } }\n")
        self.commit()
        answer, report = self.gate(1)
        self.assertEqual("KILL", report["verdict"])
        self.assertTrue(report["gate_changes"])
        self.assert_says((self.repository / "out" / "comment.md").read_text()[:1024], "alters the gate")

    def test_only_the_guests_and_inputs_that_were_asked_for_are_measured(self):
        self.two_commits({"one": elf("keccak_sw"), "two": elf("keccak_sw")},
                         {"one": elf("keccak_pc"), "two": elf("keccak_pc")}, inputs=["in_200", "in_k4"])
        _, report = self.gate(0, "--guest", "two", "--input", "in_k4")
        cells = {(f["cell"]["guest"], f["cell"]["input"]) for f in report["findings"] if f["metric"] == "cost"}
        self.assertEqual({("two", "in_k4")}, cells)
        answer = self.expect(2, "gate", "--base", "HEAD~1", "--guest", "tow")
        self.assert_says(answer.err, "tow", "one, two")

    def test_a_second_gate_of_the_same_commits_builds_nothing_again(self):
        count = "echo built >> \"$HOME/builds\"; mkdir -p out && cp prebuilt/hash.elf out/hash.elf"
        self.two_commits({"hash": elf("keccak_sw")}, {"hash": elf("keccak_pc")}, runs={"hash": count})
        self.gate(0)
        self.gate(0)
        self.assertEqual(2, len(self.noted("builds").splitlines()))

    def test_progress_is_made_of_plain_lines_where_there_is_no_terminal_and_quiet_is_quiet(self):
        self.two_commits({"hash": elf("keccak_sw")}, {"hash": elf("keccak_pc")})
        answer, _ = self.gate(0)
        self.assertNotIn("\r", answer.text)
        self.assertNotIn("\x1b", answer.text)
        self.assert_says(answer.err, "exact runs")
        answer, _ = self.gate(0, "--quiet")
        self.assertEqual("", answer.err)

    def test_the_json_on_standard_output_is_the_report(self):
        self.two_commits({"hash": elf("keccak_sw")}, {"hash": elf("keccak_pc")})
        answer, report = self.gate(0, "--json")
        self.assertEqual(report, answer.json)
