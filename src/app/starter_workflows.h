#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cyclegate::app {

/// Which action the starter workflows use.
struct ActionReference {
  std::string uses;     ///< `OWNER/NAME@COMMIT`, with ` # vX.Y.Z` behind it for a release; or `./`
  std::string version;  ///< the action's input `version`: a release's number or `source`

  bool operator==(const ActionReference&) const = default;
};

/// A workflow as `cyclegate init` writes it.
struct StarterWorkflow {
  std::string path;  ///< below the repository's root: .github/workflows/NAME.yml
  std::string text;
};

/// The action this program belongs to: for a release its repository, commit and version; for a build from source the
/// commit that was configured, with `version: source`.
ActionReference own_action();

/// The action that `--action` names: `OWNER/NAME@` and 40 hex digits, or a path `./...` within the repository, which is
/// built from source. nullopt for anything else: a tag or a branch can be moved by whoever owns that repository.
std::optional<ActionReference> parse_action(std::string_view text);

/// cyclegate.yml, cyclegate-report.yml, cyclegate-nightly.yml, cyclegate-accept.yml.
std::vector<StarterWorkflow> starter_workflows(const ActionReference& action);

}  // namespace cyclegate::app
