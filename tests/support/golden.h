#pragma once

#include <string_view>

namespace cyclegate::test {

/// Compares `actual` byte for byte with tests/golden/NAME. A difference fails the test, prints the first differing line
/// and keeps what was got beside the golden file as NAME.actual (not committed). With CYCLEGATE_BLESS=1 in the
/// environment the golden file is rewritten instead.
void check_golden(std::string_view name, std::string_view actual);

}  // namespace cyclegate::test
