"""Whole flows on GitHub by the real program: a fake GitHub behind Prism, GitHub's own payloads, artifacts of real gates."""
import base64
import io
import json
import unittest
import urllib.error
import urllib.request
import zipfile

from github_support import (BOT, NAME, OWNER, READ_TOKEN, REPOSITORY_ID, TOKEN, GitHubTest, payload)
from support import NO_PROXY, PATIENCE, elf, until


class NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *arguments):
        return None


class Description(GitHubTest):
    """What stands between program and fake sees what it should see."""

    def ask(self, method, path, body=None, status=200, token=TOKEN):
        request = urllib.request.Request(f"{self.front.url}/repos/{OWNER}/{NAME}{path}", method=method,
                                         data=None if body is None else json.dumps(body).encode(),
                                         headers={"Authorization": f"Bearer {token}", "Content-Type": "application/json",
                                                  "X-GitHub-Api-Version": "2022-11-28", "User-Agent": "test"})
        try:
            with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
                got, text = answer.status, answer.read()
        except urllib.error.HTTPError as answer:
            got, text = answer.code, answer.read()
        self.assertEqual(status, got, text)
        return json.loads(text) if text.strip() else None

    def test_every_answer_of_the_fake_is_as_github_describes_it(self):
        head = self.commit("head")
        self.pull(head)
        number = self.number
        self.ask("GET", "")
        self.assertEqual(number, self.ask("GET", f"/pulls/{number}")["number"])
        self.ask("GET", "/pulls/999999", status=404)
        self.ask("GET", f"/pulls?state=open&head={OWNER}:topic-{number}&per_page=100&page=1")
        self.ask("GET", f"/commits/{head}/pulls")
        comment = self.ask("POST", f"/issues/{number}/comments", {"body": "hello"}, 201)
        self.ask("PATCH", f"/issues/comments/{comment['id']}", {"body": "hello again"})
        self.ask("GET", f"/issues/{number}/comments?per_page=100&page=1")
        check = self.ask("POST", "/check-runs", {"name": "cyclegate", "head_sha": head, "status": "in_progress"}, 201)
        annotation = {"path": "a.c", "start_line": 1, "end_line": 1, "annotation_level": "failure", "message": "slower"}
        self.ask("PATCH", f"/check-runs/{check['id']}", {"status": "completed", "conclusion": "success", "output": {
            "title": "t", "summary": "s", "text": "x", "annotations": [annotation] * 50}})
        self.ask("GET", f"/check-runs/{check['id']}")
        self.ask("GET", f"/commits/{head}/check-runs?check_name=cyclegate&per_page=100&page=1")
        self.ask("POST", f"/statuses/{head}", {"state": "success", "context": "cyclegate", "description": "d"}, 201)
        blob = self.ask("POST", "/git/blobs", {"content": base64.b64encode(b"<svg/>").decode(), "encoding": "base64"}, 201)
        entry = {"path": "a.svg", "mode": "100644", "type": "blob", "sha": blob["sha"]}
        tree = self.ask("POST", "/git/trees", {"tree": [entry]}, 201)
        commit = self.ask("POST", "/git/commits", {"message": "m", "tree": tree["sha"], "parents": []}, 201)
        reference = f"heads/reports-{number}"
        self.ask("POST", "/git/refs", {"ref": f"refs/{reference}", "sha": commit["sha"]}, 201)
        self.ask("GET", f"/git/ref/{reference}")
        self.ask("GET", "/git/ref/heads/none", status=404)
        self.ask("GET", f"/git/commits/{commit['sha']}")
        self.ask("GET", f"/git/trees/{tree['sha']}?recursive=1")
        self.ask("PATCH", f"/git/refs/{reference}", {"sha": commit["sha"], "force": False})
        run = self.run_of(head, zip_bytes=b"PK")
        self.ask("GET", f"/actions/runs/{run['id']}")
        self.ask("GET", f"/actions/runs/{run['id']}/artifacts?per_page=100&page=1")
        packed = urllib.request.Request(f"{self.front.url}/repos/{OWNER}/{NAME}/actions/artifacts/{run['id'] * 10 + 1}/zip",
                                        headers={"Authorization": f"Bearer {TOKEN}", "User-Agent": "test",
                                                 "X-GitHub-Api-Version": "2022-11-28"})
        with self.assertRaises(urllib.error.HTTPError) as redirected:
            urllib.request.build_opener(NO_PROXY, NoRedirect).open(packed, timeout=PATIENCE)
        self.assertEqual(302, redirected.exception.code)
        self.assertTrue(redirected.exception.headers["Location"].startswith(self.fake.storage))
        self.ask("GET", "/collaborators/maintainer/permission")
        self.ask("POST", f"/issues/comments/{comment['id']}/reactions", {"content": "+1"}, 201)
        self.ask("GET", f"/commits/{head}/statuses?per_page=100&page=1")
        self.ask("GET", "/contents/no/such/file?ref=main", status=404)
        self.ask("POST", f"/issues/{number}/comments", {"body": "hello"}, 403, token=READ_TOKEN)

    def test_what_github_would_refuse_is_refused_before_the_fake_sees_it(self):
        head = self.commit("head")
        self.pull(head)
        annotation = {"path": "a.c", "start_line": 1, "end_line": 1, "annotation_level": "failure", "message": "slower"}
        check = {"name": "cyclegate", "head_sha": head}
        for path, body in ((f"/issues/{self.number}/comments", {}), ("/check-runs", {"name": "cyclegate"}),
                           ("/check-runs", {**check, "status": "completed", "conclusion": "fine"}),
                           ("/check-runs", {**check, "output": {"title": "t"}}),
                           ("/check-runs", {**check, "output": {"title": "t", "summary": "x" * 65536}}),
                           ("/check-runs", {**check, "output": {"title": "t", "summary": "s", "annotations": [annotation] * 51}})):
            self.ask("POST", path, body, 422)
        self.assertEqual([], self.checks(head))
        # Prism writes its log after it has answered.
        until(lambda: len(self.prism.complaints()) - self.complaints_before >= 6, "Prism's complaints")
        self.complaints_before = len(self.prism.complaints())  # these were meant


