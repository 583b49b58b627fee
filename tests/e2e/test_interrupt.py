"""Ctrl-C, kill -9 and two gates at once."""
import json
import os
import signal
import time

from support import Sandbox, elf, until


def alive(process):
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    with open(f"/proc/{process}/stat") as stat:
        return stat.read().rsplit(")", 1)[1].split()[0] != "Z"


class Interrupt(Sandbox):
    def slow_build(self):
        """Two commits; a build tells its process in HOME/child and lasts until HOME/go is there."""
        wait = ("echo $$ > \"$HOME/child\"; while [ ! -e \"$HOME/go\" ]; do sleep 0.02; done; "
                "mkdir -p out && cp prebuilt/hash.elf out/hash.elf")
        self.guests({"hash": elf("keccak_sw")}, runs={"hash": wait})
        self.commit()
        self.guests({"hash": elf("keccak_pc")}, runs={"hash": wait})
        self.commit()

    def begin_gate(self, *arguments):
        process = self.start("gate", "--base", "HEAD~1", "--head", "HEAD", "--no-time", *arguments)
        self.addCleanup(lambda: process.poll() is None and process.kill())
        return process

    def wait_for_child(self):
        place = self.top / "home" / "child"
        until(lambda: place.exists() and place.read_text().endswith("\n"), "the build to start")
        return int(place.read_text())

    def let_go(self):
        (self.top / "home" / "go").touch()

    def test_ctrl_c_during_a_build_ends_with_130_and_leaves_nothing_behind(self):
        for number in (signal.SIGINT, signal.SIGTERM):
            with self.subTest(number):
                self.slow_build()
                process = self.begin_gate()
                child = self.wait_for_child()
                self.assertTrue(self.work_directories())
                process.send_signal(number)
                answer = self.finish(process)
                self.assertEqual(130, answer.code, answer.text)
                self.assertIn("interrupt", answer.err)
                self.assertEqual([], self.work_directories())
                until(lambda: not alive(child), "the build to be gone", 10)
                self.assertEqual("", self.git("status", "--porcelain"))
                self.assertEqual([], os.listdir(self.top / "tmp"))
                (self.top / "home" / "child").unlink()

    def test_ctrl_c_during_an_exact_run_ends_with_130_and_can_be_resumed(self):
        self.guests({"fast": elf("keccak_sw"), "slow": elf("forever")})
        self.commit()
        self.guests({"fast": elf("keccak_pc"), "slow": elf("forever")}, extra="# a change\n")
        self.write("prebuilt/slow.elf", elf("forever")[:-1] + b"\0")
        self.commit()
        # Artefacts of `slow` are equal, so that only `fast` would run: give head another loop.
        self.write("prebuilt/slow.elf", elf("trap"))
        self.commit()
        process = self.start("gate", "--base", "HEAD~1", "--head", "HEAD", "--no-time", "--jobs", "1")
        until(lambda: self.journal_lines() >= 1, "the first record")
        time.sleep(0.2)
        process.send_signal(signal.SIGINT)
        answer = self.finish(process)
        self.assertEqual(130, answer.code, answer.text)
        self.assertEqual([], self.work_directories())

    def journal_lines(self):
        journal = self.repository / "out" / "runs.journal"
        return journal.read_bytes().count(b"\n") if journal.exists() else 0

    def test_after_kill_9_the_next_start_removes_what_was_left(self):
        self.slow_build()
        process = self.begin_gate()
        child = self.wait_for_child()
        process.kill()
        self.finish(process)
        self.assertTrue(self.work_directories())
        self.let_go()
        until(lambda: not alive(child), "the orphaned build to end", 30)
        answer, report = self.gate(0)
        self.assertEqual("KEEP", report["verdict"])
        self.assertEqual([], self.work_directories())
        self.assert_says(answer.err, "killed")

    def test_of_two_gates_at_once_the_second_queues_says_for_whom_and_both_are_right(self):
        self.slow_build()
        first = self.begin_gate()
        self.wait_for_child()
        second = self.begin_gate("--out", "second")
        # The second one has nothing to do but wait; its sentence arrives while the first still builds.
        os.set_blocking(second.stderr.fileno(), False)
        said = ""

        def waits():
            nonlocal said
            said += second.stderr.read() or ""
            return "waiting for" in said

        until(waits, "the second gate to say that it waits")
        self.assertIn(str(first.pid), said)
        self.let_go()
        os.set_blocking(second.stderr.fileno(), True)
        self.assertEqual(0, self.finish(first).code)
        self.assertEqual(0, self.finish(second).code)
        reports = [self.report(directory) for directory in ("out", "second")]
        self.assertEqual(["KEEP", "KEEP"], [report["verdict"] for report in reports])
        self.assertEqual(*[[f["change"] for f in report["findings"]] for report in reports])
        self.assertEqual([], self.work_directories())

    def test_a_gate_that_waits_can_be_interrupted(self):
        self.slow_build()
        first = self.begin_gate()
        self.wait_for_child()
        second = self.begin_gate("--out", "second")
        time.sleep(0.5)
        second.send_signal(signal.SIGINT)
        self.assertEqual(130, self.finish(second).code)
        self.assertTrue(self.work_directories(), "the first gate's directory is not the second's to remove")
        self.let_go()
        self.assertEqual(0, self.finish(first).code)
