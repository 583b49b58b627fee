"""GitHub's own example payloads (@octokit/webhooks-examples) as the events of jobs: read for what they say, whatever they hold."""
import json
import socket
import unittest

from github_support import MODULES, payloads
from support import Sandbox, elf


@unittest.skipUnless((MODULES / "@octokit" / "webhooks-examples").is_dir(), "not installed (ci/install-deps github)")
class Payloads(Sandbox):
    def setUp(self):
        super().setUp()
        self.guests({"hash": elf("keccak_sw")})
        self.commit("base")
        self.guests({"hash": elf("keccak_pc")})
        self.commit("head")
        self.gate(0)
        # Somebody who listens, to whom nobody must speak.
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.listener.setblocking(False)
        self.addCleanup(self.listener.close)

    def start_for(self, name, document, *arguments, **more):
        place = self.top / "event.json"
        place.write_text(document if isinstance(document, str) else json.dumps(document))
        repository = document.get("repository", {}).get("full_name", "a/b") if isinstance(document, dict) else "a/b"
        port = self.listener.getsockname()[1]
        return self.run_program(*arguments, environment={
            "GITHUB_ACTIONS": "true", "GITHUB_EVENT_NAME": name, "GITHUB_EVENT_PATH": str(place), "GITHUB_REPOSITORY": repository,
            "GITHUB_API_URL": f"http://127.0.0.1:{port}", "GITHUB_RUN_ID": "1", "GITHUB_RUN_ATTEMPT": "1", **more})

    def tearDown(self):
        with self.assertRaises(BlockingIOError, msg="somebody was spoken to"):
            self.listener.accept()
        super().tearDown()

    def test_a_dry_run_tells_what_would_be_sent_for_every_pull_request_event(self):
        for event in payloads()["pull_request"]:
            with self.subTest(event["action"]):
                answer = self.start_for("pull_request", event, "publish", "--dry-run")
                self.assertEqual(0, answer.code, answer.text)
                self.assert_says(answer.out, event["pull_request"]["head"]["sha"], f"/issues/{event['number']}/comments",
                                 "/check-runs", "KEEP")

    def test_a_merge_group_gets_a_check_and_no_comment(self):
        for event in payloads()["merge_group"]:
            answer = self.start_for("merge_group", event, "publish", "--dry-run")
            self.assertEqual(0, answer.code, answer.text)
            self.assert_says(answer.out, event["merge_group"]["head_sha"], "/check-runs")
            self.assertNotIn("/issues/", answer.out)

    def test_a_workflow_run_opens_the_check_on_its_head(self):
        for event in payloads()["workflow_run"]:
            answer = self.start_for("workflow_run", event, "publish", "--start", "--dry-run")
            self.assertEqual(0, answer.code, answer.text)
            self.assert_says(answer.out, event["workflow_run"]["head_sha"], "in_progress")

    def test_no_comment_of_the_examples_is_an_acceptance(self):
        for event in payloads()["issue_comment"]:
            answer = self.start_for("issue_comment", event, "accept", GITHUB_TOKEN="ghs_NobodyMustSeeThisToken00000000000000")
            self.assertEqual(0, answer.code, answer.text)

    def test_every_other_event_is_understood_or_refused_and_never_a_crash(self):
        for name, examples in payloads().items():
            for event in examples[:3]:
                for arguments in (("publish", "--dry-run"), ("publish", "--start", "--dry-run")):
                    answer = self.start_for(name, event, *arguments)
                    self.assertIn(answer.code, (0, 2), f"{name}: {answer.text}")
                    self.assertNotIn("internal error", answer.text)

    def test_broken_events_are_refused_with_their_file(self):
        whole = json.dumps(payloads()["pull_request"][0])
        for text in ("", "{", whole[:-1], whole[: len(whole) // 2], "[]", "null", whole.replace('"sha": "', '"sha": 5, "s": "'),
                     "[" * 100000):
            answer = self.start_for("pull_request", text, "publish", "--dry-run")
            self.assertEqual(2, answer.code, answer.text)
            self.assertIn("event.json", answer.err)


if __name__ == "__main__":
    unittest.main()
