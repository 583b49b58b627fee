#pragma once

#include <string_view>

#include "reports/ziskemu_report.h"

namespace cyclegate::reports {

/// Reads the snapshot that `ziskemu -X --save-stats FILE` writes (1.1.0-alpha and 1.4.0-alpha), with `,` or any other
/// one-byte `--csv-separator`. Unlike the text report it never mixes with what the guest prints. Throws model::Error
/// (configuration) `ORIGIN:LINE: ...` for anything that is truncated, garbled, repeated or beyond the limits.
ZiskemuReport read_ziskemu_csv(std::string_view text, std::string_view origin);

}  // namespace cyclegate::reports
