"""The path of a release: ci/release makes the archive, a local https server offers it, ci/install-release and the action's
installing step take it or refuse it."""
import gzip
import hashlib
import http.server
import io
import os
import pathlib
import shutil
import ssl
import subprocess
import tarfile
import tempfile
import threading
import unittest

from support import PROGRAM, ROOT

VERSION = subprocess.run([PROGRAM, "--version"], stdout=subprocess.PIPE, text=True).stdout.split()[-1]
NAME = f"cyclegate-{VERSION}"
ARCHIVE = f"{NAME}-linux-x86_64.tar.gz"
SOURCE = "some-one/cyclegate"


class Handler(http.server.BaseHTTPRequestHandler):
    """Answers from the server's `answers`: path to (status, headers, body), and counts what was asked for."""

    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self.server.asked.append(self.path)
        status, headers, body = self.server.answers.get(self.path, (404, {}, b""))
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **headers}.items():
            self.send_header(name, value)
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(body)
        self.close_connection = True

    def log_message(self, *arguments):
        pass


class QuietServer(http.server.ThreadingHTTPServer):
    def handle_error(self, request, client_address):
        """A client that hangs up is what several tests are about."""


class Server:
    def __init__(self, tls=None):
        self.server = QuietServer(("127.0.0.1", 0), Handler)
        self.server.answers, self.server.asked = {}, []
        scheme = "http"
        if tls:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*tls)
            self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
            scheme = "https"
        self.url = f"{scheme}://localhost:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()


