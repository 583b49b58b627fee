"""profile, flamegraph and view over guests and over other tools' profiles."""
import gzip
import json
import shlex
import shutil
import stat
import subprocess
import unittest
import urllib.request
import xml.etree.ElementTree

import validator
from support import FIXTURES, PATIENCE, PROGRAM, ROOT, Sandbox, elf, input_bytes

PROFILES = ROOT / "tests" / "fixtures" / "profiles"


class Profiles(Sandbox):
    def folded(self, text):
        """Stack to weight."""
        weights = {}
        for line in text.splitlines():
            stack, _, weight = line.rpartition(" ")
            weights[stack] = weights.get(stack, 0) + int(weight)
        return weights

    def run_of(self, name, *options):
        self.write(f"{name}.elf", elf(name))
        self.write("in.bin", input_bytes("in_200"))
        return self.expect(0, "profile", "--elf", f"{name}.elf", "--input", "in.bin", *options)

    def test_a_guests_profile_sums_to_its_cost_in_every_column(self):
        self.guests({"hash": elf("keccak_sw")})
        execution = self.expect(0, "execute", "hash", "in_200", "--json").json
        cost = self.folded(self.expect(0, "profile", "hash", "in_200", "--format", "folded").out)
        column = self.expect(0, "profile", "hash", "in_200", "--format", "folded", "--column", "steps")
        self.assertEqual(execution["steps"], sum(self.folded(column.out).values()))
        self.assertEqual(execution["cost"]["variable"],
                         sum(self.folded(self.expect(0, "profile", "hash", "in_200", "--format", "folded", "--column", "cost").out).values()))
        self.assertTrue(any(stack.startswith("_start;main") for stack in cost), sorted(cost)[:5])
        table = self.expect(0, "profile", "hash", "in_200").out
        self.assert_says(table, "function", "with callees", "per call")

    def test_every_format_comes_back_as_the_same_folded_stacks(self):
        folded = self.run_of("keccak_sw", "--format", "folded").out
        for name in ("run.json", "run.pb.gz", "run.folded"):
            self.run_of("keccak_sw", "--output", name)
            self.assertEqual(folded, self.expect(0, "profile", name, "--format", "folded").out, name)
        self.assertEqual(61, json.loads((self.repository / "run.json").read_text())["meta"]["preprocessedProfileVersion"])
        packed = (self.repository / "run.pb.gz").read_bytes()
        (self.repository / "plain.pb").write_bytes(gzip.decompress(packed))
        self.assertEqual(folded, self.expect(0, "profile", "plain.pb", "--format", "folded").out)

    def test_the_metric_that_decides_is_the_first_column(self):
        first = self.run_of("keccak_sw", "--format", "folded").out
        self.assertEqual(self.run_of("keccak_sw", "--format", "folded", "--column", "cost").out, first)

    def test_a_part_of_the_cost_that_only_head_has_is_0_in_base(self):
        self.run_of("keccak_sw", "--output", "base.pb.gz")
        self.run_of("keccak_pc", "--output", "head.pb.gz")
        for arguments in (("head.pb.gz", "--diff", "base.pb.gz"), ("base.pb.gz", "--diff", "head.pb.gz")):
            answer = self.expect(0, "profile", *arguments, "--column", "cost:precompile:keccak", "--json").json
            with_keccak, without = ("head", "base") if arguments[0] == "head.pb.gz" else ("base", "head")
            self.assertEqual(0, int(answer[without]))
            self.assertGreater(int(answer[with_keccak]), 0)
        self.expect(0, "flamegraph", "head.pb.gz", "--diff", "base.pb.gz", "--column", "cost:precompile:keccak")
        self.assert_says(self.expect(2, "profile", "head.pb.gz", "--diff", "base.pb.gz", "--column", "none").err, "none")

    def test_one_run_in_two_formats_is_no_change(self):
        self.run_of("keccak_sw", "--output", "run.json")
        self.run_of("keccak_sw", "--output", "run.pb.gz")
        for arguments in (("run.json", "--diff", "run.pb.gz"), ("run.pb.gz", "--diff", "run.json")):
            answer = self.expect(0, "profile", *arguments, "--json").json
            self.assertEqual([], answer["rows"])
            self.assert_says(answer["note"], "left out on both sides")
            self.assert_says(" ".join(self.expect(0, "profile", *arguments).out.split()), "no function changed", "left out on both sides")
        self.run_of("keccak_pc", "--output", "other.pb.gz")
        rows = self.expect(0, "profile", "other.pb.gz", "--diff", "run.json", "--json").json["rows"]
        self.assertTrue(rows)
        self.assertEqual([], [row for row in rows if row.get("parts")])

    def test_a_word_that_means_a_file_is_told_as_a_file(self):
        self.write("dir/file.folded", "main 3\n")
        (self.repository / "cyclegate.yaml").unlink(missing_ok=True)
        for command in ("profile", "flamegraph", "view", "doctor"):
            for inside in (False, True):
                if inside:
                    self.guests({"hash": elf("keccak_sw")})
                for word in ("nosuch.json", "dir/nosuch", "./nosuch", "nosuch.pb.gz"):
                    self.assert_says(self.expect(2, command, word).err, f"cyclegate: {word}: there is no such file")
                for word in ("dir", "./dir"):
                    self.assert_says(self.expect(2, command, word).err, f"cyclegate: {word}: is a directory, not a file")
            (self.repository / "hash").mkdir()
            self.assert_says(self.expect(2, command, "hash").err, "which input of hash?")
            (self.repository / "cyclegate.yaml").write_text("version: 1\nguets: {}\n")
            self.assert_says(self.expect(2, command, "hash").err, "cyclegate.yaml:2", "guets")
            (self.repository / "hash").rmdir()
            (self.repository / "cyclegate.yaml").unlink()
        self.assert_says(self.expect(2, "profile", "dir/file.folded", "--diff", "dir").err, "dir: is a directory, not a file")

    def test_options_that_cannot_apply_are_refused(self):
        self.write("a.folded", "main 3\n")
        for command in ("profile", "flamegraph", "view"):
            self.assert_says(self.expect(2, command, "a.folded", "--executor", "foo").err, "--executor does not go with it")
            self.assert_says(self.expect(2, command, "a.folded", "--max-steps", "5").err, "--max-steps does not go with it")
        for name in ("a.svg", "a.html"):
            self.assert_says(self.expect(2, "profile", "a.folded", "--output", name).err, name, "cyclegate flamegraph")
            self.assertFalse((self.repository / name).exists())
        self.assert_says(self.expect(2, "profile", "a.folded", "--format", "pprof", "--top", "3").err, "--top")

    def test_names_are_no_workflow_commands_on_standard_output(self):
        self.write("bad.folded", "::error::x;y 10\nmain;##[error]z 5\n")
        self.write("base.folded", "main 3\n")
        for arguments in ((), ("--format", "folded"), ("--diff", "base.folded"), ("--json",)):
            text = self.expect(0, "profile", "bad.folded", *arguments).out
            self.assertNotIn("##[", text, arguments)
            for line in text.splitlines():
                self.assertFalse(line.strip().startswith("::"), line)
        rows = self.expect(0, "profile", "bad.folded", "--diff", "base.folded", "--json").json["rows"]
        self.assertIn("##[error]z", [row["function"] for row in rows])

    def test_profiles_of_ziskemu_sp1_and_perf_are_read(self):
        for name, total in (("ziskemu-rust.json", 1846279), ("sp1-rust.json", 2326)):
            text = self.expect(0, "profile", PROFILES / name, "--format", "folded").out
            self.assertEqual(total, sum(self.folded(text).values()), name)
        self.assertEqual((PROFILES / "perf-script.inferno.folded").read_text(),
                         self.expect(0, "profile", PROFILES / "perf-script.txt", "--format", "folded").out)

    def test_blame_between_two_guests_sums_exactly_to_the_change(self):
        self.run_of("keccak_sw", "--output", "base.pb.gz")
        self.run_of("keccak_pc", "--output", "head.pb.gz")
        answer = self.expect(0, "profile", "head.pb.gz", "--diff", "base.pb.gz", "--column", "cost", "--json").json
        schema = json.loads((ROOT / "docs" / "schemas" / "blame.schema.json").read_text())
        self.assertEqual([], validator.problems(answer, schema))
        change = int(answer["head"]) - int(answer["base"])
        self.assertNotEqual(0, change)
        self.assertEqual(change, sum(int(row["head_self"]) - int(row["base_self"]) for row in answer["rows"]))
        for row in answer["rows"]:
            for side in ("base", "head"):
                self.assertEqual(int(row[f"{side}_self"]), sum(int(part[side]) for part in row.get("parts", [])), row)
        names = {part["name"] for row in answer["rows"] for part in row.get("parts", [])}
        self.assertTrue({"main"} < names and any(name.startswith("precompile:") for name in names), names)
        text = self.expect(0, "profile", "head.pb.gz", "--diff", "base.pb.gz").out
        self.assert_says(text, "change of self", "gone")

    def test_a_gates_blame_sums_to_the_change_of_every_cell_and_is_in_every_report(self):
        self.guests({"hash": elf("keccak_sw")})
        self.commit("base")
        self.write("prebuilt/hash.elf", elf("keccak_pc"))
        self.commit("head")
        _, report = self.gate(0)
        cells = {(finding["cell"]["guest"], finding["cell"]["input"]): finding["change"] for finding in report["findings"]
                 if finding["metric"] == "cost"}
        blames = {(blame["guest"], blame.get("input", "")): blame for blame in report["blame"]}
        for cell, change in cells.items():
            blame = blames[cell]
            self.assertEqual((change["base"], change["head"]), (int(blame["base"]), int(blame["head"])))
            self.assertEqual(change["head"] - change["base"],
                             sum(int(row["head_self"]) - int(row["base_self"]) for row in blame["rows"]))
        for name in ("comment.md", "report.html"):
            self.assertIn("Functions behind the change", (self.repository / "out" / name).read_text(), name)
        self.assertIn("change of self", (self.repository / "out/summary.txt").read_text())

    def test_flamegraph_draws_a_file_a_guest_and_a_difference(self):
        self.guests({"hash": elf("keccak_sw")})
        self.write("base.folded", "main;a 10\nmain;old 5\n")
        self.write("head.folded", "main;a 30\nmain;b 5\n")
        for arguments in (("hash", "in_200"), ("head.folded",), ("head.folded", "--diff", "base.folded"),
                          ("head.folded", "--still", "--flame", "--palette", "kind", "--width", "800")):
            picture = self.expect(0, "flamegraph", *arguments).out
            self.assertEqual("{http://www.w3.org/2000/svg}svg", xml.etree.ElementTree.fromstring(picture).tag)
            self.assertEqual(picture, self.expect(0, "flamegraph", *arguments).out)
        self.expect(0, "flamegraph", "head.folded", "--diff", "base.folded", "--side-by-side", "--output", "pair.html")
        self.assertIn("<html", (self.repository / "pair.html").read_text())
        self.assert_says(self.expect(2, "flamegraph", "head.folded", "--side-by-side").err, "--diff")
        self.assert_says(self.expect(2, "flamegraph", "head.folded", "--output", "one.html").err, "one.html", "name it .svg")
        self.assert_says(self.expect(2, "flamegraph", "head.folded", "--diff", "base.folded", "--side-by-side", "--output",
                                     "pair.svg").err, "pair.svg", "name it .html")
        self.assertFalse((self.repository / "one.html").exists() or (self.repository / "pair.svg").exists())
        self.assert_says(self.expect(2, "flamegraph", "head.folded", "--column", "cost").err, "samples")

    def test_a_dash_is_standard_input(self):
        self.write("base.folded", "main;a 10\n")
        data = gzip.compress(b"main;a 30\nmain;b 12\n")

        def piped(*arguments, code=0):
            done = subprocess.run([PROGRAM, *arguments], input=data, capture_output=True, cwd=self.repository,
                                  env=self.environment, timeout=PATIENCE)
            self.assertEqual(code, done.returncode, done.stderr)
            return (done.stdout if code == 0 else done.stderr).decode()

        self.assertEqual("main;a 30\nmain;b 12\n", piped("profile", "-", "--format", "folded"))
        self.assertIn('aria-label="standard input"', piped("flamegraph", "-"))
        rows = json.loads(piped("profile", "-", "--diff", "base.folded", "--json"))["rows"]
        self.assertEqual({"a", "b"}, {row["function"] for row in rows})
        self.assertIn("samples 42 to 10", piped("profile", "base.folded", "--diff", "-"))
        self.assertIn("not both", piped("profile", "-", "--diff", "-", code=2))
        self.assertIn("cyclegate profile -", piped("doctor", "-", code=2))
        data = b"what is this\n"
        self.assertIn("standard input: ", piped("profile", "-", code=2))

    def test_json_of_a_profile_is_its_table_of_functions(self):
        self.guests({"hash": elf("keccak_sw")})
        table = self.expect(0, "profile", "hash", "in_200", "--json").json
        schema = json.loads((ROOT / "docs" / "schemas" / "functions.schema.json").read_text())
        self.assertEqual([], validator.problems(table, schema))
        self.assertEqual(("cost", "cost", "hash/in_200 on embedded"), (table["column"], table["unit"], table["origin"]))
        cost = self.expect(0, "execute", "hash", "in_200", "--json").json["cost"]["variable"]
        self.assertEqual(cost, table["sum"])
        self.assertEqual(cost, sum(row["self"] for row in table["functions"]))
        selves = [row["self"] for row in table["functions"]]
        self.assertEqual(sorted(selves, reverse=True), selves)
        self.assertTrue(all(row["total"] >= row["self"] for row in table["functions"]))
        self.assertEqual(table["functions"][:2],
                         self.expect(0, "profile", "hash", "in_200", "--json", "--top", "2").json["functions"])
        self.write("odd.folded", "main;\"a\\ 3\n")
        rows = self.expect(0, "profile", "odd.folded", "--json").json["functions"]
        self.assertEqual([{"name": '"a\\', "self": 3, "total": 3}, {"name": "main", "self": 0, "total": 3}], rows)

    def test_a_picture_of_the_same_profile_has_the_same_bytes_in_any_directory(self):
        for place in ("one", "other/deep"):
            self.write(f"{place}/a.folded", "main;a 30\nmain;b 10\n")
            self.write(f"{place}/b.folded", "main;a 20\nmain;b 10\n")
            self.write(f"{place}/guest.elf", elf("mem"))
        for options in (["{}/a.folded"], ["{}/a.folded", "--diff", "{}/b.folded"],
                        ["{}/a.folded", "--diff", "{}/b.folded", "--side-by-side"], ["--elf", "{}/guest.elf"]):
            drawn = {self.expect(0, "flamegraph", *(word.format(place) for word in options)).out
                     for place in ("one", "other/deep", f"{self.repository}/one")}
            self.assertEqual(1, len(drawn), options)
        self.assertIn('aria-label="a.folded"', self.expect(0, "flamegraph", "other/deep/a.folded").out)

    def test_view_prints_and_runs_the_command_that_opens_a_profile(self):
        self.write("head.folded", "main;a 30\n")
        tools = self.top / "tools"
        tools.mkdir()
        viewer = tools / "samply"
        viewer.write_text(f"#!/bin/sh\necho \"$@\" >'{self.top}/opened'\n")
        viewer.chmod(viewer.stat().st_mode | stat.S_IXUSR)
        self.environment["PATH"] = f"{tools}:{self.environment['PATH']}"
        answer = self.expect(0, "view", "head.folded", "--dry-run")
        self.assertEqual(["samply", "load", f"{self.repository}/out/profile.json"], shlex.split(answer.out))
        self.assertFalse((self.top / "opened").exists())
        self.assertFalse((self.repository / "out").exists(), "a dry run writes nothing")
        self.guests({"hash": elf("keccak_pc")})
        answer = self.expect(0, "view", "hash", "in_200", "--output", "x.json", "--dry-run")
        self.assertEqual(["samply", "load", f"{self.repository}/x.json"], shlex.split(answer.out))
        self.assertFalse((self.repository / "out").exists() or (self.repository / "x.json").exists())
        for wrong, words in ((["nosuch.json"], ["there is no such file"]), (["hash"], ["which input of hash?"]),
                             (["hash", "in_2"], ["in_2", "in_200"]), (["hush", "in_200"], ["hush"]), ([], ["what is to run?"])):
            self.assert_says(self.expect(2, "view", *wrong, "--dry-run").err, *words)
        self.expect(0, "view", "head.folded")
        self.assertEqual(f"load {self.repository}/out/profile.json\n", (self.top / "opened").read_text())
        self.assertEqual("main;a 30\n", self.expect(0, "profile", "out/profile.json", "--format", "folded").out)
        self.environment["PATH"] = str(self.top / "nothing")
        self.assert_says(self.expect(3, "view", "head.folded").err, "cargo install samply")

    def test_view_shows_what_the_viewer_says_while_it_serves(self):
        self.write("head.folded", "main;a 30\n")
        tools = self.top / "tools"
        tools.mkdir()
        viewer = tools / "samply"
        viewer.write_text("#!/bin/sh\necho Serving on http://localhost:1234 >&2\nexec sleep 600\n")
        viewer.chmod(viewer.stat().st_mode | stat.S_IXUSR)
        self.environment["PATH"] = f"{tools}:{self.environment['PATH']}"
        process = self.start("view", "head.folded")
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.stderr.close)
        try:
            self.assertTrue(process.stdout.readline().startswith("samply load "))
            self.assertEqual("Serving on http://localhost:1234\n", process.stdout.readline())
            self.assertIsNone(process.poll())
        finally:
            process.terminate()
            self.assertEqual(130, process.wait(timeout=PATIENCE))

    @unittest.skipUnless(shutil.which("go"), "go is not installed: go tool pprof was not asked")
    def test_view_opens_a_profile_in_go_tool_pprof(self):
        self.write("head.folded", "main;a 30\n")
        self.environment["BROWSER"] = "true"
        # go builds pprof when it is first asked for, which takes longer than all these tests.
        self.environment["GOCACHE"] = subprocess.run(["go", "env", "GOCACHE"], stdout=subprocess.PIPE, text=True,
                                                     check=True).stdout.strip()
        process = self.start("view", "head.folded", "--with", "go")
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.stderr.close)
        try:
            process.stdout.readline()
            address = process.stdout.readline().split()[-1]
            with urllib.request.urlopen(f"{address}/ui/top", timeout=PATIENCE) as page:
                self.assertIn('"main"', page.read().decode())
        finally:
            process.terminate()
            process.wait(timeout=PATIENCE)

    def test_a_garbled_profile_is_refused_with_its_line(self):
        self.write("bad.folded", "main;a 1\nmain b\n")
        self.assert_says(self.expect(2, "profile", "bad.folded").err, "bad.folded: line 2")
        text = (PROFILES / "sp1-rust.json").read_text()
        self.write("cut.json", text[:1000])
        self.assert_says(self.expect(2, "profile", "cut.json").err, "cut.json: line 1, column")
        self.assert_says(self.expect(2, "profile", "./none").err, "there is no such file")
        self.assert_says(self.expect(3, "profile", "--elf", FIXTURES / "elf" / "trap.elf").err, "only a run that succeeds")
