"""Guests and builds that misbehave: each is a finding of its own, and nothing of the others is lost."""
import struct

from support import Sandbox, alive, elf, until

LIMITS = "measure: { limits: { max_steps: 3000000 } }\n"


def patched(data, offset, replacement):
    changed = bytearray(data)
    changed[offset:offset + len(replacement)] = replacement
    return bytes(changed)


def load_headers(data):
    """File offsets of the PT_LOAD program headers."""
    table, = struct.unpack_from("<Q", data, 32)
    count, = struct.unpack_from("<H", data, 56)
    return [at for at in range(table, table + 56 * count, 56) if struct.unpack_from("<I", data, at)[0] == 1]


def overlapping(data):
    first, second = load_headers(data)[:2]
    address, = struct.unpack_from("<Q", data, first + 16)
    return patched(data, second + 16, struct.pack("<Q", address + 16))


GOOD = elf("keccak_sw")

# Guest to (its ELF, words that the finding must have).
BAD_FILES = {
    "not-an-elf": (b"#!/bin/sh\necho hello\n", ["not an ELF"]),
    "empty": (b"", ["not an ELF"]),
    "truncated": (GOOD[:3000], ["beyond the file"]),
    "header-only": (GOOD[:40], ["truncated"]),
    "sixty-four-bit-named-thirty-two": (patched(GOOD, 4, b"\1"), ["no program headers"]),
    "big-endian": (patched(GOOD, 5, b"\2"), ["big-endian"]),
    "wrong-machine": (patched(GOOD, 18, struct.pack("<H", 62)), ["machine 62", "RISC-V (243)"]),
    "position-independent": (patched(GOOD, 16, struct.pack("<H", 3)), ["ET_EXEC"]),
    "writable-code": (elf("err_rwx"), ["writable and executable"]),
    "overlapping": (overlapping(GOOD), ["0x90000000", "0x90000010", "overlap"]),
    "wrong-map": (elf("err_old"), ["0x80000000", "address map", "0x90000000-0x98000000"]),
    "compressed-code": (elf("err_rvc"), ["0x"]),
}
BAD_RUNS = {
    "loops": (elf("forever"), ["step limit", "3000000"]),
    "traps": (elf("trap"), ["trap at 0x9", "ebreak"]),
    "exits": (elf("exit3"), ["exit 3"]),
    "writes-outside": (elf("nullw"), ["store", "0x8", "RAM (0xa0000000-0xc0000000)"]),
    "unknown-precompile": (elf("err_oldsha"), ["precompile", "0x805"]),
}


