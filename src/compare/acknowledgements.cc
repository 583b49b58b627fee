#include "compare/acknowledgements.h"

#include <algorithm>

namespace cyclegate::compare {

Acknowledgements::Acknowledgements(const model::Policy& base, const model::Policy* head, std::string_view today) {
  const auto take = [&](const model::Acknowledgement& entry, bool from_head) {
    if (entry.metric == "output") outputs_[entry.guest].push_back({&entry, from_head});
    if (!entry.up_to) return;
    Entry& best = growth_[{entry.guest, entry.metric}];
    // Base's word is preferred where both accept the same.
    if (best.acknowledgement == nullptr || *best.acknowledgement->up_to < *entry.up_to) best = {&entry, from_head};
  };
  for (const auto& entry : base.acknowledged) {
    // ISO dates order as text.
    if (entry.until < today)
      expired_.push_back(&entry);
    else
      take(entry, false);
  }
  if (head == nullptr) return;
  for (const auto& entry : head->acknowledged) {
    if (entry.until < today || std::ranges::find(base.acknowledged, entry) != base.acknowledged.end()) continue;
    take(entry, true);
  }
}

Acknowledgements::Entry Acknowledgements::growth(const std::string& guest, const std::string& metric) const {
  if (growth_.empty()) return {};
  const auto found = growth_.find({guest, metric});
  return found == growth_.end() ? Entry{} : found->second;
}

const std::vector<Acknowledgements::Entry>& Acknowledgements::outputs(const std::string& guest) const {
  static const std::vector<Entry> none;
  const auto found = outputs_.find(guest);
  return found == outputs_.end() ? none : found->second;
}

}  // namespace cyclegate::compare
