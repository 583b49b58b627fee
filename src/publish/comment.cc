#include "publish/comment.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>
#include <system_error>
#include <vector>

#include "model/error.h"
#include "publish/context.h"
#include "publish/github_calls.h"

namespace cyclegate::publish {
namespace {

using nlohmann::json;

constexpr std::string_view stamp_prefix = "<!-- cyclegate: head=";
/// How often a comment is written again because somebody else's words were found in it.
constexpr int most_comment_rounds = 4;

struct Comment {
  std::uint64_t id = 0;
  std::string url;
  std::string body;
  std::string author;
  bool by_bot = false;
};

Comment read_comment(const json& document) {
  Comment comment;
  if (!document.is_object() || !document.contains("id") || !document.at("id").is_number_unsigned()) {
    throw model::Error(model::ErrorKind::measurement, "comments: GitHub's answer has a comment without an id");
  }
  comment.id = document.at("id").get<std::uint64_t>();
  comment.url = text_at(document, "html_url");
  comment.body = text_at(document, "body");
  if (document.contains("user")) {
    comment.author = text_at(document.at("user"), "login");
    comment.by_bot = text_at(document.at("user"), "type") == "Bot";
  }
  return comment;
}

bool has_marker(std::string_view body, std::string_view marker) {
  return body.starts_with(marker) &&
         (body.size() == marker.size() || body.at(marker.size()) == '\n' || body.at(marker.size()) == '\r');
}

/// The account that the token writes as. An Actions token cannot ask who it is; it is always github-actions[bot].
std::string own_login(GitHub& github) {
  const std::string& token = github.settings().token;
  if (token.empty() || token.starts_with("ghs_")) return "github-actions[bot]";
  const Answer answer = github.get("/user");
  return answer.ok() ? text_at(answer.json(), "login") : "github-actions[bot]";
}

std::optional<std::uint64_t> number_after(std::string_view& text, std::string_view word) {
  if (!text.starts_with(word)) return std::nullopt;
  text.remove_prefix(word.size());
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc()) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return value;
}

/// One attempt at leaving exactly one comment with these words.
class CommentKeeper {
 public:
  CommentKeeper(GitHub& github, std::uint64_t pull_request, std::string_view marker, std::string text,
                ReportStamp stamp)
      : github_(github),
        pull_request_(pull_request),
        marker_(marker),
        text_(std::move(text)),
        stamp_(std::move(stamp)),
        login_(own_login(github)),
        path_(github.in_repository(fmt::format("/issues/{}/comments", pull_request))) {}

  Posted keep() {
    Posted posted;
    for (int round = 0; round < most_comment_rounds; ++round) {
      if (!list()) return *stopped_;
      // As late as can be: what happens between this and the write cannot be seen.
      if (auto refused = superseded_by_head()) return *refused;
      if (ours_.empty()) {
        if (!create(posted)) return *stopped_;
      } else if (auto refused = update(posted)) {
        return *refused;
      }
      // Read again: another run may have made a comment of its own meanwhile, or written over ours.
      if (!list()) return *stopped_;
      if (ours_.empty()) continue;
      if (!remove_duplicates()) return *stopped_;
      if (ours_.front().body == text_) {
        posted.url = ours_.front().url;
        return posted;
      }
      if (auto refused = superseded_by(ours_.front())) return *refused;
    }
    return posted;
  }

 private:
  std::optional<Posted> superseded_by_head() {
    const auto pull = publish::pull_request(github_, pull_request_);
    if (!pull) {
      return Posted{.result = Posted::Result::failed, .why = fmt::format("there is no pull request {}", pull_request_)};
    }
    if (pull->head_sha == stamp_.head) return std::nullopt;
    return Posted{.result = Posted::Result::superseded,
                  .why = fmt::format("the pull request's head is {} by now", pull->head_sha.substr(0, 12))};
  }

  /// Only what stands there for the same head can be newer: another head is an older one, as ours is the current.
  std::optional<Posted> superseded_by(const Comment& comment) const {
    const auto other = read_stamp(comment.body);
    if (!other || other->head != stamp_.head || stamp_.at_least_as_new_as(*other)) return std::nullopt;
    return Posted{
        .result = Posted::Result::superseded,
        .url = comment.url,
        .why = fmt::format("run {} (attempt {}) has reported on the same commit", other->run, other->attempt)};
  }

  /// Reads ours, the oldest first. False: `stopped_` says why.
  bool list() {
    const GitHub::List found = github_.get_all(path_, "", 100);
    if (found.last.forbidden()) return stop(Posted::Result::forbidden, "the token may not read comments");
    require_ok(found.last, "comments");
    ours_.clear();
    for (const json& element : found.elements) {
      Comment comment = read_comment(element);
      if (comment.author == login_ && has_marker(comment.body, marker_)) ours_.push_back(std::move(comment));
    }
    std::ranges::sort(ours_, {}, &Comment::id);
    return true;
  }

