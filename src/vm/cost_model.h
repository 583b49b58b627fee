#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "vm/operation.h"

namespace cyclegate::vm {

/// A box of operands for which an operation is a frequent one (FROPS) and costs nothing: it is hit when
/// (a - a_low) mod 2^64 is a multiple of a_stride below a_count * a_stride, and (b - b_low) mod 2^64 is below b_count.
struct FropsBox {
  std::uint64_t a_low = 0;
  std::uint64_t a_count = 0;
  std::uint64_t a_stride = 1;  ///< a power of two
  std::uint64_t b_low = 0;
  std::uint64_t b_count = 0;

  constexpr bool holds(std::uint64_t a, std::uint64_t b) const {
    const std::uint64_t distance = a - a_low;
    return distance < a_count * a_stride && (distance & (a_stride - 1)) == 0 && b - b_low < b_count;
  }
  bool operator==(const FropsBox&) const = default;
};

/// What a precompile reads and writes, as aligned 8-byte words: a block of parameters, the two operands, and the
/// result, which goes to the first operand.
struct PrecompileAccesses {
  std::uint64_t parameters = 0;
  std::uint64_t reads_first = 0;
  std::uint64_t reads_second = 0;
  std::uint64_t writes = 0;

  bool operator==(const PrecompileAccesses&) const = default;
};

/// The part of a DMA call's cost that depends on its length and alignment.
struct DmaPrices {
  std::uint64_t edge = 0;             ///< for each of an incomplete first and last word
  std::uint64_t aligned_rows = 0;     ///< per aligned_divisor words, rounded up, when both addresses have equal offsets
  std::uint64_t aligned_divisor = 1;  ///< never 0
  std::uint64_t unaligned_word = 0;   ///< per word, plus one, when the offsets differ

  bool operator==(const DmaPrices&) const = default;
};

/// The prices of one version of an executor: what COST is computed from. A value read from a text file, so that two
/// versions can be compared on the same execution.
struct CostModel {
  std::string name;      ///< e.g. `zisk-1.4.0-alpha`
  std::string executor;  ///< whose prices these are
  std::uint64_t base = 0;
  std::uint64_t main = 0;                              ///< per step
  std::array<std::uint64_t, operation_count> price{};  ///< by Operation
  std::uint64_t add_high_zero = 0;                     ///< `add` whose operands and sum fit into 32 bits
  std::array<std::array<std::uint64_t, access_count>, zone_count> memory{};  ///< by Zone and Access
  std::uint64_t ram_init = 0;                                                ///< per initialised 8-byte word of RAM
  std::uint64_t rom_init = 0;                                                ///< per 8-byte word of read-only data
  std::array<PrecompileAccesses, operation_count> accesses{};                ///< by Operation, precompiles only
  std::array<DmaPrices, operation_count> dma{};                              ///< by Operation, DMA precompiles only
  std::array<std::vector<FropsBox>, operation_count> frops;  ///< by Operation; empty where it never hits
  /// The same as text, which tells two price lists apart: record to its numbers in decimal, e.g. `operation add` to
  /// `21 12`, `frop xor` to `0 2 1 5 1`, one box after another.
  std::map<std::string, std::string> records;

  bool operator==(const CostModel&) const = default;
};

/// The cost model of that name that this program was built with, e.g. `zisk-1.4.0-alpha`. Throws model::Error (usage)
/// that lists the known names.
const CostModel& cost_model(std::string_view name);
/// The names that cost_model() knows, sorted.
std::vector<std::string> cost_model_names();

/// Reads a cost model from its text format (docs/cost-models.md): lines of words separated by tabs, `#` starts a
/// comment. It is whole, or begins with `from` and a name that cost_model() knows and says what is different. Text from
/// anywhere is safe to read. Throws model::Error (configuration) whose message starts with `origin:line:` when a line
/// is not understood, a number is out of range, a price is given twice or one is missing.
CostModel parse_cost_model(std::string_view text, std::string_view origin);

/// Whether that is one that this program was built with, by name and prices.
bool is_built_in(const CostModel& cost_model);

/// A record of which two models have different numbers.
struct PriceChange {
  std::string record;  ///< e.g. `operation add`
  std::string before;  ///< numbers; `nothing` where the model has no such record (`frop` only)
  std::string after;

  bool operator==(const PriceChange&) const = default;
};

/// What `after` prices otherwise than `before`, by record.
std::vector<PriceChange> price_changes(const CostModel& before, const CostModel& after);

}  // namespace cyclegate::vm
