"""The ziskemu executor with the real ziskemu 1.4.0-alpha: the same rows as the embedded executor on every sample guest, every
failure classified, and what happens when ziskemu is killed, missing, of another version, or has no room on the disk."""
import gzip
import unittest

from support import FIXTURES, ROOT, Sandbox, elf, require_program

RUST = ROOT / "guests" / "rust"
COMPARED = ("outcome", "code", "steps", "cost", "opcodes", "precompiles", "frops", "memory", "output", "console")
# elf, input, further options, outcome, code, words of `why`; the cases of tests/fixtures/ziskemu.
FAILURES = [
    ("exit3", None, (), "exit", 3, "ended itself"),
    ("trap", None, (), "trap", None, "step 24"),
    ("nullw", None, (), "trap", None, "invalid addr=8=8"),
    ("forever", None, ("--max-steps", "1000000"), "limit", None, "step limit of 1000000"),
    ("err_rwx", "in_k4", (), "rejected", None, "both writable and executable"),
    ("err_old", "in_k4", (), "rejected", None, "outside ZisK addressable space"),
    ("err_rvc", "in_k4", (), "trap", None, "step 9"),
    ("err_oldsha", "in_k4", (), "rejected", None, "Invalid use of CSR (0x805)"),
]


class Ziskemu(Sandbox):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.ziskemu = require_program("ziskemu")

    def setUp(self):
        super().setUp()
        self.environment["CYCLEGATE_ZISKEMU"] = self.ziskemu

    def run_of(self, executor, program, data, *options, detail="functions"):
        arguments = ["execute", "--json", "--executor", executor, "--detail", detail, "--elf", str(program), *options]
        if data:
            arguments += ["--input", str(data)]
        return self.run_program(*arguments).json

    def execution(self, executor, guest, name, *options, detail="cost"):
        return self.run_of(executor, FIXTURES / "elf" / f"{guest}.elf", name and FIXTURES / "inputs" / f"{name}.bin",
                           *options, detail=detail)

    def rust(self, guest):
        path = self.top / f"{guest}.elf"
        path.write_bytes(gzip.decompress((RUST / "elf" / f"{guest}.elf.gz").read_bytes()))
        return path

    def test_its_profile_is_a_call_tree_of_the_runs_cost(self):
        for guest, name in (("fib", "in_k4"), ("keccak_pc", "in_200"), ("rust", "in_200")):
            with self.subTest(guest=guest):
                options = ("--elf", FIXTURES / "elf" / f"{guest}.elf", "--input", FIXTURES / "inputs" / f"{name}.bin")
                answer = self.expect(0, "profile", *options, "--executor", "ziskemu", "--format", "folded")
                self.assert_says(answer.err, "neither steps nor the parts of cost", "--executor embedded")
                stacks = [line.rpartition(" ") for line in answer.out.splitlines()]
                real = self.execution("ziskemu", guest, name, detail="functions")
                self.assertEqual(real["cost"]["variable"], sum(int(weight) for _, _, weight in stacks))
                own = {}
                for stack, _, weight in stacks:
                    leaf = stack.replace(";;", ";").split(";")[-1]
                    own[leaf] = own.get(leaf, 0) + int(weight)
                expected = {}
                for row in real["functions"]:
                    if row.get("unsplit_self"):
                        place = row["name"].replace(";", ":")
                        expected[place] = expected.get(place, 0) + row["unsplit_self"]
                self.assertEqual(expected, own)
                self.assertEqual(guest == "fib", any(";fib;fib" in stack for stack, _, _ in stacks), "recursion")
        self.expect(0, "flamegraph", *options, "--executor", "ziskemu")
        self.expect(0, "doctor", *options, "--executor", "ziskemu")

    def test_every_row_is_the_embedded_executors(self):
        rows = 0
        for guest, name in (("fib", "in_k4"), ("keccak_sw", "in_200"), ("keccak_pc", "in_200"), ("sha_pc", "in_200"),
                            ("mem", None), ("nop", None), ("rust", "in_200"), ("dma", None)):
            with self.subTest(guest=guest):
                ours, real = (self.execution(executor, guest, name) for executor in ("embedded", "ziskemu"))
                for field in COMPARED:
                    self.assertEqual(ours.get(field), real.get(field), f"{guest}: {field}")
                rows += sum(len(ours[table]) for table in ("opcodes", "precompiles", "frops", "memory"))
                totals = self.execution("ziskemu", guest, name, detail="totals")
                self.assertEqual((ours["steps"], ours["output"], ours.get("console")),
                                 (totals["steps"], totals["output"], totals.get("console")))
        self.assertGreater(rows, 150)

    def compare_functions(self, program, data, *warned):
        """Every function's own steps are the embedded executor's; what ziskemu tells of cost adds up to the run. Both by name."""
        ours, real = (self.run_of(executor, program, data) for executor in ("embedded", "ziskemu"))
        self.assertEqual({row["name"]: row["steps_self"] for row in ours["functions"]},
                         {row["name"]: row["steps_self"] for row in real["functions"]})
        self.assertEqual(real["steps"], sum(row["steps_self"] for row in real["functions"]))
        cost = sum(row.get("unsplit_self", 0) for row in real["functions"])
        self.assertEqual(list(warned), [warning["code"] for warning in real.get("warnings", [])])
        self.assertEqual(0 if "function-steps-only" in warned else real["cost"]["variable"], cost)
        return [{row["name"]: row for row in answer["functions"]} for answer in (ours, real)]

    def compare_costs(self, ours, real, jumped=()):
        """ziskemu's calls and own costs are the embedded executor's but for the memory reads of the instruction behind each call
        and return, which it counts on the other side of it, the run's start and end, and the functions that jump or are
        jumped to, which are one to it."""
        for name, row in ours.items():
            if name in jumped or name in ("_start", "main", "[zisk bios]"):
                continue
            self.assertEqual(row["calls"], real[name]["calls"], name)
            own = sum(row["self"].values())
            self.assertAlmostEqual(own, real[name]["unsplit_self"], delta=29 * (2 * row["calls"] + 10) + own // 20, msg=name)

    def test_functions_add_up_to_the_run_and_are_those_of_the_embedded_executor(self):
        for guest, name in (("fib", "in_k4"), ("mem", None), ("dma", None), ("keccak_pc", "in_200")):
            with self.subTest(guest=guest):
                ours, real = self.compare_functions(FIXTURES / "elf" / f"{guest}.elf", name and FIXTURES / "inputs" / f"{name}.bin")
                self.compare_costs(ours, real)
                if guest == "fib":
                    self.assertEqual((610, 1411381), (real["fib"]["calls"], real["fib"]["unsplit_self"]))

    # Who jumps, and is jumped to, in evm-software on erc20_10.
    JUMPS = ("memcpy", "memmove", "control::ret", "bytes::bytes::", "drop_in_place::<revm_context::tx::TxEnv>",
             "hashbrown::map::HashMap<alloy_primitives::bits::address::Address, ()",
             "hashbrown::raw::RawTable<(alloy_primitives::bits::address::Address, revm_database")

    def test_functions_of_a_rust_guest_are_those_of_the_embedded_executor(self):
        ours, real = self.compare_functions(self.rust("evm-software"), RUST / "inputs" / "evm" / "erc20_10.bin",
                                            "functions-jumped-to")
        jumps = [name for name in ours if any(word in name for word in self.JUMPS)]
        self.assertGreater(len(ours), 7 * len(jumps))
        self.compare_costs(ours, real, jumps)
        self.assertNotIn("unsplit_self", real["compiler_builtins::mem::memcpy"])
        self.assertAlmostEqual(sum(sum(ours[name]["self"].values()) for name in jumps),
                               sum(real[name].get("unsplit_self", 0) for name in jumps), delta=20_000)

    def test_no_function_has_a_cost_where_ziskemu_loses_its_call_stack(self):
        json_ziskos = self.rust("json-ziskos")
        strings = ROOT / "guests" / "inputs" / "json-digest" / "strings_120.bin"
        for program, data in ((json_ziskos, strings), (FIXTURES / "elf" / "lost.elf", None)):
            with self.subTest(program=program.name):
                self.compare_functions(program, data, "function-steps-only")
                options = ("--elf", program, *(("--input", data) if data else ()), "--executor", "ziskemu")
                for command in ("profile", "flamegraph"):
                    self.assert_says(self.expect(3, command, *options).err, "lost the guest's call stack", "--executor embedded")

    def test_every_failure_has_its_outcome_at_every_level_of_detail(self):
        for guest, name, options, outcome, code, words in FAILURES:
            for detail in ("totals", "cost", "functions"):
                with self.subTest(guest=guest, detail=detail):
                    answer = self.execution("ziskemu", guest, name, *options, detail=detail)
                    self.assertEqual((outcome, code), (answer["outcome"], answer.get("code")), answer)
                    self.assertIn(words, answer["why"])
                    ours = self.execution("embedded", guest, name, *options, detail="totals")
                    self.assertEqual((ours["outcome"], ours.get("code")), (answer["outcome"], answer.get("code")))

    def test_a_file_that_is_no_elf_and_a_guest_that_takes_too_long(self):
        text = self.top / "text.elf"
        text.write_text("no ELF\n")
        answer = self.run_program("execute", "--json", "--executor", "ziskemu", "--elf", str(text)).json
        self.assertEqual("rejected", answer["outcome"])
        answer = self.execution("ziskemu", "forever", None, "--max-time", "500000000", detail="totals")
        self.assertEqual("limit", answer["outcome"])
        self.assertIn("longer than", answer["why"])

    def gate_with(self, ziskemu, code):
        """A gate over a changed guest on embedded and ziskemu; its findings by executor for the deciding metric."""
        self.guests({"hash": elf("keccak_sw")}, executors=("embedded", "ziskemu"))
        self.commit()
        self.guests({"hash": elf("keccak_pc")}, executors=("embedded", "ziskemu"))
        self.commit()
        self.environment["CYCLEGATE_ZISKEMU"] = str(ziskemu)
        answer, report = self.gate(code)
        found = {}
        for finding in report["findings"]:
            if finding.get("deciding"):
                found[finding["cell"]["executor"]] = finding
        return answer, found

    def test_one_gate_measures_both_and_compares_neither_with_the_other(self):
        _, found = self.gate_with(self.ziskemu, 0)
        for executor in ("embedded", "ziskemu"):
            change = found[executor]["change"]
            self.assertEqual(("improved", 5489738, 315188), (found[executor]["kind"], change["base"], change["head"]))

    def assert_other_cell_went_on(self, found, *words, kind="failed"):
        self.assertEqual("improved", found["embedded"]["kind"])
        self.assertEqual(kind, found["ziskemu"]["kind"])
        for word in words:
            self.assertIn(word, found["ziskemu"]["why"])

    def script(self, text):
        path = self.top / "bin" / "ziskemu"
        path.parent.mkdir(exist_ok=True)
        path.write_text("#!/bin/sh\n" + text)
        path.chmod(0o755)
        return path

    def test_a_missing_ziskemu_leaves_its_cells_unmeasured_and_says_why(self):
        _, found = self.gate_with(self.top / "nowhere", 0)
        self.assert_other_cell_went_on(found, "CYCLEGATE_ZISKEMU", "nowhere", kind="incomparable")

    def test_what_does_not_tell_its_version_leaves_its_cells_unmeasured(self):
        _, found = self.gate_with(self.script("echo something else\n"), 0)
        self.assert_other_cell_went_on(found, "does not tell its version", "ci/install-executors ziskemu", kind="incomparable")

    def test_a_ziskemu_that_is_killed_fails_its_cells(self):
        killed = self.script(f'[ "$1" = --version ] && exec {self.ziskemu} --version\nkill -9 $$\n')
        _, found = self.gate_with(killed, 1)
        self.assert_other_cell_went_on(found, "SIGKILL")

    def test_a_ziskemu_that_vanishes_fails_its_cells(self):
        path = self.script("")
        path.write_text(f'#!/bin/sh\n[ "$1" = --version ] || exit 9\n{self.ziskemu} --version\nrm -f "$0"\n')
        _, found = self.gate_with(path, 1)
        self.assert_other_cell_went_on(found, "could not be run")

    def test_a_full_disk_is_a_crash_and_never_a_number(self):
        # No file may grow beyond one block: what ziskemu writes is cut as on a full disk.
        full = self.script(f'[ "$1" = --version ] || ulimit -f 1\nexec {self.ziskemu} "$@"\n')
        _, found = self.gate_with(full, 1)
        self.assert_other_cell_went_on(found, "ziskemu")

    def test_another_version_is_named_and_not_compared_with_a_pinned_result(self):
        other = self.script('if [ "$1" = --version ]; then echo "ziskemu 1.5.0 (x)"; else exec '
                            f'{self.ziskemu} "$@"; fi\n')
        self.environment["CYCLEGATE_ZISKEMU"] = str(other)
        row, = [row for row in self.run_program("executors", "--json").json if row["name"] == "ziskemu"]
        self.assertEqual(("1.5.0", "zisk-1.5.0"), (row["version"], row["cost_model"]))
        answer = self.execution("ziskemu", "nop", None)
        self.assertEqual(["untested-executor"], [warning["code"] for warning in answer["warnings"]])

    def test_the_executors_command_names_the_program(self):
        row, = [row for row in self.run_program("executors", "--json").json if row["name"] == "ziskemu"]
        self.assertEqual((True, "1.4.0-alpha", self.ziskemu), (row["available"], row["version"], row["program"]))
        self.assertEqual("zisk-1.4.0-alpha, cost version 1", row["cost_model"])


if __name__ == "__main__":
    unittest.main()
