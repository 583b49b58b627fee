"""Disks that are really full: a tmpfs of a few megabytes in a mount namespace of the program's own. Needs root (and a kernel
that lets it mount); elsewhere the tests are skipped visibly."""
import shlex
import subprocess
import unittest

import support
from support import Sandbox, elf, require_program

CANNOT = subprocess.run(["unshare", "-m", "mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", "/mnt"],
                        capture_output=True, text=True, check=False)


@unittest.skipIf(CANNOT.returncode != 0, "a full disk needs root, to mount a small one: " + CANNOT.stderr.strip())
class FullDisk(Sandbox):
    def on_small_disk(self, place, size, code, *arguments):
        """Runs the program with `place` on a disk of its own of `size`; what is there then is kept beside it."""
        place.mkdir(parents=True, exist_ok=True)
        kept = self.top / "kept"
        words = " ".join(shlex.quote(str(word)) for word in (support.PROGRAM, *arguments))
        disk, beside = shlex.quote(str(place)), shlex.quote(str(kept))
        script = (f"mount -t tmpfs -o size={size} tmpfs {disk} || exit 99\n{words}\nstatus=$?\n"
                  f"mkdir -p {beside} && cp -r {disk}/. {beside}/\nexit $status\n")
        done = subprocess.run(["unshare", "-m", "sh", "-c", script], cwd=self.repository, env=self.environment,
                              capture_output=True, text=True, timeout=300, check=False)
        self.assertEqual(code, done.returncode, done.stdout + done.stderr)
        self.assertNotIn("internal error", done.stderr)
        return done.stdout + done.stderr, kept

    def change(self, executors):
        for name in ("keccak_sw", "keccak_pc"):
            self.guests({"hash": elf(name)}, executors=executors)
            self.commit(name)

    def test_an_executor_that_finds_no_room_fails_its_cells_and_the_others_go_on(self):
        real = require_program("ziskemu")
        # Whoever else writes there was faster: not one byte is left when ziskemu starts, and there is room again after it.
        fills = self.write("bin/ziskemu", f"""#!/bin/sh
[ "$1" = --version ] && exec {real} --version
cat /dev/zero > filler 2> /dev/null
[ "$(stat -f -c %a .)" = 0 ] || exit 98
exec {real} "$@"
""")
        fills.chmod(0o755)
        self.environment["CYCLEGATE_ZISKEMU"] = str(fills)
        self.change(("embedded", "ziskemu"))
        # 512 MiB is the most that one file of ziskemu's may take: less than that is what fills the disk.
        self.on_small_disk(self.cache, "16m", 1, "gate", "--base", "HEAD~1", "--head", "HEAD", "--no-time", "--jobs", "1")
        found = {each["cell"]["executor"]: each for each in self.report()["findings"]
                 if each.get("deciding") and each["cell"]["input"]}
        change = found["embedded"]["change"]
        self.assertEqual(("improved", 5489738, 315188), (found["embedded"]["kind"], change["base"], change["head"]))
        self.assertEqual("failed", found["ziskemu"]["kind"])
        self.assertIn("ziskemu", found["ziskemu"]["why"])
        self.assertNotIn("98", found["ziskemu"]["why"])

    def test_a_cache_without_room_is_told_and_nothing_is_measured(self):
        self.change(("embedded",))
        text, _ = self.on_small_disk(self.cache, "4k", 3, "gate", "--base", "HEAD~1", "--head", "HEAD", "--no-time")
        self.assert_says(text, "No space left on device")

    def test_an_output_directory_without_room_is_told_and_gives_no_verdict(self):
        self.change(("embedded",))
        text, kept = self.on_small_disk(self.repository / "out", "4k", 3, "gate", "--base", "HEAD~1", "--head", "HEAD",
                                        "--no-time")
        self.assert_says(text, "No space left on device", "out/")
        self.assertFalse((kept / "report.json").exists())


if __name__ == "__main__":
    unittest.main()
