#pragma once

#include <string>

#include "publish/check_run.h"

namespace cyclegate::publish {

/// What a commit status says: GitHub's older and smaller form of a check.
struct StatusReport {
  enum class State { pending, success, failure };
  State state = State::pending;
  std::string description;  ///< cut to 140 characters
  std::string target_url;   ///< empty: none

  bool operator==(const StatusReport&) const = default;
};

/// Sets the commit's status of the context `cyclegate`, unless it stands there already. Statuses carry no run, so of
/// two runs of one commit the later request wins. Throws as GitHub does.
Posted post_status(GitHub& github, const StatusReport& report, const std::string& head);

}  // namespace cyclegate::publish
