#include "publish/github.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>
#include <system_error>
#include <utility>

#include "model/error.h"
#include "model/text.h"
#include "publish/url.h"
#include "system/clock.h"
#include "system/interrupt.h"

namespace cyclegate::publish {
namespace {

using std::chrono::nanoseconds;
using std::chrono::seconds;

constexpr int most_redirects = 5;
/// Attempts that end in a broken connection or a 5xx; waits for a rate limit are not counted.
constexpr int most_failures = 10;
constexpr seconds first_failure_wait{1};
constexpr seconds longest_failure_wait{60};
constexpr seconds first_limit_wait{60};
constexpr int page_size = 100;
constexpr std::string_view api_version = "2022-11-28";

std::optional<std::int64_t> integer_header(const HttpResponse& response, std::string_view name) {
  const std::string* text = response.header(name);
  if (text == nullptr) return std::nullopt;
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), value);
  if (error != std::errc() || end != text->data() + text->size()) return std::nullopt;
  return value;
}

/// Whether this is a primary or secondary rate limit
/// (https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api).
bool is_rate_limit(const HttpResponse& response) {
  if (response.status == 429) return true;
  if (response.status != 403) return false;
  return response.header("retry-after") != nullptr || integer_header(response, "x-ratelimit-remaining") == 0 ||
         response.body.find("rate limit") != std::string::npos ||
         response.body.find("abuse detection") != std::string::npos;
}

bool is_redirect(int status) {
  return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

double in_seconds(nanoseconds duration) {
  return std::chrono::duration<double>(duration).count();
}

[[noreturn]] void fail(const std::string& message) {
  throw model::Error(model::ErrorKind::measurement, message);
}

}  // namespace

/// One call with all that its repetitions need.
struct GitHub::Call {
  std::string method;
  std::string path;
  std::string body;
  std::string etag;  ///< for If-None-Match
  LookUp look_up;
  std::uint64_t cap = 32 << 20;
  bool follow_off_origin = false;  ///< downloads are redirected to a storage host
};

nlohmann::json Answer::json() const {
  nlohmann::json document = nlohmann::json::parse(body, nullptr, false);
  return document.is_discarded() ? nlohmann::json() : document;
}

