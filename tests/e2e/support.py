"""What the end-to-end tests share: a sandbox with a real git repository, the real program, and guests that are prebuilt."""
import hashlib
import json
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import time
import unittest
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "ci"))
import executor_programs  # noqa: E402  (ci/executor_programs.py)

FIXTURES = ROOT / "tests" / "fixtures" / "ziskemu"
PROGRAM = os.environ.get("CYCLEGATE") or str(ROOT / "build" / "release" / "cyclegate")
# Generous, because a test machine may be busy; no test waits this long when all is well.
PATIENCE = 300
# The servers of these tests are on this machine: no proxy of the environment stands before them.
NO_PROXY = urllib.request.ProxyHandler({})
urllib.request.install_opener(urllib.request.build_opener(NO_PROXY))


def require_program(name):
    """The path of an executor's program. Without it the test is skipped, or fails where executors are required."""
    path = executor_programs.find(name)
    if path is not None:
        return path
    if os.environ.get("CYCLEGATE_REQUIRE_EXECUTORS") == "1":
        raise AssertionError(executor_programs.missing(name))
    raise unittest.SkipTest(executor_programs.missing(name))


def elf(name):
    """The bytes of a prebuilt guest."""
    return (FIXTURES / "elf" / f"{name}.elf").read_bytes()


def input_bytes(name):
    return (FIXTURES / "inputs" / f"{name}.bin").read_bytes()


def sha256(data):
    return hashlib.sha256(data).hexdigest()


def until(condition, what):
    """Waits for what another process does."""
    end = time.monotonic() + PATIENCE
    while not condition():
        if time.monotonic() > end:
            raise AssertionError(f"waited {PATIENCE} s in vain for {what}")
        time.sleep(0.005)


