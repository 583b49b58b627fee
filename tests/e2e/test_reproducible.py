"""Builds that give something else in another directory are reported, with the place that differs first."""
from support import Sandbox, elf


class Reproducible(Sandbox):
    def guests_with(self, build, settings):
        self.guests({"hash": elf("keccak_sw"), "steady": elf("mem")}, runs={"hash": build}, extra=settings)

    # Another byte of main's code depending on where the tree lies, as a path in the program would have it.
    UNSTEADY = ("mkdir -p out && cp prebuilt/hash.elf out/hash.elf && "
                "case $PWD in *second*) printf '\\377' | dd of=out/hash.elf bs=1 seek=5000 conv=notrunc 2>/dev/null;; esac")

    def test_a_difference_is_a_finding_with_its_place_and_changes_no_verdict(self):
        self.guests_with(self.UNSTEADY, "")
        self.commit()
        self.guests_with(self.UNSTEADY, "policy: { mode: guard }\n")
        self.commit()
        _, report = self.gate(0, "--check-reproducible")
        found, = self.findings(report, "hash", "nondeterministic")
        self.assertIn("build zisk of hash is not reproducible: built again in another directory, it differs first in", found["why"])
        self.assertRegex(found["why"], r"(\.\w+|\(\.\w+\)) at 0x[0-9a-f]+: [0-9a-f ]+ against ff")
        self.assertEqual([], self.findings(report, "steady", "nondeterministic"))
        self.assertIn("not-reproducible", [warning["code"] for warning in report["warnings"]])
        self.assertIn("not reproducible", (self.repository / "out/comment.md").read_text())
        # Not asked for: not looked at, nothing is built twice.
        _, report = self.gate(0)
        self.assertEqual([], self.findings(report, "hash", "nondeterministic"))

    def test_the_configuration_can_ask_for_it(self):
        self.guests_with(self.UNSTEADY, "build: { check_reproducible: true }\n")
        self.commit()
        self.commit()
        _, report = self.gate(0)
        self.assertEqual(1, len(self.findings(report, "hash", "nondeterministic")))

    def test_a_second_build_that_fails_is_reported_and_the_first_one_is_measured(self):
        failing = ("mkdir -p out && case $PWD in *second*) echo no such compiler >&2; exit 1;; esac; "
                   "cp prebuilt/hash.elf out/hash.elf")
        self.guests_with(failing, "")
        self.commit()
        self.guests_with(failing, "# changed\n")
        self.commit()
        _, report = self.gate(0, "--check-reproducible")
        found, = self.findings(report, "hash", "nondeterministic")
        self.assertIn("it failed", found["why"])
        self.assertEqual("UNCHANGED", self.verdicts(report)["hash"])


if __name__ == "__main__":
    import unittest
    unittest.main()
