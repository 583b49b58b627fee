"""Flame graphs in a real browser: zoom by click, search, keyboard, the state in the address, and base and head that follow each
other. The pictures are those that flamegraph_samples writes."""
import os
import pathlib
import subprocess
import tempfile
import unittest

import browser

SAMPLES = os.environ.get("CYCLEGATE_FLAMEGRAPH_SAMPLES")
FRAME = """(function (name) {
  var found = [...document.querySelectorAll('svg.flamegraph g.frames > g')].filter(
      g => g.firstElementChild.textContent.split('\\n')[0] === name && g.style.display !== 'none');
  return found.map(g => {
    var box = g.querySelector('rect').getBoundingClientRect();
    var text = g.querySelector('text');
    return {x: box.x, y: box.y, width: box.width, height: box.height, label: text ? text.textContent : '',
            hit: g.classList.contains('hit'), focused: g === document.activeElement, linked: g.classList.contains('linked')};
  });
})"""
SHOWN = "document.querySelectorAll('g.frames > g:not([style*=none])').length"
RUN = "revm::interpreter::Interpreter::run"
KECCAK = "keccak::backends::soft::keccak_p::<u64, 24>"


@unittest.skipUnless(browser.program(), "no Chromium: apt-get install chromium")
@unittest.skipUnless(SAMPLES, "run by ctest, which knows flamegraph_samples")
class FlamegraphTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.directory = tempfile.TemporaryDirectory()
        subprocess.run([SAMPLES, cls.directory.name], check=True)
        cls.page = browser.Browser(1200, 500)

    @classmethod
    def tearDownClass(cls):
        cls.page.close()
        cls.directory.cleanup()

    def setUp(self):
        self.page.resize(1200, 500)

    def tearDown(self):
        self.assertEqual([], self.page.errors())

    def open(self, name, state=""):
        self.page.open(pathlib.Path(self.directory.name, name).as_uri() + state)

    def frames(self, name):
        return self.page.evaluate(f"{FRAME}({name!r})")

    def frame(self, name):
        found = self.frames(name)
        self.assertEqual(1, len(found), f"{name}: {found}")
        return found[0]

    def click(self, name):
        box = self.frame(name)
        self.page.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)

    def address(self):
        return self.page.evaluate("decodeURIComponent(location.hash)")

    def matched(self):
        return self.page.evaluate("document.querySelector('.flamegraph-controls output').textContent")

    def test_a_click_zooms_and_back_and_reset_lead_out_again(self):
        self.open("plain.svg")
        everything = self.page.evaluate(SHOWN)
        before = self.frame(RUN)
        self.click(RUN)
        after = self.frame(RUN)
        self.assertLess(before["width"], 600)
        self.assertAlmostEqual(1179.5, after["width"], delta=0.1)
        self.assertEqual(RUN, after["label"])
        self.assertEqual([], self.frames("recover"))
        self.assertAlmostEqual(1179.5, self.frame("main")["width"], delta=0.1)
        # Inside, widths are by weight: memcpy has 820,000 of 8,420,000.
        self.assertAlmostEqual(1180 * 820 / 8420 - 0.5, self.frame("memcpy")["width"], delta=0.1)
        self.assertEqual(f"#frame=_start;main;op_block::execute::run_block;{RUN}", self.address())
        self.page.evaluate("history.back()")
        self.page.until("location.hash === ''")
        self.page.until(f"{SHOWN} === {everything}")
        self.click(RUN)
        self.page.evaluate("document.querySelector('.flamegraph-controls button:last-of-type').click()")
        self.assertEqual(everything, self.page.evaluate(SHOWN))

    def test_the_static_picture_and_the_interactive_one_agree(self):
        self.open("plain.svg")
        labels = "[...document.querySelectorAll('g.frames > g')].map(g => (g.querySelector('text') || {}).textContent || '')"
        interactive = self.page.evaluate(labels)
        self.open("plain-still.svg")
        self.assertEqual(self.page.evaluate(labels), interactive)
        self.assertEqual(0, self.page.evaluate("document.querySelectorAll('script,input,button').length"))

    def test_a_search_marks_frames_and_says_their_share_once_per_chain(self):
        self.open("plain.svg")
        self.page.key("/")
        self.page.type("KECCAK")
        # keccak256 holds one keccak_p; the other stands below HashBuilder::update: 5,200,000 + 3,100,000 of 19,610,000.
        self.assertEqual("42.33 % matched", self.matched())
        self.assertTrue(all(f["hit"] for f in self.frames(KECCAK)))
        self.assertFalse(self.frame(RUN)["hit"])
        self.page.key("i", control=True)
        self.assertEqual("0 % matched", self.matched())
        self.assertEqual("#search=KECCAK&case=1", self.address())
        self.page.key("i", control=True)
        self.page.key("Escape")
        self.assertEqual("", self.matched())
        self.assertEqual("", self.address())

    def test_a_regular_expression_is_searched_and_a_wrong_one_is_named(self):
        self.open("plain.svg", "#search=" + "%5Emem(cpy%7Cset)%24&regex=1")
        # 820,000 + 90,000 of 19,610,000
        self.assertEqual("4.64 % matched", self.matched())
        self.page.key("f", control=True)
        self.page.type("(")
        self.assertEqual("no regular expression", self.matched())
        self.assertEqual("true", self.page.evaluate("document.querySelector('input').getAttribute('aria-invalid')"))

    def test_a_search_says_what_it_cannot_see(self):
        # Of 198,000: memcpy with 18,000 is drawn; 12,000 callers, each with 7 and a memcpy of 3, are too narrow.
        self.open("narrow.svg", "#search=memcpy")
        self.assertEqual("9.09\u201369.70 % matched", self.matched())
        # There is room for the longest figures, also in the narrowest view.
        self.page.resize(800, 500)
        self.page.evaluate("document.querySelector('output').textContent = 'head 85.59\u201385.93 %, removed 81.58\u201381.61 % matched'")
        self.assertGreaterEqual(self.page.evaluate("document.querySelector('output').getBoundingClientRect().left"),
                                self.page.evaluate("document.querySelector('foreignObject').getBoundingClientRect().left"))
        self.page.resize(1200, 500)
        # Within a match nothing is unknown.
        self.open("narrow.svg", "#search=main")
        self.assertEqual("100 % matched", self.matched())
        self.open("narrow.svg", "#search=caller_11")
        self.assertEqual("0\u201360.61 % matched", self.matched())

    def test_the_keyboard_walks_zooms_and_leaves(self):
        self.open("plain.svg")
        focused = "(document.activeElement.firstElementChild || {textContent: ''}).textContent.split('\\n')[0]"
        seen = []
        self.page.key("ArrowDown")
        for key in ("ArrowDown", "ArrowDown", "ArrowDown", "ArrowRight", "ArrowLeft", "ArrowDown", "ArrowUp"):
            seen.append(self.page.evaluate(focused))
            self.page.key(key)
        # ArrowDown goes to the widest callee.
        self.assertEqual(["all", "_start", "main", "op_block::execute::run_block", "recover", "op_block::execute::run_block", RUN],
                         seen)
        self.page.key("Enter")
        self.assertEqual("#frame=_start;main;op_block::execute::run_block", self.address())
        self.page.key("Escape")
        self.assertEqual("", self.address())
        self.page.key("Home")
        self.assertEqual("all", self.page.evaluate(focused))

    def test_arrows_follow_the_picture_when_it_grows_upwards(self):
        self.open("kind-up.svg")
        focused = "document.activeElement.firstElementChild.textContent.split('\\n')[0]"
        self.page.key("ArrowUp")
        self.page.key("ArrowUp")
        self.assertEqual("_start", self.page.evaluate(focused))
        self.page.key("ArrowDown")
        self.assertEqual("all", self.page.evaluate(focused))

    def test_an_address_restores_what_was_seen_and_a_stale_one_what_is_left(self):
        self.open("plain.svg", "#frame=_start;main;recover&search=add")
        self.assertAlmostEqual(1179.5, self.frame("recover")["width"], delta=0.1)
        self.assertEqual("7.14 % matched", self.matched())
        self.open("plain.svg", "#frame=_start;main;was_renamed")
        self.assertAlmostEqual(1179.5, self.frame("main")["width"], delta=0.1)
        for broken in ("#frame=%", "#frame=;;;", "#&&=&search=%E0%A4%A", "#frame=__proto__;constructor"):
            self.open("plain.svg", broken)
            self.assertGreater(self.page.evaluate(SHOWN), 0)

    def test_frames_that_share_a_name_are_told_apart(self):
        self.open("same-name.svg")
        self.assertEqual([300, 700], [round((f["width"] + 0.5) * 1000 / 1180) for f in self.frames("work")])
        self.click("kid")
        self.assertEqual("#frame=main;work,2;kid", self.address())
        self.assertAlmostEqual(1179.5, self.frame("kid")["width"], delta=0.1)
        self.open("same-name.svg", "#frame=main;work,2")
        self.assertAlmostEqual(1179.5, self.frame("kid")["width"], delta=0.1)
        self.open("same-name.svg", "#frame=main;work")
        self.assertEqual([], self.frames("kid"))
        self.open("same-name.svg", "#frame=main;work,3")
        self.assertEqual(2, len(self.frames("work")))
        # Cut or cleaned to the same letters: in head and among what is removed, each is linked with itself.
        self.open("alike.svg")
        self.click("b")
        self.assertAlmostEqual(1179.5, self.frame("b")["width"], delta=0.1)
        self.page.key("Escape")
        self.click("gone")
        self.assertAlmostEqual(1179.5, self.frame("gone")["width"], delta=0.1)
        self.assertEqual(2, len([f for f in self.frames("x\ufffd") if f["width"] > 1000]))
        self.page.key("Escape")
        self.click("a")
        self.assertAlmostEqual(1179.5, self.frame("a")["width"], delta=0.1)
        self.assertEqual([], self.frames("b"))

    def test_frames_are_named_for_those_who_cannot_see_them(self):
        self.open("plain.svg")
        tree = self.page.call("Accessibility.getFullAXTree")["nodes"]
        items = [n["name"]["value"] for n in tree if n.get("role", {}).get("value") == "treeitem"]
        self.assertIn(RUN, " ".join(items))
        self.assertEqual(self.page.evaluate("document.querySelectorAll('g.frames > g').length"), len(items))
        searchbox = [n for n in tree if n.get("role", {}).get("value") == "searchbox"]
        self.assertEqual(["Search function names"], [n["name"]["value"] for n in searchbox])

    def test_the_window_decides_the_width(self):
        self.open("plain.svg")
        self.page.resize(1000, 500)
        self.page.until(f"Math.abs({FRAME}('main')[0].width - 979.5) < 0.1")

    def test_the_lane_of_removed_frames_zooms_along(self):
        self.open("difference.svg")
        gone = [f for f in self.frames(KECCAK) if f["width"] < 200]
        self.assertEqual(1, len(gone))
        self.page.click(gone[0]["x"] + 20, gone[0]["y"] + 5)
        self.assertAlmostEqual(1179.5, self.frame(KECCAK)["width"], delta=0.1)
        self.page.key("Escape")
        self.page.key("/")
        self.page.type("keccak_p")
        # 5,200,000 of head's 17,580,000; 3,100,000 of the 3,130,000 that are gone
        self.assertEqual("head 29.58 %, removed 99.04 % matched", self.matched())

    def test_zoomed_lanes_keep_one_scale(self):
        # base `work;old 300`, `work;x 100`; head `work;x 100`, `work;n 700`
        self.open("scale.svg", "#frame=main;work")
        self.assertAlmostEqual(1180 * 300 / 800, self.frame("old")["width"] + 0.5, delta=0.1)
        self.assertAlmostEqual(1180 * 700 / 800, self.frame("n")["width"] + 0.5, delta=0.1)
        # Of a frame that only one lane has, the other shows the callers.
        self.open("scale.svg", "#frame=main;work;n")
        self.assertAlmostEqual(1179.5, self.frame("n")["width"], delta=0.1)
        self.assertEqual([], self.frames("old"))
        self.assertEqual(2, len(self.frames("work")))
        self.open("scale.svg", "#frame=main;work;old")
        self.assertAlmostEqual(1179.5, self.frame("old")["width"], delta=0.1)
        self.assertEqual([], self.frames("n"))
        self.page.resize(1400, 500)
        self.open("scale.html", "#frame=main;work")
        same = self.frames("x")
        self.assertEqual(2, len(same))
        self.assertAlmostEqual(same[0]["width"], same[1]["width"], delta=0.1)

    def test_base_and_head_follow_each_other(self):
        self.page.resize(1400, 500)
        self.open("pair.html")
        both = self.frames(RUN)
        self.assertEqual(2, len(both))
        self.page.move(both[1]["x"] + 20, both[1]["y"] + 5)
        self.assertEqual([True, False], [f["linked"] for f in self.frames(RUN)])
        self.page.click(both[0]["x"] + 20, both[0]["y"] + 5)
        wide = self.frames(RUN)
        self.assertGreater(wide[1]["width"], 600)
        # At one scale: 8,420,000 in base, 9,270,000 in head.
        self.assertAlmostEqual((wide[0]["width"] + 0.5) / (wide[1]["width"] + 0.5), 8_420 / 9_270, delta=0.001)
        # What did not change is as wide in both.
        same = self.frames(KECCAK)
        self.assertAlmostEqual(same[0]["width"], same[1]["width"], delta=0.1)
        # A frame that head does not have: head shows its callers, and nothing that could be taken for it.
        self.page.key("Escape")
        gone = self.frames("core::fmt::Formatter::pad")
        self.assertEqual(1, len(gone))
        self.page.click(gone[0]["x"] + gone[0]["width"] / 2, gone[0]["y"] + 5)
        self.assertEqual(2, len(self.frames("main")))
        self.assertGreater(self.frames("main")[1]["width"], 600)
        shown = "[...document.querySelectorAll('svg')[1].querySelectorAll('.frames > g:not([style*=none])')]" \
                ".map(g => g.firstElementChild.textContent.split('\\n')[0])"
        self.assertEqual(["all", "_start", "main"], self.page.evaluate(shown))
        self.assertIn("not here", self.page.evaluate("document.querySelectorAll('.details')[1].textContent"))
        # The same from an address, with nothing pointed at.
        self.open("pair.html", "#frame=_start;main;core::fmt::Formatter::pad")
        self.assertEqual("not here: core::fmt::Formatter::pad; these are its callers",
                         self.page.evaluate("document.querySelectorAll('.details')[1].textContent"))

    def test_names_of_a_profile_run_no_script_and_load_nothing(self):
        self.open("hostile.svg")
        self.page.key("/")
        self.page.type("script")
        self.assertNotEqual("pwned", self.page.evaluate("document.title"))
        self.assertFalse(self.page.evaluate("'pwned' in window"))
        self.assertEqual(1, self.page.evaluate("document.querySelectorAll('script').length"))
        self.assertEqual(0, self.page.evaluate("document.querySelectorAll('image,img,a,iframe,[onload],[onerror]').length"))
        self.assertEqual([], self.page.evaluate("performance.getEntriesByType('resource').map(e => e.name)"))
        self.open("hostile.html")
        self.assertFalse(self.page.evaluate("'pwned' in window"))
        self.assertEqual(1, self.page.evaluate("document.querySelectorAll('script').length"))


if __name__ == "__main__":
    unittest.main()
