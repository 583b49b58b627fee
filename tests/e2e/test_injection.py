"""Hostile text in every place where a change can put some: the comment as GitHub's Markdown renders it and the page, both looked
at in a real browser. Nothing may be there that we did not write: no element, link, image, mention, handler or script."""
import copy
import html
import html.parser
import json
import re
import shutil
import subprocess
import unittest

import browser
from support import PATIENCE, Sandbox, elf

PWNED = "document.title='pwned'"
CORPUS = {
    "script": f"<script>{PWNED}</script>",
    "handler": f'<img src=x onerror="{PWNED}">',
    "svg": f'<svg onload="{PWNED}"><a href="javascript:{PWNED}">x</a></svg>',
    "attribute": f"\"' onmouseover='{PWNED}' autofocus onfocus='{PWNED}' x=\"",
    "out of the cell": f'</code></td></tr></table><h1>PASS</h1><iframe srcdoc="<script>parent.{PWNED}</script>"></iframe>',
    "out of the page": f"</style></title></textarea></pre></section></body></html><script>{PWNED}</script>",
    "comment": "--> <!-- cyclegate --> <!-- cyclegate: head=0 run=1 attempt=1 -->",
    "pipes": "a | b | c || d",
    "backticks": "` `` ``` **bold** _em_ ~~gone~~ ```\n<b>x</b>\n```",
    "entities": "&#64;octocat &#x40;octocat &commat;octocat &lt;b&gt; &#60;b&#62;",
    "link": "[link](https://evil.example/) [ref]: https://evil.example <https://evil.example>",
    "javascript link": f"[x](javascript:{PWNED})",
    "image": "![image](https://evil.example/x.png) ![](data:image/svg+xml;base64,AAAA)",
    "mention": "@octocat please, @org/team and @everyone",
    "reference": "fixes #1, closes org/repo#2 and GH-3",
    "address": "https://evil.example/ www.evil.example ftp://evil.example mail@evil.example",
    "bidi": "\u202egnp.exe\u202c \u2066x\u2069 \u200f\u061c\u200b\u00ad\ufeff",
    "control": "\x1b[31mred\x1b[0m \x07\x08\x00\x9b\x7f\x85",
    "lines": "one\n\n# heading\r\n- item\n\n1. x\n\n    code\n\n<h1>two</h1>\n\n---\n***",
    "workflow command": "\n::error file=x::y\r\n::set-output name=a::b\n##[error]x\n::stop-commands::x",
    "template": "{{headline}} {{{style}}} {{#guests}}{{/guests}} {{=<% %>=}}",
    "mathematics": "$\\mathrm{x}$ $$\\href{https://evil.example}{y}$$ :tada: :+1:",
    "path": "../../../../etc/passwd\\..\\x",
    "autolink scheme": "vbscript:x data:text/html,<script>1</script> xmpp:x@evil.example",
    "emoji": "\U0001f600 \u6f22\u5b57 e\u0301 \u05e9\u05dc \U000e0041",
    "a megabyte": "M" * 1_000_000,
    "a megabyte of mentions": "@octocat " * 120_000,
    "a megabyte of tags": "<b><i>" * 170_000,
}
# What the comment's own template is made of.
COMMENT_ELEMENTS = {"h2", "h3", "p", "b", "i", "sub", "code", "pre", "table", "tbody", "tr", "th", "td", "ul", "li", "details",
                    "summary", "br"}
COMMENT_ATTRIBUTES = {"align", "colspan", "open"}
PAGE_ELEMENTS = {"html", "head", "meta", "title", "style", "body", "header", "main", "section", "footer", "nav", "article", "h1",
                 "h2", "h3", "h4", "p", "b", "i", "sub", "small", "strong", "em", "code", "pre", "table", "thead", "tbody", "tfoot",
                 "tr", "th", "td", "ul", "ol", "li", "dl", "dt", "dd", "details", "summary", "br", "div", "span", "figure",
                 "figcaption", "caption", "colgroup", "col", "hr", "svg", "g", "rect", "line", "text", "tspan", "path", "circle",
                 "desc", "polyline", "polygon", "a", "button", "input", "label"}
LIVE = {
    "a mention": re.compile(r"(?<![\w/])@[A-Za-z0-9]"),
    "an issue": re.compile(r"(?<![\w&])#\d|\bGH-\d"),
    "an address": re.compile(r"https?://|ftp://|\bwww\.(?!\u200b)", re.IGNORECASE),
    "a control or bidirectional character": re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]"),
}


