#include "app/cost_models.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <system_error>
#include <utility>
#include <vector>

#include "app/services.h"
#include "executors/contained.h"
#include "executors/embedded.h"
#include "executors/known_executors.h"
#include "executors/registry.h"
#include "model/error.h"
#include "system/files.h"
#include "system/sha256.h"

namespace cyclegate::app {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view executor = "embedded";
constexpr std::uint64_t largest_file = std::uint64_t{1} << 20U;
/// Prices that are named one by one in what a change does to the rules.
constexpr std::size_t named_prices = 20;
constexpr std::size_t longest_price = 120;

executors::World world_of(const Services& services) {
  return {.program = fs::read_symlink("/proc/self/exe"),
          .processes = &services.processes,
          .variables = services.variables,
          .clock = &services.clock};
}

/// Numbers for a sentence: many boxes of operands by how they begin and a digest.
std::string shown(const std::string& numbers) {
  if (numbers.size() <= longest_price) return numbers;
  return fmt::format("{}... (sha256 {})", numbers.substr(0, longest_price), system::sha256_hex(numbers).substr(0, 12));
}

}  // namespace

SideFile file_in_tree(fs::path root) {
  return [root = std::move(root)](const std::string& path) -> std::optional<std::string> {
    const fs::path file = system::contained_path(root, path);
    std::error_code ignored;
    if (!fs::is_regular_file(file, ignored)) return std::nullopt;
    return system::read_text(file, largest_file);
  };
}

vm::CostModel cost_model_of(const config::Config& config, const SideFile& read, const std::string& origin) {
  if (config.cost_model.empty()) return vm::cost_model(executors::default_cost_model);
  const auto names = vm::cost_model_names();
  if (std::ranges::find(names, config.cost_model) != names.end()) return vm::cost_model(config.cost_model);
  const auto text = read(config.cost_model);
  if (!text) {
    throw model::Error(model::ErrorKind::configuration,
                       fmt::format("{}{}: there is no such file; executors.embedded.cost_model names a file of the "
                                   "repository (docs/cost-models.md) or a built-in model: {}",
                                   origin, config.cost_model, fmt::join(names, ", ")));
  }
  return vm::parse_cost_model(*text, origin + config.cost_model);
}

void use_cost_model(Services& services, const vm::CostModel& cost_model) {
  services.executors.add(std::string(executor), [world = world_of(services), cost_model] {
    return executors::embedded_with(world, cost_model);
  });
}

void reprice(measure::Plan& plan, const CostModels& models, const Services& services) {
  const std::string base = executors::identity(*models.base);
  const std::string head = executors::identity(*models.head);
  if (base == head) return;
  plan.repricing[std::string(executor)] =
      executors::contained(executors::embedded_with(world_of(services), *models.head));
  const std::string key = fmt::format("executors.{}.cost_model", executor);
  const auto add = [&](const std::string& name, const std::string& before, const std::string& after) {
    plan.base.measure[name] = before;
    plan.head.measure[name] = after;
  };
  add(key, base, head);
  const auto changes = vm::price_changes(*models.base, *models.head);
  for (std::size_t index = 0; index < std::min(changes.size(), named_prices); ++index) {
    const vm::PriceChange& change = changes[index];
    add(fmt::format("{}, {}", key, change.record), shown(change.before), shown(change.after));
  }
  if (changes.size() > named_prices) {
    const std::size_t more = changes.size() - named_prices;
    add(fmt::format("{}, {} more records", key, more), "base's numbers", "head's numbers");
  }
}

}  // namespace cyclegate::app
