"""`cyclegate prove` with a prover that is a script: proven, failed, killed; and what is said where there is none."""
import json
import pathlib
import re
import unittest

from support import Sandbox, elf


def available_gib():
    return int(re.search(r"MemAvailable:\s+(\d+)", pathlib.Path("/proc/meminfo").read_text()).group(1)) / (1 << 20)


class Prove(Sandbox):
    def setUp(self):
        super().setUp()
        self.guests({"hash": elf("keccak_pc")})

    def prover(self, script):
        path = self.top / "bin" / "cargo-zisk"
        path.parent.mkdir(exist_ok=True)
        path.write_text("#!/bin/sh\n[ \"$1\" = rom-setup ] && exit 0\n" + script + "\n")
        path.chmod(0o755)
        self.environment["CYCLEGATE_CARGO_ZISK"] = str(path)
        (self.top / "home/.zisk/provingKey").mkdir(parents=True)
        # The program looks again, and other tests take memory meanwhile.
        if available_gib() < 10:
            self.skipTest(f"proving wants 8 GiB of memory with some room, {available_gib():.1f} are available")

    def test_a_prover_that_works(self):
        self.prover('[ "$5" = "$(readlink -f "$5")" ] && mkdir -p "$9" && head -c 1234 "$3" > "$9/vadcop_final_proof.bin"')
        answer = self.expect(0, "prove", "hash", "in_200", "--executor", "embedded", "--json", "--proof", self.top / "kept")
        self.assertEqual(("proven", 1234), (answer.json["end"], answer.json["metrics"]["proof_size"]))
        self.assertGreater(answer.json["metrics"]["proving_time"], 0)
        self.assertEqual(elf("keccak_pc")[:1234], (self.top / "kept").read_bytes())
        self.assert_says(self.expect(0, "prove", "hash", "in_200").out, "hash/in_200 is proven", "proving_time", "1234 bytes")

    def test_a_prover_that_fails_or_is_killed(self):
        self.prover('echo "no witness" >&2; exit 7')
        answer = self.expect(1, "prove", "hash", "in_200", "--json")
        self.assertEqual(("failed", {}), (answer.json["end"], answer.json["metrics"]))
        self.assert_says(answer.json["why"], "no witness")
        pathlib.Path(self.environment["CYCLEGATE_CARGO_ZISK"]).write_text("#!/bin/sh\nkill -9 $$\n")
        answer = self.expect(1, "prove", "hash", "in_200")
        self.assert_says(answer.err, "not proven (killed)", "SIGKILL")

    def gate_of_proofs(self, code, extra="policy: { deciding: { zisk-prover: proof_size } }\n"):
        """A gate over a changed guest on embedded and on the prover; its deciding findings by executor."""
        for name in ("keccak_sw", "keccak_pc"):
            self.guests({"hash": elf(name)}, executors=("embedded", "zisk-prover"), extra=extra)
            self.commit(name)
        _, report = self.gate(code)
        return report, {found["cell"]["executor"]: found for found in report["findings"]
                        if found.get("deciding") and found["cell"]["input"]}

    # A proof as large as the guest's file.
    PROVES = 'mkdir -p "$9" && cat "$3" > "$9/vadcop_final_proof.bin"'

    def test_a_gate_compares_proofs_of_base_and_head(self):
        self.prover(self.PROVES)
        report, found = self.gate_of_proofs(0)
        sizes = (len(elf("keccak_sw")), len(elf("keccak_pc")))
        change = found["zisk-prover"]["change"]
        self.assertEqual(("proof_size", *sizes), (found["zisk-prover"]["metric"], change["base"], change["head"]))
        self.assertEqual("improved", found["embedded"]["kind"])
        self.assertEqual("pass", report["status"])
        metrics = {metric["name"]: metric for metric in report["metrics"]}
        self.assertEqual(("bytes", "exact"), (metrics["proof_size"]["unit"], metrics["proof_size"]["kind"]))
        head = json.loads((self.repository / "out/head.runs.json").read_text())
        run, = [run for run in head["runs"] if run["cell"]["executor"] == "zisk-prover"]
        self.assertEqual([sizes[1]] * 2, run["exact"]["proof_size"])

    def test_smaller_proofs_alone_win_nothing_since_nobody_checks_the_output(self):
        self.prover(self.PROVES)
        for name in ("keccak_sw", "keccak_pc"):
            self.guests({"hash": elf(name)}, executors=("zisk-prover",),
                        extra="policy: { deciding: { zisk-prover: proof_size } }\n")
            self.commit(name)
        _, report = self.gate(0)
        self.assertEqual(("neutral", "INCONCLUSIVE"), (report["status"], report["verdict"]))
        found, = [each for each in report["findings"] if each["metric"] == "output"]
        self.assert_says(found["why"], "nobody checked the output", "zisk-prover")

    def test_proving_time_is_sampled_and_decides_unless_told_otherwise(self):
        self.prover(self.PROVES)
        for name in ("keccak_sw", "keccak_pc"):
            self.guests({"hash": elf(name)}, executors=("zisk-prover",),
                        extra="measure: { warmup: 0, runs: { min: 10, max: 10 } }\n")
            self.commit(name)
        answer = self.run_program("gate", "--base", "HEAD~1", "--head", "HEAD")
        self.assertIn(answer.code, (0, 1), answer.text)  # the times of two scripts may differ
        report = self.report()
        found, = [each for each in report["findings"] if each["metric"] == "proving_time"]
        self.assertTrue(found.get("deciding"))
        run, = json.loads((self.repository / "out/head.runs.json").read_text())["runs"]
        self.assertEqual(10, len(run["sampled"]["proving_time"]))

    def test_a_prover_that_fails_or_is_killed_fails_its_cells_and_no_others(self):
        for script, words in (('echo "no witness" >&2; exit 7', "no witness"), ("kill -9 $$", "SIGKILL")):
            with self.subTest(script=script):
                self.prover(script) if "CYCLEGATE_CARGO_ZISK" not in self.environment else \
                    pathlib.Path(self.environment["CYCLEGATE_CARGO_ZISK"]).write_text(
                        f"#!/bin/sh\n[ \"$1\" = rom-setup ] && exit 0\n{script}\n")
                _, found = self.gate_of_proofs(1)
                self.assertEqual(("failed", "improved"), (found["zisk-prover"]["kind"], found["embedded"]["kind"]))
                self.assert_says(found["zisk-prover"]["why"], words)

    def test_a_prover_that_is_not_here_leaves_its_cells_unmeasured(self):
        report, found = self.gate_of_proofs(0)
        self.assertEqual("neutral", report["status"])
        self.assertEqual(("incomparable", "improved"), (found["zisk-prover"]["kind"], found["embedded"]["kind"]))
        self.assert_says(found["zisk-prover"]["why"], "could not be measured", "cargo-zisk", "ziskup")

    def test_what_is_missing_is_named_before_anything_is_built(self):
        answer = self.expect(3, "prove", "hash", "in_200")
        self.assert_says(answer.err, "what is missing first is the prover", "CYCLEGATE_CARGO_ZISK", "ziskup")
        self.assertFalse((self.repository / "out").exists())
        self.prover("exit 0")
        (self.top / "home/.zisk/provingKey").rmdir()
        self.assert_says(self.expect(3, "prove", "hash", "in_200").err, "the proving key", "provingKey")
        missing = json.loads(self.expect(3, "prove", "hash", "in_200", "--json").out)
        self.assertEqual("missing", missing["end"])


if __name__ == "__main__":
    unittest.main()
