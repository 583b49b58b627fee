"""A headless Chromium, driven through its debugging pipe (https://chromedevtools.github.io/devtools-protocol/): no package beside
Python's own is needed."""
import base64
import contextlib
import json
import os
import select
import shutil
import subprocess
import tempfile
import time

from support import PATIENCE

KEYS = {"Enter": ("Enter", 13, "\r"), "Escape": ("Escape", 27, ""), "ArrowLeft": ("ArrowLeft", 37, ""),
        "ArrowUp": ("ArrowUp", 38, ""), "ArrowRight": ("ArrowRight", 39, ""), "ArrowDown": ("ArrowDown", 40, ""),
        "Home": ("Home", 36, ""), "Tab": ("Tab", 9, ""), "/": ("Slash", 191, "/"), "f": ("KeyF", 70, "f"), "i": ("KeyI", 73, "i")}


def program():
    return shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


# What any start of the browser needs. Input counts from the first frame on, even where it is not drawn yet; and shared memory may be
# small in a container.
OPTIONS = ["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-dev-shm-usage", "--allow-pre-commit-input"]


@contextlib.contextmanager
def profile():
    """A directory of its own for a browser, whose helpers may still write into it when the browser has ended."""
    place = tempfile.mkdtemp(prefix="cyclegate-browser-")
    try:
        yield place
    finally:
        shutil.rmtree(place, ignore_errors=True)


class Browser:
    """One page. Every wait is bounded; a script that throws raises here."""

    def __init__(self, width=1200, height=800, dark=False):
        self.tidy = contextlib.ExitStack()
        place = self.tidy.enter_context(profile())
        to_browser, self.write_end = os.pipe()
        self.read_end, from_browser = os.pipe()
        arguments = [program(), *OPTIONS, "--remote-debugging-pipe", "--hide-scrollbars", f"--user-data-dir={place}",
                     f"--window-size={width},{height}", "about:blank"]
        # The pipe is the descriptors 3 and 4 of the browser.
        self.process = subprocess.Popen(["sh", "-c", f'exec "$@" 3<&{to_browser} 4>&{from_browser}', "sh", *arguments],
                                        pass_fds=(to_browser, from_browser), stdout=subprocess.DEVNULL,
                                        stderr=subprocess.DEVNULL)
        os.close(to_browser)
        os.close(from_browser)
        self.buffer, self.events, self.number, self.session = b"", [], 0, None
        pages = []
        while not pages:  # the browser answers before its window is there
            pages = [t["targetId"] for t in self.call("Target.getTargets")["targetInfos"] if t["type"] == "page"]
        target = pages[0]
        self.session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        self.call("Page.enable")
        self.call("Runtime.enable")
        self.resize(width, height)
        self.prefer("dark" if dark else "light")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        os.close(self.write_end)
        os.close(self.read_end)
        self.tidy.close()

    def message(self, seconds):
        """The next message, or None."""
        end = time.monotonic() + seconds
        while b"\0" not in self.buffer:
            if not select.select([self.read_end], [], [], max(0, end - time.monotonic()))[0]:
                return None
            got = os.read(self.read_end, 1 << 20)
            if not got:
                raise RuntimeError("the browser went away")
            self.buffer += got
        text, self.buffer = self.buffer.split(b"\0", 1)
        return json.loads(text)

    def call(self, method, seconds=PATIENCE, **parameters):
        self.number += 1
        request = {"id": self.number, "method": method, "params": parameters}
        if self.session:
            request["sessionId"] = self.session
        os.write(self.write_end, json.dumps(request).encode() + b"\0")
        while True:
            answer = self.message(seconds)
            if answer is None:
                raise TimeoutError(f"{method} took longer than {seconds} s")
            if answer.get("id") != self.number:
                self.events.append(answer)
            elif "error" in answer:
                raise RuntimeError(f"{method}: {answer['error']}")
            else:
                return answer["result"]

    def resize(self, width, height):
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)

    def prefer(self, scheme):
        self.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])

    def open(self, url):
        """Opens the address, from an empty page, and waits until the document has loaded."""
        for place in ("about:blank", url):
            self.events = []
            self.call("Page.navigate", url=place)
            blank = "==" if place == "about:blank" else "!="
            self.until(f"document.readyState === 'complete' && location.href {blank} 'about:blank'")

    def until(self, condition):
        """Waits until an expression is true, in whichever document is there."""
        end = time.monotonic() + PATIENCE
        while True:
            try:
                if self.evaluate(condition):
                    return
            except RuntimeError:  # the document went away while it was asked
                if self.process.poll() is not None:
                    raise
            if time.monotonic() > end:
                raise TimeoutError(condition)
            time.sleep(0.02)

    def evaluate(self, script):
        """The value of an expression, by value."""
        answer = self.call("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in answer:
            raise RuntimeError(json.dumps(answer["exceptionDetails"])[:2000])
        return answer["result"].get("value")

    def errors(self):
        """What scripts threw or logged as errors since open()."""
        self.evaluate("0")
        return [e for e in self.events if e.get("method") == "Runtime.exceptionThrown" or
                (e.get("method") == "Runtime.consoleAPICalled" and e["params"]["type"] == "error")]

    def click(self, x, y):
        for kind in ("mouseMoved", "mousePressed", "mouseReleased"):
            self.call("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="none" if kind == "mouseMoved" else "left",
                      clickCount=0 if kind == "mouseMoved" else 1)

    def move(self, x, y):
        self.call("Input.dispatchMouseEvent", type="mouseMoved", x=x, y=y)

    def key(self, name, control=False):
        code, number, text = KEYS[name]
        common = {"key": name, "code": code, "windowsVirtualKeyCode": number, "modifiers": 2 if control else 0}
        typed = {"text": text} if text and not control else {}
        self.call("Input.dispatchKeyEvent", type="keyDown", **common, **typed)
        self.call("Input.dispatchKeyEvent", type="keyUp", **common)

    def type(self, text):
        self.call("Input.insertText", text=text)

    def screenshot(self, path, whole=True):
        answer = self.call("Page.captureScreenshot", format="png", captureBeyondViewport=whole)
        with open(path, "wb") as file:
            file.write(base64.b64decode(answer["data"]))
