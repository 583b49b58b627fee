"""GitHub for the end-to-end tests: the fake (tests/support/fake_github.h) behind Prism, which holds every request and every answer
to GitHub's own API description, and GitHub's own event payloads."""
import base64
import copy
import functools
import http.client
import http.server
import io
import json
import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import threading
import time
import unittest
import urllib.parse
import urllib.request
import zipfile

from support import PATIENCE, PROGRAM, ROOT, Sandbox

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


def repository_document():
    """The base repository as GitHub shows it: a real one with our name, and what a single repository has beyond an event's."""
    real = payload("pull_request", "opened")["repository"]
    return {**real, "owner": OWNER, "name": NAME, "full_name": f"{OWNER}/{NAME}", "id": REPOSITORY_ID, "private": False,
            "default_branch": "main", "network_count": 0, "subscribers_count": 0, "has_discussions": False}


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
        with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
            text = answer.read()
        return json.loads(text) if text.strip() else None

    def configure(self, **document):
        self.ask("configure", document)

    def close(self):
        self.process.communicate(timeout=PATIENCE)


class Prism:
    """Prism as a proxy in front of `upstream`; `--errors`: what does not fit the description is refused."""

    def __init__(self, upstream, directory):
        specification = pathlib.Path(directory) / "github.json"
        node = ["node", "--no-warnings"]
        subprocess.run([*node, ROOT / "tests" / "github" / "subset.mjs", specification], check=True)
        self.log_file = open(pathlib.Path(directory) / "prism.log", "w+")
        # It takes a port that is free and says which: one that we had found free could be another's by the time it starts.
        self.process = subprocess.Popen([*node, MODULES / ".bin" / "prism", "proxy", "-h", "127.0.0.1", "-p", "0", "--errors",
                                         specification, upstream], stdin=subprocess.DEVNULL, stdout=self.log_file,
                                        stderr=subprocess.STDOUT, cwd=ROOT / "tests" / "github", env=self.environment())
        end = time.monotonic() + PATIENCE
        while not (listening := re.search(r"Prism is listening on (http://127\.0\.0\.1:[0-9]+)\n", self.log())):
            if self.process.poll() is not None or time.monotonic() > end:
                self.close()
                raise AssertionError("Prism did not start:\n" + self.log())
            time.sleep(0.05)
        self.url = listening.group(1)

    @staticmethod
    def environment():
        """Ours, without what would change the log or how it runs."""
        ours = {name: value for name, value in os.environ.items() if not name.startswith("NODE_")}
        return {**ours, "FORCE_COLOR": "0"}

    def log(self):
        return pathlib.Path(self.log_file.name).read_text(encoding="utf-8", errors="replace")

    def complaints(self):
        """What did not fit the description, so far."""
        return [line for line in self.log().splitlines() if "error" in line and "✖" in line]

    def close(self):
        self.process.kill()  # it has nothing to tidy up
        self.process.wait()
        self.log_file.close()


class Front:
    """What the program talks to: everything goes on to Prism but the download of an artifact, whose redirect Prism would follow by
    itself instead of showing it to the program. Unlike a proxy of a library it changes nothing on the way."""

    def __init__(self, prism, fake):
        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def pass_on(self):
                past_prism = re.fullmatch(r"/repos/[^/]+/[^/]+/actions/artifacts/\d+/zip", self.path)
                place = urllib.parse.urlsplit(fake if past_prism else prism)
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                there = http.client.HTTPConnection(place.hostname, place.port, timeout=PATIENCE)
                headers = {name: value for name, value in self.headers.items() if name.lower() not in ("host", "connection")}
                there.request(self.command, self.path, body or None, headers)
                answer = there.getresponse()
                text = answer.read()
                self.send_response(answer.status)
                for name, value in answer.getheaders():
                    if name.lower() not in ("transfer-encoding", "content-length", "connection", "date", "server"):
                        self.send_header(name, value)
                if answer.status not in (204, 304):
                    self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)
                there.close()

            do_GET = do_POST = do_PATCH = do_DELETE = do_PUT = pass_on

            def log_message(self, *arguments):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()


@functools.lru_cache(maxsize=None)
def behind_prism():
    """One fake GitHub behind one Prism for all tests of a module: Prism takes seconds to start."""
    if missing():
        raise unittest.SkipTest(missing())
    holder = tempfile.TemporaryDirectory(prefix="cyclegate-prism-")
    unittest.addModuleCleanup(holder.cleanup)
    unittest.addModuleCleanup(behind_prism.cache_clear)
    fake = Fake()
    unittest.addModuleCleanup(fake.close)
    prism = Prism(fake.url, holder.name)
    unittest.addModuleCleanup(prism.close)
    front = Front(prism.url, fake.url)
    unittest.addModuleCleanup(front.close)
    everything = {scope: "write" for scope in ("contents", "pull-requests", "issues", "checks", "statuses")}
    fake.configure(
        repository=repository_document(),
        tokens={TOKEN: {"login": BOT, "app": "github-actions", "permissions": {**everything, "actions": "read"}},
                READ_TOKEN: {"login": BOT, "app": "github-actions",
                             "permissions": {scope: "read" for scope in (*everything, "actions")}}},
        collaborators={"maintainer": "write", "owner": "admin", "reader": "read"})
    return fake, prism, front