class Dom(html.parser.HTMLParser):
    """Every element with its attributes, and every text with the elements around it."""

    EMPTY = {"br", "img", "meta", "hr", "input", "col", "link", "source"}

    def __init__(self, text):
        super().__init__()
        self.elements, self.texts, self.comments, self.open = [], [], [], []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attributes):
        self.elements.append((tag, dict(attributes)))
        if tag not in self.EMPTY:
            self.open.append(tag)

    def handle_endtag(self, tag):
        if tag in self.open:
            while self.open.pop() != tag:
                pass

    def handle_data(self, data):
        self.texts.append((tuple(self.open), data))

    def handle_comment(self, data):
        self.comments.append(data)


def poisoned(sides, text):
    """Both run sets with that text wherever a repository, an ELF, an input or a log could have put it."""
    base, head = copy.deepcopy(sides)
    for side in (base, head):
        side["commit"]["subject"] = text
        side["environment"]["hostname"] = text
        side["environment"]["cpu"] = text
        side["environment"].setdefault("toolchain", {})["gcc"] = text
        side["warnings"] = [{"code": text[:50], "message": text}]
        side["policy"]["acknowledged"] = [{"guest": text, "metric": text, "up_to_millionths": 5, "until": "2999-01-01",
                                           "reason": text}]
        for guest in side["guests"]:
            guest["name"] = text
            guest["check_command"] = text
            for entry in guest["inputs"]:
                entry["name"] = text
                entry["description"] = text
        for artifact in side["artifacts"]:
            artifact["guest"] = artifact["build"] = artifact["path"] = text
            artifact["warnings"] = [{"code": text[:50], "message": text}]
            if side is head:
                artifact["changed_functions"] = [{"name": text, "file": text, "line": 3}]
        for run in side["runs"]:
            run["cell"]["guest"] = run["cell"]["input"] = text
            run["warnings"] = [{"code": text[:50], "message": text}]
            for index, row in enumerate(run.get("functions", [])):
                row["name"] = text if index == 0 else f"{index} {text[:200]}"
            for row in run.get("opcodes", [])[:3]:
                row["name"] += text[:200]
    head["policy"]["acknowledged"].append({"guest": text, "metric": "cost", "up_to_millionths": 7, "until": text[:30],
                                           "reason": text})
    head["artifacts"].append({"guest": text, "build": "other", "identity": "", "failure": {
        "stage": text, "why": text, "excerpt": text + "\n" + text}})
    return base, head


class Inert:
    """What a test case says about texts that people see."""

    def markdown(self, comment):
        return subprocess.run(["cmark-gfm", "--unsafe", "-e", "table", "-e", "autolink", "-e", "strikethrough", "-e", "tagfilter"],
                              input=comment, stdout=subprocess.PIPE, check=True, timeout=60).stdout.decode()

    def assert_inert(self, dom, elements, attributes, where):
        for tag, given in dom.elements:
            self.assertIn(tag, elements, f"{where}: element {tag} {given}")
            for name, value in given.items():
                self.assertFalse(name.startswith("on"), f"{where}: handler {name} on {tag}")
                if attributes is not None:
                    self.assertIn(name, attributes, f"{where}: attribute {name} on {tag}")
                if name in ("href", "xlink:href"):
                    self.assertRegex(value, r"^#[a-z]+$", f"{where}: {name} of {tag}")
                self.assertNotIn(name, ("src", "srcset", "srcdoc", "action", "formaction", "background"))
                if name == "http-equiv":
                    self.assertEqual("Content-Security-Policy", value)
        for around, text in dom.texts:
            if "style" in around:
                continue
            outside = not {"code", "pre"} & set(around)
            for what, pattern in LIVE.items():
                # GitHub makes links out of words; a page of our own has none but what its elements say.
                if (outside and attributes is not None) or what.startswith("a control"):
                    self.assertIsNone(pattern.search(text), f"{where}: {what} in {text[:200]!r} within {around}")


