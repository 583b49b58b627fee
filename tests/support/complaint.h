#pragma once

#include <catch2/catch_test_macros.hpp>
#include <functional>
#include <string>

#include "model/error.h"

namespace cyclegate::test {

/// The message of the configuration error that `work` ends in; empty when it does not.
inline std::string complaint(const std::function<void()>& work) {
  try {
    work();
  } catch (const model::Error& error) {
    CHECK(error.kind() == model::ErrorKind::configuration);
    return error.what();
  }
  return {};
}

}  // namespace cyclegate::test
