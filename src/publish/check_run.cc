#include "publish/check_run.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <system_error>

#include "model/error.h"
#include "model/text.h"
#include "publish/url.h"

namespace cyclegate::publish {
namespace {

using nlohmann::json;

constexpr std::size_t longest_output = 65'535;
constexpr std::size_t longest_title = 255;
constexpr std::size_t longest_message = std::size_t{64} * 1024;
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
    want_all_annotations();
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
    // A newer attempt goes on with the check that is there. GitHub opens no completed check again: that needs a new
    // one.
    if (!own_ && newest_ && (report_.completed || !newest_->completed)) own_ = newest_;
    if (own_ && report_.completed && !plan_annotations()) return posted_;
    bool created = !own_;
    const bool ours = own_ && own_->stamp == stamp_;
    if (created && !create()) return posted_;
    if (!created && !update(true)) return posted_;
    if (!created && !holds(*own_)) {
      if (!report_.completed && ours) {
        return {.result = Posted::Result::unchanged, .url = own_->url, .why = "the check has its conclusion already"};
      }
      given_up_ = own_->id;
      own_.reset();
      want_all_annotations();
      created = true;
      if (!create()) return posted_;
    }
    while (report_.completed && next_ < to_send_.size() && !annotations_refused_) {
      if (!update(false)) return posted_;
    }
    if (!settle_twins()) return posted_;
    posted_.result = created ? Posted::Result::created : Posted::Result::updated;
    posted_.url = own_->url;
    if (annotations_refused_) posted_.why = refusal_;
    return posted_;
  }

 private:
  void want_all_annotations() {
    to_send_.clear();
    next_ = 0;
    if (!report_.completed) return;
    const std::size_t wanted = std::min(report_.annotations.size(), most_annotations);
    for (std::size_t index = 0; index < wanted; ++index) {
      to_send_.push_back(annotation_json(report_.annotations[index]));
    }
  }

