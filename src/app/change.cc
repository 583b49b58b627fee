#include "app/change.h"

#include <fmt/format.h>

#include <system_error>
#include <utility>

#include "app/cost_models.h"
#include "app/guest_selection.h"
#include "model/error.h"
#include "system/files.h"

namespace cyclegate::app {
namespace {

namespace fs = std::filesystem;

/// `read` gives the files that the configuration names, with `place` before their names in messages.
SideConfiguration read_configuration(const std::optional<std::string>& text, const std::string& origin,
                                     const SideFile& read, const std::string& place, bool lenient) {
  if (!text) return {};
  SideConfiguration side;
  try {
    side.config = config::parse_config(*text, origin);
    side.cost_model = std::make_shared<const vm::CostModel>(cost_model_of(*side.config, read, place));
  } catch (const model::Error& error) {
    if (!lenient) throw;
    side.problem = error.what();  // without its prices the rest of a configuration is in force all the same
  }
  return side;
}

/// Where a commit's files come from in messages.
std::string place_of(const git::Commit& commit) {
  return commit.id.substr(0, 12) + ":";
}

SideFile file_in_commit(const git::Repository& repository, const git::Commit& commit) {
  return [&repository, &commit](const std::string& path) {
    return repository.read_blob(commit, path, largest_configuration_bytes);
  };
}

}  // namespace

std::string configuration_path(const Invocation& invocation) {
  return invocation.get("--config").value_or(std::string(config::file_name));
}

SideConfiguration configuration_of(const git::Repository& repository, const git::Commit& commit,
                                   const std::string& path) {
  return read_configuration(repository.read_blob(commit, path, largest_configuration_bytes), place_of(commit) + path,
                            file_in_commit(repository, commit), place_of(commit), true);
}

void require_prices(const SideConfiguration& base) {
  if (!base.config || base.cost_model != nullptr) return;
  throw model::Error(model::ErrorKind::configuration,
                     fmt::format("base's prices decide and cannot be read: {}; mend them on base, or name another "
                                 "base with --base",
                                 base.problem));
}

Change find_change(const Invocation& invocation, Services& services) {
  jobs(invocation);  // a mistake there is told before anything else is looked at
  git::Repository repository = git::Repository::open(services.directory);
  const bool working_tree = !invocation.has("--head");
  const bool dirty = working_tree && repository.is_dirty();
  git::Commit head = repository.resolve(invocation.get("--head").value_or("HEAD"));
  git::Base base;
  if (const auto revision = invocation.get("--base")) {
    base = {.commit = repository.resolve(*revision), .why = "--base " + *revision};
  } else {
    base = repository.default_base(head, dirty);
  }
  const std::string path = configuration_path(invocation);
  std::optional<std::string> head_text;
  std::string head_origin = path;
  if (working_tree) {
    const fs::path file = system::contained_path(repository.root(), path);
    std::error_code ignored;
    if (fs::exists(file, ignored)) head_text = system::read_text(file, largest_configuration_bytes);
  } else {
    head_text = repository.read_blob(head, path, largest_configuration_bytes);
    head_origin = place_of(head) + path;
  }
  if (!head_text) {
    throw model::Error(
        model::ErrorKind::configuration,
        fmt::format("{}: there is no such file in head; `cyclegate init` writes a starter", head_origin));
  }
  SideConfiguration head_configuration = read_configuration(
      head_text, head_origin, working_tree ? file_in_tree(repository.root()) : file_in_commit(repository, head),
      working_tree ? std::string() : place_of(head), false);
  SideConfiguration base_configuration = configuration_of(repository, base.commit, path);
  require_prices(base_configuration);
  select_guests(invocation, *head_configuration.config,
                base_configuration.config ? &*base_configuration.config : nullptr);
  return {.repository = std::move(repository),
          .base = std::move(base.commit),
          .head = std::move(head),
          .why_base = std::move(base.why),
          .working_tree = working_tree,
          .dirty = dirty,
          .base_configuration = std::move(base_configuration),
          .head_configuration = std::move(head_configuration)};
}

Change find_working_tree(const Invocation& invocation, Services& services) {
  git::Repository repository = git::Repository::open(services.directory);
  const bool dirty = repository.is_dirty();
  git::Commit head = repository.resolve("HEAD");
  const std::string path = configuration_path(invocation);
  const fs::path file = system::contained_path(repository.root(), path);
  SideConfiguration configuration = read_configuration(system::read_text(file, largest_configuration_bytes), path,
                                                       file_in_tree(repository.root()), "", false);
  select_guests(invocation, *configuration.config, nullptr);
  return {.repository = std::move(repository),
          .base = head,
          .head = head,
          .why_base = "",
          .working_tree = true,
          .dirty = dirty,
          .base_configuration = {},
          .head_configuration = std::move(configuration)};
}

}  // namespace cyclegate::app
