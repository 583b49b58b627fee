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
        if available_gib() < 8:
            self.skipTest(f"proving wants 8 GiB of memory, {available_gib():.1f} are available")

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