  /// Takes GitHub's refusal of a write; true when it was none.
  bool accepted(const Answer& answer) {
    if (answer.ok()) return true;
    if (answer.forbidden()) return stop(Posted::Result::forbidden, "the token may not write comments");
    return stop(Posted::Result::failed, fmt::format("GitHub answered {}: {}", answer.status, answer.message()));
  }

  bool create(Posted& posted) {
    const Answer answer = github_.post(path_, {{"body", text_}}, [this]() -> std::optional<Answer> {
      if (!list() || ours_.empty()) return std::nullopt;
      return Answer{.status = 200, .body = json{{"html_url", ours_.front().url}}.dump()};
    });
    if (!accepted(answer)) return false;
    const json made = answer.json();
    posted.result = Posted::Result::created;
    posted.url = text_at(made, "html_url");
    // An app of one's own has another name than we thought; with it the next look finds what it wrote before.
    if (made.contains("user") && !text_at(made.at("user"), "login").empty()) login_ = text_at(made.at("user"), "login");
    return true;
  }

  /// nullopt: go on.
  std::optional<Posted> update(Posted& posted) {
    const Comment comment = ours_.front();
    if (auto refused = superseded_by(comment)) return refused;
    posted.url = comment.url;
    if (comment.body == text_) {
      if (posted.result != Posted::Result::updated) posted.result = Posted::Result::unchanged;
      return std::nullopt;
    }
    const Answer answer =
        github_.patch(github_.in_repository(fmt::format("/issues/comments/{}", comment.id)), {{"body", text_}});
    if (answer.status == 404) return std::nullopt;  // deleted meanwhile: the next round makes another
    if (!accepted(answer)) return stopped_;
    posted.result = Posted::Result::updated;
    return std::nullopt;
  }

  /// The oldest stays; where another has a newer run's words, it takes them over first.
  bool remove_duplicates() {
    for (std::size_t index = 1; index < ours_.size(); ++index) {
      if (superseded_by(ours_.at(index))) {
        ours_.front().body = ours_.at(index).body;
        const Answer kept = github_.patch(github_.in_repository(fmt::format("/issues/comments/{}", ours_.front().id)),
                                          {{"body", ours_.front().body}});
        if (!accepted(kept)) return false;
      }
      const Answer answer =
          github_.remove(github_.in_repository(fmt::format("/issues/comments/{}", ours_.at(index).id)));
      if (answer.status != 404 && !accepted(answer)) return false;
    }
    return true;
  }

  bool stop(Posted::Result result, std::string why) {
    stopped_ = Posted{.result = result, .url = {}, .why = std::move(why)};
    return false;
  }

  GitHub& github_;
  std::uint64_t pull_request_;
  std::string marker_;
  std::string text_;
  ReportStamp stamp_;
  std::string login_;
  std::string path_;
  std::vector<Comment> ours_;
  std::optional<Posted> stopped_;
};

}  // namespace

std::string stamp_line(const ReportStamp& stamp) {
  return fmt::format("{}{} run={} attempt={} -->", stamp_prefix, stamp.head, stamp.run, stamp.attempt);
}

std::optional<ReportStamp> read_stamp(std::string_view body) {
  const std::size_t at = body.substr(0, 512).find(stamp_prefix);
  if (at == std::string_view::npos || (at != 0 && body.at(at - 1) != '\n')) return std::nullopt;
  std::string_view text = body.substr(at + stamp_prefix.size());
  ReportStamp stamp;
  stamp.head = std::string(text.substr(0, text.find(' ')));
  if (!is_commit(stamp.head)) return std::nullopt;
  text.remove_prefix(stamp.head.size());
  const auto run = number_after(text, " run=");
  const auto attempt = run ? number_after(text, " attempt=") : std::nullopt;
  if (!attempt || !text.starts_with(" -->")) return std::nullopt;
  stamp.run = *run;
  stamp.attempt = *attempt;
  return stamp;
}

Posted post_comment(GitHub& github, std::uint64_t pull_request, std::string_view marker, const std::string& body,
                    const ReportStamp& stamp) {
  if (!has_marker(body, marker)) {
    throw model::Error(model::ErrorKind::configuration,
                       fmt::format("the comment must begin with {}, by which it is found again", marker));
  }
  // The comment as it will be read back: GitHub keeps it as it is but for blanks at its end.
  std::string text = fmt::format("{}\n{}{}", marker, stamp_line(stamp), body.substr(marker.size()));
  while (text.ends_with('\n') || text.ends_with(' ')) text.pop_back();
  return CommentKeeper(github, pull_request, marker, github.redactor()(text), stamp).keep();
}

}  // namespace cyclegate::publish
