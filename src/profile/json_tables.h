#pragma once

#include <array>
#include <cstdint>
#include <limits>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "model/profile.h"
#include "profile/byte_reader.h"

namespace cyclegate::profile {

/// A cell that is null, or not there.
inline constexpr std::int64_t kNoNumber = std::numeric_limits<std::int64_t>::min();
/// A cell that holds something else than a whole number.
inline constexpr std::int64_t kNotWhole = kNoNumber + 1;

/// A number as it was written in decimal: `whole` and billionths.
struct JsonDecimal {
  enum class State : std::uint8_t {
    exact,
    null,
    refused
  } state = State::refused;  ///< refused: negative, too fine, no number
  std::uint32_t billionths = 0;
  std::uint64_t whole = 0;
};

/// Reads a JSON number exactly: `1e3`, `0.859`.
JsonDecimal decimal_from(std::string_view text);

/// One table of a Gecko or Firefox profile, column by column. Row by row tables (`schema`, `data`) are turned.
struct JsonTable {
  std::map<std::string, std::vector<std::int64_t>, std::less<>> columns;  ///< those that profiles are read from
  std::vector<JsonDecimal> weights;                                       ///< of samples
  std::string weight_type;                                                ///< of samples
  bool by_rows = false;

  /// nullptr where there is none.
  const std::vector<std::int64_t>* column(std::string_view name) const;
};

/// The tables of a thread, or those that all threads share.
struct JsonTables {
  std::string name;
  std::vector<std::string> strings;
  JsonTable stacks;
  JsonTable frames;
  JsonTable functions;
  JsonTable resources;
  JsonTable sources;
  JsonTable samples;
};

/// What a Gecko or Firefox profile holds, without looking at what it means.
struct JsonProfile {
  bool processed = false;  ///< has meta.preprocessedProfileVersion
  std::string product;
  std::vector<model::ProfileColumn> columns;  ///< meta.cyclegate.columns
  JsonTables shared;
  std::vector<JsonTables> threads;
};

/// Reads the JSON as a stream; everything that is not needed is passed over. Syntax errors throw
/// model::Error{configuration} with line and column; what is beyond limits.h, or needs more memory than `most_bytes`
/// for the tables, with the byte.
JsonProfile read_json_tables(ByteReader& bytes, std::size_t most_bytes = kMaxTableBytes);

}  // namespace cyclegate::profile
