#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "config/config.h"
#include "measure/plan.h"
#include "vm/cost_model.h"

namespace cyclegate::app {

struct Services;

/// A file of one side by its path within the repository, at most 1 MiB; nullopt where there is none.
using SideFile = std::function<std::optional<std::string>(const std::string& path)>;

/// A file of a working tree.
SideFile file_in_tree(std::filesystem::path root);

/// The cost model that a configuration names for the embedded executor: one that is built in, or a file of the same
/// side; the default where it names none. `origin` stands before the file's name in messages. Throws model::Error
/// (configuration) with file and line of a mistake.
vm::CostModel cost_model_of(const config::Config& config, const SideFile& read, const std::string& origin);

/// Lets the embedded executor count by that model, as long as nobody asked for the executor.
void use_cost_model(Services& services, const vm::CostModel& cost_model);

/// Both sides' cost models.
struct CostModels {
  std::shared_ptr<const vm::CostModel> base;  ///< decides
  std::shared_ptr<const vm::CostModel> head;
};

/// Where head's model is another than base's: lets the plan measure under both, and writes both into the sides' rules
/// (RunSet::measure) with the prices in which they differ, so that the change of the rules is told.
void reprice(measure::Plan& plan, const CostModels& models, const Services& services);

}  // namespace cyclegate::app
