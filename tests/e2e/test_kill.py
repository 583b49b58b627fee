"""kill -9 at 50 random moments, then --resume: nothing but the run under way is lost."""
import json
import random
import time
import unittest

from support import Sandbox, elf

MOMENTS = 50
SEED = 20261121
# Small guests: many runs of some milliseconds each.
BASE = {"hash": "keccak_sw", "mem": "mem", "dma": "dma", "sha": "sha_pc", "rust": "rust"}
HEAD = {"hash": "keccak_pc", "mem": "nop", "dma": "mem", "sha": "keccak_sw", "rust": "rust"}


def exact_part(run_set):
    """What must be equal, byte for byte, however often the measuring was interrupted."""
    kept = {key: run_set[key] for key in ("side", "commit", "policy", "metrics", "guests", "artifacts")}
    for artifact in kept["artifacts"]:
        # Whether this start built or found it is about the start.
        artifact.pop("from_cache", None)
    kept["runs"] = [{key: value for key, value in run.items() if key != "sampled"} for run in run_set["runs"]]
    for run in kept["runs"]:
        for field in ("machine", "session"):
            run["comparability"].pop(field, None)
    return json.dumps(kept, sort_keys=True)


class Kill(Sandbox):
    def setUp(self):
        super().setUp()
        measure = "measure: { warmup: 3, runs: { min: 10, max: 10 } }\n"
        for guests in (BASE, HEAD):
            self.guests({name: elf(file) for name, file in guests.items()}, inputs=["in_200", "in_k4"], extra=measure)
            self.commit()

    def arguments(self, out, *more):
        return ["run", "--base", "HEAD~1", "--head", "HEAD", "--out", out, "--quiet", *more]

    def records(self, out):
        """The journal's whole lines: what was on disk when the process died."""
        journal = self.repository / out / "runs.journal"
        return journal.read_bytes().split(b"\n")[:-1] if journal.exists() else []

    def result(self, out):
        return [json.loads((self.repository / out / f"{side}.runs.json").read_text()) for side in ("base", "head")]

    def kill_at(self, out, moment, *more):
        """Starts, kills after that many seconds. Whether the process was still alive then."""
        process = self.start(*self.arguments(out, *more))
        try:
            process.wait(moment)
        except Exception:  # noqa: BLE001 - subprocess.TimeoutExpired is what we want
            process.kill()
            process.communicate()
            return True
        process.communicate()
        self.assertEqual(0, process.returncode)
        return False

    def killed_and_resumed(self, moments, *options):
        """Kills at each moment of a run with these options, resumes, compares with the uninterrupted one."""
        started = time.monotonic()
        self.expect(0, *self.arguments("whole", *options))
        whole = [exact_part(run_set) for run_set in self.result("whole")]
        duration = time.monotonic() - started
        killed = in_the_runs = 0
        for number, fraction in enumerate(moments):
            out = f"out{number}"
            if not self.kill_at(out, fraction * duration, *options):
                continue
            killed += 1
            before = self.records(out)
            in_the_runs += bool(before)
            self.expect(0, *self.arguments(out, "--resume", *options))
            after = self.records(out)
            self.assertEqual(before, after[:len(before)], f"moment {number}: a run that was on disk is gone")
            again = self.result(out)
            self.assertEqual(whole, [exact_part(run_set) for run_set in again], f"moment {number} ({fraction:.3f})")
            for run_set in again:
                for run in run_set["runs"]:
                    for name, samples in run.get("sampled", {}).items():
                        self.assertEqual(10, len(samples), f"moment {number}: {run['cell']} {name}")
        print(f"\n{killed} of {len(moments)} starts were killed, {in_the_runs} of them while runs were recorded", flush=True)
        return killed, in_the_runs

    def test_killed_at_random_moments_and_resumed_the_exact_numbers_are_those_of_an_uninterrupted_run(self):
        generator = random.Random(SEED)
        self.expect(0, *self.arguments("warm-up", "--no-time"))  # the builds are in the cache from here on
        exact = self.killed_and_resumed([generator.uniform(0.05, 1.0) for _ in range(MOMENTS // 2)], "--no-time")
        timed = self.killed_and_resumed([generator.uniform(0.05, 1.0) for _ in range(MOMENTS // 2)])
        killed, in_the_runs = exact[0] + timed[0], exact[1] + timed[1]
        self.assertGreaterEqual(killed, MOMENTS // 2, "too few starts were killed for this to mean anything")
        self.assertGreaterEqual(in_the_runs, 10)

    def test_killed_again_and_again_a_run_still_comes_to_its_end(self):
        generator = random.Random(SEED + 1)
        self.expect(0, *self.arguments("whole"))
        whole = [exact_part(run_set) for run_set in self.result("whole")]
        before = []
        for _ in range(8):
            self.kill_at("out", generator.uniform(0.1, 0.6), "--resume")
            now = self.records("out")
            self.assertEqual(before, now[:len(before)])
            before = now
        self.expect(0, *self.arguments("out", "--resume"))
        self.assertEqual(whole, [exact_part(run_set) for run_set in self.result("out")])


if __name__ == "__main__":
    unittest.main()
