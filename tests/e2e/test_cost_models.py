"""A change of the cost model beside a change of the guest: what each of them did, by the 1.4.0-alpha model and a copy of it with
three prices changed."""
import json
import re
import shutil
import unittest

from support import FIXTURES, ROOT, Sandbox, elf

SHIPPED = (ROOT / "src/vm/cost-models/zisk-1.4.0-alpha.tsv").read_text()
# Record, old price, new price.
CHANGED = {"main": (62, 70), "operation\txor": (55, 40), "precompile\tkeccak": (41513, 30000)}
MODEL = "executors:\n  embedded: { cost_model: prices/next.tsv }\n"


def copy_with_three_prices():
    text = SHIPPED.replace("name\tzisk-1.4.0-alpha", "name\tzisk-next")
    for record, (old, new) in CHANGED.items():
        text, count = re.subn(rf"^{record}\t{old}\b", f"{record}\t{new}", text, flags=re.M)
        assert count == 1, record
    return text


def overrides():
    text = "cyclegate-cost-model\t1\nfrom\tzisk-1.4.0-alpha\nname\tzisk-next\n# three prices of the copy\nmain\t70\noperation\txor\t40\n"
    row, = re.findall(r"^precompile\tkeccak\t41513(.*)$", SHIPPED, flags=re.M)
    return text + f"precompile\tkeccak\t30000{row}\n"


def of_ziskemu(guest):
    """VARIABLE cost, and how often what has another price ran: from the real ziskemu's report, not from ours."""
    text = (FIXTURES / f"{guest}@200.Xfull.stdout").read_text()
    number = lambda pattern: int((re.findall(pattern, text, flags=re.M) or ["0"])[0].replace(",", ""))  # noqa: E731
    return {"cost": number(r"^VARIABLE +([\d,]+)"), "main": number(r"^STEPS +([\d,]+)"),
            "operation\txor": number(r"^OP xor +([\d,]+)"), "precompile\tkeccak": number(r"^OP keccak +([\d,]+)")}


def expected(base, head):
    """Guest, model and interaction of two guests of ziskemu's: prices times counts, by hand."""
    one, other = of_ziskemu(base), of_ziskemu(head)
    dearer = {record: new - old for record, (old, new) in CHANGED.items()}
    return {"guest": other["cost"] - one["cost"],
            "model": sum(dearer[record] * one[record] for record in CHANGED),
            "interaction": sum(dearer[record] * (other[record] - one[record]) for record in CHANGED)}


