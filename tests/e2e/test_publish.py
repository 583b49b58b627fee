"""cyclegate publish as a program against the fake GitHub, without Prism: what the job sees, and where the token is not."""
import base64
import json
import os
import pathlib
import subprocess
import unittest
import urllib.request
from datetime import datetime, timezone

from support import PATIENCE, PROGRAM, Sandbox, elf

FAKE = os.environ.get("CYCLEGATE_FAKE_GITHUB") or str(pathlib.Path(PROGRAM).resolve().parent / "tests" / "support" /
                                                      "cyclegate_fake_github")
TOKEN = "ghs_16C7e42F292c6912E7710c838347Ae178B4a"
ALL = {"pull-requests": "write", "checks": "write", "contents": "write", "statuses": "write", "actions": "read"}


class PublishTest(Sandbox):
    def setUp(self):
        super().setUp()
        self.fake = subprocess.Popen([FAKE], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.addCleanup(self.stop)
        self.url = self.fake.stdout.readline().strip()
        self.storage = self.fake.stdout.readline().strip()
        # A build that shows its environment, so that what reached it can be looked for.
        self.guests({"hash": elf("keccak_pc")}, runs={"hash": "env && mkdir -p out && cp prebuilt/hash.elf out/hash.elf"})
        self.base = self.commit("base")
        self.write("prebuilt/hash.elf", elf("keccak_sw"))
        self.head = self.commit("slower")
        self.secret = {"GITHUB_TOKEN": TOKEN, "ACTIONS_RUNTIME_TOKEN": TOKEN, "GH_TOKEN": TOKEN, "INPUT_TOKEN": TOKEN}
        answer = self.run_program("gate", "--base", self.base, "--head", self.head, "--no-time", environment=self.secret)
        self.assertEqual(1, answer.code, answer.text)
        self.gate_text = answer.text
        self.fake_says("configure", tokens={TOKEN: {"login": "github-actions[bot]", "permissions": ALL}},
                       pulls=[{"number": 7, "head": {"sha": self.head}, "base": {"sha": self.base}}])

    def stop(self):
        self.fake.stdin.close()
        self.fake.wait(PATIENCE)
        self.fake.stdout.close()

    def run_program(self, *arguments, environment=None):
        done = subprocess.run([PROGRAM, *arguments], cwd=self.repository, env={**self.environment, **(environment or {})},
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=PATIENCE)
        done.text, done.code = done.stdout + done.stderr, done.returncode
        return done

    def fake_says(self, what, **document):
        data = json.dumps(document).encode() if document else None
        with urllib.request.urlopen(urllib.request.Request(f"{self.url}/_fake/{what}", data=data), timeout=PATIENCE) as answer:
            return json.load(answer)

    def job(self):
        event = self.top / "event.json"
        event.write_text(json.dumps({"action": "synchronize", "repository": {"id": 1000}, "pull_request": {
            "number": 7, "head": {"sha": self.head, "ref": "topic", "repo": {"id": 1000}}, "base": {"sha": self.base}}}))
        return {**self.secret, "GITHUB_ACTIONS": "true", "GITHUB_REPOSITORY": "octo/guests", "GITHUB_API_URL": self.url,
                "GITHUB_EVENT_NAME": "pull_request", "GITHUB_EVENT_PATH": str(event), "GITHUB_RUN_ID": "100",
                "GITHUB_RUN_ATTEMPT": "1", "GITHUB_OUTPUT": str(self.top / "output"),
                "GITHUB_STEP_SUMMARY": str(self.top / "summary")}

    def test_start_and_report_give_one_comment_one_check_and_pictures_that_can_be_seen(self):
        days = {datetime.now(timezone.utc).date()}
        for arguments in (["--start"], [], []):
            answer = self.run_program("publish", *arguments, environment=self.job())
            self.assertEqual(0, answer.code, answer.text)
        state = self.fake_says("state")
        comment, = state["comments"]
        self.assertTrue(comment["body"].startswith(f"<!-- cyclegate -->\n<!-- cyclegate: head={self.head} run=100 attempt=1 -->\n"))
        check, = state["check_runs"]
        self.assertEqual(("completed", "failure"), (check["status"], check["conclusion"]))
        self.assertLess(0, check["output"]["annotations_count"])
        # The same pictures are stored once a day.
        days.add(datetime.now(timezone.utc).date())
        self.assertIn(len(state["histories"]["refs/heads/cyclegate-reports"]), range(1, len(days) + 1))
        links = [part.split('"')[0] for part in comment["body"].split("https://raw.githubusercontent.com")[1:]]
        self.assertLess(1, len(links))
        for link in links:
            with urllib.request.urlopen(self.storage + link, timeout=PATIENCE) as picture:
                self.assertIn(b"<svg", picture.read())
        output = (self.top / "output").read_text()
        self.assertIn("KILL", output)
        self.assertIn(comment["html_url"], output)
        self.assertEqual([], self.fake_says("violations"))

    def test_a_forks_token_writes_summary_and_commands_only_and_exits_0(self):
        self.fake_says("configure", tokens={TOKEN: {"login": "github-actions[bot]", "permissions": {
            name: "read" for name in ALL}}})
        answer = self.run_program("publish", environment=self.job())
        self.assertEqual(0, answer.code, answer.text)
        self.assertRegex(answer.stdout, r"(?m)^::error file=")
        self.assertIn("the token may not write", answer.stdout)
        self.assertIn("KILL", (self.top / "summary").read_text())
        self.assertEqual([], self.fake_says("state")["comments"])

    def test_failed_sending_is_3_and_a_report_that_fails_the_gate_is_0(self):
        self.fake_says("configure", script=[{"kind": "forbidden", "path": "/git/"},
                                            {"kind": "429", "path": "/comments", "seconds": 9000}])
        answer = self.run_program("publish", environment=self.job())
        self.assertEqual(3, answer.code, answer.text)
        self.assertIn("waiting 9000 s would pass the deadline", answer.text)
        self.assertEqual("failure", self.fake_says("state")["check_runs"][0]["conclusion"])

    def test_a_dry_run_needs_neither_token_nor_network(self):
        answer = self.run_program("publish", "--dry-run", "--repository", "octo/guests", "--pr", "7")
        self.assertEqual(0, answer.code, answer.text)
        for request in ("git/trees", "git/commits", "git/refs", "issues/7/comments", "check-runs"):
            self.assertIn(f"POST https://api.github.com/repos/octo/guests/{request}\n", answer.stdout)
        self.assertIn("Authorization: Bearer ***", answer.stdout)
        self.assertEqual([], self.fake_says("log"))
        answer = self.run_program("publish", "--repository", "octo/guests", "--pr", "7")
        self.assertEqual(2, answer.code)
        self.assertIn("--dry-run", answer.text)

    def test_the_token_is_in_no_output_file_artifact_or_child(self):
        forms = [TOKEN, base64.b64encode(TOKEN.encode()).decode(), base64.b64encode(f"x-access-token:{TOKEN}".encode()).decode()]
        said = self.gate_text
        for arguments in (["--start"], [], ["--dry-run"], ["--verbose", "--only", "comment"], ["--pr", "999"],
                          ["--sha", "f" * 40], ["--failed", f"the log says {TOKEN} {forms[2]}"], ["--branch", TOKEN + "~"],
                          ["missing.json"], ["--only", TOKEN]):
            said += self.run_program("publish", *arguments, environment=self.job()).text
        wrong = self.top / "wrong"
        wrong.write_text(f"{TOKEN} {TOKEN}\n")
        said += self.run_program("publish", "--token-file", str(wrong), environment=self.job()).text
        self.assertIn("***", said)
        for form in forms:
            self.assertNotIn(form, said)
            self.assertNotIn(form, json.dumps(self.fake_says("log")) + json.dumps(self.fake_says("state")))
            for path in self.top.rglob("*"):
                if path.is_file() and path != wrong:
                    self.assertNotIn(form.encode(), path.read_bytes(), path)
        logs = list((self.repository / "out" / "logs").rglob("*"))
        self.assertTrue(any(b"PATH=" in path.read_bytes() for path in logs if path.is_file()), "the build did not show its environment")


if __name__ == "__main__":
    unittest.main()
