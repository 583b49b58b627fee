#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "executors/executor.h"

namespace cyclegate::executors {

/// Executors by name. Each is made when it is first asked for and then lives as long as the registry.
class Registry {
 public:
  using Factory = std::function<std::unique_ptr<Executor>()>;

  /// Adds an executor, or replaces the one of that name: whoever asks from then on gets the new one, and who asked
  /// before keeps the old one.
  void add(std::string name, Factory factory);
  /// The executor of that name, contained (contained.h): its executions throw only interruptions. Throws model::Error
  /// (configuration) that lists the known ones.
  Executor& get(std::string_view name);
  /// Known names, sorted.
  std::vector<std::string> names() const;

 private:
  struct Entry {
    Factory factory;
    std::unique_ptr<Executor> executor;
  };
  mutable std::mutex mutex_;
  std::map<std::string, Entry, std::less<>> entries_;
  std::vector<std::unique_ptr<Executor>> replaced_;  ///< somebody may hold a reference to them
};

}  // namespace cyclegate::executors
