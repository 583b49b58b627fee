#include "system/child_environment.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cctype>

#include "model/error.h"

namespace cyclegate::system {
namespace {

constexpr std::array<std::string_view, 13> secret_words = {
    "TOKEN", "SECRET", "PASSWORD", "PASSWD",  "PASSPHRASE", "CREDENTIAL", "KEY",
    "AUTH",  "COOKIE", "SESSION",  "PRIVATE", "SIGNATURE",  "NETRC"};

constexpr std::array<std::string_view, 17> secret_prefixes = {
    "GITHUB_", "ACTIONS_", "RUNNER_", "CI_",  "GITLAB_", "GH_",    "AWS_",    "AZURE_", "ARM_",
    "GCP_",    "GCLOUD_",  "GOOGLE_", "SSH_", "GPG_",    "VAULT_", "DOCKER_", "SNYK_"};

constexpr std::array<std::string_view, 46> allowed_names = {
    "PATH", "HOME", "USER", "LOGNAME", "SHELL", "LANG", "LC_ALL", "LC_CTYPE", "TMPDIR", "TERM", "TZ", "XDG_CACHE_HOME",
    // C and C++
    "CC", "CXX", "CPP", "LD", "AR", "AS", "NM", "RANLIB", "STRIP", "OBJCOPY", "CFLAGS", "CXXFLAGS", "CPPFLAGS",
    "LDFLAGS", "MAKEFLAGS", "PKG_CONFIG_PATH", "LD_LIBRARY_PATH", "CCACHE_DIR", "CMAKE_GENERATOR",
    "CMAKE_BUILD_PARALLEL_LEVEL", "SOURCE_DATE_EPOCH",
    // Rust
    "CARGO_HOME", "RUSTUP_HOME", "RUSTUP_TOOLCHAIN", "CARGO_NET_OFFLINE", "RUSTC_WRAPPER",
    // The way to registries
    "http_proxy", "https_proxy", "no_proxy", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "SSL_CERT_FILE", "SSL_CERT_DIR"};

constexpr std::string_view default_path = "/usr/local/bin:/usr/bin:/bin";

std::string upper_case(std::string_view text) {
  std::string result(text);
  for (char& letter : result) {
    if (letter >= 'a' && letter <= 'z') letter = static_cast<char>(letter - 'a' + 'A');
  }
  return result;
}

bool is_name(std::string_view text) {
  const auto is_letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; };
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  return !text.empty() && is_letter(text.front()) &&
         std::ranges::all_of(text, [&](char c) { return is_letter(c) || is_digit(c); });
}

/// `scheme://user:password@host`, anywhere in the value.
bool has_credentials_in_url(std::string_view value) {
  for (std::size_t at = value.find("://"); at != std::string_view::npos; at = value.find("://", at + 3)) {
    const std::string_view authority = value.substr(at + 3, value.find_first_of("/?# ", at + 3) - (at + 3));
    if (authority.find('@') != std::string_view::npos) return true;
  }
  return false;
}

/// What make puts there for its own children points at pipes that ours do not have.
bool speaks_of_a_jobserver(std::string_view value) {
  return value.find("--jobserver") != std::string_view::npos;
}

}  // namespace

Variables current_environment() {
  Variables variables;
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
    const std::string_view text(*entry);
    const std::size_t equals = text.find('=');
    if (equals == std::string_view::npos || equals == 0) continue;
    variables.emplace(text.substr(0, equals), text.substr(equals + 1));
  }
  return variables;
}

bool is_secret_name(std::string_view name) {
  const std::string upper = upper_case(name);
  return std::ranges::any_of(secret_words,
                             [&](std::string_view word) { return upper.find(word) != std::string::npos; }) ||
         std::ranges::any_of(secret_prefixes, [&](std::string_view prefix) { return upper.starts_with(prefix); });
}

Variables child_environment(const Variables& current, const std::vector<std::string>& also) {
  Variables result;
  const auto take = [&](const std::string& name) {
    const auto found = current.find(name);
    if (found == current.end() || has_credentials_in_url(found->second)) return;
    if (name == "MAKEFLAGS" && speaks_of_a_jobserver(found->second)) return;
    result.insert_or_assign(name, found->second);
  };
  for (const std::string_view name : allowed_names) take(std::string(name));
  for (const std::string& name : also) {
    if (!is_name(name)) {
      throw model::Error(model::ErrorKind::configuration,
                         fmt::format("environment: `{}` is not the name of an environment variable", name));
    }
    if (is_secret_name(name)) {
      throw model::Error(model::ErrorKind::configuration,
                         fmt::format("environment: {} may hold a secret and is never given to builds or guests; "
                                     "remove it from the list, or pass the value under a harmless name",
                                     name));
    }
    take(name);
  }
  result.try_emplace("PATH", default_path);
  return result;
}

}  // namespace cyclegate::system
