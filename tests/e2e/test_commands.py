"""Every other command's happy path, help, and what is said on standard output."""
import json
import os
import re
import shutil
import stat
import subprocess
import unittest

import validator
from support import PROGRAM, ROOT, Sandbox, elf, input_bytes, sha256

COMMANDS = ["gate", "run", "compare", "convert", "report", "build", "execute", "prove", "baseline save", "baseline show",
            "baseline check", "input add", "init", "calibrate", "executors", "completion", "manual"]


class Commands(Sandbox):
    def schema(self, name):
        return json.loads((ROOT / "docs" / "schemas" / f"{name}.schema.json").read_text())

    def assert_valid(self, document, name):
        self.assertEqual([], validator.problems(document, self.schema(name)))

    # --- from nothing to a gate

    def test_init_input_add_baseline_and_gate_lead_from_nothing_to_a_verdict(self):
        self.write("prebuilt/hash.elf", elf("keccak_sw"))
        self.write("in/a.bin", input_bytes("in_200"))
        self.write(".gitignore", "/out/\n")
        self.expect(0, "init", "--guest", "hash", "--elf", "out/hash.elf", "--run",
                    "mkdir -p out && cp prebuilt/hash.elf out/", "--input", "in/a.bin")
        outside = self.top / "elsewhere.bin"
        outside.write_bytes(input_bytes("in_k4"))
        answer = self.expect(0, "input", "add", outside, "--weight", "6", "--description", 'a "small" one: #1')
        self.assert_says(answer.out, sha256(input_bytes("in_k4")), "weight: 6")
        self.assertEqual(input_bytes("in_k4"), (self.repository / "inputs/hash/elsewhere.bin").read_bytes())
        self.commit("a first gate")

        self.expect(0, "baseline", "save")
        stored = self.repository / "baselines" / "hash.json"
        first = stored.read_bytes()
        self.assertIn(b'"cost":5489738', first)
        self.expect(0, "baseline", "save")
        self.assertEqual(first, stored.read_bytes(), "equal results must give equal bytes")
        answer = self.expect(0, "baseline", "show")
        self.assert_says(answer.out, "hash/a@embedded", "5,489,738")
        self.expect(0, "baseline", "check")
        self.commit("pin the numbers")

        self.write("prebuilt/hash.elf", elf("keccak_pc"))
        self.commit("take the precompile")
        answer, report = self.gate(0)
        self.assertEqual("KEEP", report["verdict"])
        self.assert_says(answer.err, "2 base cells from baselines/ (2 of them run again for their functions)")
        for blame in report["blame"]:
            self.assertEqual(int(blame["head"]) - int(blame["base"]),
                             sum(int(row.get("head_self", 0)) - int(row.get("base_self", 0)) for row in blame["rows"]))
        self.assertEqual({"", "a", "elsewhere"}, {blame.get("input", "") for blame in report["blame"]})
        self.assertNotIn("no-functions", json.dumps(report))
        weights = {f["cell"]["input"]: f["weight"] for f in report["findings"] if f["metric"] == "cost"}
        self.assertEqual({"a": 1, "elsewhere": 6}, weights)

    def test_a_drift_beyond_the_pinned_numbers_fails_the_check_of_the_baseline(self):
        self.guests({"hash": elf("keccak_pc")}, extra="policy: { drift_budget: 3% }\n")
        self.commit()
        self.expect(0, "baseline", "save")
        self.write("prebuilt/hash.elf", elf("keccak_sw"))
        answer = self.expect(1, "baseline", "check")
        self.assert_says(answer.out, "hash", "cost", "5,489,738")
        answer = self.expect(1, "baseline", "check", "--json")
        json.loads(answer.out)

    def test_what_cannot_be_measured_is_no_green_check_of_the_baseline(self):
        program = self.top / "tools" / "answers"
        program.parent.mkdir()
        program.write_text("#!/bin/sh\necho answer 41\n")
        program.chmod(0o755)
        self.environment["PATH"] = f"{program.parent}:{self.environment['PATH']}"
        self.guests({"hash": elf("keccak_pc")}, executors=("embedded", "mine"), extra="""executors:
  mine:
    command: [answers, "{elf}", "{input}"]
    version: [answers]
    metrics: { answer: { pattern: "answer ([0-9]+)", kind: exact } }
policy: { deciding: { mine: answer } }
""")
        self.commit()
        self.expect(0, "baseline", "save")
        self.expect(0, "baseline", "check")
        program.unlink()
        answer = self.expect(3, "baseline", "check")
        self.assert_says(answer.out, "unmeasured", "values as pinned; within the budget; 1 cell not measured")
        check = self.expect(3, "baseline", "check", "--json").json
        self.assertEqual((False, 1, 1), (check["fails"], check["unmeasured"], check["compared"]))

    def test_a_check_of_the_baseline_that_compared_nothing_is_not_green(self):
        program = self.top / "tools" / "answers"
        program.parent.mkdir()

        def release(version):
            program.write_text(f"#!/bin/sh\n[ $# = 0 ] && echo {version} && exit\necho answer 41\n")
            program.chmod(0o755)

        release(1)
        self.environment["PATH"] = f"{program.parent}:{self.environment['PATH']}"
        self.guests({"hash": elf("keccak_pc")}, executors=("mine",), extra="""executors:
  mine:
    command: [answers, "{elf}", "{input}"]
    version: [answers]
    metrics: { answer: { pattern: "answer ([0-9]+)", kind: exact } }
policy: { deciding: { mine: answer } }
""")
        self.commit()
        self.expect(0, "baseline", "save")
        self.expect(0, "baseline", "check")
        release(2)
        answer = self.expect(3, "baseline", "check")
        self.assert_says(answer.out, "executor_version was '1' and is '2'",
                         "0 values as pinned; nothing was compared; 1 cell not compared")
        check = self.expect(3, "baseline", "check", "--json").json
        self.assertEqual((False, 0, 1), (check["fails"], check["compared"], check["not_compared"]))

    def test_init_leaves_files_that_exist_alone(self):
        self.write("a.bin", b"x")
        self.write("cyclegate.yaml", "mine\n")
        answer = self.expect(0, "init", "--input", "a.bin")
        self.assertEqual("mine\n", (self.repository / "cyclegate.yaml").read_text())
        self.assert_says(answer.err, "--force")
        self.expect(0, "init", "--input", "a.bin", "--force")
        self.assertIn("guests:", (self.repository / "cyclegate.yaml").read_text())

    def write_viewer(self):
        """A samply that does nothing, first on PATH."""
        viewer = self.top / "tools" / "samply"
        viewer.parent.mkdir()
        viewer.write_text("#!/bin/sh\nexit 0\n")
        viewer.chmod(0o755)
        self.environment["PATH"] = f"{viewer.parent}:{self.environment['PATH']}"

    def test_results_in_a_directory_that_was_there_leave_the_working_tree_as_it_was(self):
        self.write("out/hash.elf", elf("keccak_pc"))
        self.write("a.bin", input_bytes("in_200"))
        self.expect(0, "init", "--guest", "hash", "--elf", "out/hash.elf", "--run", "true", "--input", "a.bin")
        self.commit("a guest whose program is tracked")
        self.expect(0, "gate", "--base", "HEAD", "--no-time")
        self.write_viewer()
        self.expect(0, "view", "hash", "a", "--with", "samply")
        self.assertTrue((self.repository / "out/profile.json").exists())
        self.assertTrue((self.repository / "out/report.json").exists())
        self.assertEqual("", self.git("status", "--porcelain"))
        self.write("out/more.elf", elf("mem"))
        self.assertEqual("?? out/more.elf", self.git("status", "--porcelain"), "what is not ours is still seen")
        # What somebody wrote there stays, and the top of a repository gets nothing.
        self.write("out/.gitignore", "mine\n")
        self.expect(0, "report", "out/report.json")
        self.assertEqual("mine\n", (self.repository / "out/.gitignore").read_text())
        self.expect(0, "report", "out/report.json", "--out", ".")
        self.assertFalse((self.repository / ".gitignore").exists())

    @unittest.skipUnless(shutil.which("make"), "make is not installed")
    def test_the_makefile_fragment_of_init_builds_and_profiles(self):
        self.write("prebuilt/hash.elf", elf("keccak_pc"))
        self.write("a.bin", input_bytes("in_200"))
        self.expect(0, "init", "--guest", "hash", "--run", "mkdir -p out && cp prebuilt/hash.elf out/", "--input", "a.bin")
        self.write("Makefile", "include cyclegate.mk\n")
        for target in ("bench-build", "bench-profile", "bench-convert"):
            made = subprocess.run(["make", target, f"CYCLEGATE={PROGRAM}", "GUEST=hash", "INPUT=a"], cwd=self.repository,
                                  env=self.environment, capture_output=True, text=True)
            self.assertEqual(0, made.returncode, made.stdout + made.stderr)
        self.assert_valid(json.loads((self.repository / "out/hash-a.json").read_text()), "execution")
        for target in ("bench-run", "bench-compare", "bench-view", "bench-prove"):
            self.assertIn(f"\n{target}:", (self.repository / "cyclegate.mk").read_text())

    # --- one run

    def test_execute_gives_every_field_of_the_execution_schema_in_both_forms(self):
        self.guests({"hash": elf("keccak_pc")})
        of_guest = self.expect(0, "execute", "hash", "in_200", "--json").json
        of_file = self.expect(0, "execute", "--elf", "prebuilt/hash.elf", "--input", "inputs/in_200.bin", "--json").json
        self.assertEqual(of_file, of_guest)
        self.assert_valid(of_file, "execution")
        self.assertEqual("ok", of_file["outcome"])
        cost = of_file["cost"]
        self.assertEqual(cost["variable"], sum(cost[part] for part in ("main", "opcodes", "precompiles", "memory")))
        self.assertEqual(cost["total"], cost["base"] + cost["variable"])
        self.assertEqual(of_file["output_sha256"], sha256(bytes.fromhex(of_file["output"])))
        self.assertTrue(of_file["functions"] and of_file["opcodes"] and of_file["precompiles"] and of_file["memory"])

    def test_execute_says_what_ended_a_guest_and_where(self):
        for name, outcome, extra in (("exit3", "exit", {"code": 3}), ("trap", "trap", {}), ("nullw", "trap", {}),
                                     ("err_rwx", "rejected", {}), ("err_oldsha", "rejected", {})):
            with self.subTest(name):
                place = self.write(f"{name}.elf", elf(name))
                answer = self.expect(1, "execute", "--elf", place, "--json").json
                self.assert_valid(answer, "execution")
                self.assertEqual(outcome, answer["outcome"])
                for field, value in extra.items():
                    self.assertEqual(value, answer[field])
                if outcome == "trap":
                    self.assertGreaterEqual(answer["pc"], 0x90000000)
                    self.assertTrue(answer["why"])
        place = self.write("forever.elf", elf("forever"))
        answer = self.expect(1, "execute", "--elf", place, "--max-steps", "100000", "--json").json
        self.assertEqual(("limit", 100000), (answer["outcome"], answer["steps"]))
        answer = self.expect(1, "execute", "--elf", place, "--max-time", "50000000", "--json").json
        self.assertEqual("limit", answer["outcome"])

    def test_a_directory_that_is_not_there_is_told_before_anything_runs_and_not_made(self):
        self.guests({"hash": elf("keccak_pc")})
        self.write("a.folded", "main 3\n")
        report = ROOT / "tests/fixtures/ziskemu/dma.stats.csv"
        for arguments in (["execute", "hash", "in_200"], ["profile", "hash", "in_200"], ["flamegraph", "hash", "in_200"],
                          ["flamegraph", "a.folded", "--diff", "a.folded"], ["view", "hash", "in_200"], ["convert", report]):
            with self.subTest(arguments):
                said = self.expect(2, *arguments, "--output", "otu/x.json").err
                self.assert_says(said, "--output otu/x.json: there is no directory", "otu")
                self.assert_says(self.expect(2, *arguments, "--output", "inputs").err, "--output inputs: this is a directory")
        # Of a pipe or a device nothing would be left.
        os.mkfifo(self.repository / "pipe")
        self.assert_says(self.expect(2, "convert", report, "--output", "pipe").err, "--output pipe: this is no file but a device")
        self.assertTrue(stat.S_ISFIFO(os.stat(self.repository / "pipe").st_mode))
        self.assert_says(self.expect(2, "prove", "hash", "in_200", "--proof", "otu/p").err, "--proof otu/p: there is no")
        self.assertFalse((self.repository / "otu").exists() or (self.repository / "out").exists())
        # The output directory is cyclegate's own to make.
        self.expect(0, "convert", report, "--output", "out/x.json")
        self.assertEqual("*\n", (self.repository / "out/.gitignore").read_text())

    def test_an_executor_that_is_not_here_is_no_failed_guest(self):
        self.guests({"hash": elf("keccak_pc")}, executors=("embedded", "ziskemu", "risc0"))
        for name, variable, value in (("ziskemu", "CYCLEGATE_ZISKEMU", "/nonexistent"),
                                      ("risc0", "CYCLEGATE_R0_RUN", "/etc/passwd")):
            for arguments in (["execute", "hash", "in_200"], ["execute", "--elf", "prebuilt/hash.elf", "--json"],
                              ["profile", "hash", "in_200"], ["doctor", "hash", "in_200"]):
                with self.subTest(arguments, executor=name):
                    answer = self.expect(3, *arguments, "--executor", name, environment={variable: value})
                    self.assertEqual("", answer.out)
                    self.assert_says(answer.err, f"the executor {name} is not available here", variable, value)
                    self.assertNotIn("crashed", answer.err)
        self.assertFalse((self.repository / "out/hash.elf").exists(), "told before anything is built")

    def test_the_program_of_a_described_executor_may_come_from_the_build(self):
        program = self.repository / "out" / "answers"
        build = f"mkdir -p out && cp prebuilt/hash.elf out/ && cp answers '{program}' && chmod +x '{program}'"
        self.guests({"hash": elf("keccak_pc")}, executors=("mine",), runs={"hash": build}, extra=f"""executors:
  mine:
    command: [{program}, "{{elf}}", "{{input}}"]
    version: [{program}]
    metrics: {{ answer: {{ pattern: "answer ([0-9]+)", kind: exact }} }}
policy: {{ deciding: {{ mine: answer }} }}
""")
        self.write("answers", "#!/bin/sh\necho answer 41\n")
        self.assert_says(self.expect(0, "execute", "hash", "in_200", "--executor", "mine").out, "answer", "41")

    def test_execute_writes_the_public_output_as_ziskemu_does(self):
        place = self.write("hash.elf", elf("keccak_pc"))
        data = self.write("in.bin", input_bytes("in_200"))
        self.expect(0, "execute", "--elf", place, "--input", data, "--output", "public.bin")
        expected = (ROOT / "tests/fixtures/ziskemu/keccak_pc@200.output.bin").read_bytes()
        got = (self.repository / "public.bin").read_bytes()
        self.assertTrue(expected.startswith(got) and set(expected[len(got):]) <= {0})

    def test_build_runs_the_guests_own_command_in_the_working_tree(self):
        self.guests({"one": elf("mem"), "two": elf("mem")})
        answer = self.expect(0, "build", "two")
        self.assertEqual([str(self.repository / "out/two.elf")], answer.out.splitlines())
        self.assertFalse((self.repository / "out/one.elf").exists())
        self.expect(0, "build")
        self.assertTrue((self.repository / "out/one.elf").exists())

    def test_prove_names_what_is_missing(self):
        self.guests({"hash": elf("keccak_pc")})
        answer = self.expect(3, "prove", "hash", "in_200")
        self.assert_says(answer.err, "what is missing first is the prover", "cargo-zisk", "ziskup")

    def test_executors_lists_the_embedded_one_with_its_cost_model(self):
        rows = self.expect(0, "executors", "--json").json
        embedded, = [row for row in rows if row["name"] == "embedded"]
        self.assertTrue(embedded["available"])
        self.assertTrue(embedded["cost_model"].startswith("zisk-1.4.0-alpha"))
        self.assertIn("cost", [metric["name"] for metric in embedded["metrics"]])
        self.assert_says(self.expect(0, "executors").out, "embedded", "zisk-1.4.0-alpha")

    def test_executors_gives_what_is_not_here_no_version(self):
        absent = {"CYCLEGATE_SP1_RUN": "/bin/echo", "CYCLEGATE_R0_RUN": "/nonexistent"}
        rows = {row["name"]: row for row in self.expect(0, "executors", "--json", environment=absent).json}
        for name in ("sp1", "risc0"):
            self.assertFalse(rows[name]["available"])
            self.assertEqual(("", "", ""), (rows[name]["version"], rows[name]["cost_model"], rows[name]["options"]))
            self.assertTrue(rows[name]["install"])
        self.assertIn("\nsp1\n  not available: ", self.expect(0, "executors", environment=absent).out)

    def test_of_guests_that_nobody_asked_for_nothing_is_said(self):
        self.guests({"one": elf("keccak_pc"), "two": elf("mem")}, inputs=["in_200", "in_k4"])
        text = (self.repository / "cyclegate.yaml").read_text()
        at = text.rindex("      - { name: in_k4")
        self.write("cyclegate.yaml", text[:at])  # guest two, the last one, has one input
        self.commit()
        answer, report = self.gate(0, "--guest", "one", base="HEAD")
        self.assertIn("guest one has 2 inputs", answer.text)
        self.assertNotIn("guest two has", answer.text + json.dumps(report))
        # Few are asked for, but the guest has two.
        self.assertIn("guest one has 2 inputs", self.gate(0, "--guest", "one", "--input", "in_k4", base="HEAD")[0].text)
        said = self.expect(2, "gate", "--base", "HEAD", "--no-time", "--guest", "two", "--input", "in_k4").err
        self.assertIn("there is no input of two 'in_k4'; there are: in_200\n", said)
        said = self.expect(2, "gate", "--base", "HEAD", "--no-time", "--guest", "tow").err
        self.assertIn("there is no guest 'tow'; did you mean 'two'? there are: one, two\n", said)

    # --- files of ours

    def test_the_files_of_a_gate_fit_their_schemas(self):
        self.guests({"hash": elf("keccak_sw"), "bad": elf("mem")})
        self.commit()
        self.guests({"hash": elf("keccak_pc"), "bad": elf("exit3"), "new": elf("mem")})
        self.commit()
        _, report = self.gate(1)
        self.assert_valid(report, "comparison")
        for side in ("base", "head"):
            self.assert_valid(json.loads((self.repository / "out" / f"{side}.runs.json").read_text()), "runs")

    # --- help

    def test_every_command_has_help_with_an_example(self):
        overview = self.expect(0, "--help").out
        for command in COMMANDS:
            with self.subTest(command):
                answer = self.expect(0, *command.split(), "--help")
                self.assert_says(answer.out, f"cyclegate {command}", "--help")
                self.assertRegex(answer.out, r"(?i)example")
                self.assertIn(command.split()[0], overview)
                self.assertEqual("", answer.err)

    def test_every_option_that_help_names_is_completed_and_in_the_manual(self):
        manual = self.expect(0, "manual").out.replace("\\-", "-")
        completion = self.expect(0, "completion", "bash").out
        for command in COMMANDS:
            for option in re.findall(r"^\s+(--[a-z-]+)", self.expect(0, *command.split(), "--help").out, re.M):
                self.assertIn(option, manual)
                self.assertIn(option, completion)

    def test_the_completion_scripts_are_valid_for_their_shells(self):
        for shell, check in (("bash", ["bash", "-n"]), ("zsh", ["zsh", "-n"]), ("fish", ["fish", "--no-execute"])):
            script = self.write(f"completion.{shell}", self.expect(0, "completion", shell).out)
            self.assertIn("baseline", script.read_text())
            if shutil.which(check[0]):
                checked = subprocess.run([*check, script], capture_output=True, text=True, env=self.environment)
                self.assertEqual((0, ""), (checked.returncode, checked.stderr))

    @unittest.skipUnless(shutil.which("bash"), "bash is not installed")
    def test_bash_completes_commands_and_options(self):
        script = self.write("completion.bash", self.expect(0, "completion", "bash").out)
        function = re.search(r"complete .*-F (\S+)", script.read_text()).group(1)

        def completed(*words):
            line = " ".join(words)
            code = (f'source "{script}"; COMP_WORDS=({" ".join(repr(w) for w in words)}); COMP_CWORD={len(words) - 1}; '
                    f'COMP_LINE={line!r}; COMP_POINT=${{#COMP_LINE}}; {function} cyclegate {words[-1]!r} {words[-2]!r}; '
                    'printf "%s\\n" "${COMPREPLY[@]}"')
            return {w.strip() for w in subprocess.run(["bash", "-c", code], capture_output=True, text=True, env=self.environment,
                                                      cwd=self.repository).stdout.split("\n")}

        self.assertIn("gate", completed("cyclegate", "ga"))
        self.assertIn("--base", completed("cyclegate", "gate", "--ba"))

    def test_the_manual_page_is_valid(self):
        page = self.write("cyclegate.1", self.expect(0, "manual").out)
        self.assertTrue(page.read_text().startswith(".TH "))
        if shutil.which("man"):
            command = ["man", "--warnings", "-l", str(page)]
        elif shutil.which("groff"):
            command = ["groff", "-man", "-Tascii", "-ww", str(page)]
        else:
            self.skipTest("neither man nor groff is installed")
        shown = subprocess.run(command, capture_output=True, text=True, env={**self.environment, "MANWIDTH": "80"})
        self.assertEqual((0, ""), (shown.returncode, shown.stderr))
        self.assertIn("cyclegate", shown.stdout)

    # --- exit codes of mistakes

    def test_mistakes_in_usage_end_with_2_and_name_the_remedy(self):
        self.guests({"hash": elf("keccak_pc")})
        self.commit()
        for arguments, words in (
                (["gaet"], ["gaet", "gate"]),
                (["gate", "--bsae", "HEAD"], ["--bsae"]),
                (["gate", "--base", "HEAD", "--jobs", "many"], ["--jobs", "many"]),
                (["gate", "--base", "HEAD", "--jobs", "0"], ["--jobs", "0"]),
                (["execute"], ["--elf"]),
                (["execute", "--elf", "nowhere.elf"], ["nowhere.elf"]),
                (["completion", "tcsh"], ["tcsh", "bash"]),
                (["compare", "one.json"], ["HEAD"]),
        ):
            with self.subTest(arguments):
                answer = self.expect(2, *arguments)
                self.assertEqual("", answer.out)
                self.assert_says(answer.err, *words)

    def test_an_unwritable_output_directory_ends_with_3_and_is_named(self):
        self.guests({"hash": elf("keccak_sw")})
        self.commit()
        self.write("prebuilt/hash.elf", elf("keccak_pc"))
        self.commit()
        self.write("taken", "a file\n")
        answer = self.expect(3, "gate", "--base", "HEAD~1", "--head", "HEAD", "--no-time", "--out", "taken")
        self.assert_says(answer.err, "taken")

    def test_a_full_standard_output_is_noticed(self):
        with open("/dev/full", "w") as full:
            ended = subprocess.run([PROGRAM, "executors", "--json"], stdout=full, stderr=subprocess.PIPE, env=self.environment)
        self.assertEqual(3, ended.returncode)
        self.assertIn(b"standard output", ended.stderr)
