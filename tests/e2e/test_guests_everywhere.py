"""The guests on every executor: they build for each, the stored numbers (guests/measured-executors.tsv) are of the
programs that the sources make, the documents show them, and they come out again where the executors are."""
import importlib.machinery
import importlib.util
import json
import os
import pathlib
import shutil
import struct
import subprocess
import tempfile
import unittest

from support import PROGRAM, ROOT


def measure_executors():
    path = str(ROOT / "guests" / "measure-executors")
    loader = importlib.machinery.SourceFileLoader("measure_executors", path)
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader("measure_executors", loader))
    loader.exec_module(module)
    return module


TOOL = measure_executors()
MEASURED = list(TOOL.EXECUTORS)
GUESTS = sorted({guest for guest, *_ in TOOL.tsv_rows(ROOT / "guests" / "expected.tsv")})


def segments(elf):
    """Entry and (address, memory size, flags) of each PT_LOAD."""
    data = elf.read_bytes()
    wide = data[4] == 2
    (entry, headers) = struct.unpack_from("<2Q" if wide else "<2I", data, 24)
    size, count = struct.unpack_from("<2H", data, 54 if wide else 42)
    loads = []
    for at in range(headers, headers + size * count, size):
        if wide:
            kind, flags, _, address, _, _, memory, _ = struct.unpack_from("<2I6Q", data, at)
        else:
            kind, _, address, _, _, memory, flags, _ = struct.unpack_from("<8I", data, at)
        if kind == 1:
            loads.append((address, memory, flags))
    return entry, loads


