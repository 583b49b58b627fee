#!/usr/bin/env python3
"""Renders every sample and reads the reports with parsers that are not ours.

usage: check_samples.py RENDER_SAMPLES

Pictures and JUnit must be XML for Python's parser. The comment is rendered by cmark-gfm (GitHub's own Markdown) where it
is installed, and its DOM must have only the elements, links and headings that the template has: nothing that a name
brought along. The page must have no script and no address.
"""
import html.parser
import pathlib
import shutil
import subprocess
import sys
import tempfile
import xml.etree.ElementTree

problems = []


class Dom(html.parser.HTMLParser):
    def __init__(self):
        super().__init__()
        self.elements = []  # (tag, attributes)
        self.texts = []  # (enclosing tags, text)
        self.open = []

    def handle_starttag(self, tag, attributes):
        self.elements.append((tag, dict(attributes)))
        if tag not in ("br", "img", "source", "meta"):
            self.open.append(tag)

    def handle_endtag(self, tag):
        if tag in self.open:
            while self.open.pop() != tag:
                pass

    def handle_data(self, data):
        self.texts.append((tuple(self.open), data))


def dom_of(text):
    dom = Dom()
    dom.feed(text)
    dom.close()
    return dom


def check(condition, where, what):
    if not condition:
        problems.append(f"{where}: {what}")


def check_comment(path):
    rendered = subprocess.run(
        ["cmark-gfm", "--unsafe", "-e", "table", "-e", "autolink", "-e", "strikethrough", "-e", "tasklist"],
        input=path.read_bytes(), stdout=subprocess.PIPE, check=True).stdout.decode()
    dom = dom_of(rendered)
    allowed = {"h2", "h3", "p", "b", "i", "sub", "code", "pre", "table", "tr", "th", "td", "ul", "li", "details",
               "summary", "picture", "source", "img", "br"}
    for tag, attributes in dom.elements:
        check(tag in allowed, path, f"element {tag} {attributes}")
        for name, value in attributes.items():
            check(name in {"align", "colspan", "media", "srcset", "src", "width", "alt", "open"}, path,
                  f"attribute {name}")
            if name in ("src", "srcset"):
                check(value.startswith("pictures/") and value.endswith(".svg"), path, f"address {value}")
    headings = [text for tags, text in dom.texts if tags and tags[-1] in ("h2", "h3")]
    check(len(headings) == sum(tag in ("h2", "h3") for tag, _ in dom.elements), path, "a heading with parts")
    check(all(" · status " in text or text in ("Findings that matter", "Guest or cost model", "Where it goes", "Functions behind the change") for text in headings), path,
          f"headings {headings}")
    for _, text in dom.texts:
        for word in ("@octocat", "@org", "#1", "#2", "GH-3", "https://", "www.evil"):
            check(word not in text, path, f"live {word}")
        check(not any(0x202A <= ord(c) <= 0x202E or 0x2066 <= ord(c) <= 0x2069 or ord(c) < 10 for c in text), path,
              "a control character")


def check_page(path):
    text = path.read_text(encoding="utf-8")
    dom = dom_of(text)
    for tag, attributes in dom.elements:
        check(tag not in ("script", "iframe", "object", "embed", "form", "link", "base", "img"), path, f"element {tag}")
        for name, value in attributes.items():
            check(not name.startswith("on") and name not in ("style", "src", "srcset", "action"), path,
                  f"attribute {name}")
            if name == "href":
                check(value.startswith("#"), path, f"address {value}")
    check("Content-Security-Policy" in text, path, "no policy")
    ids = [attributes["id"] for _, attributes in dom.elements if "id" in attributes]
    check(len(ids) == len(set(ids)), path, "an id twice")
    for tag, attributes in dom.elements:
        if tag == "a":
            check(attributes["href"][1:] in ids, path, f"dangling {attributes['href']}")


def main():
    with tempfile.TemporaryDirectory() as directory:
        root = pathlib.Path(directory)
        subprocess.run([sys.argv[1], directory], check=True)
        counts = {"xml": 0, "comment": 0, "page": 0}
        for path in sorted(root.rglob("*")):
            if path.suffix in (".svg", ".xml"):
                counts["xml"] += 1
                try:
                    xml.etree.ElementTree.parse(path)
                except xml.etree.ElementTree.ParseError as error:
                    check(False, path, error)
            elif path.name == "report.html":
                counts["page"] += 1
                check_page(path)
            elif path.name == "comment.md" and shutil.which("cmark-gfm"):
                counts["comment"] += 1
                check_comment(path)
    for problem in problems[:50]:
        print(problem)
    print(", ".join(f"{count} {kind}" for kind, count in counts.items()), "files checked;", len(problems), "problems")
    return 1 if problems or counts["xml"] < 20 or counts["page"] < 6 else 0


if __name__ == "__main__":
    sys.exit(main())
