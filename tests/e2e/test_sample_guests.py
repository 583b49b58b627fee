"""The sample guests on every pinned input: the embedded executor gives what ziskemu 1.4.0-alpha reported, row by row
(guests/measured-ziskemu-1.4.0-alpha.tsv), and the outputs of the independent references (guests/expected.tsv)."""
import hashlib
import importlib.machinery
import importlib.util
import json
import pathlib
import shutil
import subprocess
import tempfile
import unittest

from support import PROGRAM, ROOT

MEASURED = ROOT / "guests" / "measured-ziskemu-1.4.0-alpha.tsv"
ROWS = {"OP_BASE": "opcodes", "PRECOMPILES": "precompiles", "FROP": "frops", "DETAILED_MEM": "memory"}


def program_sha256(elf):
    """The digest of the loaded segments, as guests/measure-ziskemu computes it."""
    path = str(ROOT / "guests" / "measure-ziskemu")
    loader = importlib.machinery.SourceFileLoader("measure_ziskemu", path)
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader("measure_ziskemu", loader))
    loader.exec_module(module)
    return module.program_sha256(elf)


def known_answers():
    """(guest, input) -> section -> {name: (count, cost)}."""
    answers = {}
    for line in MEASURED.read_text().splitlines():
        if line.startswith("#"):
            continue
        guest, name, section, row, count, cost = line.split("\t")
        answers.setdefault((guest, name), {}).setdefault(section, {})[row] = (int(count or 0), int(cost or 0))
    return answers


class SampleGuests(unittest.TestCase):
    maxDiff = 4000

    @classmethod
    def setUpClass(cls):
        cls.scratch = tempfile.TemporaryDirectory(prefix="cyclegate-guests-")
        cls.guests = pathlib.Path(cls.scratch.name) / "guests"
        shutil.copytree(ROOT / "guests", cls.guests, ignore=shutil.ignore_patterns("out", "rust"))
        subprocess.run(["make", "-C", str(cls.guests), "zkvm=zisk", "all"], check=True, capture_output=True)

    @classmethod
    def tearDownClass(cls):
        cls.scratch.cleanup()

    def test_every_row_of_every_run_equals_the_real_ziskemu(self):
        answers = known_answers()
        self.assertGreaterEqual(len(answers), 30)
        compared = 0
        for (guest, name), sections in answers.items():
            with self.subTest(guest=guest, input=name):
                elf = self.guests / "out" / f"{guest}.elf"
                (program,) = sections["PROGRAM"]
                self.assertEqual(program, program_sha256(elf), "another compiler built another program; the known answers are for gcc 12.2")
                result = subprocess.run(
                    [PROGRAM, "execute", "--elf", str(elf), "--input", str(self.guests / "inputs" / guest / f"{name}.bin"), "--json"],
                    capture_output=True, text=True, check=False)
                run = json.loads(result.stdout)
                self.assertEqual("ok", run["outcome"], run.get("why"))
                self.assertEqual(sections["STEPS"][""][0], run["steps"])
                for row, (_, cost) in sections["COST"].items():
                    self.assertEqual(cost, run["cost"][row.lower()], row)
                    compared += 1
                for section, field in ROWS.items():
                    got = {row["name"]: (row["count"], row["cost"]) for row in run[field]}
                    self.assertEqual(sections.get(section, {}), got, section)
                    compared += len(got)
                (output,) = sections["OUTPUT"]
                self.assertEqual(output, run["output_sha256"])
                self.assertEqual(output, hashlib.sha256(bytes.fromhex(run["output"])).hexdigest())
                if run["functions"]:
                    own = sum(sum(function["self"].values()) for function in run["functions"] if "self" in function)
                    self.assertEqual(run["cost"]["variable"], own, "the functions' own cost adds up")
                    self.assertEqual(run["steps"], sum(function["steps_self"] for function in run["functions"]))
        print(f"\n{len(answers)} runs, {compared} rows equal to ziskemu 1.4.0-alpha's", flush=True)

    def test_every_output_is_the_one_of_the_independent_reference(self):
        for line in (ROOT / "guests" / "expected.tsv").read_text().splitlines():
            if line.startswith("#"):
                continue
            guest, name, digest, prefix = line.split("\t")
            with self.subTest(guest=guest, input=name):
                result = subprocess.run(
                    [PROGRAM, "execute", "--elf", str(self.guests / "out" / f"{guest}.elf"), "--input",
                     str(self.guests / "inputs" / guest / f"{name}.bin"), "--detail", "totals", "--json"],
                    capture_output=True, text=True, check=False)
                run = json.loads(result.stdout)
                self.assertEqual(digest, run["output_sha256"])
                self.assertTrue(run["output"].startswith(prefix))


if __name__ == "__main__":
    unittest.main()
