#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "app/command_line.h"
#include "app/services.h"
#include "config/config.h"

namespace cyclegate::app {

/// The tree in which a command of the quick loop works: the directory of cyclegate.yaml, as it is.
struct WorkingTree {
  std::filesystem::path root;
  std::filesystem::path configuration_file;
  std::string configuration_text;
  config::Config config;
};

/// The command's directory or the nearest one above it that has cyclegate.yaml (or --config); nullopt where none has.
std::optional<std::filesystem::path> configured_directory(const Invocation& invocation, const Services& services);

/// Finds cyclegate.yaml (or --config) in the command's directory or the nearest one above it and reads it; its
/// executors and its cost model are those of the services then. Throws Error{configuration} when there is none.
WorkingTree open_working_tree(const Invocation& invocation, Services& services);

/// Runs a guest's build command in the working tree, incrementally. Throws Error{measurement} with the end of its
/// output when it fails.
void build_in_place(const WorkingTree& tree, const std::string& guest, const std::string& build, Services& services);

}  // namespace cyclegate::app