class Flows(GitHubTest):
    def setUp(self):
        super().setUp()
        self.guests({"hash": elf("keccak_sw")})
        self.base = self.commit("base")

    def head(self, name, extra=""):
        """A commit on the topic branch with another guest; the checkout stays that of the default branch."""
        self.git("checkout", "-q", "-B", "topic", "main")
        self.guests({"hash": elf(name)}, extra=extra)
        commit = self.commit(f"hash: {name}")
        self.git("checkout", "-q", "main")
        return commit

    def run_for(self, head, **rest):
        return self.run_of(head, zip_bytes=self.measured(self.base, head), **rest)

    def test_opened_the_check_is_in_progress_and_then_completed_with_one_comment(self):
        head = self.head("keccak_pc")
        self.pull(head)
        run = self.run_for(head)
        self.start_check(run)
        self.assertEqual("in_progress", self.check(head)["status"])
        self.assertEqual([], self.comments())
        self.publish(run, start=False)
        check = self.check(head)
        self.assertEqual(("completed", "success"), (check["status"], check["conclusion"]))
        comment, = self.comments()
        first = comment["body"].encode()[:1024].decode(errors="replace")
        self.assert_says(first, "KEEP", "hash", "94.26")
        self.assertLessEqual(len(comment["body"].encode()), 60000)
        self.assert_says(comment["body"], "<picture>", "prefers-color-scheme: dark")
        self.assertIn("KEEP", self.summary.read_text())

    def test_a_regression_fails_the_check_and_annotates(self):
        self.guests({"hash": elf("keccak_pc")})
        self.base = self.commit("a better base")
        head = self.head("keccak_sw")
        self.pull(head)
        self.publish(self.run_for(head))
        check = self.check(head)
        self.assertEqual("failure", check["conclusion"])
        self.assertIn("KILL", self.comments()[0]["body"])
        annotations = self.annotations(check)
        self.assertEqual({"cyclegate.yaml"}, {annotation["path"] for annotation in annotations})
        self.assertIn("failure", {annotation["annotation_level"] for annotation in annotations})

    def test_updated_the_same_comment_speaks_of_the_new_head(self):
        first = self.head("keccak_sw", extra="# nothing but a word\n")
        self.pull(first)
        self.publish(self.run_for(first))
        before, = self.comments()
        second = self.head("keccak_pc")
        self.pull(second)
        self.publish(self.run_for(second))
        after, = self.comments()
        self.assertEqual(before["id"], after["id"])
        self.assertIn("KEEP", after["body"][:1024])
        self.assertIn(second[:7], after["body"])
        self.assertEqual("success", self.check(second)["conclusion"])

    def test_run_again_there_is_still_one_comment_and_one_check(self):
        head = self.head("keccak_pc")
        self.pull(head)
        packed = self.measured(self.base, head)
        for attempt in (1, 2):
            # GitHub tells of no `requested` when a run is repeated.
            self.publish(self.run_of(head, attempt=attempt, run_id=self.number * 1000, zip_bytes=packed), start=attempt == 1)
            self.assertEqual("success", self.check(head)["conclusion"])
            self.publish(self.run_of(head, attempt=attempt, run_id=self.number * 1000), start=False)  # told twice
            self.assertEqual("success", self.check(head)["conclusion"])
        self.assertEqual(1, len(self.comments()))

    def test_force_pushed_an_older_run_leaves_the_newer_heads_comment_alone(self):
        old = self.head("sha_pc")
        new = self.head("keccak_pc")
        self.pull(old)
        late = self.run_for(old)
        self.start_check(late)
        self.pull(new)
        self.publish(self.run_for(new))
        body = self.comments()[0]["body"]
        self.publish(late, start=False)
        comment, = self.comments()
        self.assertEqual(body, comment["body"])
        self.assertEqual("success", self.check(new)["conclusion"])
        self.assertEqual("completed", self.check(old)["status"])

    def test_a_forks_numbers_are_named_as_measured_by_an_unprivileged_job(self):
        head = self.head("keccak_pc")
        self.pull(head, fork=True)
        self.publish(self.run_for(head, fork=True))
        comment, = self.comments()
        self.assertIn("measured by an unprivileged job", comment["body"][:1024].lower())
        self.assertEqual("success", self.check(head)["conclusion"])

    def test_a_forks_own_job_cannot_write_and_that_is_no_failure(self):
        head = self.head("keccak_pc")
        self.pull(head, fork=True)
        self.expect(0, "gate", "--base", self.base, "--head", head, "--no-time")
        here = {"id": REPOSITORY_ID, "name": NAME, "full_name": f"{OWNER}/{NAME}", "owner": {"login": OWNER}}
        event = payload("pull_request", "opened", number=self.number, repository=here,
                        pull_request={"number": self.number, "head": {"sha": head, "repo": {"id": REPOSITORY_ID + 1}},
                                      "base": {"sha": self.base, "repo": {"id": REPOSITORY_ID}}})
        answer = self.expect(0, "publish", "out/report.json",
                             environment={**self.event("pull_request", event), "GITHUB_TOKEN": READ_TOKEN})
        self.assertEqual(([], []), (self.comments(), self.checks(head)))
        self.assertRegex(answer.text, "(?i)permission|fork|not accessible")

    def test_a_merge_group_gets_its_check_and_no_comment(self):
        head = self.head("keccak_pc")
        self.fake.configure(commits=[head])
        self.publish(self.run_for(head, event="merge_group"))
        self.assertEqual(("completed", "success"), tuple(self.check(head)[field] for field in ("status", "conclusion")))
        self.assertEqual([], self.comments())

    def test_a_job_that_failed_or_left_no_artifact_fails_the_check_with_a_link_to_its_log(self):
        for conclusion, artifact in (("failure", True), ("success", False), ("cancelled", False), ("timed_out", False)):
            with self.subTest(conclusion=conclusion):
                head = self.head("keccak_pc", extra=f"# {conclusion} {artifact}\n")
                self.pull(head)
                run = self.run_of(head, conclusion=conclusion, zip_bytes=self.measured(self.base, head) if artifact else None)
                self.publish(run)
                check = self.check(head)
                self.assertEqual("completed", check["status"])
                self.assertIn(check["conclusion"], ("failure", "cancelled", "timed_out"))
                self.assertIn(run["html_url"], str(check))

    def test_an_artifact_that_claims_a_pass_is_judged_anew(self):
        self.guests({"hash": elf("keccak_pc")})
        self.base = self.commit("a better base")
        head = self.head("keccak_sw")
        self.pull(head)
        packed = io.BytesIO(self.measured(self.base, head))
        with zipfile.ZipFile(packed, "a") as archive:
            archive.writestr("claims.json", '{"verdict":"KEEP","status":"pass"}')
        forged = io.BytesIO()
        with zipfile.ZipFile(packed) as source, zipfile.ZipFile(forged, "w") as target:
            for name in source.namelist():
                data = source.read(name)
                if name in ("report.json", "comment.md", "summary.txt"):
                    data = data.replace(b"KILL", b"KEEP").replace(b'"status":"fail"', b'"status":"pass"')
                target.writestr(name, data)
        self.publish(self.run_of(head, zip_bytes=forged.getvalue()))
        self.assertEqual("failure", self.check(head)["conclusion"])
        self.assertIn("KILL", self.comments()[0]["body"])

    def test_two_runs_that_race_leave_one_comment(self):
        head = self.head("keccak_pc")
        self.pull(head)
        packed = self.measured(self.base, head)
        runs = [self.run_of(head, run_id=self.number * 1000 + index, zip_bytes=packed) for index in range(2)]
        processes = [self.start("publish", "--from-run", environment=self.workflow_run_event("completed", run)) for run in runs]
        for process in processes:
            answer = self.finish(process)
            self.assertEqual(0, answer.code, answer.text)
        self.assertEqual(1, len(self.comments()))
        self.assertTrue(all(check["conclusion"] == "success" for check in self.checks(head)))

    # --- accept

    def accept(self, code, login, text, association="MEMBER"):
        here = {"id": REPOSITORY_ID, "name": NAME, "full_name": f"{OWNER}/{NAME}", "owner": {"login": OWNER},
                "default_branch": "main"}
        self.fake.configure(comments=[{"issue": self.number, "login": login, "body": text}])
        written = max(each["id"] for each in self.fake.ask("state")["comments"])
        issue = {"number": self.number, "pull_request": {"url": f"https://api.github.com/repos/{OWNER}/{NAME}/pulls/{self.number}"}}
        event = payload("issue_comment", "created", repository=here, issue=issue, sender={"login": login},
                        comment={"id": written, "body": text, "user": {"login": login}, "author_association": association})
        environment = self.event("issue_comment", event)
        return self.expect(code, "accept", "--event", environment["GITHUB_EVENT_PATH"], environment=environment)

    def failing(self):
        self.guests({"hash": elf("keccak_pc")})
        self.base = self.commit("a better base")
        head = self.head("keccak_sw")
        self.pull(head)
        self.publish(self.run_for(head))
        self.assertEqual("failure", self.check(head)["conclusion"])
        return head

    def test_a_maintainer_accepts_a_head_and_its_check_passes(self):
        head = self.failing()
        self.accept(0, "maintainer", f"/cyclegate accept {head} a wider hash domain")
        self.assertEqual("success", self.check(head)["conclusion"])
        self.assert_says(str(self.check(head)["output"]), "maintainer", "a wider hash domain")
        self.assertEqual(1, len(self.comments()))
        # Measured again, the commit stays accepted.
        self.publish(self.run_for(head, attempt=2))
        self.assertEqual("success", self.check(head)["conclusion"])

    def test_nobody_else_accepts_and_no_other_head_is_accepted(self):
        head = self.failing()
        for login, text in (("reader", f"/cyclegate accept {head} please"), ("stranger", f"/cyclegate accept {head} please"),
                            ("maintainer", f"/cyclegate accept {self.base} another commit"),
                            ("maintainer", "/cyclegate accept"), ("maintainer", f"/cyclegate acceptance {head} x"),
                            ("maintainer", f"thanks\n/cyclegate accept {'0' * 40} x")):
            with self.subTest(login=login, text=text):
                self.accept(0, login, text, association="OWNER")
                self.assertEqual("failure", self.check(head)["conclusion"])

    def test_what_was_accepted_for_one_head_does_not_hold_for_the_next(self):
        head = self.failing()
        self.accept(0, "maintainer", f"/cyclegate accept {head} for now")
        following = self.head("keccak_sw", extra="# one more word\n")
        self.pull(following)
        self.publish(self.run_for(following))
        self.assertEqual("failure", self.check(following)["conclusion"])

    def test_a_branch_that_is_called_like_a_merge_groups_steals_no_acceptance(self):
        head = self.failing()
        self.accept(0, "maintainer", f"/cyclegate accept {head} for now")
        accepted = self.number
        GitHubTest.serial += 1
        self.number = GitHubTest.serial  # another pull request, of a stranger
        worse = self.head("keccak_sw", extra="# another change\n")
        branch = f"gh-readonly-queue/main/pr-{accepted}-{self.base}"
        self.pull(worse, fork=True, branch=branch)
        self.publish(self.run_for(worse, fork=True, branch=branch))
        self.assertEqual("failure", self.check(worse)["conclusion"])
        # The queue itself is let through with what was accepted, as long as that pull request is open.
        queued = self.head("keccak_sw", extra="# as the queue merges it\n")
        self.fake.configure(commits=[queued])
        self.publish(self.run_for(queued, event="merge_group", branch=branch))
        self.assertEqual("success", self.check(queued)["conclusion"])
        self.fake.configure(pulls=[{"number": accepted, "state": "closed"}])
        late = self.head("keccak_sw", extra="# after it was closed\n")
        self.fake.configure(commits=[late])
        self.publish(self.run_for(late, event="merge_group", branch=branch))
        self.assertEqual("failure", self.check(late)["conclusion"])

    def test_the_token_is_in_nothing_that_anybody_sees(self):
        head = self.head("keccak_pc")
        self.pull(head)
        answer = self.publish(self.run_for(head))
        self.assertNotIn(TOKEN, answer.text + self.summary.read_text() + str(self.comments()) + str(self.checks(head)))
        self.assertEqual({BOT}, {comment["user"]["login"] for comment in self.comments()})


if __name__ == "__main__":
    unittest.main()