class Injection(Inert, Sandbox):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        if not shutil.which("cmark-gfm"):
            raise unittest.SkipTest("cmark-gfm is not installed (apt-get install cmark-gfm)")

    def setUp(self):
        super().setUp()
        self.guests({"hash": elf("keccak_pc")}, inputs=["in_200"])
        base = self.commit("base")
        self.guests({"hash": elf("keccak_sw")})
        head = self.commit("head")
        self.expect(1, "gate", "--base", base, "--head", head, "--no-time")
        self.sides = [json.loads((self.repository / "out" / f"{side}.runs.json").read_text()) for side in ("base", "head")]
        for side in self.sides:
            side.pop("checksum", None)

    def reports(self, text, name):
        """The comment and the page that the program writes about them."""
        for side, value in zip(("base", "head"), poisoned(self.sides, text)):
            self.write(f"poisoned/{side}.runs.json", json.dumps(value))
        answer = self.run_program("compare", "poisoned/base.runs.json", "poisoned/head.runs.json", "--out", f"reports/{name}")
        self.assertIn(answer.code, (0, 1), answer.text[-2000:])
        for line in answer.text.splitlines():
            self.assertFalse(line.lstrip().startswith(("::", "##[")), f"a workflow command: {line!r}")
        self.assertNotRegex(answer.text, "[\x00-\x08\x0b-\x1f\x7f\u202a-\u202e\u2066-\u2069]")
        out = self.repository / "reports" / name
        return (out / "comment.md").read_bytes(), out / "report.html"

    def in_browser(self, page):
        """The DOM that a browser makes of the page, after its scripts, if there were any, have run."""
        if not browser.program():
            self.skipTest("no Chromium is installed (apt-get install chromium); the DOM was looked at by Python alone")
        with browser.profile() as place:
            return subprocess.run(
                [browser.program(), *browser.OPTIONS, "--disable-quic", "--disable-background-networking",
                 "--disable-component-update", "--disable-sync", "--virtual-time-budget=2000", f"--user-data-dir={place}",
                 "--dump-dom", page.as_uri()],
                stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True, timeout=PATIENCE).stdout.decode()

    def test_the_comment_has_nothing_that_a_name_brought_along(self):
        plain = None
        sections = []
        for name, text in {"plain": "plain", **CORPUS}.items():
            with self.subTest(name):
                comment, _ = self.reports(text, name.replace(" ", "-"))
                self.assertLessEqual(len(comment), 60_000)
                self.assertTrue(comment.startswith(b"<!-- cyclegate -->\n"))
                self.assertEqual(1, comment.count(b"<!--"), "our marker and no other")
                rendered = self.markdown(comment)
                dom = Dom(rendered)
                self.assert_inert(dom, COMMENT_ELEMENTS, COMMENT_ATTRIBUTES, name)
                shape = [tag for tag, _ in dom.elements if tag in ("h2", "h3", "table", "details")]
                plain = plain or shape
                self.assertEqual(plain, shape, "headings, tables and details are those of a plain name")
                sections.append((name, rendered))
        self.assertEqual(len(CORPUS) + 1, len(sections))
        page = self.write("comments.html", '<!doctype html><meta charset="utf-8"><title>ours</title>' + "".join(
            f'<section title="{html.escape(name)}">{rendered}</section>' for name, rendered in sections))
        dom = Dom(self.in_browser(page))
        self.assert_inert(dom, COMMENT_ELEMENTS | {"html", "head", "meta", "title", "body", "section"},
                          COMMENT_ATTRIBUTES | {"title", "charset"}, "browser")
        self.assertEqual([name for name, _ in sections], [given["title"] for tag, given in dom.elements if tag == "section"])
        self.assertEqual(["ours"], [text for around, text in dom.texts if "title" in around], "no script ran")

    def test_the_page_has_nothing_that_a_name_brought_along(self):
        plain = None
        _, page = self.reports("plain", "plain")
        title = [text for around, text in Dom(page.read_text()).texts if "title" in around and "svg" not in around]
        all_of_it = "\n".join(text[:300] for text in CORPUS.values())
        for name, text in {**CORPUS, "everything": all_of_it}.items():
            with self.subTest(name):
                _, page = self.reports(text, name.replace(" ", "-"))
                dom = Dom(page.read_text())
                self.assert_inert(dom, PAGE_ELEMENTS | {"title"}, None, name)
                self.assertFalse(dom.comments)
        for name, text in (("everything", all_of_it), ("script", CORPUS["script"]), ("out of the page", CORPUS["out of the page"])):
            with self.subTest(browser=name):
                _, page = self.reports(text, name.replace(" ", "-"))
                dom = Dom(self.in_browser(page))
                self.assert_inert(dom, PAGE_ELEMENTS | {"title"}, None, name)
                found = [text for around, text in dom.texts if "title" in around and "svg" not in around]
                self.assertEqual(title[:1], found[:1], "no script ran")

    def test_pictures_and_junit_are_well_formed_and_have_no_script(self):
        import xml.etree.ElementTree
        for name, text in CORPUS.items():
            with self.subTest(name):
                _, page = self.reports(text, name.replace(" ", "-"))
                for file in [page.parent / "junit.xml", *sorted((page.parent / "pictures").glob("*.svg"))]:
                    root = xml.etree.ElementTree.fromstring(file.read_bytes())
                    for element in root.iter():
                        self.assertNotIn(element.tag.rsplit("}", 1)[-1], ("script", "foreignObject", "image", "a", "use"))
                        self.assertFalse([key for key in element.attrib if key.startswith("on") or key.endswith("href")])


if __name__ == "__main__":
    unittest.main()