def archive_of(members):
    """A tar.gz of (name, bytes or TarInfo changes)."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as tar:
        for name, content in members:
            info = tarfile.TarInfo(name)
            info.mode = 0o755
            if isinstance(content, dict):
                for key, value in content.items():
                    setattr(info, key, value)
                tar.addfile(info)
            else:
                info.size = len(content)
                tar.addfile(info, io.BytesIO(content))
    return out.getvalue()


class ReleaseTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        for tool in ("curl", "openssl"):
            if not shutil.which(tool):
                raise unittest.SkipTest(f"{tool} is not here")
        holder = tempfile.TemporaryDirectory(prefix="cyclegate-release-")
        cls.addClassCleanup(holder.cleanup)
        cls.top = pathlib.Path(holder.name)
        cls.dist = cls.top / "dist"
        build = pathlib.Path(PROGRAM).resolve().parent
        if not (build / "cmake_install.cmake").exists():
            raise unittest.SkipTest(f"{PROGRAM} lies in no build directory")
        subprocess.run([ROOT / "ci" / "release", "--build", build, "--out", cls.dist], check=True, stdout=subprocess.DEVNULL,
                       env={**os.environ, "SOURCE_DATE_EPOCH": "1700000000"})
        cls.archive = (cls.dist / ARCHIVE).read_bytes()
        cls.key, cls.certificate = cls.top / "key.pem", cls.top / "certificate.pem"
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost",
                        "-addext", "subjectAltName=DNS:localhost", "-keyout", cls.key, "-out", cls.certificate],
                       check=True, stderr=subprocess.DEVNULL)

    def setUp(self):
        holder = tempfile.TemporaryDirectory(prefix="cyclegate-release-")
        self.addCleanup(holder.cleanup)
        self.work = pathlib.Path(holder.name)
        self.target = self.work / "target"
        self.server = Server((self.certificate, self.key))
        self.addCleanup(self.server.close)
        self.offer(self.archive, (self.dist / "SHA256SUMS").read_bytes())
        self.environment = {"PATH": self.tools(), "HOME": str(self.work), "CURL_CA_BUNDLE": str(self.certificate),
                            "LC_ALL": "C.UTF-8", "NO_PROXY": "localhost", "TMPDIR": str(self.work)}

    def tools(self):
        """A PATH with what the scripts need and without gh, whatever this machine has."""
        place = self.work / "tools"
        place.mkdir()
        for name in ("sh", "bash", "env", "curl", "sha256sum", "tar", "gzip", "grep", "sed", "awk", "cut", "wc", "mktemp", "rm",
                     "mkdir", "dirname", "uname", "printf", "cat"):
            found = shutil.which(name)
            if found:
                (place / name).symlink_to(found)
        return str(place)

    def offer(self, archive, sums=None):
        self.server.server.answers[f"/{ARCHIVE}"] = (200, {}, archive)
        if sums is None:
            sums = f"{hashlib.sha256(archive).hexdigest()}  {ARCHIVE}\n".encode()
        self.server.server.answers["/SHA256SUMS"] = (200, {}, sums)

    def install(self, *arguments, provenance="auto", base=None, script=None):
        return subprocess.run([script or ROOT / "ci" / "install-release", "--version", VERSION, "--to", self.target, "--base-url",
                               base or self.server.url, "--provenance", provenance, *arguments], env=self.environment,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def refused(self, answer, *words, code=3):
        self.assertEqual(code, answer.returncode, answer.stdout + answer.stderr)
        for word in words:
            self.assertIn(word, answer.stderr)
        self.assertEqual("", answer.stdout)
        self.assertFalse(self.target.exists() and list(self.target.rglob("*")), "something was unpacked")

    def fake_gh(self, code):
        gh = self.work / "tools" / "gh"
        gh.write_text(f'#!/bin/sh\nfor word; do echo "$word"; done > "{self.work}/gh.arguments"\nexit {code}\n')
        gh.chmod(0o755)

    # --- what is well

    def test_a_release_is_installed_and_runs_with_its_own_libraries(self):
        answer = self.install()
        self.assertEqual(0, answer.returncode, answer.stderr)
        program = pathlib.Path(answer.stdout.strip())
        self.assertEqual(self.target / NAME / "bin" / "cyclegate", program)
        said = subprocess.run([program, "--version"], env={}, stdout=subprocess.PIPE, text=True, check=True).stdout
        self.assertEqual(f"cyclegate {VERSION}\n", said)
        linked = subprocess.run(["ldd", program], stdout=subprocess.PIPE, text=True, check=True).stdout
        for line in linked.splitlines():
            if "=>" in line and not any(f"{name}.so" in line for name in ("libc", "libm", "libresolv", "libdl", "libpthread")):
                self.assertIn(f"{self.target / NAME}", line)
        self.assertTrue(list((self.target / NAME / "licenses").iterdir()))

    def test_the_same_commit_gives_the_same_bytes(self):
        again = self.work / "again"
        subprocess.run([ROOT / "ci" / "release", "--build", pathlib.Path(PROGRAM).resolve().parent, "--out", again], check=True,
                       stdout=subprocess.DEVNULL, env={**os.environ, "SOURCE_DATE_EPOCH": "1700000000"})
        self.assertEqual(self.archive, (again / ARCHIVE).read_bytes())

    def test_a_redirect_to_another_https_address_is_followed(self):
        other = Server((self.certificate, self.key))
        self.addCleanup(other.close)
        other.server.answers["/elsewhere"] = (200, {}, self.archive)
        self.server.server.answers[f"/{ARCHIVE}"] = (302, {"Location": f"{other.url}/elsewhere"}, b"")
        self.assertEqual(0, self.install().returncode)

    def test_a_pinned_digest_needs_no_word_of_the_server(self):
        del self.server.server.answers["/SHA256SUMS"]
        answer = self.install("--sha256", hashlib.sha256(self.archive).hexdigest())
        self.assertEqual(0, answer.returncode, answer.stderr)
        self.assertNotIn("/SHA256SUMS", self.server.server.asked)

    def test_provenance_is_asked_of_gh_for_repository_workflow_and_tag(self):
        self.fake_gh(0)
        answer = self.install("--repository", SOURCE, provenance="required")
        self.assertEqual(0, answer.returncode, answer.stderr)
        arguments = (self.work / "gh.arguments").read_text().splitlines()
        self.assertEqual(["attestation", "verify"], arguments[:2])
        self.assertTrue(arguments[2].endswith(ARCHIVE))
        self.assertEqual(["--repo", SOURCE, "--signer-workflow", f"{SOURCE}/.github/workflows/release.yml", "--source-ref",
                          f"refs/tags/v{VERSION}"], arguments[3:])

    # --- what is not

    def test_another_archive_than_the_digest_says_is_refused(self):
        changed = bytearray(self.archive)
        changed[len(changed) // 2] ^= 1
        self.offer(bytes(changed), (self.dist / "SHA256SUMS").read_bytes())
        self.refused(self.install(), "has sha256", "not unpacked")

    def test_a_digest_pinned_in_the_actions_commit_beats_the_releases_own(self):
        copy = self.work / "ci"
        copy.mkdir()
        shutil.copy(ROOT / "ci" / "install-release", copy)
        (copy / "released.sha256").write_text(f"# digests\n{'0' * 64}  {ARCHIVE}\n")
        self.refused(self.install(script=copy / "install-release"), "has sha256", "ci/released.sha256")
        (copy / "released.sha256").write_text(f"{hashlib.sha256(self.archive).hexdigest()}  {ARCHIVE}\n")
        self.assertEqual(0, self.install(script=copy / "install-release").returncode)

    def test_a_truncated_archive_is_refused_however_it_is_cut(self):
        half = self.archive[: len(self.archive) // 2]
        self.server.server.answers[f"/{ARCHIVE}"] = (200, {"Content-Length": str(len(self.archive))}, half)
        self.refused(self.install(), "did not arrive whole")
        self.offer(half, (self.dist / "SHA256SUMS").read_bytes())
        self.refused(self.install(), "has sha256")

    def test_a_redirect_to_http_is_refused(self):
        plain = Server()
        self.addCleanup(plain.close)
        plain.server.answers[f"/{ARCHIVE}"] = (200, {}, self.archive)
        self.server.server.answers[f"/{ARCHIVE}"] = (302, {"Location": f"{plain.url}/{ARCHIVE}"}, b"")
        self.refused(self.install(), "did not arrive whole over https")
        self.assertEqual([], plain.server.asked)

    def test_http_and_other_schemes_are_refused_at_once(self):
        for base in ("http://localhost/x", "file:///etc", "https://a b", "https://a\nhttp://b", ""):
            with self.subTest(base):
                self.refused(self.install(base=base or " "), "https://", code=2)

    def test_a_server_whose_certificate_nobody_vouches_for_is_refused(self):
        del self.environment["CURL_CA_BUNDLE"]
        self.refused(self.install(), "did not arrive whole over https")

    def test_sums_without_the_archive_or_with_two_of_it_are_refused(self):
        digest = hashlib.sha256(self.archive).hexdigest()
        for sums in (b"", f"{digest}  other.tar.gz\n".encode(), f"{digest}  {ARCHIVE}\n{'0' * 64}  {ARCHIVE}\n".encode(),
                     b"\x00" * 100, b"<html>"):
            with self.subTest(sums):
                self.offer(self.archive, sums)
                self.refused(self.install(), "exactly one digest")

    def test_a_missing_release_is_named(self):
        del self.server.server.answers["/SHA256SUMS"]
        self.refused(self.install(), "404", "SHA256SUMS")

    def test_without_the_attestation_nothing_is_unpacked(self):
        self.fake_gh(1)
        for provenance in ("required", "auto"):
            self.refused(self.install("--repository", SOURCE, provenance=provenance), "no attestation", "not unpacked")

    def test_required_provenance_without_gh_is_refused(self):
        self.refused(self.install("--repository", SOURCE, provenance="required"), "gh is not here", "provenance: auto")

    def test_archives_with_other_places_or_links_are_refused(self):
        program = (f"{NAME}/bin/cyclegate", b"#!/bin/sh\necho cyclegate " + VERSION.encode() + b"\n")
        for extra in [("../escape", b"x"), ("/absolute", b"x"), (f"{NAME}/../../x", b"x"), ("other/x", b"x"),
                      (f"{NAME}/link", {"type": tarfile.SYMTYPE, "linkname": "/etc/passwd"}),
                      (f"{NAME}/hard", {"type": tarfile.LNKTYPE, "linkname": f"{NAME}/bin/cyclegate"}),
                      (f"{NAME}/pipe", {"type": tarfile.FIFOTYPE}), (f"{NAME}/a b", b"x"), (f"{NAME}/new\nline", b"x")]:
            with self.subTest(extra):
                self.offer(archive_of([program, extra]))
                self.refused(self.install())
        self.offer(archive_of([program]))
        self.assertEqual(0, self.install().returncode)

    def test_a_bomb_is_cut_off(self):
        zeros = gzip.compress(b"\0" * 1000)
        self.server.server.answers[f"/{ARCHIVE}"] = (200, {"Content-Length": str(10 ** 10)}, zeros)
        self.refused(self.install(), "did not arrive whole")
        self.server.server.answers["/SHA256SUMS"] = (200, {}, b"x" * 100000)
        self.refused(self.install(), "SHA256SUMS")

    def test_a_program_that_is_another_version_is_refused(self):
        self.offer(archive_of([(f"{NAME}/bin/cyclegate", b"#!/bin/sh\necho cyclegate 9.9.9\n")]))
        answer = self.install()
        self.assertEqual((3, ""), (answer.returncode, answer.stdout))
        self.assertIn("calls itself 'cyclegate 9.9.9'", answer.stderr)

    # --- the action

    def action(self, **inputs):
        self.environment.update({"GITHUB_PATH": str(self.work / "path"), "GITHUB_OUTPUT": str(self.work / "output"),
                                 "RUNNER_TEMP": str(self.work / "temp"),
                                 **{f"CYCLEGATE_{name.upper()}": value for name, value in inputs.items()}})
        return subprocess.run([ROOT / "ci" / "action-install"], env=self.environment, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, text=True)

    def test_the_action_installs_the_release_its_commit_made(self):
        self.fake_gh(0)
        answer = self.action(repository=SOURCE, base_url=self.server.url)
        self.assertEqual(0, answer.returncode, answer.stderr)
        directory = self.work / "temp" / "cyclegate" / NAME / "bin"
        self.assertEqual(f"{directory}\n", (self.work / "path").read_text())
        self.assertEqual(f"path={directory}/cyclegate\nversion={VERSION}\n", (self.work / "output").read_text())

    def test_the_action_passes_refusals_on(self):
        answer = self.action(repository=SOURCE, base_url=self.server.url, sha256="0" * 64)
        self.assertEqual(3, answer.returncode)
        self.assertFalse((self.work / "path").exists())
        answer = self.action(repository=SOURCE, base_url=self.server.url, sha256="", version="1.0; touch x")
        self.assertEqual(2, answer.returncode)
        self.assertFalse((self.work / "path").exists())


if __name__ == "__main__":
    unittest.main()
