"""Ctrl-C, kill -9 and two gates at once."""
import os
import signal

from support import Sandbox, alive, elf, until


class Interrupt(Sandbox):
    def slow_build(self):
        """Two commits; a build tells its process in HOME/child and lasts until HOME/go is there."""
        wait = ("echo $$ > \"$HOME/child\"; n=0; while [ ! -e \"$HOME/go\" ] && [ $n -lt 15000 ]; do n=$((n + 1)); sleep 0.02; done; "
                "mkdir -p out && cp prebuilt/hash.elf out/hash.elf")
        self.guests({"hash": elf("keccak_sw")}, runs={"hash": wait})
        self.commit()
        self.guests({"hash": elf("keccak_pc")}, runs={"hash": wait})
        self.commit()

    def begin_gate(self, *arguments):
        process = self.start("gate", "--base", "HEAD~1", "--head", "HEAD", "--no-time", *arguments)
        self.addCleanup(self.end, process)
        return process

    def end(self, process):
        """Whatever a failed test left running."""
        self.let_go()
        if process.poll() is None:
            process.kill()
            process.communicate()

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
                until(lambda: not alive(child), "the build to be gone")
                self.assertEqual("", self.git("status", "--porcelain"))
                self.assertEqual([], os.listdir(self.top / "tmp"))
                (self.top / "home" / "child").unlink()

    def test_ctrl_c_during_an_exact_run_ends_with_130_at_once_and_can_be_resumed(self):
        # Days, so that it is the interrupt that ends it.
        limits = "measure: { limits: { max_steps: 200000000000000 } }\n"
        self.guests({"fast": elf("keccak_sw"), "slow": elf("nop")}, extra=limits)
        self.commit()
        self.guests({"fast": elf("keccak_pc"), "slow": elf("forever")}, extra=limits)
        self.commit()
        process = self.start("gate", "--base", "HEAD~1", "--head", "HEAD", "--no-time", "--jobs", "2")
        # The header, both repetitions of fast on both sides, and of slow's base: what is left is the loop.
        until(lambda: self.journal_lines() >= 7, "all records but the loop's")
        process.send_signal(signal.SIGINT)
        answer = self.finish(process)
        self.assertEqual(130, answer.code, answer.text)
        self.assertEqual([], self.work_directories())
        self.assertEqual(7, self.journal_lines(), "the interrupted run is no result")
        process = self.start("gate", "--base", "HEAD~1", "--head", "HEAD", "--no-time", "--resume")
        until(lambda: self.cpu_seconds(process.pid) > 0.5, "the loop to be under way")
        process.send_signal(signal.SIGINT)
        self.assertEqual(130, self.finish(process).code)
        self.assertEqual(7, self.journal_lines(), "a resumed start runs only what is missing")

    def cpu_seconds(self, process):
        with open(f"/proc/{process}/stat") as stat:
            fields = stat.read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

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
        until(lambda: not alive(child), "the orphaned build to end")
        answer, report = self.gate(0)
        self.assertEqual("KEEP", report["verdict"])
        self.assertEqual([], self.work_directories())
        self.assert_says(answer.err, "killed")

    def test_of_two_gates_at_once_the_second_queues_says_for_whom_and_both_are_right(self):
        self.slow_build()
        first = self.begin_gate()
        self.wait_for_child()
        second = self.begin_gate("--out", "second")
        # The second one has nothing to do but wait; its sentence comes while the first still builds.
        said = second.stderr.readline()
        self.assert_says(said, "waiting for process", str(first.pid))
        self.assertIsNone(first.poll())
        self.let_go()
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
        self.assert_says(second.stderr.readline(), "waiting for process", str(first.pid))
        second.send_signal(signal.SIGINT)
        self.assertEqual(130, self.finish(second).code)
        self.assertTrue(self.work_directories(), "the first gate's directory is not the second's to remove")
        self.let_go()
        self.assertEqual(0, self.finish(first).code)