std::string text_at(const nlohmann::json& object, const char* name) {
  const auto found = object.is_object() ? object.find(name) : object.end();
  return object.is_object() && found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

std::string Answer::message() const {
  const nlohmann::json document = json();
  if (!document.is_object()) return {};
  std::string text;
  if (const auto found = document.find("message"); found != document.end() && found->is_string()) {
    text = found->get<std::string>();
  }
  if (const auto errors = document.find("errors"); errors != document.end() && errors->is_array() && !errors->empty()) {
    text += ": " + errors->front().dump(-1, ' ', true, nlohmann::json::error_handler_t::replace);
  }
  return model::to_line(text, 400);
}

bool Answer::forbidden() const {
  return status == 403 && body.find("Resource not accessible by ") != std::string::npos;
}

void require_ok(const Answer& answer, std::string_view what) {
  if (answer.ok()) return;
  const std::string message = answer.message();
  fail(fmt::format("{}: GitHub answered {}{}", what, answer.status, message.empty() ? "" : ": " + message));
}

GitHub::GitHub(HttpTransport& transport, system::Clock& clock, GitHubSettings settings)
    : transport_(transport),
      clock_(clock),
      settings_(std::move(settings)),
      redactor_({settings_.token}),
      ends_(clock.monotonic() + settings_.deadline) {
  while (settings_.api_url.ends_with('/')) settings_.api_url.pop_back();
  if (!parse_url(settings_.api_url) || settings_.api_url.find('?') != std::string::npos) {
    throw model::Error(
        model::ErrorKind::configuration,
        fmt::format("GITHUB_API_URL: {}: must be an http or https address", model::to_line(settings_.api_url, 200)));
  }
}

GitHub::TimeShare::TimeShare(GitHub& github, int parts) : github_(github), ends_(github.ends_) {
  github.shared_ = true;
  github.ends_ = github.clock_.monotonic() + std::max(nanoseconds::zero(), github.time_left()) / parts;
}

std::string GitHub::in_repository(std::string_view rest) const {
  return fmt::format("/repos/{}/{}{}", encode_component(settings_.owner), encode_component(settings_.repository), rest);
}

void GitHub::note(std::string_view line) const {
  if (settings_.note) settings_.note(redactor_(line));
}

nanoseconds GitHub::time_left() const {
  return ends_ - clock_.monotonic();
}

void GitHub::wait(nanoseconds duration, const std::string& why, const std::string& what) {
  if (duration >= time_left()) {
    fail(fmt::format("{}: {}; waiting {:.0f} s would pass the deadline of {:.0f} s for all requests together{}", what,
                     redactor_(why), in_seconds(duration), in_seconds(settings_.deadline),
                     shared_ ? ", of which this part has a share" : ""));
  }
  note(fmt::format("{}: {}; trying again in {:.0f} s", what, why, in_seconds(duration)));
  clock_.sleep_for(duration);
}

HttpResponse GitHub::exchange(const Call& call) {
  const Url api = *parse_url(settings_.api_url);
  auto url = parse_url(settings_.api_url + call.path);
  if (!url) fail(fmt::format("{}: not a path of the API", model::to_line(call.path, 200)));
  for (int redirects = 0;; ++redirects) {
    const bool own = same_origin(*url, api);
    HttpRequest request{.method = call.method, .url = to_string(*url), .headers = {}, .body = call.body};
    request.body_cap = call.cap;
    request.headers.push_back({.name = "User-Agent", .value = "cyclegate"});
    if (own) {
      request.headers.push_back({.name = "Accept", .value = "application/vnd.github+json"});
      request.headers.push_back({.name = "X-GitHub-Api-Version", .value = std::string(api_version)});
      if (!settings_.token.empty()) {
        request.headers.push_back({.name = "Authorization", .value = "Bearer " + settings_.token});
      }
      if (!call.etag.empty()) request.headers.push_back({.name = "If-None-Match", .value = call.etag});
    }
    if (!call.body.empty()) request.headers.push_back({.name = "Content-Type", .value = "application/json"});
    ++requests_;
    HttpResponse response = transport_.send(request, time_left());
    if (!is_redirect(response.status)) return response;
    const std::string* location = response.header("location");
    const auto target = location == nullptr ? std::nullopt : redirect_target(*url, *location);
    const std::string what = fmt::format("{} {}", call.method, call.path);
    if (!target) fail(fmt::format("{}: GitHub redirects to an address that cannot be followed", what));
    if (redirects == most_redirects) fail(fmt::format("{}: more than {} redirects", what, most_redirects));
    // A write is repeated as it is where the API says so, but never shown to another host.
    if (!same_origin(*target, api) && !call.follow_off_origin) {
      fail(fmt::format("{}: GitHub redirects to another host, {}", what, target->host));
    }
    url = target;
  }
}

Answer GitHub::run(const Call& call) {
  const std::string what = fmt::format("{} {}", call.method, call.path.substr(0, call.path.find('?')));
  int failures = 0;
  int limits = 0;
  for (bool repeated = false;; repeated = true) {
    system::throw_if_interrupted();
    if (time_left() <= nanoseconds::zero()) {
      fail(fmt::format("{}: the deadline of {:.0f} s for all requests together has passed", what,
                       in_seconds(settings_.deadline)));
    }
    if (repeated && call.look_up) {
      if (auto earlier = call.look_up()) {
        earlier->looked_up = true;
        return *std::move(earlier);
      }
    }
    const HttpResponse response = exchange(call);
    if (response.too_large) fail(fmt::format("{}: {}", what, response.failure));
    if (is_rate_limit(response)) {
      nanoseconds duration =
          std::min<nanoseconds>(first_limit_wait * (1 << std::min(limits, 10)), settings_.longest_wait);
      std::string why = fmt::format("GitHub limits the rate of requests ({})", response.status);
      if (const auto after = integer_header(response, "retry-after"); after && *after >= 0) {
        duration = seconds(std::min<std::int64_t>(*after, 1'000'000));
      } else if (integer_header(response, "x-ratelimit-remaining") == 0) {
        if (const auto reset = integer_header(response, "x-ratelimit-reset")) {
          const auto now = std::chrono::duration_cast<seconds>(clock_.now().time_since_epoch()).count();
          // One second more: the reset is told in whole seconds.
          duration = seconds(std::clamp<std::int64_t>(*reset - now, 0, 1'000'000) + 1);
        }
      }
      ++limits;
      wait(duration, why, what);
      continue;
    }
    if (response.status == 0 || response.status >= 500) {
      const std::string why =
          response.status == 0 ? redactor_(response.failure) : fmt::format("GitHub answered {}", response.status);
      if (++failures == most_failures) fail(fmt::format("{}: {}, {} times", what, why, failures));
      wait(std::min<nanoseconds>(first_failure_wait * (1 << (failures - 1)), longest_failure_wait), why, what);
      continue;
    }
    if (response.status == 401) {
      fail(fmt::format("{}: GitHub does not accept the token (401); it may have expired", what));
    }
    if (response.status == 304 && !call.etag.empty()) return {.status = 200, .body = kept_.at(call.path).body};
    const std::string* etag = response.header("etag");
    if (call.method == "GET" && response.status == 200 && etag != nullptr && !call.follow_off_origin) {
      kept_.insert_or_assign(call.path, Kept{.etag = *etag, .body = response.body});
    }
    return {.status = response.status, .body = response.body};
  }
}

Answer GitHub::get(const std::string& path) {
  const auto kept = kept_.find(path);
  return run(
      {.method = "GET", .path = path, .body = {}, .etag = kept == kept_.end() ? "" : kept->second.etag, .look_up = {}});
}

Answer GitHub::post(const std::string& path, const nlohmann::json& body, const LookUp& look_up) {
  return run({.method = "POST",
              .path = path,
              .body = redactor_(body.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace)),
              .etag = {},
              .look_up = look_up});
}

