#include "model/run_set.h"

#include <algorithm>

namespace cyclegate::model {

const CellRun* find_run(const RunSet& set, const CellId& cell) {
  const auto found = std::ranges::lower_bound(set.runs, cell, {}, &CellRun::cell);
  return found == set.runs.end() || found->cell != cell ? nullptr : &*found;
}

const GuestInfo* find_guest(const RunSet& set, std::string_view name) {
  const auto found = std::ranges::find(set.guests, name, &GuestInfo::name);
  return found == set.guests.end() ? nullptr : &*found;
}

std::string_view to_string(Side side) {
  return side == Side::base ? "base" : "head";
}

}  // namespace cyclegate::model
