#include "app/publishing.h"

#include <fmt/format.h>

#include <exception>
#include <ostream>
#include <system_error>
#include <utility>

#include "app/console.h"
#include "config/config.h"
#include "model/error.h"
#include "publish/dry_run.h"
#include "publish/job_files.h"
#include "render/annotations.h"
#include "render/markdown.h"
#include "render/report.h"
#include "render/safe_text.h"
#include "render/summary.h"
#include "system/files.h"

namespace cyclegate::app {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t largest_configuration = 1 << 20;
constexpr std::string_view light_ending = ".light.svg";
constexpr std::string_view dark_ending = ".dark.svg";

std::optional<fs::path> token_file_of(const Invocation& invocation, const Services& services) {
  const auto file = invocation.get("--token-file");
  return file ? std::optional(located(services, *file)) : std::nullopt;
}

void apply_options(const Invocation& invocation, publish::Context& context) {
  if (const auto repository = invocation.get("--repository")) {
    const auto parts = publish::split_repository(*repository);
    if (!parts) refuse(fmt::format("--repository {}: must be OWNER/NAME", *repository));
    context.owner = parts->first;
    context.repository = parts->second;
  }
  if (const auto sha = invocation.get("--sha")) {
    if (!publish::is_commit(*sha)) refuse(fmt::format("--sha {}: must be a whole commit id", *sha));
    context.head_sha = *sha;
  }
  if (const auto number = invocation.number("--pr", 1, 1'000'000'000)) context.pull_request = *number;
}

publish::Conclusion conclusion_of(model::Status status) {
  switch (status) {
    case model::Status::pass:
      return publish::Conclusion::success;
    case model::Status::fail:
      return publish::Conclusion::failure;
    case model::Status::neutral:
      return publish::Conclusion::neutral;
  }
  return publish::Conclusion::neutral;
}

}  // namespace

GitHubSession open_github(const Invocation& invocation, Services& services, bool needs_token,
                          const std::string& measured_head) {
  GitHubSession session;
  session.dry_run = invocation.has("--dry-run");
  session.context = publish::read_context(services.variables);
  apply_options(invocation, session.context);
  if (session.context.head_sha.empty() && publish::is_commit(measured_head)) session.context.head_sha = measured_head;
  if (session.context.owner.empty()) {
    refuse(
        "the repository is not known: GitHub Actions sets GITHUB_REPOSITORY; elsewhere give --repository OWNER/NAME");
  }
  const std::string token = publish::read_token(services.variables, token_file_of(invocation, services));
  session.redactor = publish::Redactor({token});
  if (!needs_token) return session;
  if (token.empty() && !session.dry_run) {
    refuse(
        "there is no token: set GITHUB_TOKEN (in a workflow `env: { GITHUB_TOKEN: ${{ github.token }} }`), give "
        "--token-file FILE, or see with --dry-run what would be sent");
  }
  publish::GitHubSettings settings{
      .api_url = session.context.api_url, .owner = session.context.owner, .repository = session.context.repository};
  settings.note = [&console = services.console](std::string_view line) { console.note(publish::log_line(line)); };
  if (const auto seconds = invocation.number("--deadline", 1, 86'400))
    settings.deadline = std::chrono::seconds(*seconds);
  if (session.dry_run) {
    session.transport = publish::make_dry_run_transport([&out = services.console.out(), redactor = session.redactor](
                                                            std::string_view text) { out << redactor(text) << '\n'; },
                                                        session.context.head_sha);
  } else {
    settings.token = token;
    session.transport = publish::make_network_transport({.variables = services.variables});
  }
  session.github = std::make_unique<publish::GitHub>(*session.transport, services.clock, std::move(settings));
  return session;
}

ExitCode without_secrets(const Invocation& invocation, const Services& services,
                         const std::function<ExitCode()>& action) {
  publish::Redactor redactor;
  const auto shown = [&](const std::exception& error) { return publish::log_line(redactor(error.what())); };
  try {
    redactor = publish::Redactor({publish::read_token(services.variables, token_file_of(invocation, services))});
    return action();
  } catch (const model::Error& error) {
    throw model::Error(error.kind(), shown(error));
  } catch (const std::bad_alloc&) {
    throw;
  } catch (const std::exception& error) {
    throw std::runtime_error(shown(error));
  }
}

publish::Selection selection_of(const Invocation& invocation) {
  const auto list = invocation.get("--only");
  if (!list) return {};
  std::vector<publish::Channel> chosen;
  for (std::string_view rest = *list; !rest.empty();) {
    const std::size_t end = std::min(rest.find(','), rest.size());
    const std::string_view word = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    bool found = false;
    std::string known;
    for (const auto& [name, channel] : publish::channels()) {
      if (name == word) {
        chosen.push_back(channel);
        found = true;
      }
      known += fmt::format("{}{}", known.empty() ? "" : ", ", name);
    }
    if (!found) refuse(fmt::format("--only {}: there are {}", word, known));
  }
  if (chosen.empty()) refuse("--only: name at least one thing to publish");
  return publish::Selection(std::move(chosen));
}

publish::PictureSettings picture_settings_of(const Invocation& invocation, const Services& services) {
  publish::PictureSettings settings;
  const fs::path file = located(services, invocation.get("--config").value_or(std::string(config::file_name)));
  std::error_code ignored;
  if (fs::exists(file, ignored)) {
    const config::Config config =
        config::parse_config(system::read_text(file, largest_configuration), file.filename().string());
    settings = {.branch = config.publish.branch,
                .keep_days = config.publish.keep_days,
                .keep_pictures = config.publish.keep_pictures};
  }
  if (const auto branch = invocation.get("--branch")) settings.branch = *branch;
  if (!publish::is_branch_name(settings.branch)) {
    refuse(fmt::format("publish.branch: {}: must be a branch's name of letters, digits, '.', '_', '-' and '/'",
                       settings.branch));
  }
  return settings;
}

publish::Report report_of(const model::Comparison& comparison, const render::Options& options,
                          const std::string& configuration_path) {
  publish::Report report;
  const render::Summary summary = render::summarise(comparison);
  report.conclusion = options.accepted ? publish::Conclusion::success : conclusion_of(comparison.status);
  report.title = fmt::format("{}, status {}{}", summary.headline, model::to_string(comparison.status),
                             options.accepted ? ", accepted" : "");
  report.marker = std::string(render::comment_marker);
  report.comment = [&comparison, options](const publish::PictureAddress& address) {
    render::Options linked = options;
    linked.picture_link = [&address](std::string_view name) -> std::optional<render::PictureLink> {
      const auto light = address(std::string(name) + std::string(light_ending));
      const auto dark = address(std::string(name) + std::string(dark_ending));
      if (!light || !dark) return std::nullopt;
      return render::PictureLink{.light = *light, .dark = *dark};
    };
    return render::render_markdown(comparison, render::summarise(comparison), linked);
  };
  for (render::ReportFile& file : render::render_comment_pictures(comparison)) {
    report.pictures.push_back({.name = std::move(file.name), .bytes = std::move(file.bytes)});
  }
  for (render::Annotation& annotation : render::annotations(comparison, summary, configuration_path)) {
    report.annotations.push_back({.path = std::move(annotation.path),
                                  .first_line = annotation.line,
                                  .last_line = annotation.line,
                                  .level = static_cast<publish::Annotation::Level>(annotation.level),
                                  .title = std::move(annotation.title),
                                  .message = std::move(annotation.message)});
  }
  report.outputs = {{"verdict", std::string(model::to_string(comparison.verdict))},
                    {"status", std::string(model::to_string(comparison.status))}};
  return report;
}

publish::Report failure_report(std::string_view why, const publish::Context& context) {
  publish::Report report;
  report.conclusion = publish::Conclusion::failure;
  report.title = "FAILED: there is nothing to compare";
  report.marker = std::string(render::comment_marker);
  std::string text = fmt::format("{}\n## &#10060; FAILED · status fail\n\n<p>{}</p>\n", render::comment_marker,
                                 render::escape_comment_within(render::clean(why), 800));
  if (const auto url = render::safe_url(context.run_url)) {
    text += fmt::format("\n<p><b>Next</b> <a href=\"{}\">read the log of the measuring job</a></p>\n", *url);
  }
  report.comment = [text](const publish::PictureAddress&) { return text; };
  report.outputs = {{"verdict", "FAILED"}, {"status", "fail"}};
  return report;
}

ExitCode send_report(GitHubSession& session, Services& services, const publish::Report& report,
                     const publish::Selection& selection, const publish::PictureSettings& pictures) {
  if (session.context.head_sha.empty() && selection.needs_token()) {
    refuse("the commit to report on is not known: run in a pull_request, merge_group or workflow_run, or give --sha");
  }
  const publish::PublishServices needed{.github = session.github.get(),
                                        .print = [&](std::string_view text) { services.console.out() << text; },
                                        .dry_run = session.dry_run,
                                        .redactor = session.redactor};
  const publish::Published published = publish::publish(needed, session.context, report, selection, pictures);
  for (const std::string& line : published.lines) services.console.out() << line << '\n';
  return published.failed ? ExitCode::not_measured : ExitCode::success;
}

}  // namespace cyclegate::app
