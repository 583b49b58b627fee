// accept: a maintainer's comment that lets a commit pass.
#include <fmt/format.h>

#include <ostream>

#include "app/commands.h"
#include "app/console.h"
#include "app/services.h"
#include "model/error.h"
#include "model/text.h"
#include "publish/accept.h"
#include "publish/context.h"
#include "publish/github.h"
#include "publish/http.h"
#include "render/safe_text.h"
#include "system/files.h"

namespace cyclegate::app {
namespace {

constexpr std::uint64_t largest_event = std::uint64_t{25} << 20U;

}  // namespace

ExitCode run_accept(const Invocation& invocation, Services& services) {
  publish::Context context = publish::read_context(services.variables);
  if (const auto file = invocation.get("--event")) {
    context.event =
        publish::parse_event(system::read_text(located(services, *file), largest_event), "issue_comment", *file);
  }
  if (context.owner.empty()) {
    throw model::Error(model::ErrorKind::usage, "GITHUB_REPOSITORY must say OWNER/NAME, as GitHub Actions sets it");
  }
  // What people wrote is cleaned once, before it goes anywhere.
  context.event.comment_body =
      render::clean(context.event.comment_body.substr(0, context.event.comment_body.find('\n')), 1'000);
  publish::GitHubSettings settings{
      .api_url = context.api_url, .owner = context.owner, .repository = context.repository};
  settings.note = [&](std::string_view line) { services.console.note(std::string(line)); };
  std::optional<std::filesystem::path> token_file;
  if (const auto file = invocation.get("--token-file")) token_file = located(services, *file);
  settings.token = publish::read_token(services.variables, token_file);
  if (settings.token.empty()) {
    throw model::Error(model::ErrorKind::usage, "no token: set GITHUB_TOKEN, as `${{ github.token }}` in the workflow");
  }
  const auto transport = publish::make_network_transport({.variables = services.variables});
  publish::GitHub github(*transport, services.clock, std::move(settings));
  const publish::AcceptOutcome outcome = publish::accept(github, context);
  services.console.out() << model::to_line(github.redactor()(outcome.text), 1'000) << '\n';
  return ExitCode::success;
}

}  // namespace cyclegate::app
