#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "app/command_line.h"
#include "app/services.h"
#include "config/config.h"
#include "git/repository.h"

namespace cyclegate::vm {
struct CostModel;
}

namespace cyclegate::app {

/// The configuration of one side, or why it has none.
struct SideConfiguration {
  std::optional<config::Config> config;
  /// Base only: why its configuration, or its price list where `config` is set, could not be read; empty when there
  /// simply is none.
  std::string problem;
  std::shared_ptr<const vm::CostModel> cost_model = {};  ///< of the embedded executor; set where `config` is, see there
};

/// What a gate is about, before anything is built.
struct Change {
  git::Repository repository;
  git::Commit base;
  git::Commit head;
  std::string why_base;  ///< how base was chosen
  bool working_tree;     ///< head is the working tree rather than a commit
  bool dirty;            ///< and has uncommitted changes
  SideConfiguration base_configuration;
  SideConfiguration head_configuration;
};

/// Finds repository, base, head and both configurations. Throws Error for everything that makes the question
/// meaningless.
Change find_change(const Invocation& invocation, Services& services);

/// The working tree alone, with no base to compare with, for stored baselines.
Change find_working_tree(const Invocation& invocation, Services& services);

/// The configuration in a commit; one that cannot be read is a problem in the answer, not an error.
SideConfiguration configuration_of(const git::Repository& repository, const git::Commit& commit,
                                   const std::string& path);
/// Throws model::Error (configuration) when base has a configuration whose price list could not be read: without it
/// neither the numbers nor a change of the prices can be judged.
void require_prices(const SideConfiguration& base);

/// More than any cyclegate.yaml needs.
inline constexpr std::uint64_t largest_configuration_bytes = std::uint64_t{1} << 20U;

/// The repository's cyclegate.yaml as --config names it.
std::string configuration_path(const Invocation& invocation);

}  // namespace cyclegate::app
