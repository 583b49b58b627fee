"""kill -9 at 50 random moments, then --resume: no exact run is lost, and no cell has times of two starts."""
import json
import random
import signal
import time

from support import PATIENCE, Sandbox, elf

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

    def made(self, out):
        """The exact runs that the journal has, by name (none may be there twice), and the timed runs of the last start of timing
        in their order: timing that was cut begins again as a whole."""
        exact, timed = [], []
        for line in self.records(out):
            record = json.loads(line[line.index(b"{"):])  # behind its checksum
            if "exact" in record:
                exact.append(tuple(record["exact"][key] for key in ("cell", "side", "repetition")))
            elif "timing_start" in record:
                timed = []
            elif "timed" in record:
                timed.append(tuple(record["timed"][key] for key in ("block", "cell", "place")))
        return sorted(exact), timed

    def times(self, out):
        """By cell and side, the wall times of the last start of timing in the journal, in their order."""
        times = {}
        for line in self.records(out):
            record = json.loads(line[line.index(b"{"):])
            if "timing_start" in record:
                times = {}
            elif "timed" in record:
                timed = record["timed"]
                times.setdefault((timed["cell"], timed["side"]), []).append(timed["samples"]["wall_time"])
        return times

    def result(self, out):
        return [json.loads((self.repository / out / f"{side}.runs.json").read_text()) for side in ("base", "head")]

    def kill_at(self, out, moment, *options):
        """Starts, and kills at a moment: a fraction of the time that a whole run takes, or ("record", N, DELAY): that many
        seconds after the journal has N whole lines. Whether the process was still alive then."""
        process = self.start(*self.arguments(out, *options))
        end = time.monotonic() + (PATIENCE if isinstance(moment, tuple) else moment)
        while process.poll() is None and time.monotonic() < end:
            if isinstance(moment, tuple) and len(self.records(out)) >= moment[1]:
                time.sleep(moment[2])
                break
            time.sleep(0.0005)
        process.kill()
        process.communicate()
        self.assertIn(process.returncode, (0, -signal.SIGKILL))
        return process.returncode != 0

    def killed_and_resumed(self, name, make_moment, count, between, *options):
        """Kills so many starts of a run with these options, so many of them between two records, resumes each and compares it with
        the uninterrupted one. How many starts that takes is up to the machine: one that was done before its moment came proves
        nothing, nor does one that had begun nothing."""
        started = time.monotonic()
        self.expect(0, *self.arguments(f"{name}-whole", *options))
        duration = time.monotonic() - started
        whole = [exact_part(run_set) for run_set in self.result(f"{name}-whole")]
        lines, made = len(self.records(f"{name}-whole")), self.made(f"{name}-whole")
        killed = in_the_runs = starts = 0
        while killed < count or in_the_runs < between:
            self.assertLess(starts, 20 * count, f"{name}: {killed} starts were killed, {in_the_runs} of them between two records")
            starts += 1
            moment = make_moment(duration, lines)
            what = f"{name} {starts}, killed at {moment}"
            out = f"{name}-{starts}"
            if not self.kill_at(out, moment, *options):
                continue
            killed += 1
            before = self.records(out)
            in_the_runs += 0 < len(before) < lines
            self.expect(0, *self.arguments(out, "--resume", *options))
            self.assertEqual(before, self.records(out)[:len(before)], f"{what}: a run that was on disk is gone")
            self.assertEqual(made, self.made(out), f"{what}: a run was lost, or an exact one was made twice")
            again = self.result(out)
            self.assertEqual(whole, [exact_part(run_set) for run_set in again], what)
            for run_set in again:
                for run in run_set["runs"]:
                    for metric, samples in run.get("sampled", {}).items():
                        self.assertEqual(10, len(samples), f"{what}: {run['cell']} {metric}")
            mixed = [[sample["value"] for sample in run["sampled"]["wall_time"]]
                     for run_set in again for run in run_set["runs"] if "sampled" in run]
            self.assertEqual(sorted(self.times(out).values()), sorted(mixed), f"{what}: times of two starts are mixed")
        print(f"\n{name}: {killed} of {starts} starts were killed, {in_the_runs} of them between two records", flush=True)

    def test_killed_at_50_random_moments_and_resumed_the_exact_numbers_are_those_of_an_uninterrupted_run(self):
        generator = random.Random(SEED)

        def any_time(duration, _):
            return duration * generator.uniform(0.02, 0.95)

        def between_records(_, lines):
            return "record", generator.randrange(1, lines), generator.uniform(0.0, 0.004)

        self.expect(0, *self.arguments("warm-up", "--no-time"))  # the builds are in the cache from here on
        self.killed_and_resumed("any-time", any_time, 10, 1)
        self.killed_and_resumed("exact", between_records, 20, 6, "--no-time", "--jobs", "1")
        self.killed_and_resumed("timed", between_records, 20, 15)

    def test_killed_again_and_again_a_run_still_comes_to_its_end(self):
        generator = random.Random(SEED + 1)
        self.expect(0, *self.arguments("whole"))
        whole = [exact_part(run_set) for run_set in self.result("whole")]
        lines = len(self.records("whole"))
        before = []
        for step in range(1, 9):
            self.kill_at("out", ("record", lines * step // 10, generator.uniform(0.0, 0.01)), "--resume")
            now = self.records("out")
            self.assertEqual(before, now[:len(before)])
            before = now
        self.expect(0, *self.arguments("out", "--resume"))
        self.assertEqual(whole, [exact_part(run_set) for run_set in self.result("out")])
        self.assertEqual(self.made("whole"), self.made("out"))
