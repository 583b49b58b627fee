#include "publish/check_run.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <nlohmann/json.hpp>
#include <optional>
#include <system_error>

#include "model/error.h"
#include "model/text.h"
#include "publish/url.h"

namespace cyclegate::publish {
namespace {

using nlohmann::json;

constexpr std::size_t longest_output = 65'535;
constexpr std::size_t longest_title = 255;
constexpr std::size_t longest_message = 64 * 1024;
constexpr std::string_view id_prefix = "cyclegate:";

/// A check run of ours as it stands.
struct Existing {
  std::uint64_t id = 0;
  ReportStamp stamp;
  bool completed = false;
  std::string conclusion;  ///< of a completed one
  std::size_t annotations = 0;
  std::string url;
};

std::string external_id(const ReportStamp& stamp) {
  return fmt::format("{}{}:{}", id_prefix, stamp.run, stamp.attempt);
}

std::optional<ReportStamp> read_external_id(std::string_view text, const std::string& head) {
  if (!text.starts_with(id_prefix)) return std::nullopt;
  text.remove_prefix(id_prefix.size());
  ReportStamp stamp{.head = head};
  const auto [middle, first] = std::from_chars(text.data(), text.data() + text.size(), stamp.run);
  if (first != std::errc() || middle == text.data() + text.size() || *middle != ':') return std::nullopt;
  const auto [end, second] = std::from_chars(middle + 1, text.data() + text.size(), stamp.attempt);
  if (second != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return stamp;
}

std::string text_at(const json& object, const char* name) {
  const auto found = object.is_object() ? object.find(name) : object.end();
  return object.is_object() && found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

std::optional<Existing> read_existing(const json& document, const std::string& head) {
  const auto stamp = read_external_id(text_at(document, "external_id"), head);
  if (!stamp || text_at(document, "name") != check_name) return std::nullopt;
  const auto id = document.find("id");
  if (id == document.end() || !id->is_number_unsigned()) return std::nullopt;
  Existing existing{.id = id->get<std::uint64_t>(), .stamp = *stamp};
  existing.completed = text_at(document, "status") == "completed";
  existing.conclusion = text_at(document, "conclusion");
  existing.url = text_at(document, "html_url");
  if (const auto output = document.find("output"); output != document.end() && output->is_object()) {
    const auto count = output->find("annotations_count");
    if (count != output->end() && count->is_number_unsigned()) existing.annotations = count->get<std::size_t>();
  }
  return existing;
}

json annotation_json(const Annotation& annotation) {
  constexpr std::array<std::string_view, 3> levels = {"notice", "warning", "failure"};
  json document = {{"path", annotation.path},
                   {"start_line", annotation.first_line},
                   {"end_line", std::max(annotation.first_line, annotation.last_line)},
                   {"annotation_level", levels.at(static_cast<std::size_t>(annotation.level))},
                   {"message", within(annotation.message, longest_message)}};
  if (!annotation.title.empty()) document["title"] = model::to_line(annotation.title, longest_title);
  return document;
}

class CheckKeeper {
 public:
  CheckKeeper(GitHub& github, const CheckReport& report, const ReportStamp& stamp)
      : github_(github), report_(report), stamp_(stamp) {
    wanted_ = std::min(report.annotations.size(), most_annotations);
  }

  Posted keep() {
    if (!find()) return posted_;
    if (newest_ && !stamp_.at_least_as_new_as(newest_->stamp)) {
      return {.result = Posted::Result::superseded,
              .url = newest_->url,
              .why = fmt::format("run {} (attempt {}) has a check on the same commit", newest_->stamp.run,
                                 newest_->stamp.attempt)};
    }
    if (own_ && own_->completed && !report_.completed) {
      return {.result = Posted::Result::unchanged, .url = own_->url, .why = "the check has its conclusion already"};
    }
    const bool created = !own_;
    if (created && !create()) return posted_;
    if (!created && !update(true)) return posted_;
    while (report_.completed && own_->annotations < wanted_ && !annotations_refused_) {
      if (!update(false)) return posted_;
    }
    if (!settle_twins()) return posted_;
    posted_.result = created ? Posted::Result::created : Posted::Result::updated;
    posted_.url = own_->url;
    if (annotations_refused_) posted_.why = refusal_;
    return posted_;
  }

 private:
  /// Finds the check of this attempt and the newest of any.
  bool find() {
    const GitHub::List found = github_.get_all(
        github_.in_repository(fmt::format("/commits/{}/check-runs?check_name={}&filter=all", stamp_.head, check_name)),
        "check_runs");
    if (found.last.forbidden()) return stop(Posted::Result::forbidden, "the token may not read checks");
    if (!found.last.ok()) return stop(Posted::Result::failed, told(found.last));
    own_.reset();
    newest_.reset();
    twins_.clear();
    for (const json& element : found.elements) {
      const auto existing = read_existing(element, stamp_.head);
      if (!existing) continue;
      if (existing->stamp == stamp_) {
        twins_.push_back(*existing);
        // Of several with one id, left by a race, the last is the one that a repository's rules look at.
        if (!own_ || existing->id > own_->id) own_ = existing;
      }
      if (!newest_ || existing->stamp.at_least_as_new_as(newest_->stamp)) newest_ = existing;
    }
    return true;
  }

  /// What every request says; with the next annotations where there are some.
  json body(bool with_annotations) const {
    json document = {{"name", check_name}, {"status", report_.completed ? "completed" : "in_progress"}};
    if (report_.completed) document["conclusion"] = to_string(report_.conclusion);
    if (!report_.details_url.empty()) document["details_url"] = report_.details_url;
    json output = {{"title", model::to_line(report_.title, longest_title)},
                   {"summary", within(report_.summary, longest_output)}};
    if (!report_.text.empty()) output["text"] = within(report_.text, longest_output);
    if (with_annotations && report_.completed) {
      const std::size_t first = own_ ? own_->annotations : 0;
      const std::size_t end = std::min(wanted_, first + annotations_per_request);
      json list = json::array();
      for (std::size_t index = first; index < end; ++index)
        list.push_back(annotation_json(report_.annotations.at(index)));
      if (!list.empty()) output["annotations"] = std::move(list);
    }
    document["output"] = std::move(output);
    return document;
  }

  bool create() {
    json document = body(true);
    document["head_sha"] = stamp_.head;
    document["external_id"] = external_id(stamp_);
    const auto look_up = [this]() -> std::optional<Answer> {
      if (!find() || !own_) return std::nullopt;
      return github_.get(github_.in_repository(fmt::format("/check-runs/{}", own_->id)));
    };
    Answer answer = github_.post(github_.in_repository("/check-runs"), document, look_up);
    if (answer.status == 422 && wanted_ > 0) {
      refuse_annotations(answer);
      document["output"].erase("annotations");
      answer = github_.post(github_.in_repository("/check-runs"), document, look_up);
    }
    return take(answer);
  }

  /// `whole`: also without annotations to send.
  bool update(bool whole) {
    const std::string path = github_.in_repository(fmt::format("/check-runs/{}", own_->id));
    const std::size_t before = own_->annotations;
    const auto look_up = [&]() -> std::optional<Answer> {
      const Answer now = github_.get(path);
      const auto existing = now.ok() ? read_existing(now.json(), stamp_.head) : std::nullopt;
      if (!existing) return std::nullopt;
      // Annotations arrived: so did all the rest of the request. Without any, repeating doubles nothing.
      const std::size_t sent = std::min(wanted_, before + annotations_per_request) - std::min(before, wanted_);
      if (report_.completed && sent > 0 && existing->annotations >= before + sent) return now;
      return std::nullopt;
    };
    Answer answer = github_.patch(path, body(true), look_up);
    if (answer.status == 422 && before < wanted_) {
      refuse_annotations(answer);
      if (!whole) return true;
      answer = github_.patch(path, body(false));
    }
    const bool taken = take(answer);
    // A server that takes annotations and does not count them would hold us here for ever.
    if (taken && !whole && own_->annotations <= before) {
      refusal_ = "GitHub did not take all annotations";
      annotations_refused_ = true;
    }
    return taken;
  }

  /// Opening and completing may have raced, and left two checks of this attempt. None may stay in progress when one is
  /// completed: the rules look at the last one, whichever that is.
  bool settle_twins() {
    const Existing kept = *own_;
    if (!find()) return false;
    std::string conclusion;
    for (const Existing& twin : twins_) {
      if (twin.completed) conclusion = twin.conclusion;
    }
    for (const Existing& twin : twins_) {
      if (twin.completed || conclusion.empty()) continue;
      const Answer answer = github_.patch(github_.in_repository(fmt::format("/check-runs/{}", twin.id)),
                                          {{"status", "completed"}, {"conclusion", conclusion}});
      if (!answer.ok()) return stop(Posted::Result::failed, told(answer));
    }
    own_ = kept;
    return true;
  }

  void refuse_annotations(const Answer& answer) {
    annotations_refused_ = true;
    refusal_ = "GitHub refused the annotations: " + answer.message();
    github_.note(refusal_);
  }

  bool take(const Answer& answer) {
    if (answer.forbidden()) return stop(Posted::Result::forbidden, "the token may not write checks");
    if (!answer.ok()) return stop(Posted::Result::failed, told(answer));
    const auto existing = read_existing(answer.json(), stamp_.head);
    if (!existing) return stop(Posted::Result::failed, "GitHub's answer is not the check that was sent");
    own_ = existing;
    return true;
  }

  static std::string told(const Answer& answer) {
    return fmt::format("GitHub answered {}: {}", answer.status, answer.message());
  }

  bool stop(Posted::Result result, std::string why) {
    posted_ = {.result = result, .url = {}, .why = std::move(why)};
    return false;
  }

  GitHub& github_;
  const CheckReport& report_;
  const ReportStamp& stamp_;
  std::size_t wanted_ = 0;
  bool annotations_refused_ = false;
  std::string refusal_;
  std::optional<Existing> own_;
  std::optional<Existing> newest_;
  std::vector<Existing> twins_;  ///< all of this attempt
  Posted posted_;
};

}  // namespace

std::string_view to_string(Conclusion conclusion) {
  switch (conclusion) {
    case Conclusion::success:
      return "success";
    case Conclusion::failure:
      return "failure";
    case Conclusion::neutral:
      return "neutral";
  }
  return "neutral";
}

std::string within(std::string_view text, std::size_t limit) {
  if (text.size() <= limit) return std::string(text);
  constexpr std::string_view remark = "\n\n(cut to the size that GitHub takes)";
  std::string_view kept = text.substr(0, limit - std::min(limit, remark.size()));
  // Not within a character: back to before its first byte.
  while (!kept.empty() && (static_cast<unsigned char>(text.at(kept.size())) & 0xC0U) == 0x80U) kept.remove_suffix(1);
  return std::string(kept) + std::string(remark);
}

Posted post_check(GitHub& github, const CheckReport& report, const ReportStamp& stamp) {
  return CheckKeeper(github, report, stamp).keep();
}

}  // namespace cyclegate::publish
