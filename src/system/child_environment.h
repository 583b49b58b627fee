#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace cyclegate::system {

using Variables = std::map<std::string, std::string>;

/// Our own environment variables.
Variables current_environment();

/// Whether a variable of that name may hold a secret: it speaks of a token, secret, password, credential, key or
/// authentication, or belongs to a CI system or cloud (GITHUB_*, ACTIONS_*, RUNNER_*, CI_*, AWS_*, AZURE_*, GCP_*,
/// GOOGLE_*, ...). Errs on the side of yes.
bool is_secret_name(std::string_view name);

/// The environment for a process that runs other people's code: of `current` only the names that toolchains need (PATH,
/// HOME, LANG, LC_ALL, TMPDIR, TERM, CARGO_HOME, RUSTUP_HOME, CC, CXX, MAKEFLAGS, ...) and those in `also`. A value
/// that is a URL with a user and password in it is left out. PATH gets a default when it is missing. Throws
/// model::Error{configuration} when `also` names a secret (is_secret_name) or something that is no name.
Variables child_environment(const Variables& current, const std::vector<std::string>& also = {});

}  // namespace cyclegate::system
