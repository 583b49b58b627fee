"""Blame sums to the total change on every sample guest: each of guests/ built two ways and each pinned Rust guest with and
without precompiles, in steps and in cost, by the call trees of two profiles and by the run sets of a gate."""
import gzip
import json
import pathlib
import shutil
import subprocess
import unittest

import browser
from support import ROOT, Sandbox, sha256

RUST = ROOT / "guests" / "rust"
# Code that belongs to no symbol: nobody can be blamed for it.
NAMELESS = "[no symbol]"
# Of the change, in which nobody may be blamed for more.
MOST_UNATTRIBUTED = 0.001


def pinned_pairs():
    """Guest to the names of its two most different pinned builds: the plain one and the one with most precompiles."""
    builds = {}
    for path in sorted((RUST / "elf").glob("*.elf.gz")):
        guest, _, build = path.name.removesuffix(".elf.gz").rpartition("-")
        builds.setdefault(guest, []).append(build)
    return {guest: ("software", "ziskos" if "ziskos" in names else "precompile")
            for guest, names in builds.items() if "software" in names and len(names) > 1}


class BlameTest(Sandbox):
    def inputs_of(self, guest):
        """Two inputs of each guest."""
        own = {"genesis": ("mpt-root", ["genesis_1", "genesis_100"])}
        directory, names = own.get(guest, (guest, None))
        for place in (RUST / "inputs" / directory, ROOT / "guests" / "inputs" / directory):
            if place.is_dir():
                paths = [place / f"{name}.bin" for name in names] if names else sorted(place.glob("*.bin"), key=lambda path: path.stat().st_size)
                return paths[:2]
        raise AssertionError(f"no inputs of {guest}")

    def check_sums(self, blame, names):
        """One blame: every number adds up, and every row is a function of base or head."""
        change = int(blame["head"]) - int(blame["base"])
        self.assertEqual(change, sum(int(row["head_self"]) - int(row["base_self"]) for row in blame["rows"]))
        for row in blame["rows"]:
            self.assertIn(row["function"], names)
            for side in ("base", "head"):
                if row.get("parts"):
                    self.assertEqual(int(row[f"{side}_self"]), sum(int(part[side]) for part in row["parts"]), row)
        nameless = sum(abs(int(row["head_self"]) - int(row["base_self"])) for row in blame["rows"] if row["function"].startswith(NAMELESS))
        self.assertLessEqual(nameless, MOST_UNATTRIBUTED * abs(change))
        return change

    def check_guest(self, guest, base, head):
        """The ELF files of base and head of one guest."""
        inputs = self.inputs_of(guest)
        self.write(f"{guest}/base.elf", base)
        self.write(f"{guest}/head.elf", head)
        totals = {}
        names = set()
        for place in inputs:
            runs = {}
            for side in ("base", "head"):
                program = f"{guest}/{side}.elf"
                run = self.expect(0, "execute", "--elf", program, "--input", place, "--json").json
                runs[side] = run
                names |= {function["name"] for function in run["functions"]}
                self.expect(0, "profile", "--elf", program, "--input", place, "--output", f"{guest}/{side}.pb.gz")
            for column, of in (("cost", lambda run: run["cost"]["variable"]), ("steps", lambda run: run["steps"])):
                blame = self.expect(0, "profile", f"{guest}/head.pb.gz", "--diff", f"{guest}/base.pb.gz", "--column", column, "--json").json
                frames = names | {row["function"] for row in blame["rows"]}  # inlined functions are known here only
                change = self.check_sums(blame, frames)
                self.assertEqual(of(runs["head"]) - of(runs["base"]), change, (guest, place.name, column))
                self.assertNotEqual(0, change, (guest, place.name, column))
            totals[place.stem] = (runs["base"]["cost"]["variable"], runs["head"]["cost"]["variable"])
        self.check_gate(guest, inputs, totals, names)

    def gate(self, guest, inputs):
        """Of the two ELF files that lie beside the inputs, which weigh 2, 3 and so on."""
        config = f"version: 1\nguests:\n  {guest}:\n    builds:\n      zisk: {{ run: \"mkdir -p out && cp {guest}/now.elf out/{guest}.elf\", elf: out/{guest}.elf, executors: [embedded] }}\n    inputs:\n"
        for weight, place in enumerate(inputs, start=2):
            self.write(f"{guest}/{place.name}", place.read_bytes())
            config += f"      - {{ name: {place.stem}, path: {guest}/{place.name}, sha256: {sha256(place.read_bytes())}, weight: {weight} }}\n"
        self.write("cyclegate.yaml", config)
        self.write(".gitignore", "/out/\n")
        for side in ("base", "head"):
            shutil.copyfile(self.repository / guest / f"{side}.elf", self.repository / guest / "now.elf")
            self.commit(f"{guest}: {side}")
        answer = self.run_program("gate", "--base", "HEAD~1", "--head", "HEAD", "--no-time")
        self.assertIn(answer.code, (0, 1), answer.text)
        return self.report()

    def check_gate(self, guest, inputs, totals, names):
        report = self.gate(guest, inputs)
        blames = {blame.get("input", ""): blame for blame in report["blame"]}
        self.assertEqual({"", *totals}, set(blames))
        parts = set()
        for name, blame in blames.items():
            base, head = totals[name] if name else (sum(totals[place.stem][side] * weight for weight, place in enumerate(inputs, start=2)) for side in (0, 1))
            self.assertEqual((base, head), (int(blame["base"]), int(blame["head"])))
            self.check_sums(blame, names)
            self.assertTrue(all(row.get("parts") for row in blame["rows"]))
            parts |= {part["name"] for row in blame["rows"] for part in row["parts"]}
        kinds = {name.split(":")[0] for name in parts}
        self.assertLessEqual({"main", "opcode", "memory"}, kinds)
        self.assertLessEqual(kinds, {"main", "opcode", "precompile", "memory"})
        # What is drawn are the same weighted sums.
        functions, = (one for one in report["breakdowns"] if one["kind"] == "function")
        self.assertEqual(("cost", len(inputs), sum(range(2, 2 + len(inputs)))),
                         (functions["metric"], functions["inputs"], functions["weight"]))
        drawn = {row["name"]: (row["base"], row["head"]) for row in functions["rows"]}
        for side, index in (("base", 0), ("head", 1)):
            self.assertEqual(int(blames[""][side]), sum(int(row[index]) for row in drawn.values()))
        for row in blames[""]["rows"]:
            self.assertEqual((row["base_self"], row["head_self"]), drawn[row["function"]])
        for name in ("comment.md", "report.html"):
            self.assertIn("Weighted cost by function", (self.repository / "out" / name).read_text(), name)
        for name in ("comment.md", "report.html", "summary.txt"):
            text = (self.repository / "out" / name).read_text()
            self.assertIn("y kind of cost:", text, name)
        shutil.rmtree(self.repository / "out")

    def test_the_c_guests_built_two_ways(self):
        makefile = (ROOT / "guests" / "Makefile").read_text()
        self.assertIn(" -O2 ", makefile)
        for side, level in (("base", "-O2"), ("head", "-O1")):
            place = self.top / side
            shutil.copytree(ROOT / "guests", place, ignore=shutil.ignore_patterns("out", "rust", "inputs"))
            (place / "Makefile").write_text(makefile.replace(" -O2 ", f" {level} "))
            subprocess.run(["make", "-C", str(place), "zkvm=zisk", "all"], check=True, capture_output=True)
        guests = sorted(path.stem for path in (self.top / "base" / "out").glob("*.elf"))
        self.assertEqual(5, len(guests), guests)
        for guest in guests:
            with self.subTest(guest=guest):
                self.check_guest(guest, *((self.top / side / "out" / f"{guest}.elf").read_bytes() for side in ("base", "head")))

    def test_the_rust_guests_with_and_without_precompiles(self):
        pairs = pinned_pairs()
        self.assertEqual({"evm", "genesis", "hashes", "json", "op-block"}, set(pairs))
        for guest, builds in pairs.items():
            with self.subTest(guest=guest):
                self.check_guest(guest, *(gzip.decompress((RUST / "elf" / f"{guest}-{build}.elf.gz").read_bytes()) for build in builds))

    @unittest.skipUnless(browser.program(), "no Chromium: apt-get install chromium")
    def test_the_page_shows_functions_and_what_changed_in_them_on_any_screen(self):
        for side, build in (("base", "software"), ("head", "precompile")):
            self.write(f"hashes/{side}.elf", gzip.decompress((RUST / "elf" / f"hashes-{build}.elf.gz").read_bytes()))
        self.gate("hashes", self.inputs_of("hashes"))
        tables = """[...document.querySelectorAll("#blame > details > .scroll > table")]"""
        with browser.Browser(1100, 900) as page:
            for width, tallest in ((1100, 150), (375, 300)):
                page.resize(width, 900)
                page.open((self.repository / "out" / "report.html").as_uri())
                page.evaluate("document.querySelectorAll('#blame > details').forEach(details => details.open = true)")
                self.assertGreater(page.evaluate(f"{tables}.length"), 1)
                # Nothing runs out of the screen, and no column is so narrow that a row takes half of it.
                self.assertLessEqual(page.evaluate("document.documentElement.scrollWidth"), width)
                self.assertLessEqual(page.evaluate(f"Math.max(...{tables}.map(t => t.scrollWidth - t.parentElement.clientWidth))"), 0)
                self.assertLessEqual(page.evaluate(f"Math.max(...{tables}.flatMap(t => [...t.rows].map(r => r.offsetHeight)))"), tallest)
                self.assertIn("main ", page.evaluate(f"{tables}[0].innerText"))


if __name__ == "__main__":
    unittest.main()
