#include "publish/dry_run.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <utility>

#include "publish/url.h"

namespace cyclegate::publish {
namespace {

using nlohmann::json;

/// JSON text in which the runner's `##[` cannot be found, and which is still the same JSON.
std::string shown_json(const std::string& body) {
  std::string text = json::parse(body, nullptr, false).dump(2, ' ', false, json::error_handler_t::replace);
  for (std::size_t at = text.find("##["); at != std::string::npos; at = text.find("##[", at)) {
    text.replace(at, 3, "#\\u0023[");
  }
  return text;
}

class DryRunTransport final : public HttpTransport {
 public:
  DryRunTransport(std::function<void(std::string_view)> tell, std::string head_sha)
      : tell_(std::move(tell)), head_sha_(std::move(head_sha)) {}

  HttpResponse send(const HttpRequest& request, std::chrono::nanoseconds /*time_left*/) override {
    check_request(request);
    std::string text = fmt::format("{} {}\n", request.method, request.url);
    for (const HttpHeader& header : request.headers) {
      if (header.name != "Authorization") text += fmt::format("{}: {}\n", header.name, header.value);
    }
    text += "Authorization: Bearer ***\n";
    if (!request.body.empty()) text += shown_json(request.body) + "\n";
    tell_(text);
    return answer(request);
  }

 private:
  static HttpResponse respond(int status, const json& body) { return {.status = status, .body = body.dump()}; }

  HttpResponse answer(const HttpRequest& request) {
    const std::string target = parse_url(request.url)->target;
    const std::string path = target.substr(0, target.find('?'));
    const bool reads = request.method == "GET";
    const json body = request.body.empty() ? json::object() : json::parse(request.body, nullptr, false);
    const auto has = [&](std::string_view part) { return path.find(part) != std::string::npos; };
    if (has("/comments")) {
      if (reads) return respond(200, comments_);
      json comment = {
          {"id", 1}, {"html_url", ""}, {"user", {{"login", "github-actions[bot]"}}}, {"body", body.value("body", "")}};
      comments_ = json::array({comment});
      return respond(201, comment);
    }
    if (has("/check-runs")) return check_run(reads, path, body);
    if (has("/git/ref") && reads) return respond(404, {{"message", "Not Found"}});
    if (has("/git/")) return respond(201, {{"sha", std::string(40, '0')}});
    if (has("/statuses")) return reads ? respond(200, json::array()) : respond(201, json::object());
    if (has("/pulls/")) return respond(200, pull_request());
    if (has("/pulls")) return respond(200, json::array({pull_request()}));
    return respond(200, {{"private", false}});
  }

  HttpResponse check_run(bool reads, const std::string& path, const json& body) {
    if (reads && !path.ends_with("/check-runs/1")) {
      return respond(200, {{"total_count", checks_.size()}, {"check_runs", checks_}});
    }
    if (!reads) {
      if (checks_.empty())
        checks_ = json::array({{{"id", 1}, {"html_url", ""}, {"output", {{"annotations_count", 0}}}}});
      json& check = checks_.front();
      for (const char* name : {"name", "external_id", "status", "conclusion"}) {
        if (body.contains(name)) check[name] = body.at(name);
      }
      const json output = body.value("output", json::object());
      if (output.contains("annotations")) {
        json& count = check["output"]["annotations_count"];
        count = count.get<std::size_t>() + output.at("annotations").size();
      }
    }
    return respond(200, checks_.front());
  }

  json pull_request() const {
    const json repository = {{"id", 1}, {"full_name", "OWNER/NAME"}};
    return {{"number", 1},
            {"state", "open"},
            {"head", {{"sha", head_sha_}, {"ref", "head"}, {"repo", repository}}},
            {"base", {{"sha", head_sha_}, {"ref", "base"}, {"repo", repository}}}};
  }

  std::function<void(std::string_view)> tell_;
  std::string head_sha_;
  json comments_ = json::array();
  json checks_ = json::array();
};

}  // namespace

std::unique_ptr<HttpTransport> make_dry_run_transport(std::function<void(std::string_view)> tell,
                                                      std::string head_sha) {
  return std::make_unique<DryRunTransport>(std::move(tell), std::move(head_sha));
}

}  // namespace cyclegate::publish
