#pragma once

#include <cstdint>
#include <expected>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "vm/code.h"

namespace cyclegate::vm {

/// One executable segment's text as the transpiler takes it.
struct TextBytes {
  std::uint64_t address = 0;
  std::span<const std::uint8_t> bytes;
};

/// Turns RISC-V text into predecoded instructions by the rules of zisk-riscv 1.4.0-alpha's riscv2zisk_context.rs: which
/// instruction takes how many steps, which pairs are one, which CSR is which precompile. Fills `instructions`, `text` and
/// `warnings` of `code`. The error names the address and what is wrong, for everything that makes ZisK's transpiler
/// panic: float, clmul, xperm and czero encodings, precompile calls in a form of older releases, an incomplete last
/// instruction.
std::expected<void, std::string> transpile(std::span<const TextBytes> segments, Code& code);

/// The name of what a CSR calls in ZisK, e.g. `secp256k1_add`, `fcall`; empty for a plain CSR.
std::string_view csr_call_name(std::uint16_t csr);

}  // namespace cyclegate::vm
