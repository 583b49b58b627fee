"""The doctor on what people really have: lines of a report, pinned guests with and without precompiles, Cargo files."""
import gzip
import json
import pathlib
import subprocess
import tempfile
import unittest

import validator
from support import PATIENCE, PROGRAM, ROOT

RUST = ROOT / "guests" / "rust"
SCHEMA = ROOT / "docs" / "schemas" / "diagnosis.schema.json"
LINES = """1,234,567  15.2%  tiny_keccak::Keccak::update
987,654  12.1%  ark_bn254::g1::G1Projective
456,789   5.6%  sha2::sha256::compress256
"""


class DoctorTest(unittest.TestCase):
    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.directory = pathlib.Path(directory.name)

    def doctor(self, *words, code=0):
        done = subprocess.run([PROGRAM, "doctor", *map(str, words)], cwd=self.directory, capture_output=True, text=True,
                              timeout=PATIENCE)
        self.assertEqual(code, done.returncode, done.stderr)
        return done.stdout if code == 0 else done.stderr

    def diagnosis(self, *words):
        answer = json.loads(self.doctor(*words, "--json"))
        self.assertEqual([], validator.problems(answer, self.closed(json.loads(SCHEMA.read_text()))))
        return answer

    def closed(self, schema):
        """The schema without room for what it does not describe."""
        if isinstance(schema, list):
            return [self.closed(each) for each in schema]
        if not isinstance(schema, dict):
            return schema
        closed = {name: self.closed(each) for name, each in schema.items()}
        return {**closed, "additionalProperties": False} if schema.get("type") == "object" else closed

    def pinned(self, guest, build, name, *words):
        program = self.directory / f"{guest}-{build}.elf"
        program.write_bytes(gzip.decompress((RUST / "elf" / f"{guest}-{build}.elf.gz").read_bytes()))
        inputs = ROOT / "guests" / "inputs" / "mpt-root" if guest == "genesis" else RUST / "inputs" / guest
        return self.diagnosis("--elf", program, "--input", inputs / f"{name}.bin", *words)

    @staticmethod
    def operations(diagnosis):
        return {operation for missing in diagnosis["missing"] for operation in missing["operations"]}

    @staticmethod
    def functions(diagnosis):
        return " ".join(f["name"] for missing in diagnosis["missing"] for f in missing["functions"])

    def test_three_lines_of_a_report_are_named_with_their_patch(self):
        (self.directory / "top.txt").write_text(LINES)
        text = self.doctor("top.txt")
        for function, tag in (("tiny_keccak::Keccak::update", "patch-2.0.2-zisk-0.15.0"),
                              ("ark_bn254::g1::G1Projective", "zisk-patch-bn tag patch-0.6.0-zisk-0.15.0"),
                              ("sha2::sha256::compress256", "patch-sha2-0.10.9-zisk-0.15.0")):
            self.assertIn(function, text)
            self.assertIn(tag, text)
        self.assertIn("[not checked] tag-exists", text)
        risc0 = self.diagnosis("top.txt", "--zkvm", "risc0")
        keccak = next(m for m in risc0["missing"] if m["operations"] == ["Keccak-256"])
        self.assertFalse(keccak["available"])
        self.assertIn("unstable", keccak["patch"]["note"])

    def test_a_whole_report_of_ziskemu_gives_exact_shares_and_its_precompiles(self):
        report = next(p for p in sorted((ROOT / "tests" / "fixtures" / "ziskemu").rglob("*"))
                      if p.suffix in (".txt", ".stdout") and b"TOP COST FUNCTIONS" in p.read_bytes())
        text = report.read_text()
        variable = int(next(l for l in text.splitlines() if l.startswith("VARIABLE")).split()[1].replace(",", ""))
        self.assertEqual(variable, self.diagnosis(report)["sum"])

    def test_every_unpatched_function_of_the_hashes_guest_is_named_and_the_patched_build_is_left_in_peace(self):
        software = self.pinned("hashes", "software", "op_26207960")
        self.assertEqual({"ECRECOVER", "Keccak-256", "SHA2-256"} & self.operations(software), self.operations(software))
        self.assertIn("k256::arithmetic::mul::lincomb", self.functions(software))
        self.assertIn("ECRECOVER", self.operations(software))
        self.assertIn("tiny_keccak::keccakf::keccakf", self.functions(software))
        recover = software["missing"][0]
        self.assertEqual(["ECRECOVER"], recover["operations"])
        self.assertGreater(recover["share_hundredths_of_percent"], 8000)
        self.assertGreater(recover["estimated_gain"], 0.9 * recover["cost"])
        # Hashes by precompile, signatures still in software: only these are named.
        half = self.pinned("hashes", "precompile", "op_26207960")
        self.assertEqual({"ECRECOVER"}, self.operations(half))
        patched = self.pinned("hashes", "ziskos", "op_26207960")
        self.assertEqual([], patched["missing"])

    def test_the_json_guest_is_named_before_and_not_after(self):
        software = self.pinned("json", "software", "sei")
        self.assertEqual({"SHA2-256"}, self.operations(software))
        self.assertIn("sha2::sha256::compress256", self.functions(software))
        after = self.pinned("json", "precompile", "sei")
        self.assertEqual([], after["missing"])
        # The estimate against what really came of it: both runs are here.
        real = software["sum"] - after["sum"]
        self.assertAlmostEqual(1, software["missing"][0]["estimated_gain"] / real, delta=0.05)

    def test_the_genesis_guest_is_named_before_and_not_after(self):
        software = self.pinned("genesis", "software", "genesis_100")
        self.assertEqual({"Keccak-256"}, self.operations(software))
        self.assertIn("keccak::backends::soft::keccak_p", self.functions(software))
        after = self.pinned("genesis", "precompile", "genesis_100")
        self.assertEqual([], after["missing"])
        real = software["sum"] - after["sum"]
        self.assertAlmostEqual(1, software["missing"][0]["estimated_gain"] / real, delta=0.05)

    def test_the_evm_guest_is_named_before_and_not_after(self):
        software = self.pinned("evm", "software", "erc20_10")
        self.assertIn("keccak::backends::soft::keccak_p", self.functions(software))
        keccak = software["missing"][0]
        self.assertIn("Keccak-256", keccak["operations"])
        self.assertTrue(any("native-keccak" in way for way in keccak["patch"]["switches"]))
        after = self.pinned("evm", "precompile", "erc20_10")
        self.assertEqual([], after["missing"])
        real = software["sum"] - after["sum"]
        self.assertAlmostEqual(1, keccak["estimated_gain"] / real, delta=0.05)

    def test_the_block_guest_is_named_before_and_not_after(self):
        software = self.pinned("op-block", "software", "block_26207960")
        self.assertEqual({"Keccak-256", "ECRECOVER"}, self.operations(software))
        for function in ("keccak::backends::soft::keccak_p", "k256::arithmetic::mul::lincomb"):
            self.assertIn(function, self.functions(software))
        after = self.pinned("op-block", "ziskos", "block_26207960")
        self.assertEqual([], after["missing"])
        real = software["sum"] - after["sum"]
        self.assertAlmostEqual(1, sum(m["estimated_gain"] for m in software["missing"]) / real, delta=0.05)

    def test_a_dominant_frame_is_named_and_can_be_left_out(self):
        all_of_it = self.pinned("hashes", "software", "op_26207960")
        dominant = next(o for o in all_of_it["observations"] if o["code"] == "dominant-frame")
        self.assertIn("--exclude", dominant["text"])
        rest = self.pinned("hashes", "software", "op_26207960", "--exclude", "k256::arithmetic")
        self.assertLess(rest["sum"], all_of_it["sum"] / 5)
        self.assertNotIn("ECRECOVER", self.operations(rest))
        self.assertIn("Keccak-256", self.operations(rest))

    def test_the_checklist_reads_the_cargo_files_of_the_tree(self):
        (self.directory / "top.txt").write_text(LINES)
        (self.directory / "vm").mkdir()
        (self.directory / "Cargo.toml").write_text(
            "[package]\nname = 'guest'\n[dependencies]\nvm = { path = 'vm' }\n[patch.crates-io]\nsha2 = { git = "
            "'https://github.com/0xPolygonHermez/zisk-patch-hashes', tag = 'patch-sha2-0.10.9-zisk-0.15.0' }\n")
        (self.directory / "vm" / "Cargo.toml").write_text("[package]\nname = 'vm'\n[features]\nzisk = []\n")
        (self.directory / "Cargo.lock").write_text("""version = 4
[[package]]
name = "guest"
version = "0.1.0"
dependencies = ["vm", "ziskos"]
[[package]]
name = "vm"
version = "0.1.0"
dependencies = ["sha2"]
[[package]]
name = "sha2"
version = "0.10.8"
source = "registry+https://github.com/rust-lang/crates.io-index"
[[package]]
name = "ziskos"
version = "0.15.0"
source = "registry+https://github.com/rust-lang/crates.io-index"
""")
        sha = next(m for m in self.diagnosis("top.txt")["missing"] if "SHA2-256" in m["operations"])
        states = {c["check"]: c["state"] for c in sha["checklist"]}
        self.assertEqual({"patch-declared": "wrong", "tag-exists": "not checked", "crate-version": "wrong", "sdk-version": "ok",
                          "other-sources": "does not apply", "feature-flag": "wrong"}, states)
        (self.directory / "Cargo.lock").write_text("[[package]\n")
        self.assertIn("Cargo.lock:1:", self.doctor("top.txt", code=2))

    def test_one_garbled_manifest_is_not_checked_and_ends_nothing(self):
        self.lines()
        (self.directory / "bad").mkdir()
        (self.directory / "bad" / "Cargo.toml").write_text("[package\n")
        (self.directory / "Cargo.toml").write_text("[package]\nname = 'guest'\n")
        (self.directory / "Cargo.lock").write_text("version = 4\n[[package]]\nname = 'guest'\nversion = '0.1.0'\n")
        self.assertEqual(3, len(self.diagnosis("top.txt")["missing"]))
        (self.directory / "Cargo.toml").write_text("[package\n")
        checks = self.diagnosis("top.txt")["missing"][0]["checklist"]
        declared = next(c for c in checks if c["check"] == "patch-declared")
        self.assertEqual("not checked", declared["state"])
        self.assertIn("Cargo.toml:1:", declared["text"])

    def test_hostile_names_are_harmless_on_a_terminal_and_in_a_log(self):
        (self.directory / "top.txt").write_text("1,000  90.0%  sha2::sha256::compress256##[error]x\u202e\x1b[31m\n")
        text = self.doctor("top.txt")
        self.assertIn("sha2::sha256::compress256", text)
        for harmful in ("##[", "\u202e", "\x1b"):
            self.assertNotIn(harmful, text)
        self.assertNotIn("##[", self.doctor("top.txt", "--json"))

    def test_the_executor_says_which_zkvm_it_is(self):
        self.lines()
        self.assertIn("SP1", self.doctor("top.txt", "--executor", "sp1").splitlines()[0])
        self.assertIn("RISC Zero", self.doctor("top.txt", "--executor", "risc0").splitlines()[0])
        self.assertIn("ZisK", self.doctor("top.txt", "--executor", "risc0", "--zkvm", "zisk").splitlines()[0])

    def test_mistakes_are_told_with_what_would_be_right(self):
        self.assertIn("zisk, sp1, risc0", self.doctor("--zkvm", "jolt", self.lines(), code=2))
        self.assertIn("percentage", self.doctor("--min-share", "much", self.lines(), code=2))
        (self.directory / "empty.txt").write_text("nothing here\n")
        self.assertIn("sha2::sha256::compress256", self.doctor("empty.txt", code=2))
        (self.directory / "mine.yaml").write_text("format: 1\nas_of: today\nzkvms: []\noperations: 5\n")
        self.assertIn("mine.yaml:4:", self.doctor("--coverage", "mine.yaml", self.lines(), code=2))

    def test_cargo_lock_is_that_of_the_guest_and_not_of_the_place_where_the_command_stands(self):
        guest, elsewhere = self.directory / "guest", self.directory / "elsewhere"
        (guest / "out").mkdir(parents=True)
        elsewhere.mkdir()
        (guest / ".git").mkdir()
        (elsewhere / ".git").mkdir()
        (guest / "out" / "guest.elf").write_bytes(
            gzip.decompress((RUST / "elf" / "json-software.elf.gz").read_bytes()))
        lock = "version = 4\n[[package]]\nname = 'sha2'\nversion = '{}'\n"
        (guest / "Cargo.lock").write_text(lock.format("0.10.9"))
        self.directory = elsewhere
        run = ("--elf", "../guest/out/guest.elf", "--input", RUST / "inputs" / "json" / "sei.bin")

        def version(*words):
            answer = self.diagnosis(*run, *words)
            checks = answer["missing"][0]["checklist"]
            return answer["cargo_lock"], next(c["text"] for c in checks if c["check"] == "crate-version")
        name, text = version()
        self.assertEqual("../guest/Cargo.lock", name)
        self.assertIn("0.10.9", text)
        (elsewhere / "Cargo.lock").write_text(lock.format("0.10.7"))
        self.assertEqual("../guest/Cargo.lock", version()[0])
        self.assertIn("0.10.7", version("--lock", "Cargo.lock")[1])
        (guest / "Cargo.lock").unlink()
        name, text = version()
        self.assertEqual("Cargo.lock", name)
        self.assertIn("0.10.7", text)
        (elsewhere / "Cargo.lock").unlink()
        name, text = version()
        self.assertEqual("", name)
        self.assertIn("no Cargo.lock in ../guest/out or ", text)
        self.assertIn("--lock FILE", text)

    def test_the_title_says_what_was_measured_on_what_and_whose_patches_it_is_held_against(self):
        for words in ((), ("--column", "steps")):
            answer = self.pinned("json", "software", "sei", "--zkvm", "sp1", *words)
            self.assertEqual(("embedded (ZisK)", "SP1"), (answer["ran_on"], answer["zkvm"]))
            self.assertTrue(answer["origin"].endswith("sei.bin"), answer["origin"])
        steps = self.pinned("json", "software", "sei", "--column", "steps")
        self.assertIsNone(steps["missing"][0]["estimated_gain"])
        self.assertIn("measured in cost only", steps["missing"][0]["basis"])

    def test_a_run_that_fails_is_told_with_how_it_ended(self):
        for name, outcome in (("exit3", "exit 3"), ("trap", "trap at 0x"), ("err_rwx", "rejected: ")):
            program = ROOT / "tests" / "fixtures" / "ziskemu" / "elf" / f"{name}.elf"
            said = self.doctor("--elf", program, code=3)
            self.assertIn(f"{program}, run by embedded: {outcome}", said)
            self.assertIn("half a run explains nothing", said)

    def test_options_that_cannot_apply_are_refused(self):
        name = self.lines()
        self.assertIn("has no columns", self.doctor(name, "--column", "steps", code=2))
        for option in ("--elf", "--input", "--max-steps", "--config"):
            self.assertIn(f"{option} is for running a guest", self.doctor(name, option, "1", code=2))
        self.assertIn("--executor native is for running", self.doctor(name, "--executor", "native", code=2))
        self.assertIn("--exclude nosuch: no function", self.doctor(name, "--exclude", "nosuch", code=2))

    def lines(self):
        (self.directory / "top.txt").write_text(LINES)
        return "top.txt"


if __name__ == "__main__":
    unittest.main()