Answer GitHub::patch(const std::string& path, const nlohmann::json& body, const LookUp& look_up) {
  return run({.method = "PATCH",
              .path = path,
              .body = redactor_(body.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace)),
              .etag = {},
              .look_up = look_up});
}

Answer GitHub::remove(const std::string& path) {
  return run({.method = "DELETE", .path = path, .body = {}, .etag = {}, .look_up = {}});
}

GitHub::List GitHub::get_all(const std::string& path, std::string_view member, int max_pages) {
  List list;
  const char separator = path.find('?') == std::string::npos ? '?' : '&';
  for (int page = 1;; ++page) {
    list.last = get(fmt::format("{}{}per_page={}&page={}", path, separator, page_size, page));
    if (!list.last.ok()) {
      list.elements.clear();
      return list;
    }
    nlohmann::json document = list.last.json();
    nlohmann::json* elements = &document;
    if (!member.empty()) {
      const auto found = document.is_object() ? document.find(member) : document.end();
      if (found == document.end()) fail(fmt::format("GET {}: GitHub's answer has no list `{}`", path, member));
      elements = &*found;
    }
    if (!elements->is_array()) fail(fmt::format("GET {}: GitHub's answer is not a list", path));
    for (nlohmann::json& element : *elements) list.elements.push_back(std::move(element));
    if (elements->size() < page_size) return list;
    if (page == max_pages) {
      list.complete = false;
      return list;
    }
  }
}

Answer GitHub::download(const std::string& path, std::uint64_t cap) {
  Call call{.method = "GET", .path = path, .body = {}, .etag = {}, .look_up = {}};
  call.cap = cap;
  call.follow_off_origin = true;
  return run(call);
}

}  // namespace cyclegate::publish
