#pragma once

#include <compare>
#include <string>

namespace cyclegate::model {

/// guest x input x executor: what one run is about.
struct CellId {
  std::string guest;
  std::string input;
  std::string executor;

  auto operator<=>(const CellId&) const = default;
};

/// `guest/input@executor`, as messages and file names show a cell.
std::string to_string(const CellId& cell);

}  // namespace cyclegate::model
