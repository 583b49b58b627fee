#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/wide.h"

namespace cyclegate::model {

/// What happened to a function between base and head.
enum class BlameKind {
  changed,
  added,    ///< shown as `new`: only head has it
  removed,  ///< shown as `gone`: only base has it
  renamed,  ///< one of base's and one of head's that do the same, called by and calling the same
};

/// One kind of cost within a function, e.g. `main`, `opcode:mul`, `precompile:keccak`.
struct BlamePart {
  std::string name;
  Wide base = 0;
  Wide head = 0;

  bool operator==(const BlamePart&) const = default;
};

/// One function and what it took on both sides. `total` includes callees (recursion counted once), `self` does not.
struct BlameRow {
  std::string function;   ///< head's name; base's where it is gone
  std::string base_name;  ///< of a renamed one; else empty
  BlameKind kind = BlameKind::changed;
  Wide base_self = 0;
  Wide head_self = 0;
  std::optional<Wide> base_total;  ///< nullopt: not known, and then on neither side; 0 where it is not there
  std::optional<Wide> head_total;
  std::optional<Wide> base_calls;  ///< likewise
  std::optional<Wide> head_calls;
  std::vector<BlamePart> parts;  ///< by name; they sum to self on both sides; empty where the parts are not known

  bool operator==(const BlameRow&) const = default;
};

/// Which functions a change of cost comes from. The changes of `self` over all rows sum to head - base exactly:
/// functions that are the same on both sides have no row, and there is no row for "the rest".
struct Blame {
  std::string guest;     ///< empty: all guests together
  std::string input;     ///< empty: all inputs of the guest together, each as often as its weight says
  std::string executor;  ///< empty where it was made from two profiles
  std::string column;    ///< what is blamed: `cost`, `steps`, `samples`
  std::string unit;
  bool informs = false;        ///< another metric decides on that executor, which its functions do not have
  std::uint64_t cells = 0;     ///< what is added up here: only cells that both sides ran and that can be compared
  std::uint64_t of_cells = 0;  ///< of so many of the guest or executor; both 0 for one cell and for two profiles
  std::string note;            ///< what of the functions is left out because only one side knows it; mostly empty
  Wide base = 0;               ///< of the whole execution
  Wide head = 0;
  std::vector<BlameRow> rows;  ///< falling size of the change of self, then function

  bool operator==(const Blame&) const = default;
};

/// head - base; both below 2^127.
inline WideChange change(Wide base, Wide head) {
  return static_cast<WideChange>(head) - static_cast<WideChange>(base);
}

/// `changed`, `new`, `gone`, `renamed`.
std::string_view to_string(BlameKind kind);

}  // namespace cyclegate::model
