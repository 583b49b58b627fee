"""The pinned Rust guests (guests/rust/elf) on the inputs of the CI set: the embedded executor gives what ziskemu 1.4.0-alpha
reported, row by row (guests/rust/measured-ziskemu-1.4.0-alpha.tsv), and the outputs that guests/rust/inputs.tsv expects."""
import hashlib
import importlib.machinery
import importlib.util
import unittest

from support import PROGRAM, ROOT

RUST = ROOT / "guests" / "rust"


def measuring():
    """guests/measure-ziskemu as a module."""
    loader = importlib.machinery.SourceFileLoader("measure_ziskemu", str(ROOT / "guests" / "measure-ziskemu"))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader("measure_ziskemu", loader))
    loader.exec_module(module)
    return module


class RustGuests(unittest.TestCase):
    maxDiff = 4000

    @classmethod
    def setUpClass(cls):
        cls.measuring = measuring()
        cls.answers = cls.measuring.known_answers(RUST / "measured-ziskemu-1.4.0-alpha.tsv")
        cls.runs = [(run, cls.measuring.execute(run, PROGRAM)) for run in cls.measuring.rust_runs("ci")]

    def each(self):
        self.assertGreaterEqual(len(self.runs), 20)
        for run, said in self.runs:
            with self.subTest(guest=run.guest, input=run.name):
                self.assertEqual("ok", said["outcome"], said.get("why"))
                yield run, said

    def test_every_row_of_the_ci_set_equals_the_real_ziskemu(self):
        steps = rows = 0
        for run, said in self.each():
            known = self.answers[run.guest, run.name]
            self.assertEqual([], list(self.measuring.differences(known, self.measuring.rows_of_execution(run, said))))
            steps += known["STEPS"][""][0]
            rows += sum(len(section) for section in known.values())
        print(f"\n{len(self.runs)} runs of {steps:,} steps, {rows} rows equal to ziskemu 1.4.0-alpha's", flush=True)
        self.assertLess(steps, 1_000_000_000, "the CI set has at most 1 G steps")

    def test_every_output_is_the_published_one(self):
        for run, said in self.each():
            self.assertTrue(self.measuring.as_expected(run, bytes.fromhex(said["output"])), "another output than inputs.tsv expects")

    def test_the_functions_of_each_guest_add_up(self):
        for _, said in self.each():
            self.assertTrue(said["functions"], "the pinned programs keep their symbols")
            self.assertEqual(said["cost"]["variable"], sum(sum(f["self"].values()) for f in said["functions"] if "self" in f))
            self.assertEqual(said["steps"], sum(f["steps_self"] for f in said["functions"]))

    def test_the_inputs_in_the_tree_are_the_pinned_ones(self):
        for guest, name, _, path, digest, _ in self.measuring.table_rows(RUST / "inputs.tsv"):
            if path != "-":
                with self.subTest(guest=guest, input=name):
                    self.assertEqual(digest, hashlib.sha256((ROOT / path).read_bytes()).hexdigest())


if __name__ == "__main__":
    unittest.main()
