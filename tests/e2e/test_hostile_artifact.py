"""An artifact that an attacker made, through the whole of `publish --from-run`: archives that are not what they seem, and run sets
with hostile text in every place. What arrives at GitHub, in the job's summary, outputs and log is inert."""
import io
import json
import re
import shutil
import unittest
import zipfile

from github_support import GitHubTest, TOKEN
from support import ROOT, elf
from test_injection import COMMENT_ATTRIBUTES, COMMENT_ELEMENTS, CORPUS, Dom, Inert, poisoned

ARCHIVES = ROOT / "tests" / "fixtures" / "zip"
HOSTILE = {
    "parent": "leads out of the archive", "hidden_parent": "leads out of the archive", "absolute": "is an absolute path",
    "backslash": "backslash", "drive": "colon", "control": "control character", "long_name": "has a name of",
    "link": "is a link", "device": "is a link or a device", "twice": "already exists", "bomb": "200 times its size",
    "encrypted": "is encrypted", "method": "is packed by method", "overlap": "inconsistent", "other_name": "inconsistent",
    "truncated": "zip", "crc": "CRC", "larger": "size", "smaller": "size", "empty": "has no base.runs.json",
    "good": "base.runs.json",
}


class HostileArtifact(Inert, GitHubTest):
    def setUp(self):
        super().setUp()
        if not shutil.which("cmark-gfm"):
            self.skipTest("cmark-gfm is not installed (apt-get install cmark-gfm)")
        self.guests({"hash": elf("keccak_pc")})
        self.base = self.commit("base")
        self.git("checkout", "-q", "-b", "topic")
        self.guests({"hash": elf("keccak_sw")})
        self.head = self.commit("head")
        self.git("checkout", "-q", "main")

    def files(self):
        return {str(path.relative_to(self.top)) for path in self.top.rglob("*") if ".git/" not in str(path)}

    def assert_harmless(self, name, answer, head):
        """Everything that publish left behind."""
        comment, = self.comments()
        self.assertLessEqual(len(comment["body"].encode()), 60_000, name)
        self.assertEqual(2, comment["body"].count("<!--"), "the marker's line and the stamp's, both ours")
        check = self.checks(head)[-1]
        summary = self.summary.read_text()
        for where, text in (("comment", comment["body"]), ("check summary", check["output"]["summary"] or ""),
                            ("check text", check["output"].get("text") or ""), ("job summary", summary)):
            dom = Dom(self.markdown(text.encode()))
            elements = COMMENT_ELEMENTS | {"a", "picture", "source", "img"}
            for tag, given in dom.elements:
                for key in ("href", "src", "srcset"):
                    if key in given:
                        self.assertRegex(given[key], r"^(https://github\.com/|https://raw\.githubusercontent\.com/|http://127\.0\.0\.1)",
                                         f"{name}, {where}")
                        del given[key]
            self.assert_inert(dom, elements, COMMENT_ATTRIBUTES | {"media", "width", "height", "alt"}, f"{name}, {where}")
        for annotation in self.annotations(check):
            # What an ELF calls a file may be any harmless path; it is plain text wherever it is shown.
            self.assertNotRegex(annotation["path"], r"[\x00-\x1f\x7f\\:<>\"|?*`&\u202a-\u202e\u2066-\u2069]|^/|\.\.", name)
            self.assertLessEqual(len(annotation["title"]), 255)
            self.assertNotRegex(annotation["title"] + annotation["message"], "[\x00-\x08\x0b-\x1f\x7f\u202a-\u202e\u2066-\u2069]")
        for line in answer.text.splitlines():
            if line.lstrip().startswith("::"):
                self.assertRegex(line, r"^::(error|warning|notice) file=[^:,\r\n]+,line=\d+,", name)
            self.assertNotIn("##[", line)
        output = self.top / "output"
        keys = re.findall(r"^([\w-]+)(?:=|<<)", output.read_text(), re.MULTILINE) if output.exists() else []
        self.assertLessEqual(set(keys), {"verdict", "status", "comment-url", "check-url", "report"}, name)
        self.assertNotIn(TOKEN, answer.text + summary + str(comment))

    def again(self):
        """As if for another pull request."""
        GitHubTest.serial += 1
        self.number = GitHubTest.serial
        for path in (self.summary, self.top / "output"):
            path.unlink(missing_ok=True)
        self.git("checkout", "-q", "topic")
        self.head = self.commit("again")
        self.git("checkout", "-q", "main")
        self.pull(self.head, fork=True)

    def test_an_archive_that_is_not_what_it_seems_fails_the_check_and_leaves_nothing(self):
        self.assertEqual({path.stem for path in ARCHIVES.glob("*.zip")} - {"streamed", "directories", "bidi"}, set(HOSTILE))
        for name, why in HOSTILE.items():
            with self.subTest(name):
                self.again()
                run = self.run_of(self.head, fork=True, zip_bytes=(ARCHIVES / f"{name}.zip").read_bytes())
                before = self.files()
                answer = self.publish(run, start=False)
                check = self.check(self.head)
                self.assertEqual(("completed", "failure"), (check["status"], check["conclusion"]))
                self.assertIn(why, str(check["output"]) + self.comments()[0]["body"])
                new = {path for path in self.files() - before if not re.match(r"^(tmp\w*|summary\.md$|output$)", path)}
                self.assertEqual(set(), {path for path in new if "event" not in path})
                self.assert_harmless(name, answer, self.head)

    def test_run_sets_with_hostile_text_everywhere_are_published_as_inert_text(self):
        for name in ("script", "out of the cell", "comment", "entities", "mention", "bidi", "control", "workflow command"):
            with self.subTest(name):
                self.again()
                with zipfile.ZipFile(io.BytesIO(self.measured(self.base, self.head))) as packed:
                    sides = [json.loads(packed.read(f"{side}.runs.json")) for side in ("base", "head")]
                out = io.BytesIO()
                with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
                    for side, value in zip(("base", "head"), poisoned(sides, CORPUS[name])):
                        value.pop("checksum", None)
                        packed.writestr(f"{side}.runs.json", json.dumps(value))
                answer = self.publish(self.run_of(self.head, fork=True, zip_bytes=out.getvalue()), start=False)
                check = self.check(self.head)
                self.assertEqual("completed", check["status"])
                self.assertIn("unprivileged job", self.comments()[0]["body"])
                self.assert_harmless(name, answer, self.head)


if __name__ == "__main__":
    unittest.main()
