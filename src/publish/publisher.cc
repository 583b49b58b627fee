#include "publish/publisher.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "model/error.h"
#include "publish/commit_status.h"
#include "publish/github_calls.h"
#include "publish/job_files.h"

namespace cyclegate::publish {
namespace {

/// One publishing, way by way.
class Publisher {
 public:
  Publisher(const PublishServices& services, const Context& context, const Report& report, const Selection& selection,
            const PictureSettings& pictures)
      : services_(services),
        context_(context),
        report_(report),
        selection_(selection),
        picture_settings_(pictures),
        stamp_{.head = context.head_sha, .run = context.run_id, .attempt = context.run_attempt} {}

  Published run() {
    const bool finished = report_.stage == Report::Stage::finished;
    if (finished) {
      // Pictures without anything that shows them are sent only when they are all that was asked for.
      const bool shown = wants_comment() || selection_.wants(Channel::check) || wants_summary();
      if (selection_.wants(Channel::pictures) && (shown || selection_.explicitly(Channel::pictures))) {
        attempt("pictures", [&] {
          // What the required check needs must not go to what only adorns it.
          const GitHub::TimeShare share(*services_.github, 3);
          send_pictures();
        });
      }
      text_ = report_.comment([this](std::string_view name) { return address_of(name); });
    }
    if (finished && wants_comment()) {
      attempt("comment", [&] {
        const GitHub::TimeShare share(*services_.github, 2);
        send_comment();
      });
    }
    if (selection_.wants(Channel::check)) attempt("check", [&] { send_check(); });
    if (selection_.explicitly(Channel::status) || (checks_forbidden_ && selection_.wants(Channel::status))) {
      attempt("commit status", [&] { send_status(); });
    }
    if (finished) speak_as_job();
    return std::move(published_);
  }

 private:
  bool wants_comment() {
    if (!selection_.wants(Channel::comment)) return false;
    if (context_.pull_request != 0) return true;
    if (!told_) say("comment: none, there is no open pull request with this head");
    told_ = true;
    return false;
  }
  bool wants_summary() const { return selection_.wants(Channel::summary) && !context_.summary_file.empty(); }

  void say(std::string_view line) { published_.lines.push_back(log_line(services_.redactor(line))); }

  /// One way's failure is told and the next way is tried; what nobody can go on from is thrown on.
  template <class Action>
  void attempt(std::string_view what, const Action& action) {
    try {
      action();
    } catch (const model::Error& error) {
      if (error.kind() != model::ErrorKind::measurement) throw;
      published_.failed = true;
      say(fmt::format("{}: not sent: {}", what, error.what()));
    }
  }

  /// Tells what came of it. True: it stands there.
  bool tell(std::string_view what, const Posted& posted) {
    switch (posted.result) {
      case Posted::Result::created:
        say(fmt::format("{}: created {}", what, posted.url));
        break;
      case Posted::Result::updated:
        say(fmt::format("{}: updated {}", what, posted.url));
        break;
      case Posted::Result::unchanged:
        say(fmt::format("{}: stands there already {}", what, posted.url));
        break;
      case Posted::Result::superseded:
        say(fmt::format("{}: left alone, {}", what, posted.why));
        break;
      case Posted::Result::forbidden:
        say(fmt::format("{}: not sent, {}; on a fork's pull request this is as it should be", what, posted.why));
        return false;
      case Posted::Result::failed:
        published_.failed = true;
        say(fmt::format("{}: not sent: {}", what, posted.why));
        return false;
    }
    if (!posted.why.empty() && posted.result != Posted::Result::superseded)
      say(fmt::format("{}: {}", what, posted.why));
    return true;
  }

  void send_pictures() {
    if (report_.pictures.empty()) return;
    StoredPictures stored = store_pictures(*services_.github, report_.pictures, picture_settings_);
    if (stored.commit.empty()) {
      published_.failed = published_.failed || !stored.forbidden;
      say(fmt::format("pictures: not stored, {}; the comment is complete without them", stored.why));
      return;
    }
    private_ = repository_is_private(*services_.github);
    stored_ = std::move(stored);
    say(fmt::format("pictures: {} on {} in {}", stored_.paths.size(), picture_settings_.branch,
                    stored_.commit.substr(0, 12)));
  }