class GitHubTest(Sandbox):
    """A fake GitHub behind Prism for the whole module; each test has a pull request number of its own, and a checkout of the base
    repository as its working directory."""

    serial = 0

    def setUp(self):
        self.fake, self.prism, self.front = behind_prism()
        super().setUp()
        GitHubTest.serial += 1
        self.number = GitHubTest.serial
        # All tests of a module share one GitHub, which knows commits by their SHA: no test's commit may be another's.
        self.environment["GIT_AUTHOR_EMAIL"] = f"test-{self.number}@localhost"
        self.complaints_before = len(self.prism.complaints())
        self.summary = self.top / "summary.md"

    def tearDown(self):
        complaints = self.prism.complaints()[self.complaints_before:]
        self.assertEqual([], complaints, "Prism: a request or an answer is not what GitHub's description says")
        self.assertEqual([], self.fake.ask("violations"))
        super().tearDown()

    # --- what GitHub has

    def pull(self, head, fork=False, state="open", base=None, branch=None):
        branch = branch or f"topic-{self.number}"
        owner = "stranger" if fork else OWNER
        repository = {"id": REPOSITORY_ID + fork, "full_name": f"{owner}/{NAME}", "name": NAME, "fork": fork,
                      "owner": {"login": owner}}
        real = payload("pull_request", "opened")["pull_request"]
        login = "stranger" if fork else "maintainer"
        self.fake.configure(pulls=[merged(real, {
            "number": self.number, "state": state, "user": {"login": login}, "auto_merge": None,
            "head": {"sha": head, "ref": branch, "label": f"{owner}:{branch}",
                     "repo": repository},
            "base": {"sha": base or self.git("rev-parse", "main"), "ref": "main", "label": f"{OWNER}:main",
                     "repo": {"id": REPOSITORY_ID, "full_name": f"{OWNER}/{NAME}", "name": NAME}}})])

    def comments(self):
        """What our bot wrote on this test's pull request."""
        return [each for each in self.fake.ask("state")["comments"]
                if each["issue_url"].endswith(f"/issues/{self.number}") and each["user"]["login"] == BOT]

    def checks(self, sha):
        return [each for each in self.fake.ask("state")["check_runs"] if each["head_sha"] == sha]

    def check(self, sha):
        """The last check of the commit, with which those of earlier attempts agree as soon as it is completed."""
        found = sorted(self.checks(sha), key=lambda each: each["id"])
        self.assertEqual({"cyclegate"}, {each["name"] for each in found})
        if found[-1]["status"] == "completed":
            self.assertEqual({found[-1]["conclusion"]}, {each["conclusion"] for each in found})
        return found[-1]

    def annotations(self, check):
        return self.fake.ask("state")["annotations"].get(str(check["id"]), [])

    # --- what a job has

    def run_of(self, head, event="pull_request", conclusion="success", attempt=1, fork=False, run_id=None, zip_bytes=None, branch=None):
        """A run of the measuring workflow, known to GitHub, with its artifact."""
        run_id = run_id or self.number * 1000 + len(self.fake.ask("state").get("runs", [])) + 1
        owner = "stranger" if fork else OWNER
        repository = {"id": REPOSITORY_ID + (1 if fork else 0), "full_name": f"{owner}/{NAME}", "owner": {"login": owner}}
        queue = f"gh-readonly-queue/main/pr-{self.number}-{'0' * 8}"
        branch = branch or (f"topic-{self.number}" if event == "pull_request" else queue)
        real = payload("workflow_run", "completed")["workflow_run"]
        run = {"id": run_id, "run_attempt": attempt, "event": event, "head_sha": head, "head_branch": branch, "name": "cyclegate",
               "path": ".github/workflows/cyclegate.yml", "status": "completed" if conclusion else "in_progress",
               "conclusion": conclusion, "head_repository": repository,
               "html_url": f"https://github.com/{OWNER}/{NAME}/actions/runs/{run_id}"}
        run = merged(real, {**run, "pull_requests": [], "display_title": "a change", "repository": {"id": REPOSITORY_ID, "full_name": f"{OWNER}/{NAME}"}})
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
                "GITHUB_API_URL": self.front.url, "GITHUB_SERVER_URL": "https://github.com", "GITHUB_RUN_ID": "77",
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
