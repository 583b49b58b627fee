"""GitHub for the end-to-end tests: the fake (tests/support/fake_github.h) behind Prism, which holds every request and every answer
to GitHub's own API description, and GitHub's own event payloads."""
import base64
import copy
import functools
import io
import json
import os
import pathlib
import shutil
import socket
import subprocess
import tempfile
import time
import unittest
import urllib.request
import zipfile

from support import PROGRAM, ROOT, Sandbox

MODULES = ROOT / "tests" / "github" / "node_modules"
FAKE = os.environ.get("CYCLEGATE_FAKE_GITHUB") or str(pathlib.Path(PROGRAM).resolve().parent / "tests" / "support" /
                                                      "cyclegate_fake_github")
OWNER, NAME, REPOSITORY_ID = "Codertocat", "Hello-World", 186853002
TOKEN = "ghs_WriteTokenOfTheBaseRepository0000001"
READ_TOKEN = "ghs_ReadTokenOfAPullRequestFromAFork0002"
BOT = "github-actions[bot]"


def missing():
    """Why these tests cannot run here; empty when they can."""
    if not shutil.which("node"):
        return "node is not here (apt-get install nodejs npm)"
    if not (MODULES / "@octokit" / "openapi").is_dir():
        return "Prism and GitHub's descriptions are not installed (ci/install-deps github)"
    if not os.path.exists(FAKE):
        return "cyclegate_fake_github is not built"
    return ""


@functools.lru_cache(maxsize=None)
def payloads():
    """GitHub's own examples of event payloads: name to list."""
    text = (MODULES / "@octokit" / "webhooks-examples" / "api.github.com" / "index.json").read_text()
    return {each["name"]: each["examples"] for each in json.loads(text)}


def merged(document, changes):
    """`document` with the members of `changes` put over it, at any depth."""
    result = copy.deepcopy(document)
    for key, value in changes.items():
        if isinstance(value, dict) and isinstance(result.get(key), dict):
            result[key] = merged(result[key], value)
        else:
            result[key] = copy.deepcopy(value)
    return result


def payload(name, action, **changes):
    """The first example of that event and action, with changes."""
    found = next(each for each in payloads()[name] if each.get("action") == action)
    return merged(found, changes)