  std::optional<std::string> address_of(std::string_view name) const {
    const auto found = stored_.paths.find(std::string(name));
    if (stored_.commit.empty() || found == stored_.paths.end()) return std::nullopt;
    return picture_url(*services_.github, context_.server_url, private_, stored_.commit, found->second);
  }

  void send_comment() {
    const Posted posted = post_comment(*services_.github, context_.pull_request, report_.marker, text_, stamp_);
    if (tell("comment", posted)) published_.comment_url = posted.url;
  }

  void send_check() {
    CheckReport check;
    check.completed = report_.stage == Report::Stage::finished;
    check.conclusion = report_.conclusion;
    check.title = report_.title;
    check.summary = check.completed ? text_ : "The guests are being built and measured.";
    check.details_url = context_.run_url;
    if (check.completed) check.annotations = report_.annotations;
    const Posted posted = post_check(*services_.github, check, stamp_);
    checks_forbidden_ = posted.result == Posted::Result::forbidden;
    if (!tell("check", posted)) return;
    published_.check_url = posted.url;
    annotated_ = true;
  }

  void send_status() {
    StatusReport status;
    if (report_.stage == Report::Stage::finished) {
      // GitHub has no neutral status; a neutral answer does not hold a change up.
      status.state =
          report_.conclusion == Conclusion::failure ? StatusReport::State::failure : StatusReport::State::success;
    }
    status.description = report_.title;
    status.target_url = context_.run_url;
    tell("commit status", post_status(*services_.github, status, context_.head_sha));
  }

  /// Summary, workflow commands and outputs: they need no permission.
  void speak_as_job() {
    if (wants_summary()) {
      attempt("job summary", [&] {
        if (services_.dry_run) {
          say(fmt::format("job summary: would append {} bytes to {}", text_.size(), context_.summary_file.string()));
        } else if (!append_summary(context_.summary_file, services_.redactor(text_))) {
          say("job summary: there is no room left in it");
        }
      });
    }
    const bool needed = context_.in_actions && !annotated_;
    if (selection_.explicitly(Channel::commands) || (selection_.wants(Channel::commands) && needed)) {
      const std::string commands = services_.redactor(workflow_commands(report_.annotations));
      if (services_.dry_run) {
        say(fmt::format("workflow commands: would print {}", std::ranges::count(commands, '\n')));
      } else if (!commands.empty()) {
        services_.print(commands);
      }
    }
    if (selection_.wants(Channel::outputs) && !context_.output_file.empty()) {
      auto outputs = report_.outputs;
      outputs.emplace_back("comment-url", published_.comment_url);
      outputs.emplace_back("check-url", published_.check_url);
      for (auto& [name, value] : outputs) value = services_.redactor(value);
      attempt("outputs", [&] {
        if (services_.dry_run) {
          for (const auto& [name, value] : outputs) say(fmt::format("output: would set {} to {}", name, value));
        } else {
          append_outputs(context_.output_file, outputs);
        }
      });
    }
  }

  const PublishServices& services_;
  const Context& context_;
  const Report& report_;
  const Selection& selection_;
  const PictureSettings& picture_settings_;
  ReportStamp stamp_;
  std::string text_;
  StoredPictures stored_;
  bool private_ = false;
  bool checks_forbidden_ = false;
  bool annotated_ = false;  ///< the annotations stand in the check: saying them again in the log would double them
  bool told_ = false;
  Published published_;
};

}  // namespace

const std::vector<std::pair<std::string_view, Channel>>& channels() {
  static const std::vector<std::pair<std::string_view, Channel>> all = {
      {"comment", Channel::comment},   {"check", Channel::check},     {"status", Channel::status},
      {"pictures", Channel::pictures}, {"summary", Channel::summary}, {"commands", Channel::commands},
      {"outputs", Channel::outputs}};
  return all;
}

bool Selection::wants(Channel channel) const {
  return all_ || std::ranges::find(chosen_, channel) != chosen_.end();
}

bool Selection::needs_token() const {
  return std::ranges::any_of(std::array{Channel::comment, Channel::check, Channel::status, Channel::pictures},
                             [this](Channel channel) { return wants(channel); });
}

Published publish(const PublishServices& services, const Context& context, const Report& report,
                  const Selection& selection, const PictureSettings& pictures) {
  return Publisher(services, context, report, selection, pictures).run();
}

}  // namespace cyclegate::publish
