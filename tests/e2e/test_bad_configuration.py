"""cyclegate.yaml, inputs, repositories and files of ours that are not as they must be: exit status 2, and a message that says
where and what would be right."""
import json
import os
import zlib

from support import Sandbox, elf, sha256

GOOD = """version: 1
guests:
  hash:
    builds:
      zisk: { run: "", elf: prebuilt/hash.elf, executors: [embedded] }
    inputs:
      - { name: a, path: inputs/a.bin, sha256: SHA }
"""


class Configuration(Sandbox):
    def setUp(self):
        super().setUp()
        self.good = GOOD.replace("SHA", sha256(b"0123456789abcdef"))
        self.write("inputs/a.bin", b"0123456789abcdef")
        self.write("prebuilt/hash.elf", elf("mem"))

    def refused(self, text, *words):
        """Head's configuration `text` stops a gate with a message that has these words, and a second look finds no trace."""
        self.write("cyclegate.yaml", self.good)
        self.commit()
        self.write("cyclegate.yaml", text)
        self.commit()
        answer = self.expect(2, "gate", "--base", "HEAD~1", "--head", "HEAD", "--no-time")
        self.assert_says(answer.err, *words)
        self.assertEqual("", answer.out)
        self.assertLess(len(answer.err), 20_000)
        self.assertEqual([], self.work_directories())

    def test_an_unknown_key_is_named_with_line_and_column_and_the_key_that_was_meant(self):
        self.refused(self.good.replace("    inputs:", "    chekc: make test\n    inputs:"), "cyclegate.yaml:6:5", "chekc", "check")

    def test_a_wrong_type_is_named_with_line_and_column(self):
        self.refused(self.good + "measure: { warmup: many }\n", "cyclegate.yaml:8:20", "warmup")

    def test_all_mistakes_of_a_file_are_told_at_once(self):
        self.refused(self.good + "measure: { warmup: many }\npolicy: { mode: gard, tolerance: { exact: 5 } }\n",
                     "cyclegate.yaml:8:", "cyclegate.yaml:9:", "gard", "guard", "improve", "exact")

    def test_a_guest_that_is_there_twice_is_named(self):
        guest = self.good.split("guests:\n")[1]
        self.refused(self.good + guest, "cyclegate.yaml:8:3", "hash", "second time")

    def test_an_alias_bomb_is_refused_at_once(self):
        bomb = "a: &a [x, x, x, x, x, x, x, x, x, x]\n"
        for before, name in zip("abcdefgh", "bcdefghi"):
            bomb += f"{name}: &{name} [{', '.join(['*' + before] * 10)}]\n"
        self.refused(bomb + self.good, "cyclegate.yaml:1:", "anchor")

    def test_a_file_that_is_no_yaml_is_named_with_line_and_column(self):
        self.refused("guests: [\n  {\n", "cyclegate.yaml:")

    def test_a_file_of_bytes_that_are_no_text_is_refused(self):
        self.write("cyclegate.yaml", self.good)
        self.commit()
        self.write("cyclegate.yaml", b"version: 1\nguests: \xff\xfe\x00\n")
        self.commit()
        self.assert_says(self.expect(2, "gate", "--base", "HEAD~1", "--head", "HEAD").err, "cyclegate.yaml", "UTF-8")

    def test_a_missing_configuration_names_the_command_that_writes_one(self):
        self.commit()
        self.commit()
        self.assert_says(self.expect(2, "gate", "--base", "HEAD~1", "--head", "HEAD").err, "cyclegate.yaml", "cyclegate init")
        self.assert_says(self.expect(2, "build").err, "cyclegate.yaml", "cyclegate init")

    # --- inputs

    def test_a_missing_input_is_named_with_its_place_in_the_configuration(self):
        self.refused(self.good.replace("inputs/a.bin", "inputs/b.bin"), "hash", "inputs/b.bin", "cyclegate.yaml:7:9")

    def test_an_input_of_another_digest_is_named_with_both_digests(self):
        self.refused(self.good.replace(sha256(b"0123456789abcdef"), "ab" * 32), "hash", "inputs/a.bin", "ab" * 32,
                     sha256(b"0123456789abcdef"))

    def test_an_input_path_that_leaves_the_tree_is_refused(self):
        for path in ("../secret.bin", "inputs/../../secret.bin", "/etc/hostname"):
            with self.subTest(path):
                self.refused(self.good.replace("inputs/a.bin", path), "cyclegate.yaml:7:", path)

    def test_an_input_behind_a_link_that_leaves_the_tree_is_refused(self):
        secret = self.top / "secret.bin"
        secret.write_bytes(b"0123456789abcdef")
        os.symlink(secret, self.repository / "inputs" / "link.bin")
        os.symlink(self.top, self.repository / "up")
        self.refused(self.good.replace("inputs/a.bin", "inputs/link.bin"), "inputs/link.bin")
        self.refused(self.good.replace("inputs/a.bin", "up/secret.bin"), "up/secret.bin")

    def test_an_input_that_is_a_git_lfs_pointer_names_git_lfs_pull(self):
        pointer = b"version https://git-lfs.github.com/spec/v1\noid sha256:" + b"ab" * 32 + b"\nsize 1000\n"
        self.write("inputs/a.bin", pointer)
        self.refused(self.good + "# a change\n", "inputs/a.bin", "git lfs pull")

    def test_an_input_by_url_that_is_not_here_names_the_option_for_working_offline(self):
        by_url = self.good.replace("path: inputs/a.bin", "url: https://example.org/a.bin")
        self.refused(by_url, "https://example.org/a.bin", "--inputs")
        offline = self.top / "offline"
        offline.mkdir()
        (offline / "a.bin").write_bytes(b"0123456789abcdef")
        self.expect(0, "gate", "--base", "HEAD~1", "--head", "HEAD", "--no-time", "--inputs", offline)

    def test_a_generator_that_fails_is_shown_with_what_it_said(self):
        generated = self.good.replace("path: inputs/a.bin", 'generate: { run: "echo no seed >&2; exit 4 #", seed: 7 }')
        self.refused(generated, "hash", "seed 7", "no seed")

    def test_a_generated_input_is_made_from_its_seed_and_pinned(self):
        made = sha256(b"seed 7\n")
        generated = self.good.replace("path: inputs/a.bin", 'generate: { run: "echo seed", seed: 7 }')
        self.write("cyclegate.yaml", generated.replace(sha256(b"0123456789abcdef"), made))
        self.commit()
        self.write("prebuilt/hash.elf", elf("nop"))
        self.commit()
        self.run_program("gate", "--base", "HEAD~1", "--head", "HEAD", "--no-time")
        runs = json.loads((self.repository / "out/head.runs.json").read_text())
        self.assertEqual(made, runs["runs"][0]["comparability"]["input_sha256"])

    def test_an_elf_path_behind_a_link_that_leaves_the_tree_is_a_failure_of_its_guest(self):
        (self.top / "outside.elf").write_bytes(elf("mem"))
        self.write("cyclegate.yaml", self.good)
        self.commit()
        (self.repository / "prebuilt/hash.elf").unlink()
        os.symlink(self.top / "outside.elf", self.repository / "prebuilt/hash.elf")
        self.commit()
        _, report = self.gate(1)
        self.assertEqual({"hash": "FAILED"}, self.verdicts(report))

    # --- repositories

    def two_commits(self):
        self.write("cyclegate.yaml", self.good)
        self.commit()
        self.write("prebuilt/hash.elf", elf("nop"))
        self.commit()

    def test_an_unknown_revision_is_named(self):
        self.two_commits()
        for option in ("--base", "--head"):
            self.assert_says(self.expect(2, "gate", option, "no-such-branch").err, "no-such-branch", "git fetch")

    def test_a_directory_without_a_repository_is_named(self):
        elsewhere = self.top / "elsewhere"
        elsewhere.mkdir()
        self.assert_says(self.expect(2, "gate", cwd=elsewhere).err, str(elsewhere), "repository")
        self.assert_says(self.expect(2, "gate", "--directory", elsewhere).err, str(elsewhere), "repository")

    def test_histories_without_a_common_ancestor_are_named(self):
        self.two_commits()
        self.git("switch", "-q", "--orphan", "alone")
        self.write("cyclegate.yaml", self.good)
        self.commit()
        self.assert_says(self.expect(2, "gate").err, "common", "--base")

    def test_a_shallow_clone_names_the_remedy(self):
        self.two_commits()
        clone = self.top / "clone"
        self.git("clone", "-q", "--depth", "1", self.repository.as_uri(), str(clone), cwd=self.top)
        self.assert_says(self.expect(2, "gate", cwd=clone).err, "shallow", "git fetch --unshallow")

    def test_a_first_commit_alone_has_no_base_and_the_option_is_named(self):
        self.write("cyclegate.yaml", self.good)
        self.commit()
        self.assert_says(self.expect(2, "gate").err, "--base")

    def test_a_base_whose_configuration_cannot_be_read_makes_all_new_and_says_so(self):
        self.write("cyclegate.yaml", "guests: 3\n")
        self.commit()
        self.write("cyclegate.yaml", self.good)
        self.commit()
        _, report = self.gate(0)
        self.assertEqual("neutral", report["status"])
        self.assert_says(json.dumps(report["warnings"]), "cannot be read")

    # --- files of ours

    def measured(self):
        self.two_commits()
        self.run_program("gate", "--base", "HEAD~1", "--head", "HEAD", "--no-time")
        return self.repository / "out"

    def damaged(self, name, change, *words):
        """`compare` or `report` on a file of ours that was changed."""
        place = self.repository / "out" / name
        whole = place.read_bytes()
        place.write_bytes(change(whole))
        try:
            if name == "report.json":
                answer = self.expect(2, "report", place, "--out", "again")
            else:
                answer = self.expect(2, "compare", "out/base.runs.json", "out/head.runs.json", "--out", "again")
        finally:
            place.write_bytes(whole)
        self.assert_says(answer.err, name, *words)
        self.assertFalse((self.repository / "again").exists())

    def test_files_of_ours_that_are_cut_edited_newer_or_something_else_are_refused_by_name(self):
        self.measured()
        for name in ("base.runs.json", "head.runs.json", "report.json"):
            with self.subTest(name):
                self.damaged(name, lambda data: data[:len(data) // 2], "cut")
                self.damaged(name, lambda data: data[:0], name)
                self.damaged(name, lambda data: data.replace(b'"steps"', b'"stepz"', 1), "edited")
                self.damaged(name, lambda data: self.resealed(data.replace(b'/1"', b'/2"', 1)), "newer", "update cyclegate")
                self.damaged(name, lambda data: b'{"schema":"cyclegate.execution/1"}\n', "cyclegate.")
                self.damaged(name, lambda data: b"\x7fELF" + data, name)
                self.damaged(name, lambda data: b"[" * 100_000, name)

    def resealed(self, data):
        body = data[:data.rindex(b',\n"checksum"')]
        return body + b',\n"checksum":"crc32:%08x"\n}\n' % zlib.crc32(body)

    def test_an_unknown_field_is_left_out_with_a_warning(self):
        out = self.measured()
        data = (out / "head.runs.json").read_bytes()
        (out / "head.runs.json").write_bytes(self.resealed(data.replace(b'"side"', b'"mood":"fine",\n"side"', 1)))
        self.run_program("compare", "out/base.runs.json", "out/head.runs.json", "--out", "again")
        self.assert_says(json.dumps(self.report("again")["warnings"]), "/mood")

    def test_base_and_head_in_the_wrong_order_are_noticed(self):
        self.measured()
        self.assert_says(self.expect(2, "compare", "out/head.runs.json", "out/base.runs.json").err, "base first")

    def test_a_baseline_that_is_cut_edited_or_newer_is_refused_by_name_and_save_writes_it_anew(self):
        self.two_commits()
        self.expect(0, "baseline", "save")
        place = self.repository / "baselines" / "hash.json"
        whole = place.read_bytes()
        for change, word in ((lambda data: data[:len(data) // 2], "hash.json"),
                             (lambda data: data.replace(b'"steps":', b'"steps":1', 1), "edited"),
                             (lambda data: self.resealed(data.replace(b'/1"', b'/9"', 1)), "newer"),
                             (lambda data: b"", "hash.json")):
            place.write_bytes(change(whole))
            for command in ("show", "check"):
                answer = self.expect(2, "baseline", command)
                self.assert_says(answer.err, "baselines/hash.json", word)
            self.commit()
            # A gate goes on without them, or the change that repairs them could never pass, and says so in the report.
            self.expect(0, "gate", "--base", "HEAD", "--head", "HEAD", "--no-time")
            warnings = json.loads((self.repository / "out" / "report.json").read_text())["warnings"]
            self.assert_says("".join(w["message"] for w in warnings if w["code"] == "damaged-baseline"), "hash.json", word)
            self.expect(0, "baseline", "save")
            self.assertEqual(whole, place.read_bytes())

    def test_a_journal_of_another_plan_is_not_resumed(self):
        self.measured()
        self.write("cyclegate.yaml", self.good.replace("name: a", "name: b"))
        self.commit()
        answer = self.expect(2, "gate", "--base", "HEAD~1", "--head", "HEAD", "--no-time", "--resume")
        self.assert_says(answer.err, "runs.journal", "--resume")
