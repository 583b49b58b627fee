#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "publish/http.h"
#include "publish/secret.h"

namespace cyclegate::system {
class Clock;
}

namespace cyclegate::publish {

/// Whom to talk to, as whom, and for how long.
struct GitHubSettings {
  std::string api_url = "https://api.github.com";                    ///< GITHUB_API_URL, may have a path (`/api/v3`)
  std::string owner;                                                 ///< of the repository
  std::string repository;                                            ///< without the owner
  std::string token;                                                 ///< empty: no Authorization is sent
  std::chrono::nanoseconds deadline = std::chrono::minutes(10);      ///< for all requests and waits together
  std::chrono::nanoseconds longest_wait = std::chrono::minutes(15);  ///< cap of one back-off
  /// Told about waits and retries, one line without secrets.
  std::function<void(std::string_view)> note;
};

/// GitHub's last word on a request: 2xx, or a 3xx or 4xx that repeating does not change.
struct Answer {
  int status = 0;
  std::string body;
  bool looked_up = false;  ///< not the request's own answer: an earlier attempt had done it already

  bool ok() const { return status >= 200 && status < 300; }
  /// The body as JSON; null when it is none.
  nlohmann::json json() const;
  /// The field `message` of an error as one line; empty without one.
  std::string message() const;
  /// The token may not do this ("Resource not accessible by integration"), which on a fork's pull request is normal.
  bool forbidden() const;
};

/// The member of that name as text; empty when the value is no object or has no such text.
std::string text_at(const nlohmann::json& object, const char* name);

/// The REST API of one repository. Every call keeps the overall deadline, which begins with the object, and is repeated
/// as GitHub documents: on 429, and on 403 that speaks of a rate limit, after `retry-after`, else at
/// `x-ratelimit-reset` when nothing remains, else after 60 s doubling; on 5xx and on a broken connection after 1 s
/// doubling. Redirects are followed at most five times, Authorization only within the API's own origin. Paths begin
/// with '/' and are relative to the API's URL. Throws model::Error{measurement} when there is no answer in time.
class GitHub {
 public:
  GitHub(HttpTransport& transport, system::Clock& clock, GitHubSettings settings);

  /// While it lives, only one part in `parts` (at least 1) of the time that is left may be spent, so that what comes
  /// after still has its own. Must not outlive the GitHub.
  class TimeShare {
   public:
    TimeShare(GitHub& github, int parts);
    ~TimeShare() {
      github_.ends_ = ends_;
      github_.shared_ = false;
    }
    TimeShare(const TimeShare&) = delete;
    TimeShare& operator=(const TimeShare&) = delete;

   private:
    GitHub& github_;
    std::chrono::nanoseconds ends_;
  };

  /// Before a request that has effects is repeated: the answer of the earlier attempt if it arrived after all.
  using LookUp = std::function<std::optional<Answer>()>;

  /// Asks again with If-None-Match what was asked before in this object; a 304 gives the kept answer.
  Answer get(const std::string& path);
  /// A write whose repetition would double something needs a look-up; one that is idempotent does not.
  Answer post(const std::string& path, const nlohmann::json& body, const LookUp& look_up = {});
  Answer patch(const std::string& path, const nlohmann::json& body, const LookUp& look_up = {});
  Answer remove(const std::string& path);

  /// All elements of a list over all pages (computed `page=N`, 100 a page, `max_pages` at most). The list is the body
  /// itself or its member `member`. An answer that is not 200 comes back as it is, with an empty list.
  struct List {
    Answer last;
    std::vector<nlohmann::json> elements;
    bool complete = true;  ///< false: there are more pages than that
  };
  List get_all(const std::string& path, std::string_view member = "", int max_pages = 30);

  /// The bytes behind a path that redirects to a storage host, `cap` at most. Authorization stays with the API's host.
  Answer download(const std::string& path, std::uint64_t cap);

  /// `/repos/OWNER/REPOSITORY` and then `rest`.
  std::string in_repository(std::string_view rest) const;
  const GitHubSettings& settings() const { return settings_; }
  const Redactor& redactor() const { return redactor_; }
  system::Clock& clock() { return clock_; }
  void note(std::string_view line) const;
  /// Requests sent so far, repeats and redirects included.
  std::uint64_t requests() const { return requests_; }

 private:
  struct Call;
  Answer run(const Call& call);
  HttpResponse exchange(const Call& call);
  std::chrono::nanoseconds time_left() const;
  void wait(std::chrono::nanoseconds duration, const std::string& why, const std::string& what);

  HttpTransport& transport_;
  system::Clock& clock_;
  GitHubSettings settings_;
  Redactor redactor_;
  std::chrono::nanoseconds ends_;  ///< in the clock's monotonic time
  bool shared_ = false;            ///< `ends_` is that of a share
  std::uint64_t requests_ = 0;
  struct Kept {
    std::string etag;
    std::string body;
  };
  std::map<std::string, Kept> kept_;  ///< by path
};

/// Throws model::Error{measurement} `WHAT: GitHub answered STATUS: MESSAGE` unless the answer is 2xx.
void require_ok(const Answer& answer, std::string_view what);

}  // namespace cyclegate::publish