class CostModels(Sandbox):
    def change(self, base, head, base_model=None, head_model=None):
        for guest, model in ((base, base_model), (head, head_model)):
            shutil.rmtree(self.repository / "prices", ignore_errors=True)
            if model is not None:
                self.write("prices/next.tsv", model)
            self.guests({"hash": elf(guest)}, extra=MODEL if model is not None else "")
            self.commit()

    def split(self, report):
        one, = report["attributions"]
        row = one["cost"]
        amounts = {name: int(row[name]) for name in ("guest", "model", "interaction")}
        self.assertEqual(int(row["head"]) - int(row["base"]), sum(amounts.values()))
        self.assertEqual(int(row["change"]), sum(amounts.values()))
        # Parts that are the same in all four runs are left out, so that the effects sum, not the amounts.
        for name in ("guest", "model", "interaction", "change"):
            self.assertEqual(int(row[name]), sum(int(part[name]) for part in one["parts"]), name)
        return amounts

    def cost_under(self, guest, model=None):
        self.write("../guest.elf", elf(guest))
        self.write("../in.bin", (FIXTURES / "inputs/in_200.bin").read_bytes())
        options = []
        if model is not None:
            self.write("../model.tsv", model)
            options = ["--cost-model", self.top / "model.tsv"]
        answer = self.expect(0, "execute", "--elf", self.top / "guest.elf", "--input", self.top / "in.bin", "--json", *options)
        return answer.json["cost"]["variable"]

    def test_both_changed(self):
        new = copy_with_three_prices()
        self.change("keccak_sw", "keccak_pc", None, new)
        answer, report = self.gate(0)
        amounts = self.split(report)
        self.assertEqual(expected("keccak_sw", "keccak_pc"), amounts)
        self.assertEqual({"guest": -5174550, "model": 437546, "interaction": -441746}, amounts)
        # Four runs by themselves say the same.
        row = report["attributions"][0]["cost"]
        self.assertEqual(
            [self.cost_under("keccak_sw"), self.cost_under("keccak_pc"), self.cost_under("keccak_sw", new),
             self.cost_under("keccak_pc", new)],
            [int(row[name]) for name in ("base", "head_guest", "head_model", "head")])
        # Base's model decides: the finding is what it would be without the other one.
        cost, = [f for f in self.findings(report, "hash") if f["metric"] == "cost"]
        self.assertEqual(("improved", 5489738, 315188), (cost["kind"], cost["change"]["base"], cost["change"]["head"]))
        self.assertEqual(("KEEP", "pass"), (report["verdict"], report["status"]))
        head = json.loads((self.repository / "out/head.runs.json").read_text())
        self.assertEqual("zisk-1.4.0-alpha", head["runs"][0]["comparability"]["cost_model"])
        self.assertRegex(head["repriced"][0]["comparability"]["cost_model"], r"^zisk-next sha256:[0-9a-f]{32}$")
        self.assertEqual(2, len(head["repriced"][0]["exact"]["cost"]))
        # The change of prices is told, price by price.
        told = "\n".join(report["gate_changes"])
        self.assertEqual(4, len(report["gate_changes"]), told)
        self.assert_says(told, "cost_model: zisk-1.4.0-alpha becomes zisk-next sha256:", "main: 62 becomes 70",
                         "operation xor: 55 becomes 40", "precompile keccak: 41513 0 25 0 25 becomes 30000 0 25 0 25")
        # And everywhere: terminal, comment, page.
        self.assert_says(answer.out, "zisk-next", "-5,174,550", "+437,546", "-441,746")
        for name in ("comment.md", "report.html"):
            self.assert_says((self.repository / "out" / name).read_text(), "Guest or cost model", "-5,174,550", "+437,546",
                             "-441,746", "precompile:keccak")

    def test_what_the_model_had_a_hand_in_comes_first(self):
        self.change("keccak_sw", "keccak_pc", None, overrides())
        _, report = self.gate(0)
        parts = report["attributions"][0]["parts"]
        self.assertEqual(["main", "opcode:xor", "precompile:keccak"], [part["name"] for part in parts[:3]])
        self.assertEqual({"0"}, {part[effect] for part in parts[3:] for effect in ("model", "interaction")})
        # Prices times the real ziskemu's counts, part by part.
        one, other = of_ziskemu("keccak_sw"), of_ziskemu("keccak_pc")
        for part, (record, (old, new)) in zip(parts, CHANGED.items()):
            self.assertEqual([old * (other[record] - one[record]), (new - old) * one[record],
                              (new - old) * (other[record] - one[record])],
                             [int(part[effect]) for effect in ("guest", "model", "interaction")], record)

    def test_files_give_the_same_report_again(self):
        self.change("keccak_sw", "keccak_pc", None, copy_with_three_prices())
        _, report = self.gate(0)
        self.expect(0, "compare", "out/base.runs.json", "out/head.runs.json", "--out", "again")
        self.expect(0, "report", "out/report.json", "--out", "third")
        for directory in ("again", "third"):
            for name in ("report.json", "comment.md", "report.html", "summary.txt"):
                if directory == "third" and name == "report.json":
                    continue  # `report` starts from it
                text = (self.repository / directory / name).read_text()
                self.assertEqual((self.repository / "out" / name).read_text(), text.replace(f"/repository/{directory}", "/repository/out"), name)

    def test_only_the_model_changed(self):
        self.change("keccak_sw", "keccak_sw", None, copy_with_three_prices())
        answer, report = self.gate(0)
        self.assertEqual({"guest": 0, "model": 437546, "interaction": 0}, self.split(report))
        self.assertEqual(("UNCHANGED", "pass"), (report["verdict"], report["status"]))
        self.assert_says(answer.out, "This change alters the gate", "+437,546")
        self.assertIn("cost-model-changed", [reason["code"] for reason in report["reasons"]])

    def test_only_the_guest_changed_under_a_model_of_the_repository(self):
        model = copy_with_three_prices()
        self.change("keccak_sw", "keccak_pc", model, model)
        answer, report = self.gate(0)
        self.assertNotIn("attributions", report)
        self.assertNotIn("gate_changes", report)
        cost, = [f for f in self.findings(report, "hash") if f["metric"] == "cost"]
        self.assertEqual((self.cost_under("keccak_sw", model), self.cost_under("keccak_pc", model)),
                         (cost["change"]["base"], cost["change"]["head"]))
        self.assertEqual(5489738 + 437546, cost["change"]["base"])
        self.assertNotIn("cost model", answer.out)
        # `execute` and `profile` of a configured guest count by the configuration's model as well.
        self.assertEqual(cost["change"]["head"], self.expect(0, "execute", "hash", "in_200", "--json").json["cost"]["variable"])
        folded = self.expect(0, "profile", "hash", "in_200", "--format", "folded").out
        self.assertEqual(cost["change"]["head"], sum(int(line.rsplit(" ", 1)[1]) for line in folded.splitlines()))

    def test_nothing_changed(self):
        model = copy_with_three_prices()
        self.change("keccak_sw", "keccak_sw", model, model)
        answer, report = self.gate(0)
        self.assertNotIn("attributions", report)
        self.assert_says(answer.err, "0 executions, 1 cells with the same artefact")

    def test_a_file_of_overrides_is_the_copy_with_these_prices(self):
        # The same prices, said in three lines: no change of the model.
        self.change("keccak_sw", "keccak_pc", copy_with_three_prices(), overrides())
        _, report = self.gate(0)
        self.assertNotIn("attributions", report)
        self.assertNotIn("gate_changes", report)

    def test_back_to_the_built_in_model(self):
        self.change("keccak_sw", "keccak_pc", overrides(), None)
        _, report = self.gate(0)
        amounts = self.split(report)
        forth = expected("keccak_sw", "keccak_pc")
        # The four runs are the same, seen from the other model.
        self.assertEqual({"guest": forth["guest"] + forth["interaction"], "model": -forth["model"],
                          "interaction": -forth["interaction"]}, amounts)

    def test_cheaper_prices_hide_no_regression_and_make_no_gain(self):
        free = overrides().replace("main\t70", "main\t1")
        self.change("keccak_pc", "keccak_sw", None, free)
        _, report = self.gate(1)
        self.assertEqual("KILL", report["verdict"])
        self.change("keccak_sw", "keccak_sw", None, free)
        _, report = self.gate(0)
        self.assertEqual("UNCHANGED", report["verdict"])
        self.assertLess(self.split(report)["model"], 0)

    def test_base_alone_with_another_model_is_incomparable_in_files_of_two_gates(self):
        self.change("keccak_sw", "keccak_sw", None, None)
        self.gate(0)
        self.change("keccak_pc", "keccak_pc", overrides(), overrides())
        self.expect(0, "gate", "--base", "HEAD~1", "--head", "HEAD", "--no-time", "--out", "other")
        self.change("keccak_sw", "keccak_pc", None, None)
        self.expect(0, "gate", "--base", "HEAD~1", "--head", "HEAD", "--no-time", "--out", "plain")
        self.change("keccak_sw", "keccak_pc", overrides(), overrides())
        self.expect(0, "gate", "--base", "HEAD~1", "--head", "HEAD", "--no-time", "--out", "priced")
        self.expect(0, "compare", "plain/base.runs.json", "priced/head.runs.json", "--out", "mixed")
        report = self.report("mixed")
        cost, = [f for f in self.findings(report, "hash") if f["metric"] == "cost"]
        self.assertEqual("incomparable", cost["kind"])
        self.assert_says(cost["why"], "cost_model differs: base zisk-1.4.0-alpha, head zisk-next sha256:")
        self.assertNotIn("attributions", report)

    def test_mistakes_name_file_and_line(self):
        self.change("keccak_sw", "keccak_pc", None, overrides())
        for wrong, words in ((overrides().replace("main\t70", "main\tseventy"), ("next.tsv:5: `seventy` is not a whole number",)),
                             (overrides() + "main\t71\n", ("next.tsv:8: `main` is given twice",)),
                             ("", ("next.tsv:0: the cost model is empty",)),
                             ("x" * 2_000_000, ("prices/next.tsv",)),
                             ("\x1b[31m\0\n", ("next.tsv:1: a cost model starts with",))):
            self.write("prices/next.tsv", wrong)
            self.git("add", "-A")
            self.git("commit", "-q", "--amend", "-m", "wrong")
            answer = self.expect(2, "gate", "--base", "HEAD~1", "--head", "HEAD", "--no-time")
            self.assert_says(answer.err, *words)
            self.assertNotIn("\x1b", answer.err)
        shutil.rmtree(self.repository / "prices")
        self.git("add", "-A")
        self.git("commit", "-q", "--amend", "-m", "gone")
        answer = self.expect(2, "gate", "--base", "HEAD~1", "--head", "HEAD", "--no-time")
        self.assert_says(answer.err, "prices/next.tsv: there is no such file", "zisk-1.4.0-alpha")
        self.write("cyclegate.yaml", (self.repository / "cyclegate.yaml").read_text().replace("prices/next.tsv", "../next.tsv"))
        self.commit()
        answer = self.expect(2, "gate", "--base", "HEAD~1", "--head", "HEAD", "--no-time")
        self.assert_says(answer.err, "cyclegate.yaml:", "a path inside the repository")
        answer = self.expect(2, "execute", "--elf", FIXTURES / "elf/nop.elf", "--cost-model", FIXTURES / "elf/nop.elf")
        self.assert_says(answer.err, "nop.elf:1:")
        answer = self.expect(2, "execute", "--elf", FIXTURES / "elf/nop.elf", "--executor", "ziskemu", "--cost-model", "x")
        self.assert_says(answer.err, "embedded executor")

    def test_a_price_list_of_base_that_cannot_be_read_does_not_switch_off_its_rules(self):
        self.change("keccak_pc", "keccak_sw", overrides().replace("main\t70", "main\tseventy"), overrides())
        answer = self.expect(2, "gate", "--base", "HEAD~1", "--head", "HEAD", "--no-time")
        self.assert_says(answer.err, "prices/next.tsv:5: `seventy` is not a whole number", "base's prices")
        self.assertFalse((self.repository / "out/report.json").exists())

    def test_a_file_that_leads_outside_the_repository_by_a_link_is_refused(self):
        self.change("keccak_sw", "keccak_pc", None, overrides())
        outside = self.top / "secret.tsv"
        outside.write_text("secret-word\t1\n")
        link = self.repository / "prices/next.tsv"
        link.unlink()
        link.symlink_to(outside)
        answer = self.expect(2, "gate", "--base", "HEAD~1", "--no-time")
        self.assertNotIn("secret-word", answer.text)
        self.git("add", "-A")
        self.git("commit", "-q", "-m", "a link")
        answer = self.expect(2, "gate", "--base", "HEAD~1", "--head", "HEAD", "--no-time")
        self.assertNotIn("secret-word", answer.text)


if __name__ == "__main__":
    unittest.main()
