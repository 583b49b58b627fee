"""A compiler that moves under the pinned numbers: the drift is no verdict on the guest, and both compilers are named."""
import os
import shutil
import subprocess
import unittest

from support import Sandbox, input_bytes, sha256

GCC, CLANG, LINKER = "riscv64-unknown-elf-gcc", "clang-19", "riscv64-unknown-elf-ld"

SOURCE = """
__asm__(".globl _start\\n_start: li sp, 0xa03ffff0\\ncall work\\nli a7, 93\\necall");
int work(void) {
  const unsigned char *input = (const unsigned char *)0x10000010;
  unsigned long sum = 0;
  for (int i = 0; i < 2000; ++i) sum = sum * 31 + input[i % 64];
  for (volatile int i = 0; i < ROUNDS; ++i) continue;
  *(volatile unsigned long *)0xa0410000 = sum;
  return 0;
}
"""
SCRIPT = """
ENTRY(_start)
PHDRS { text PT_LOAD FLAGS(1); }
SECTIONS { . = 0x90000000; .text : { *(.text .text.*) } :text .comment 0 : { *(.comment) } /DISCARD/ : { *(.eh_frame) } }
"""
CONFIGURATION = """version: 1
guests:
  sum:
    builds:
      zisk: {{ run: make -s, elf: out/sum.elf, executors: [embedded] }}
    inputs:
      - {{ name: in_200, path: in_200.bin, sha256: {} }}
policy: {{ drift_budget: 3% }}
"""
MAKEFILE = f"""all:
\t@mkdir -p out
\t{GCC} -march=rv64im -mabi=lp64 -mcmodel=medany -O2 -DROUNDS=$(shell cat rounds) -c sum.c -o out/sum.o
\t{LINKER} -T sum.ld out/sum.o -o out/sum.elf
"""


@unittest.skipUnless(all(map(shutil.which, (GCC, CLANG, LINKER, "make"))), f"needs {GCC}, {CLANG}, {LINKER} and make")
class Toolchains(Sandbox):
    def setUp(self):
        super().setUp()
        self.tools = self.top / "tools"
        self.tools.mkdir()
        self.environment["PATH"] = f"{self.tools}:{os.environ['PATH']}"
        self.write("sum.c", SOURCE)
        self.write("sum.ld", SCRIPT)
        self.write("rounds", "10\n")
        self.write("Makefile", MAKEFILE)
        self.write("in_200.bin", input_bytes("in_200"))
        self.write(".gitignore", "/out/\n")
        self.write("cyclegate.yaml", CONFIGURATION.format(sha256(input_bytes("in_200"))))
        self.commit("a guest")
        self.expect(0, "baseline", "save")
        self.commit("pin its numbers")

    def compiler_becomes(self, command):
        """What the machine has as its compiler from here on; its --version is that of the command's first word."""
        place = self.tools / GCC
        place.write_text(f'#!/bin/sh\nexec {command} "$@"\n')
        place.chmod(0o755)

    def drift(self, code):
        rows = self.expect(code, "baseline", "check", "--json").json
        return {row["metric"]: row for row in (rows["drift"] if isinstance(rows, dict) else rows)}

    def test_numbers_by_another_compiler_are_incomparable_and_not_red(self):
        self.compiler_becomes(f"{shutil.which(CLANG)} --target=riscv64-unknown-elf -ffreestanding")
        (self.repository / "Makefile").write_text(MAKEFILE.replace("-O2", "-O0"))  # many times the pinned cost
        answer = self.expect(0, "baseline", "check")
        self.assert_says(answer.out, "incomparable", "toolchain was 'GCC: ", "clang version 19")
        self.commit("and without optimisation")
        self.write("rounds", "11\n")
        self.commit("one round more, by the same compiler on both sides")
        answer, report = self.gate(0)
        self.assertEqual(["regressed" if f["change"]["head"] > f["change"]["base"] else "unchanged"
                          for f in self.findings(report, "sum") if f["metric"] == "steps"], ["regressed"],
                         "base and head are compared as ever")
        self.assertEqual({"drift": "incomparable"}, {f["metric"]: f["kind"] for f in self.findings(report, "sum", "incomparable")})
        self.assert_says((self.repository / "out" / "report.html").read_text(), "clang version 19")

    def test_the_same_compiler_making_it_worse_is_red(self):
        (self.repository / "Makefile").write_text(MAKEFILE.replace("-O2", "-O0"))
        answer = self.expect(1, "baseline", "check")
        self.assertNotIn("toolchain", answer.out)

    def test_the_same_program_is_pinned_whoever_made_it(self):
        """Only the name differs: the loaded segments are the pinned ones, so their numbers hold."""
        self.compiler_becomes(f"{shutil.which(GCC)} -fno-ident")
        answer = self.expect(0, "baseline", "check")
        self.assertNotIn("incomparable", answer.out)


if __name__ == "__main__":
    unittest.main()
