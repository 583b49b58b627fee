#include "executors/registry.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "executors/contained.h"
#include "model/error.h"

namespace cyclegate::executors {

void Registry::add(std::string name, Factory factory) {
  const std::scoped_lock guard(mutex_);
  Entry& entry = entries_[std::move(name)];
  entry.factory = std::move(factory);
  if (entry.executor) replaced_.push_back(std::move(entry.executor));
}

Executor& Registry::get(std::string_view name) {
  const std::scoped_lock guard(mutex_);
  const auto found = entries_.find(name);
  if (found == entries_.end()) {
    std::vector<std::string_view> known;
    known.reserve(entries_.size());
    for (const auto& [key, entry] : entries_) known.push_back(key);
    throw model::Error(model::ErrorKind::configuration,
                       fmt::format("there is no executor '{}'; known are: {}", name, fmt::join(known, ", ")));
  }
  Entry& entry = found->second;
  if (!entry.executor) entry.executor = contained(entry.factory());
  return *entry.executor;
}

std::vector<std::string> Registry::names() const {
  const std::scoped_lock guard(mutex_);
  std::vector<std::string> names;
  names.reserve(entries_.size());
  for (const auto& [name, entry] : entries_) names.push_back(name);
  return names;
}

}  // namespace cyclegate::executors
