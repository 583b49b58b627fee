#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "reports/ziskemu_report.h"

namespace cyclegate::reports {

/// Follows the lines of a text and keeps the last `-X -x` block in it: seven totals, one a line, in ziskemu's order,
/// without thousands separators. That layout leaves RAM INIT and ROM INIT out, so that its MEMORY and TOTAL COST are
/// lower than those of `-X`.
class TotalsReader {
 public:
  explicit TotalsReader(std::string_view origin) : origin_(origin) {}

  /// Whether the line may belong to such a block.
  bool wants(std::string_view text) const { return next_ > 0 || text.starts_with("TOTAL COST: "); }
  /// Whether anything of such a block was there.
  bool begun() const { return next_ > 0 || last_.has_value(); }
  void line(std::string_view text, std::uint64_t line);
  /// The last block; throws model::Error (configuration) when there is none or its sum is wrong.
  ZiskemuReport finish(std::uint64_t last_line) const;

 private:
  struct Block {
    std::array<std::uint64_t, 7> values = {};
    std::uint64_t line = 0;  ///< of the first value
  };
  std::string origin_;
  std::size_t next_ = 0;  ///< which of the seven comes next
  Block open_;
  std::optional<Block> last_;
};

}  // namespace cyclegate::reports