class BadGuests(Sandbox):
    def gate_of_bad_ones(self, bad, runs=None, extra=LIMITS, code=1, **rest):
        """Base is fine everywhere; head's `good` gains, the others are `bad`."""
        names = ["good", *bad]
        self.guests({name: GOOD for name in names}, extra=extra, **rest)
        self.commit("base")
        self.guests({"good": elf("keccak_pc"), **bad}, extra=extra, runs=runs, **rest)
        self.commit("head")
        answer, report = self.gate(code)
        cost, = [f for f in self.findings(report, "good") if f["metric"] == "cost"]
        self.assertEqual(("improved", 315188), (cost["kind"], cost["change"]["head"]), "the good guest's finding was lost")
        self.assertEqual("KEEP", self.verdicts(report)["good"])
        self.assertEqual([], self.work_directories())
        return answer, report

    def assert_failed(self, report, guest, words):
        failed = self.findings(report, guest, "failed")
        self.assertTrue(failed, f"{guest} has no failed finding")
        self.assertEqual("FAILED", self.verdicts(report)[guest])
        for word in words:
            self.assertIn(word, failed[0]["why"])

    def test_files_that_are_no_guest_are_each_a_finding_that_says_why(self):
        answer, report = self.gate_of_bad_ones({name: data for name, (data, _) in BAD_FILES.items()})
        for name, (_, words) in BAD_FILES.items():
            with self.subTest(name):
                self.assert_failed(report, name, words)
                self.assertIn(name, answer.out)

    def test_guests_that_loop_trap_exit_or_reach_outside_are_each_a_finding_that_says_where(self):
        _, report = self.gate_of_bad_ones({name: data for name, (data, _) in BAD_RUNS.items()})
        for name, (_, words) in BAD_RUNS.items():
            with self.subTest(name):
                self.assert_failed(report, name, words)

    def test_a_guest_that_fails_on_both_sides_is_told_and_judged_by_head(self):
        self.guests({"bad": elf("trap")})
        self.commit()
        self.guests({"bad": elf("exit3")})
        self.commit()
        _, report = self.gate(1)
        self.assert_failed(report, "bad", ["exit 3"])

    def test_a_build_that_fails_shows_the_end_of_its_log_and_keeps_it(self):
        answer, report = self.gate_of_bad_ones({"broken": GOOD}, runs={"broken": "echo the compiler says no >&2; exit 7"})
        self.assert_failed(report, "broken", ["exit status 7", "build-head-broken-zisk.log"])
        self.assert_says(answer.out, "the compiler says no")
        log = (self.repository / "out/logs/build-head-broken-zisk.log").read_text()
        self.assertIn("the compiler says no", log)

    def test_a_build_that_makes_no_file_says_which_one_was_expected(self):
        _, report = self.gate_of_bad_ones({"lazy": GOOD}, runs={"lazy": "true"})
        self.assert_failed(report, "lazy", ["out/lazy.elf"])

    def test_a_build_that_hangs_is_stopped_with_all_it_started(self):
        hang = "(sleep 987 & echo $! > \"$HOME/child\"; wait)"
        # The limit is that of the builds which do not hang, too.
        _, report = self.gate_of_bad_ones({"stuck": GOOD}, runs={"stuck": hang}, extra="build: { time: 6s }\n" + LIMITS)
        self.assert_failed(report, "stuck", ["6 s", "time limit"])
        child = int((self.top / "home/child").read_text())
        until(lambda: not alive(child), "the end of the build's child")

    def test_a_build_that_fills_the_disk_is_stopped(self):
        # One byte behind 21 GiB: a sparse file, so that the test machine's disk is left alone.
        fill = "dd if=/dev/zero of=big bs=1 count=1 seek=22548578304"
        _, report = self.gate_of_bad_ones({"full": GOOD}, runs={"full": fill})
        self.assert_failed(report, "full", ["full"])

    def test_a_build_that_says_too_much_is_cut_and_not_kept_in_memory(self):
        chatty = "head -c 300000000 /dev/zero | tr '\\0' x; mkdir -p out && cp prebuilt/chatty.elf out/chatty.elf"
        self.guests({"chatty": GOOD}, runs={"chatty": chatty})
        self.commit()
        self.guests({"chatty": elf("keccak_pc")}, runs={"chatty": chatty})
        self.commit()
        _, report = self.gate(0)
        self.assertEqual("KEEP", report["verdict"])
        for log in (self.repository / "out/logs").iterdir():
            self.assertLess(log.stat().st_size, 200_000_000)

    def test_a_build_that_writes_outside_its_tree_by_a_link_changes_nothing_of_the_repository(self):
        self.guests({"good": GOOD})
        self.commit()
        evil = "echo gone > cyclegate.yaml; rm -rf prebuilt; mkdir -p out; printf x > out/evil.elf"
        self.guests({"good": elf("keccak_pc"), "evil": GOOD}, runs={"evil": evil})
        head = self.commit()
        before = self.git("status", "--porcelain")
        self.run_program("gate", "--base", "HEAD~1", "--head", "HEAD", "--no-time")
        self.assertEqual(before, self.git("status", "--porcelain"))
        self.assertEqual(head, self.git("rev-parse", "HEAD"))

    def test_an_artefact_that_another_build_overwrites_is_not_mistaken(self):
        # Two guests whose builds fight over one path: each must be measured as what its own build left.
        self.guests({"one": GOOD, "two": GOOD})
        self.commit()
        overwrite = "mkdir -p out; cp prebuilt/two.elf out/two.elf; cp prebuilt/two.elf out/one.elf"
        self.guests({"one": elf("keccak_pc"), "two": GOOD}, runs={"two": overwrite})
        self.commit()
        _, report = self.gate(0, "--jobs", "1")
        self.assertEqual("UNCHANGED", self.verdicts(report)["two"])

    def test_names_and_output_of_hostile_guests_do_not_reach_the_terminal_raw(self):
        noise = "printf '\\033]0;owned\\007\\033[2J<script>alert(1)</script>'; exit 1"
        answer, _ = self.gate_of_bad_ones({"noisy": GOOD}, runs={"noisy": noise})
        self.assertNotIn("\x1b", answer.text)
        self.assertNotIn("\x07", answer.text)
        self.assertNotIn("<script>alert", (self.repository / "out/report.html").read_text())
        self.assertNotIn("\x1b", (self.repository / "out/comment.md").read_text())
