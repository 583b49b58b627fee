#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace cyclegate::model {

/// How one execution of a guest ended.
enum class OutcomeKind {
  ok,        ///< exit code 0
  exit,      ///< the guest ended itself with a nonzero code
  trap,      ///< illegal instruction, ebreak, bad address, unknown precompile, ...
  limit,     ///< steps, memory or time ran out
  rejected,  ///< never started: the ELF or the input is not acceptable to the executor
  crashed,   ///< the executor itself died or gave no usable answer
};

/// The end of an execution as a value; a failed guest is data that the report shows.
struct Outcome {
  OutcomeKind kind = OutcomeKind::ok;
  std::optional<std::uint64_t> code;  ///< exit: the guest's code; crashed: the process's status
  std::optional<std::uint64_t> pc;    ///< trap, limit: address of the instruction
  std::string why;                    ///< one sentence; empty when ok

  bool ok() const { return kind == OutcomeKind::ok; }
  bool operator==(const Outcome&) const = default;
};

std::string_view to_string(OutcomeKind kind);
/// Inverse of to_string; nullopt for an unknown word.
std::optional<OutcomeKind> outcome_kind_from(std::string_view word);
/// `ok`, or `trap at 0x90000010: ebreak`.
std::string describe(const Outcome& outcome);

}  // namespace cyclegate::model
