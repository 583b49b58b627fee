"""convert and compare over what other tools wrote: ziskemu's text and CSV, hyperfine's JSON."""
import json
import pathlib

from support import ROOT, Sandbox

FIXTURES = ROOT / "tests" / "fixtures"


class ToolReports(Sandbox):
    def report(self, name, data=None):
        path = self.top / pathlib.Path(name).name
        path.write_bytes((FIXTURES / name).read_bytes() if data is None else data)
        return path

    def test_convert_gives_every_field_that_is_asked_for(self):
        document = self.expect(0, "convert", self.report("ziskemu/dma.XSD.stdout")).json
        self.assertEqual("ziskemu", document["type"])
        self.assertEqual(812, document["steps"])
        self.assertEqual({"cost": 50344, "percent": 0.02}, document["cost_distribution"]["MAIN"])
        self.assertEqual({"cost": 285290968, "percent": 100.0}, document["cost_distribution"]["TOTAL"])
        self.assertEqual({"name": "dma_memcpy", "cost": 13220, "percent": 16.88, "calls": 8}, document["top_functions"][0])
        self.assertEqual({"name": "eq", "count": 80, "cost": 4400, "percent": 5.62}, document["opcodes"][0])
        callers = [t for t in document["tables"] if t["title"] == "TOP STEP CALLERS" and t["subject"] == "dma_memcpy"]
        self.assertEqual([{"name": "main", "values": [8, 24, 100.0]}], callers[0]["rows"])

    def test_convert_reads_the_snapshot_and_hyperfine_and_writes_a_file(self):
        self.expect(0, "convert", self.report("ziskemu/dma.stats.csv"), "--output", "o.json")
        self.assertEqual(78296, json.loads((self.repository / "o.json").read_text())["cost_distribution"]["VARIABLE"]["cost"])
        document = self.expect(0, "convert", self.report("hyperfine/two.json")).json
        self.assertEqual("hyperfine", document["type"])
        self.assertEqual(2, len(document["results"]))
        self.assertEqual(5, len(document["results"][0]["times"]))

    def test_a_truncated_report_is_an_error_with_its_line(self):
        whole = (FIXTURES / "ziskemu/dma.XSD.stdout").read_bytes()
        path = self.report("cut.txt", whole[:whole.index(b"OP sub")])
        answer = self.expect(2, "convert", path)
        self.assert_says(answer.err, f"{path}:35:", "truncated")
        self.assertEqual("", answer.out)

    def test_convert_names_what_a_file_is_and_who_reads_it(self):
        nothing = self.report("nothing.txt", b"nothing here\n" * 600)
        runs = self.report("head.runs.json", b'{"schema": "cyclegate.runs/1"}\n')
        gecko = self.report("gecko.json", b'{"meta": {"version": 24}, "threads": [], "libs": []}\n')
        for path, words in ((nothing, ["no report of ziskemu in it", "hyperfine --export-json"]),
                            (runs, ["a run set of cyclegate", "cyclegate compare"]),
                            (gecko, ["a profile", "cyclegate profile"]),
                            (self.report("other.json", b'{"rows": []}\n'), ["no list `results`", "hyperfine", "ziskemu"]),
                            (self.top, ["is a directory, not a file"]),
                            (self.top / "nosuch", ["there is no such file"])):
            with self.subTest(path):
                answer = self.expect(2, "convert", path)
                self.assert_says(answer.err, str(path), *words)
                self.assertEqual("", answer.out)
        self.assertNotIn(":600", self.expect(2, "convert", nothing).err)

    def test_what_the_guest_printed_is_not_taken_for_the_report(self):
        whole = (FIXTURES / "ziskemu/dma.XSD.stdout").read_bytes()
        fake = whole[:whole.index(b"TOP STEP FUNCTIONS")]
        real = (FIXTURES / "ziskemu/fib@k4.X.stdout").read_bytes()
        answer = self.expect(0, "convert", self.report("both.txt", fake + b"guest: done" + real))
        self.assertEqual(44921, answer.json["steps"])
        self.assert_says(answer.err, "2 headers of a report")
        # Behind names, which a program chooses, nobody knows.
        answer = self.expect(2, "convert", self.report("both.txt", whole + b"guest: done" + real))
        self.assert_says(answer.err, "which one is ziskemu's cannot be told")

    def test_compare_of_two_reports_prints_the_table_and_who_is_new_or_gone(self):
        old = self.report("ziskemu/fib@k4.XSD.stdout")
        new = self.report("ziskemu/rust@200.XSD.stdout")
        answer = self.expect(0, "compare", old, new)
        rows = [line.split() for line in answer.out.splitlines()]
        self.assertEqual(["Metric", "Baseline", "Current", "Change"], rows[0])
        self.assertIn(["VARIABLE", "4,161,225", "1,862,280", "-55.25", "%"], rows)
        self.assertIn(["rg::histogram", "-", "1,713,230", "NEW"], rows)
        self.assertIn(["sieve", "1,509,268", "-", "GONE"], rows)
        document = self.expect(0, "compare", "--json", old, new).json
        sieve = [f for f in document["functions"] if f["name"] == "sieve"][0]
        self.assertEqual("GONE", sieve["status"])
        self.assertEqual([-55.25], [m["change_percent"] for m in document["metrics"] if m["name"] == "VARIABLE"])
        self.assertFalse((self.repository / "out").exists(), "no run set, no reports")

    def test_compare_names_no_change_across_releases(self):
        answer = self.expect(0, "compare", self.report("ziskemu-1.1.0-alpha/nop.XSD.stdout"),
                             self.report("ziskemu/fib@k4.XSD.stdout"))
        self.assert_says(answer.out, "incomparable")
        self.assertNotIn("%\n", answer.out)

    def test_what_one_report_leaves_out_is_not_gone(self):
        answer = self.expect(0, "compare", self.report("ziskemu/fib@k4.XSD.stdout"), self.report("ziskemu/fib@k4.Xx.stdout"))
        self.assert_says(answer.out, "incomparable")
        self.assertNotIn("GONE", [word for line in answer.out.splitlines() for word in line.split()[-2:]])

    def test_compare_names_the_file_that_is_wrong(self):
        good = self.report("ziskemu/fib@k4.X.stdout")
        garbage = self.report("garbage.txt", b"nothing here\n")
        broken = self.report("broken.json", b'{"schema": "cyclegate.run_set/1", \n')
        for wrong, why in ((self.top / "nosuch", "there is no such file"), (self.top, "is a directory"), (garbage, "no report of ziskemu"),
                           (broken, "broken.json")):
            for pair in ((good, wrong), (wrong, good)):
                error = self.expect(2, "compare", *pair).err
                self.assert_says(error, str(wrong), why)
                self.assertNotIn(str(good), error)

    def test_compare_of_two_hyperfine_files_tests_and_says_what_that_is_worth(self):
        answer = self.expect(0, "compare", self.report("hyperfine/one.json"), self.report("hyperfine/other.json"))
        self.assert_says(answer.out, "mean", "66.20 ms", "34.10 ms", "-48.49 %", "Welch", "p = 0.0001", "informational")
        # One kind of units, and no line ends between a number and its unit.
        self.assertRegex(answer.out, r"the mean changed by -\d\d\.\d\d ms to -\d\d\.\d\d ms\s\(95 %\)")

    def test_two_kinds_cannot_be_compared(self):
        answer = self.expect(2, "compare", self.report("hyperfine/one.json"), self.report("ziskemu/dma.stats.csv"))
        self.assert_says(answer.err, "a result of hyperfine", "a report of ziskemu")


if __name__ == "__main__":
    import unittest

    unittest.main()