  /// Whether the check stands as the report says.
  bool holds(const Existing& check) const {
    if (!report_.completed) return !check.completed;
    return check.completed && check.conclusion == to_string(report_.conclusion);
  }

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
    older_.clear();
    for (const json& element : found.elements) {
      const auto existing = read_existing(element, stamp_.head);
      if (!existing) continue;
      if (existing->stamp == stamp_) {
        twins_.push_back(*existing);
        // Of several with one id, left by a race, the last is the one that a repository's rules look at.
        if (!own_ || existing->id > own_->id) own_ = existing;
      }
      if (stamp_.at_least_as_new_as(existing->stamp)) older_.push_back(*existing);
      const bool same = newest_ && existing->stamp == newest_->stamp;
      if (!newest_ || (same ? existing->id > newest_->id : existing->stamp.at_least_as_new_as(newest_->stamp))) {
        newest_ = existing;
      }
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
      json list = json::array();
      for (std::size_t index = next_; index < batch_end(); ++index) list.push_back(to_send_.at(index));
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
      if (!find() || !own_ || own_->id <= given_up_) return std::nullopt;
      return github_.get(github_.in_repository(fmt::format("/check-runs/{}", own_->id)));
    };
    Answer answer = github_.post(github_.in_repository("/check-runs"), document, look_up);
    if (answer.status == 422 && !to_send_.empty()) {
      refuse_annotations(answer);
      document["output"].erase("annotations");
      answer = github_.post(github_.in_repository("/check-runs"), document, look_up);
    }
    if (!take(answer)) return false;
    next_ = batch_end();
    return true;
  }

  /// Leaves in `to_send_` what the check does not show yet. A check that shows what no longer holds is given up, since
  /// annotations cannot be taken back: this attempt gets one of its own.
  bool plan_annotations() {
    if (own_->annotations == 0) return true;
    const GitHub::List shown =
        github_.get_all(github_.in_repository(fmt::format("/check-runs/{}/annotations", own_->id)));
    if (!shown.last.ok()) return stop(Posted::Result::failed, told(shown.last));
    std::multiset<std::string> there;
    for (const json& annotation : shown.elements) there.insert(identity(annotation));
    std::vector<json> missing;
    for (const json& annotation : to_send_) {
      const auto found = there.find(identity(annotation));
      if (found == there.end()) {
        missing.push_back(annotation);
      } else {
        there.erase(found);
      }
    }
    if (there.empty()) {
      to_send_ = std::move(missing);
    } else {
      given_up_ = own_->id;
      own_.reset();
    }
    return true;
  }

  std::size_t batch_end() const { return std::min(to_send_.size(), next_ + annotations_per_request); }

  /// What makes two annotations the same to a reader.
  static std::string identity(const json& annotation) {
    std::string message = text_at(annotation, "message");
    message.erase(message.find_last_not_of(" \r\n\t") + 1);
    return fmt::format("{}\n{}\n{}\n{}\n{}", text_at(annotation, "path"), annotation.value("start_line", 0),
                       text_at(annotation, "annotation_level"), text_at(annotation, "title"), message);
  }

  /// `whole`: also without annotations to send.
  bool update(bool whole) {
    const std::string path = github_.in_repository(fmt::format("/check-runs/{}", own_->id));
    const std::size_t before = own_->annotations;
    const std::size_t sent = batch_end() - next_;
    const auto look_up = [&]() -> std::optional<Answer> {
      Answer now = github_.get(path);
      const auto existing = now.ok() ? read_existing(now.json(), stamp_.head) : std::nullopt;
      if (!existing) return std::nullopt;
      // Annotations arrived: so did all the rest of the request. Without any, repeating doubles nothing.
      if (sent > 0 && existing->annotations >= before + sent) return now;
      return std::nullopt;
    };
    json document = body(true);
    document["external_id"] = external_id(stamp_);
    Answer answer = github_.patch(path, document, look_up);
    if (answer.status == 422 && sent > 0) {
      refuse_annotations(answer);
      if (!whole) return true;
      document["output"].erase("annotations");
      answer = github_.patch(path, document);
    }
    next_ += sent;
    return take(answer);
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

  /// Checks of earlier attempts, or left by a race, must not say something else than the report: the rules look at
  /// the last one, whichever that is, and people at all. None may stay in progress when one is completed.
  bool settle_twins() {
    const Existing kept = *own_;
    if (!find()) return false;
    own_ = kept;
    if (report_.completed) {
      for (const Existing& check : older_) {
        if (check.id == kept.id || holds(check)) continue;
        const Answer answer =
            github_.patch(github_.in_repository(fmt::format("/check-runs/{}", check.id)), body(false));
        if (answer.forbidden()) {
          github_.note(fmt::format("check run {} is not ours to complete: {}", check.id, answer.message()));
        } else if (!answer.ok()) {
          return stop(Posted::Result::failed, told(answer));
        }
      }
      return true;
    }
    // One that was given up is an earlier attempt's, whatever id our request has left on it.
    std::string conclusion;
    for (const Existing& twin : twins_) {
      if (twin.completed && twin.id != given_up_) conclusion = twin.conclusion;
    }
    for (const Existing& twin : twins_) {
      if (twin.completed || conclusion.empty()) continue;
      const Answer answer = github_.patch(github_.in_repository(fmt::format("/check-runs/{}", twin.id)),
                                          {{"status", "completed"}, {"conclusion", conclusion}});
      if (!answer.ok()) return stop(Posted::Result::failed, told(answer));
    }
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
  std::vector<json> to_send_;   ///< annotations that the check does not show yet
  std::size_t next_ = 0;        ///< of these
  std::uint64_t given_up_ = 0;  ///< id of a check that cannot be made to say this report
  bool annotations_refused_ = false;
  std::string refusal_;
  std::optional<Existing> own_;
  std::optional<Existing> newest_;
  std::vector<Existing> twins_;  ///< all of this attempt
  std::vector<Existing> older_;  ///< all of this attempt and earlier ones
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
