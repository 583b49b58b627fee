#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "reports/ziskemu_report.h"

namespace cyclegate::reports {

/// Reads what `ziskemu -X` prints, in chunks of any size: the report of 1.4.0-alpha and 1.1.0-alpha with every section,
/// the older layouts (v0.13 to v0.18), and the seven totals of `-X -x`. The text may be long: of it, one line and one
/// report are held at a time.
///
/// Guest output, banners and the report share one stream. A guest prints before the report, which is made when the run
/// is over; so what counts is the last header in the text, and everything behind it must be a report. More than one
/// header gives the warning `several-reports`. Tables of functions and of tags have names that a program chooses, line
/// breaks and all: a header behind one may stand in a name, and the text is refused. A guest cannot write into the CSV
/// snapshot (ziskemu_csv.h): where a number decides, that is the one to read.
class ZiskemuTextReader {
 public:
  /// `origin` names the text in errors.
  explicit ZiskemuTextReader(std::string_view origin);
  ~ZiskemuTextReader();
  ZiskemuTextReader(ZiskemuTextReader&&) noexcept;
  ZiskemuTextReader& operator=(ZiskemuTextReader&&) noexcept;
  ZiskemuTextReader(const ZiskemuTextReader&) = delete;
  ZiskemuTextReader& operator=(const ZiskemuTextReader&) = delete;

  void feed(std::string_view chunk);
  /// The report; throws model::Error (configuration) `ORIGIN:LINE: ...` when there is none, or when it is truncated or
  /// garbled. The reader is used up.
  ZiskemuReport finish();

 private:
  class Machine;
  std::unique_ptr<Machine> machine_;
  std::string partial_;    ///< the line that the last chunk began
  bool skipping_ = false;  ///< it is too long to be kept
};

/// The whole text at once.
ZiskemuReport read_ziskemu_text(std::string_view text, std::string_view origin);

}  // namespace cyclegate::reports
