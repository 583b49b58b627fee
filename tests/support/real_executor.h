#pragma once

#include <cstdlib>
#include <string_view>

namespace cyclegate::test {

/// Whether a test that needs a program of another zkVM fails without it (CYCLEGATE_REQUIRE_EXECUTORS=1) instead of
/// being skipped.
inline bool executors_required() {
  const char* value = std::getenv("CYCLEGATE_REQUIRE_EXECUTORS");
  return value != nullptr && std::string_view(value) == "1";
}

}  // namespace cyclegate::test