def alive(process):
    """Whether the process of that number still does something: one that has ended may be waited for by nobody for a while."""
    try:
        stat = pathlib.Path(f"/proc/{process}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False
    return stat.rsplit(")", 1)[1].split()[0] not in ("Z", "X")


class Answer:
    """What one start of the program gave."""

    def __init__(self, code, out, err):
        self.code, self.out, self.err = code, out, err

    @property
    def text(self):
        return self.out + self.err

    @property
    def json(self):
        return json.loads(self.out)


class Sandbox(unittest.TestCase):
    """A directory of its own per test, with a repository, a cache and a temporary directory, all removed afterwards."""

    maxDiff = 4000

    def setUp(self):
        holder = tempfile.TemporaryDirectory(prefix="cyclegate-e2e-")
        self.addCleanup(holder.cleanup)
        self.top = pathlib.Path(holder.name).resolve()
        self.repository = self.top / "repository"
        self.cache = self.top / "cache"
        for path in (self.repository, self.cache, self.top / "tmp", self.top / "home"):
            path.mkdir()
        self.environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(self.top / "home"),
            "XDG_CACHE_HOME": str(self.cache),
            "TMPDIR": str(self.top / "tmp"),
            "LC_ALL": "C.UTF-8",
            # A lock of its own: no test hangs on what somebody measures on this machine.
            "CYCLEGATE_LOCK": str(self.top / "machine.lock"),
            "GIT_CONFIG_GLOBAL": os.devnull,
            "GIT_CONFIG_SYSTEM": os.devnull,
            "GIT_AUTHOR_NAME": "test",
            "GIT_AUTHOR_EMAIL": "test@localhost",
            "GIT_COMMITTER_NAME": "test",
            "GIT_COMMITTER_EMAIL": "test@localhost",
            # Commits of the same content are the same commit, whatever second it is: a test that minds fails always, not seldom.
            "GIT_AUTHOR_DATE": "2026-01-02T03:04:05Z",
            "GIT_COMMITTER_DATE": "2026-01-02T03:04:05Z",
        }
        # So that a sanitized program reports the way ctest asked for.
        for name in ("ASAN_OPTIONS", "UBSAN_OPTIONS", "LLVM_PROFILE_FILE"):
            if name in os.environ:
                self.environment[name] = os.environ[name]
        self.git("init", "-q", "-b", "main")

    # --- the repository

    def git(self, *arguments, cwd=None):
        return subprocess.run(["git", *arguments], cwd=cwd or self.repository, env=self.environment, check=True,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True).stdout.strip()

    def write(self, path, data):
        place = self.repository / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(data.encode() if isinstance(data, str) else data)
        return place

    def commit(self, message="a change"):
        self.git("add", "-A")
        self.git("commit", "-q", "--allow-empty", "-m", message)
        return self.git("rev-parse", "HEAD")

    def guests(self, elves, inputs=None, extra="", runs=None, elf_paths=None, executors=("embedded",)):
        """Writes cyclegate.yaml and prebuilt/NAME.elf. `elves`: guest to bytes; `inputs`: names of fixtures; `runs`: guest to
        a build command of its own."""
        inputs = inputs or ["in_200"]
        text = "version: 1\nguests:\n"
        for name, data in elves.items():
            run = (runs or {}).get(name, f"mkdir -p out && cp prebuilt/{name}.elf out/{name}.elf")
            place = (elf_paths or {}).get(name, f"out/{name}.elf")
            text += f"  {name}:\n    builds:\n      zisk: {{ run: {json.dumps(run)}, elf: {place}, executors: [{', '.join(executors)}] }}\n"
            text += "    inputs:\n"
            for each in inputs:
                text += f"      - {{ name: {each}, path: inputs/{each}.bin, sha256: {sha256(input_bytes(each))} }}\n"
            if data is not None:
                self.write(f"prebuilt/{name}.elf", data)
        for each in inputs:
            self.write(f"inputs/{each}.bin", input_bytes(each))
        self.write(".gitignore", "/out/\n")
        self.write("cyclegate.yaml", text + extra)

    # --- the program

    def start(self, *arguments, cwd=None, environment=None):
        return subprocess.Popen([PROGRAM, *map(str, arguments)], cwd=cwd or self.repository,
                                env={**self.environment, **(environment or {})}, stdin=subprocess.DEVNULL,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True)

    def finish(self, process):
        try:
            out, err = process.communicate(timeout=PATIENCE)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            out, err = process.communicate()
            self.fail(f"did not end within {PATIENCE} s:\n{out}\n{err}")
        return Answer(process.returncode, out, err)

    def run_program(self, *arguments, **rest):
        return self.finish(self.start(*arguments, **rest))

    def expect(self, code, *arguments, **rest):
        """Runs the program, which must end with exit status `code` and say nothing that a sanitizer or a crash would."""
        answer = self.run_program(*arguments, **rest)
        self.assertEqual(code, answer.code, f"{arguments}\n--- stdout\n{answer.out}\n--- stderr\n{answer.err}")
        self.assertNotIn("internal error", answer.err)
        return answer

    def gate(self, code, *arguments, base="HEAD~1", head="HEAD", **rest):
        """An exact-only gate of two commits into out/, and its report."""
        answer = self.expect(code, "gate", "--base", base, "--head", head, "--no-time", *arguments, **rest)
        return answer, self.report()

    def report(self, directory="out"):
        return json.loads((self.repository / directory / "report.json").read_text())

    # --- what a report says

    def verdicts(self, report):
        return {guest["guest"]: guest["verdict"] for guest in report["guests"]}

    def findings(self, report, guest, kind=None):
        return [finding for finding in report["findings"]
                if finding["cell"]["guest"] == guest and (kind is None or finding["kind"] == kind)]

    def assert_says(self, text, *words):
        """The message names each of these, whatever its other words are."""
        for word in words:
            self.assertIn(word, text)

    def work_directories(self):
        work = self.cache / "cyclegate" / "work"
        return sorted(path.name for path in work.iterdir()) if work.is_dir() else []

