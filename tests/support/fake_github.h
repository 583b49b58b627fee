#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

namespace cyclegate::test {

/// A stateful GitHub for one repository on 127.0.0.1: strict about authorization, permissions and limits, with real git
/// ids, pagination, ETags, rate limits and planted faults. Everything is told and asked as JSON, the same over HTTP:
///
///   POST /_fake/configure   merges a document into the state (below)
///   GET  /_fake/state       repository, pulls, comments, check_runs, statuses, refs, files of each ref, ...
///   GET  /_fake/log         every request so far: method, path, status, authorized, fault, body
///   GET  /_fake/violations  what a careful client never does: a token at the storage host, a redirect followed wrongly
///
/// What `configure` takes (each optional):
///   repository   {owner, name, id, private}
///   tokens       {TOKEN: {login, app, permissions: {contents|pull-requests|issues|checks|statuses|actions:
///   read|write}}} pulls        [{number, state, head: {sha, ref, repo: {id, full_name}}, base: {...}, user: {login}}],
///   by number comments     [{issue, login, body}]: written by somebody else commits      [SHA]: commits that exist
///   beside the pulls' heads collaborators {LOGIN: admin|write|read|none} runs         [{id, run_attempt, event,
///   head_sha, ...}], artifacts [{id, name, run_id, zip (base64), expired}] contents     {REF: {PATH: base64}} faults
///   {seed, percent, kinds: [...]}: random, from the seed; kinds as below script       [{kind, method, path
///   (substring), times, seconds}]: the next matching requests get these rate_limit   {remaining, reset_in}: the
///   primary limit from now on slow_ms      how long `slow` takes (default 1500)
///
/// Kinds: `500` (nothing happened), `500-after` (it took effect), `cut-before`, `cut-after` (the connection breaks),
/// `slow`, `429` (retry-after), `secondary` (403 without any header), `primary` (403, nothing remaining), `forbidden`
/// (403 Resource not accessible by integration), `moved` (a 307 to the same API under /moved).
class FakeGitHub {
 public:
  FakeGitHub();
  ~FakeGitHub();
  FakeGitHub(const FakeGitHub&) = delete;
  FakeGitHub& operator=(const FakeGitHub&) = delete;

  std::string api_url() const;      ///< `http://127.0.0.1:PORT`
  std::string storage_url() const;  ///< the other host, to which downloads are redirected; also serves raw files
  int port() const;

  void configure(const nlohmann::json& document);
  nlohmann::json state() const;
  nlohmann::json log() const;
  nlohmann::json violations() const;

  /// Called before each API request is handled, outside of any lock, so that a test can do something in between.
  void before_request(std::function<void(const std::string& method, const std::string& path)> hook);
  /// Whose time it is: seconds since 1970, for rate limits and `created_at` (default: the machine's).
  void set_time(std::function<std::int64_t()> now);

 private:
  struct Implementation;
  std::unique_ptr<Implementation> implementation_;
};

}  // namespace cyclegate::test
