// publish: sends a report to GitHub.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <ostream>
#include <span>

#include "app/change.h"
#include "app/commands.h"
#include "app/console.h"
#include "app/publishing.h"
#include "app/reported_comparison.h"
#include "config/config.h"
#include "git/repository.h"
#include "model/comparison_json.h"
#include "model/error.h"
#include "model/text.h"
#include "publish/accept.h"
#include "publish/artifact_zip.h"
#include "publish/find_pull_request.h"
#include "publish/github_calls.h"
#include "render/markdown.h"
#include "system/clock.h"
#include "system/files.h"

namespace cyclegate::app {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t largest_report = std::uint64_t{1} << 30U;
/// What the measuring workflow calls the directory it uploads.
constexpr std::string_view artifact_name = "cyclegate-runs";
constexpr std::string_view own_login = "github-actions[bot]";
constexpr std::string_view queue_prefix = "gh-readonly-queue/";

/// A maintainer's word on this head, if there is one and the token may see it.
std::optional<render::Acceptance> acceptance_of(GitHubSession& session, Services& services) {
  if (session.github == nullptr || session.dry_run) return std::nullopt;
  try {
    std::string commit = session.context.head_sha;
    // What the queue measures again is the head that was accepted, on a newer base.
    if (const std::uint64_t number = publish::queued_pull_request(session.context.event); number != 0) {
      const auto queued = publish::pull_request(*session.github, number);
      if (!queued || !queued->open) return std::nullopt;
      commit = queued->head_sha;
    }
    const auto found = publish::find_acceptance(*session.github, commit, own_login);
    if (!found) return std::nullopt;
    return render::Acceptance{.by = found->by, .reason = found->reason};
  } catch (const model::Error& error) {
    if (error.kind() != model::ErrorKind::measurement) throw;
    // Without it the gate's own answer stands, which is the strict one.
    services.console.note(fmt::format("acceptance: not looked up: {}", session.redactor(error.what())));
    return std::nullopt;
  }
}

/// Asks for the pull request of a workflow run; every other event says it itself.
void find_pull(GitHubSession& session) {
  if (session.github == nullptr || session.context.pull_request != 0) return;
  const auto pull = publish::find_pull_request(*session.github, session.context).pull;
  if (pull) session.context.pull_request = pull->number;
}

/// The merge group's base branch and commit, which are parts of its branch's name:
/// `gh-readonly-queue/BRANCH/pr-N-COMMIT`.
struct QueueBase {
  std::string branch;
  std::string commit;
};

QueueBase queue_base(std::string_view head_branch) {
  if (!head_branch.starts_with(queue_prefix)) return {};
  head_branch.remove_prefix(queue_prefix.size());
  const std::size_t slash = head_branch.rfind('/');
  const std::size_t dash = head_branch.rfind('-');
  if (slash == std::string_view::npos || dash == std::string_view::npos || dash < slash) return {};
  QueueBase base{.branch = std::string(head_branch.substr(0, slash)),
                 .commit = std::string(head_branch.substr(dash + 1))};
  return publish::is_commit(base.commit) ? base : QueueBase{};
}

/// The base branch as the checkout has it; the checkout's own commit where it does not know that branch.
std::string rules_revision(const git::Repository& repository, const std::string& base_branch) {
  if (base_branch.empty()) return "HEAD";
  for (const char* place : {"refs/remotes/origin/", "refs/heads/"}) {
    try {
      return repository.resolve(place + base_branch).id;
    } catch (const model::Error& error) {
      if (error.kind() != model::ErrorKind::configuration) throw;
    }
  }
  return "HEAD";
}

/// What a finished run left, judged anew. The error is why there is nothing to judge.
struct Reported {
  std::optional<ReportedComparison> comparison;
  std::string why;
};

Reported judge_artifact(const Invocation& invocation, Services& services, GitHubSession& session,
                        const std::optional<publish::PullRequest>& pull, const git::Repository& repository) {
  const publish::Event& event = session.context.event;
  if (event.run_conclusion != "success") {
    return {.why = fmt::format("The measuring job ended with `{}`.",
                               event.run_conclusion.empty() ? "no conclusion" : event.run_conclusion)};
  }
  const auto artifacts = publish::artifacts_of_run(*session.github, event.run_id);
  // Of several attempts of a run the last one's.
  const publish::WorkflowArtifact* newest = nullptr;
  for (const publish::WorkflowArtifact& artifact : artifacts) {
    if (artifact.name == artifact_name && (newest == nullptr || artifact.id > newest->id)) newest = &artifact;
  }
  if (newest == nullptr || newest->expired) {
    return {.why = fmt::format("The measuring job left no artifact {}.", artifact_name)};
  }
  const publish::ZipLimits limits;
  if (newest->bytes > limits.file_bytes) {
    return {.why = fmt::format("The artifact {} has {} bytes, more than {}.", artifact_name, newest->bytes,
                               limits.file_bytes)};
  }
  const std::string zip = publish::download_artifact(*session.github, newest->id, limits.file_bytes);
  const QueueBase queue = event.run_event == "merge_group" ? queue_base(event.head_branch) : QueueBase{};
  const ReportedRun run{.origin = std::string(artifact_name),
                        .head_sha = event.head_sha,
                        .rules = rules_revision(repository, pull ? pull->base_branch : queue.branch),
                        .base_sha = queue.commit,
                        .same_repository = event.head_repository_id == event.repository_id,
                        .today = system::iso_date(services.clock.now()),
                        .configuration_path = configuration_path(invocation)};
  try {
    return {.comparison = compare_reported_zip(std::span(reinterpret_cast<const std::uint8_t*>(zip.data()), zip.size()),
                                               repository, run)};
  } catch (const model::Error& error) {
    if (error.kind() != model::ErrorKind::configuration) throw;
    return {.why = error.what()};
  }
}

/// What of a finished measuring run is to be published, by the base branch's rules alone.
ExitCode publish_from_run(const Invocation& invocation, Services& services, GitHubSession& session,
                          const publish::Selection& selection, const publish::PictureSettings& pictures) {
  const publish::Event& event = session.context.event;
  if (event.run_conclusion == "action_required") {
    // The run waits for a maintainer's approval; nothing has been measured yet.
    services.console.out() << "check: left alone, the measuring run waits for approval\n";
    return ExitCode::success;
  }
  const auto [pull, ambiguous] = publish::find_pull_request(*session.github, session.context);
  session.context.pull_request = pull ? pull->number : 0;
  if (!ambiguous.empty()) {
    return send_report(session, services, failure_report(ambiguous, session.context), selection, pictures);
  }
  const git::Repository repository = git::Repository::open(services.directory);
  const Reported reported = judge_artifact(invocation, services, session, pull, repository);
  if (!reported.comparison) {
    return send_report(session, services, failure_report(reported.why, session.context), selection, pictures);
  }
  render::Options options;
  if (const auto directory = invocation.get("--templates")) {
    options.templates = templates_of(repository, reported.comparison->rules, *directory);
  }
  options.report_url = session.context.run_url;
  // Whoever opens a pull request also writes the workflow that measures it; a merge group was let in by a maintainer.
  options.unprivileged = event.run_event != "merge_group";
  options.accepted = acceptance_of(session, services);
  const auto send = [&] {
    return send_report(session, services,
                       report_of(reported.comparison->comparison, options, configuration_path(invocation)), selection,
                       pictures);
  };
  const ExitCode sent = send();
  if (options.accepted || reported.comparison->comparison.status != model::Status::fail) return sent;
  // Accepted while we wrote: then the maintainer found no failed check to complete.
  options.accepted = acceptance_of(session, services);
  return options.accepted ? send() : sent;
}

ExitCode publish_comparison(const Invocation& invocation, Services& services, const fs::path& file,
                            const publish::Selection& selection, const publish::PictureSettings& pictures) {
  const model::Comparison comparison =
      model::comparison_from_json(system::read_text(file, largest_report), file.string());
  GitHubSession session = open_github(invocation, services, selection.needs_token(), comparison.head.commit.id);
  find_pull(session);
  render::Options options;
  if (const auto directory = invocation.get("--templates")) {
    options.templates = render::load_templates(located(services, *directory));
  }
  options.report_url = session.context.run_url;
  options.unprivileged = invocation.has("--unprivileged") || session.context.from_fork();
  options.accepted = acceptance_of(session, services);
  publish::Report report = report_of(comparison, options, configuration_path(invocation));
  report.outputs.emplace_back("report", file.string());
  return send_report(session, services, report, selection, pictures);
}

ExitCode publish_whatever(const Invocation& invocation, Services& services) {
  const bool from_run = invocation.has("--from-run");
  const bool start = invocation.has("--start");
  const auto failed = invocation.get("--failed");
  if ((from_run ? 1 : 0) + (start ? 1 : 0) + (failed ? 1 : 0) + (invocation.has("COMPARISON") ? 1 : 0) > 1) {
    refuse("--start, --from-run, --failed and a report's file exclude one another");
  }
  const publish::Selection selection = selection_of(invocation);
  const publish::PictureSettings pictures = picture_settings_of(invocation, services);
  if (!start && !from_run && !failed) {
    const fs::path file = located(services, invocation.get("COMPARISON").value_or("out/report.json"));
    return publish_comparison(invocation, services, file, selection, pictures);
  }
  GitHubSession session = open_github(invocation, services, from_run || selection.needs_token());
  if (start) {
    publish::Report report;
    report.stage = publish::Report::Stage::started;
    report.title = "building and measuring";
    return send_report(session, services, report, selection, pictures);
  }
  if (from_run) {
    if (session.context.event.run_id == 0) refuse("--from-run: the event must be a workflow_run");
    if (session.dry_run) refuse("--from-run: needs GitHub's own answers; --dry-run takes a report's file");
    return publish_from_run(invocation, services, session, selection, pictures);
  }
  find_pull(session);
  return send_report(session, services, failure_report(*failed, session.context), selection, pictures);
}

}  // namespace

ExitCode run_publish(const Invocation& invocation, Services& services) {
  return without_secrets(invocation, services, [&] { return publish_whatever(invocation, services); });
}

}  // namespace cyclegate::app