class GuestsEverywhere(unittest.TestCase):
    maxDiff = 4000

    @classmethod
    def setUpClass(cls):
        cls.scratch = tempfile.TemporaryDirectory(prefix="cyclegate-guests-")
        cls.guests = pathlib.Path(cls.scratch.name) / "guests"
        shutil.copytree(ROOT / "guests", cls.guests, ignore=shutil.ignore_patterns("out", "rust"))
        subprocess.run(["make", "-C", str(cls.guests), "all"], check=True, capture_output=True)

    @classmethod
    def tearDownClass(cls):
        cls.scratch.cleanup()

    def test_one_make_builds_every_guest_for_every_zkvm(self):
        for guest in GUESTS:
            for folder, wide, low, high in (("", True, 0x9000_0000, 0xc000_0000), ("sp1", True, 0x7800_0000, 1 << 40),
                                            ("risc0", False, 0x0020_0800, 0xc000_0000)):
                with self.subTest(guest=guest, folder=folder):
                    elf = self.guests / "out" / folder / f"{guest}.elf"
                    self.assertEqual(2 if wide else 1, elf.read_bytes()[4])
                    entry, loads = segments(elf)
                    (text,) = [load for load in loads if load[2] & 1]
                    self.assertEqual(text[0], entry)
                    for address, memory, flags in loads:
                        self.assertGreater(memory, 0)
                        self.assertTrue(low <= address and address + memory <= high, hex(address))
                        self.assertNotEqual(3, flags & 3, "writable and executable")
                        if folder == "sp1":
                            self.assertTrue(flags & 4, "SP1 takes only readable segments")
            self.assertTrue(os.access(self.guests / "out" / "native" / guest, os.X_OK))

    def test_make_builds_one_guest_for_one_zkvm_and_says_which_there_are(self):
        with tempfile.TemporaryDirectory(prefix="cyclegate-guests-") as scratch:
            guests = pathlib.Path(scratch) / "guests"
            shutil.copytree(ROOT / "guests", guests, ignore=shutil.ignore_patterns("out", "rust", "inputs"))
            subprocess.run(["make", "-C", str(guests), "sort-copy", "zkvm=risc0"], check=True, capture_output=True)
            self.assertEqual(["risc0/sort-copy.elf"], [str(path.relative_to(guests / "out"))
                                                       for path in (guests / "out").rglob("*") if path.is_file()])
            done = subprocess.run(["make", "-C", str(guests), "sort-copy", "zkvm=risc1"], capture_output=True, text=True)
            self.assertNotEqual(0, done.returncode)
            self.assertIn("zkvm=risc1: it is one or more of zisk sp1 risc0 native", done.stderr)

    def test_stored_numbers_are_of_the_programs_that_the_sources_make(self):
        compared = 0
        for (guest, name), executors in TOOL.stored().items():
            if guest not in GUESTS:
                continue
            for executor, rows in executors.items():
                if executor == "native":
                    continue
                elf = self.guests / "out" / TOOL.FOLDERS[executor] / f"{guest}.elf"
                self.assertEqual(rows["program"], TOOL.program_sha256(elf),
                                 f"{guest} for {executor}: another compiler built another program; the numbers are for gcc 12.2")
                compared += 1
        self.assertGreaterEqual(compared, (len(MEASURED) - 1) * 34)

    def test_every_stored_output_is_the_one_of_the_independent_reference(self):
        stored = TOOL.stored()
        for guest, name, digest, _ in TOOL.tsv_rows(ROOT / "guests" / "expected.tsv"):
            outputs = {executor: rows["output"] for executor, rows in stored[guest, name].items()}
            self.assertEqual({executor: digest for executor in MEASURED}, outputs, f"{guest} on {name}")

    def test_the_documents_are_what_the_stored_numbers_give(self):
        self.assertEqual((ROOT / "guests" / "executors.yaml").read_text(), TOOL.configuration())
        with tempfile.TemporaryDirectory(prefix="cyclegate-guests-") as scratch:
            copy = pathlib.Path(scratch) / "executors.md"
            shutil.copy(ROOT / "docs" / "executors.md", copy)
            TOOL.put_into(copy, TOOL.table_lines(TOOL.stored()))
            self.assertEqual((ROOT / "docs" / "executors.md").read_text(), copy.read_text())

    def test_a_program_for_another_zkvm_is_rejected_with_the_reason(self):
        answer = subprocess.run([PROGRAM, "executors", "--json"], capture_output=True, text=True, check=True)
        here = {row["name"] for row in json.loads(answer.stdout) if row["available"]} & set(TOOL.FOLDERS)
        made_for = {"embedded": "zisk", "ziskemu": "zisk"}
        programs = {"zisk": "sort-copy.elf", "sp1": "sp1/sort-copy.elf", "risc0": "risc0/sort-copy.elf", "native": "native/sort-copy"}
        given = self.guests / "inputs" / "sort-copy" / "random_500.bin"
        refused = 0
        for executor in sorted(here):
            for zkvm, program in programs.items():
                if zkvm == made_for.get(executor, executor):
                    continue
                with self.subTest(executor=executor, program=program):
                    done = subprocess.run([PROGRAM, "execute", "--executor", executor, "--elf", str(self.guests / "out" / program),
                                           "--input", str(given), "--json"], capture_output=True, text=True, check=False)
                    self.assertEqual(1, done.returncode, done.stderr)
                    run = json.loads(done.stdout)
                    self.assertEqual("rejected", run["outcome"])
                    self.assertTrue(run["why"])
                    self.assertEqual("", run.get("output", ""))
                    refused += 1
        print(f"\n{refused} programs of other zkVMs refused by {', '.join(sorted(here))}", flush=True)
        required = os.environ.get("CYCLEGATE_REQUIRE_EXECUTORS") == "1"
        self.assertGreaterEqual(refused, 12 if required else 3)

    def test_stored_outputs_and_numbers_come_out_again(self):
        """Every C guest and some pinned programs in Rust on smaller inputs, as CI has little time;
        guests/measure-executors --check runs all."""
        inputs = ["genesis_1", "genesis_100", "transactions_16", "transfer", "transfers_8", "block_1", "records_80", "nested_100",
                  "members_4", "fixed_text", "random_500", "odd_700"]
        command = [str(ROOT / "guests" / "measure-executors"), "--check", "--built", str(self.guests / "out")]
        for name in inputs:
            command += ["--input", name]
        for guest in [*GUESTS, "json-software", "json-precompile", "genesis-software", "genesis-precompile"]:
            command += ["--guest", guest]
        done = subprocess.run(command, capture_output=True, text=True, check=False, env={**os.environ, "CYCLEGATE": PROGRAM})
        print("\n" + done.stdout, flush=True)
        self.assertEqual(0, done.returncode, done.stdout + done.stderr)
        if "SKIPPED" in done.stdout:
            self.skipTest("; ".join(line for line in done.stdout.splitlines() if line.startswith("SKIPPED")))


if __name__ == "__main__":
    unittest.main()