class Fake:
    """The fake GitHub as a process."""

    def __init__(self):
        self.process = subprocess.Popen([FAKE], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.url = self.process.stdout.readline().strip()
        self.storage = self.process.stdout.readline().strip()
        assert self.url, "the fake did not start"

    def ask(self, what, document=None):
        data = None if document is None else json.dumps(document).encode()
        request = urllib.request.Request(f"{self.url}/_fake/{what}", data=data, headers={"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=20) as answer:
            text = answer.read()
        return json.loads(text) if text.strip() else None

    def configure(self, **document):
        self.ask("configure", document)

    def close(self):
        self.process.communicate(timeout=20)


class Prism:
    """Prism as a proxy in front of `upstream`; `--errors`: what does not fit the description is refused."""

    def __init__(self, upstream, directory):
        specification = pathlib.Path(directory) / "github.json"
        node = ["node", "--no-warnings"]
        subprocess.run([*node, ROOT / "tests" / "github" / "subset.mjs", specification], check=True)
        self.log_file = open(pathlib.Path(directory) / "prism.log", "w+")
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        self.url = f"http://127.0.0.1:{port}"
        self.process = subprocess.Popen([*node, MODULES / ".bin" / "prism", "proxy", "-h", "127.0.0.1", "-p", str(port), "--errors",
                                         specification, upstream], stdin=subprocess.DEVNULL, stdout=self.log_file,
                                        stderr=subprocess.STDOUT, cwd=ROOT / "tests" / "github")
        end = time.monotonic() + 180
        while "Prism is listening" not in self.log():
            if self.process.poll() is not None or time.monotonic() > end:
                self.close()
                raise AssertionError("Prism did not start:\n" + self.log())
            time.sleep(0.05)

    def log(self):
        self.log_file.flush()
        return pathlib.Path(self.log_file.name).read_text()

    def complaints(self):
        """What did not fit the description, so far."""
        return [line for line in self.log().splitlines() if "error" in line and "✖" in line]

    def close(self):
        if self.process.poll() is None:
            self.process.terminate()
            self.process.wait(20)


class GitHubTest(Sandbox):
    """A fake GitHub behind Prism for the whole class, reset by each test's own pull request numbers and commits; a checkout of the
    base repository as the working directory."""

    @classmethod
    def setUpClass(cls):
        if missing():
            raise unittest.SkipTest(missing())
        holder = tempfile.TemporaryDirectory(prefix="cyclegate-prism-")
        cls.addClassCleanup(holder.cleanup)
        cls.fake = Fake()
        cls.addClassCleanup(cls.fake.close)
        cls.prism = Prism(cls.fake.url, holder.name)
        cls.addClassCleanup(cls.prism.close)
        everything = {scope: "write" for scope in ("contents", "pull-requests", "issues", "checks", "statuses")}
        cls.fake.configure(
            repository={"owner": OWNER, "name": NAME, "id": REPOSITORY_ID, "private": False},
            tokens={TOKEN: {"login": BOT, "app": True, "permissions": {**everything, "actions": "read"}},
                    READ_TOKEN: {"login": BOT, "app": True,
                                 "permissions": {scope: "read" for scope in (*everything, "actions")}}},
            collaborators={"maintainer": "write", "owner": "admin", "reader": "read"})

    serial = 0

    def setUp(self):
        super().setUp()
        GitHubTest.serial += 1
        self.number = GitHubTest.serial
        self.complaints_before = len(self.prism.complaints())
        self.summary = self.top / "summary.md"

    def tearDown(self):
        complaints = self.prism.complaints()[self.complaints_before:]
        self.assertEqual([], complaints, "Prism: a request or an answer is not what GitHub's description says")
        self.assertEqual([], self.fake.ask("violations"))
        super().tearDown()

    # --- what GitHub has

    def pull(self, head, fork=False, state="open", base=None):
        repository = ({"id": REPOSITORY_ID + 1, "full_name": f"stranger/{NAME}"} if fork
                      else {"id": REPOSITORY_ID, "full_name": f"{OWNER}/{NAME}"})
        self.fake.configure(pulls=[{"number": self.number, "state": state, "user": {"login": "stranger" if fork else "maintainer"},
                                    "head": {"sha": head, "ref": f"topic-{self.number}", "repo": repository},
                                    "base": {"sha": base or self.git("rev-parse", "main"), "ref": "main",
                                             "repo": {"id": REPOSITORY_ID, "full_name": f"{OWNER}/{NAME}"}}}])

    def comments(self):
        """What our bot wrote on this test's pull request."""
        return [each for each in self.fake.ask("state")["comments"]
                if each.get("issue") == self.number and each.get("login") == BOT]

    def checks(self, sha):
        return [each for each in self.fake.ask("state")["check_runs"] if each["head_sha"] == sha]

    def check(self, sha):
        found = self.checks(sha)
        self.assertEqual(1, len(found), found)
        self.assertEqual("cyclegate", found[0]["name"])
        return found[0]

    # --- what a job has

    def run_of(self, head, event="pull_request", conclusion="success", attempt=1, fork=False, run_id=None, zip_bytes=None):
        """A run of the measuring workflow, known to GitHub, with its artifact."""
        run_id = run_id or self.number * 1000 + len(self.fake.ask("state").get("runs", [])) + 1
        owner = "stranger" if fork else OWNER
        repository = {"id": REPOSITORY_ID + (1 if fork else 0), "full_name": f"{owner}/{NAME}", "owner": {"login": owner}}
        branch = f"topic-{self.number}" if event == "pull_request" else f"gh-readonly-queue/main/pr-{self.number}-{'0' * 8}"
        run = {"id": run_id, "run_attempt": attempt, "event": event, "head_sha": head, "head_branch": branch, "name": "cyclegate",
               "path": ".github/workflows/cyclegate.yml", "status": "completed" if conclusion else "in_progress",
               "conclusion": conclusion, "head_repository": repository,
               "html_url": f"https://github.com/{OWNER}/{NAME}/actions/runs/{run_id}"}
        self.fake.configure(runs=[run])
        if zip_bytes is not None:
            self.fake.configure(artifacts=[{"id": run_id * 10 + attempt, "name": "cyclegate-runs", "run_id": run_id,
                                            "zip": base64.b64encode(zip_bytes).decode(), "expired": False}])
        return run

    def measured(self, base, head):
        """The artifact of a real gate of two commits: all of out/ in a zip."""
        answer = self.run_program("gate", "--base", base, "--head", head, "--no-time", "--out", "measured", "--quiet")
        self.assertIn(answer.code, (0, 1), answer.err)
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
            for path in sorted((self.repository / "measured").rglob("*")):
                if path.is_file() and not path.name.startswith("."):
                    packed.write(path, str(path.relative_to(self.repository / "measured")))
        shutil.rmtree(self.repository / "measured")
        return out.getvalue()

    def event(self, name, document):
        place = pathlib.Path(tempfile.mkdtemp(dir=self.top)) / "event.json"
        place.write_text(json.dumps(document))
        return {"GITHUB_ACTIONS": "true", "GITHUB_EVENT_NAME": name, "GITHUB_EVENT_PATH": str(place),
                "GITHUB_REPOSITORY": f"{OWNER}/{NAME}", "GITHUB_REPOSITORY_ID": str(REPOSITORY_ID),
                "GITHUB_API_URL": self.prism.url, "GITHUB_SERVER_URL": "https://github.com", "GITHUB_RUN_ID": "77",
                "GITHUB_RUN_ATTEMPT": "1", "GITHUB_SHA": self.git("rev-parse", "main"), "GITHUB_REF": "refs/heads/main",
                "GITHUB_OUTPUT": str(self.top / "output"), "GITHUB_STEP_SUMMARY": str(self.summary), "GITHUB_TOKEN": TOKEN}

    def workflow_run_event(self, action, run):
        here = {"id": REPOSITORY_ID, "name": NAME, "full_name": f"{OWNER}/{NAME}", "owner": {"login": OWNER},
                "default_branch": "main"}
        document = payload("workflow_run", action, repository=here, workflow_run=run)
        document["workflow_run"]["pull_requests"] = []  # as GitHub sends it for forks
        if action == "requested":
            document["workflow_run"].update(status="queued", conclusion=None)
        return self.event("workflow_run", document)

    def start_check(self, run):
        return self.expect(0, "publish", "--start", environment=self.workflow_run_event("requested", run))

    def publish(self, run, code=0, start=True):
        """What cyclegate-report.yml does from `requested` to `completed`."""
        if start:
            self.start_check(run)
        return self.expect(code, "publish", "--from-run", environment=self.workflow_run_event("completed", run))
