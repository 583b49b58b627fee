#include "model/cost_split.h"

#include <bit>
#include <utility>

namespace cyclegate::model {

CostKinds::CostKinds(Form names) {
  if (!names.empty()) names_ = std::make_shared<const Form>(std::move(names));
}

const CostKinds::Form& CostKinds::form() const {
  static const Form none;
  return names_ == nullptr ? none : *names_;
}

CostSplit::CostSplit(std::span<const std::uint64_t> costs) {
  for (std::size_t kind = 0; kind < costs.size(); ++kind) {
    if (costs[kind] != 0) which_ |= std::uint64_t{1} << kind;
  }
  costs_.reserve(static_cast<std::size_t>(std::popcount(which_)));
  for (const std::uint64_t cost : costs) {
    if (cost != 0) costs_.push_back(cost);
  }
}

std::optional<CostSplit> CostSplit::from_form(const Form& costs) {
  if (costs.size() > most_kinds) return std::nullopt;
  return CostSplit(costs);
}

CostSplit::Form CostSplit::form() const {
  Form costs(static_cast<std::size_t>(std::bit_width(which_)));
  std::size_t next = 0;
  for (std::size_t kind = 0; kind < costs.size(); ++kind) {
    if ((which_ >> kind & 1) != 0) costs[kind] = costs_[next++];
  }
  return costs;
}

}  // namespace cyclegate::model
