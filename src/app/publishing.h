#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "app/command_line.h"
#include "app/exit_code.h"
#include "app/services.h"
#include "model/comparison.h"
#include "publish/publisher.h"
#include "render/options.h"

namespace cyclegate::app {

/// What a command that talks to GitHub works with.
struct GitHubSession {
  publish::Context context;
  std::unique_ptr<publish::HttpTransport> transport;
  std::unique_ptr<publish::GitHub> github;  ///< nullptr: there is no token and nothing needs one
  publish::Redactor redactor;
  bool dry_run = false;
};

/// Puts --repository, --sha and --pr over what the environment says, `measured_head` where nothing says which commit
/// it is about, and opens the connection: with --dry-run one that only tells. Throws Error{usage} when the repository
/// is not known, or when a token is needed and there is none.
GitHubSession open_github(const Invocation& invocation, Services& services, bool needs_token,
                          const std::string& measured_head = {});

/// Runs `action` so that no error that leaves it holds the token or its base64.
ExitCode without_secrets(const Invocation& invocation, const Services& services,
                         const std::function<ExitCode()>& action);

/// The channels of --only; all of them where it is not given. Throws Error{usage} for a word that names none.
publish::Selection selection_of(const Invocation& invocation);
/// Branch and limits from --branch, else from the configuration as the working directory has it, else the defaults.
publish::PictureSettings picture_settings_of(const Invocation& invocation, const Services& services);

/// A comparison as a report: conclusion, title, comment, pictures, annotations. `options` must be complete but for the
/// picture links. The comparison must outlive it.
publish::Report report_of(const model::Comparison& comparison, const render::Options& options,
                          const std::string& configuration_path);
/// The report on a measuring job that left nothing to compare: a failure. `why` is one untrusted sentence.
publish::Report failure_report(std::string_view why, const publish::Context& context);

/// Sends it and tells on the console what was done. 3 when something could not be sent.
ExitCode send_report(GitHubSession& session, Services& services, const publish::Report& report,
                     const publish::Selection& selection, const publish::PictureSettings& pictures);

}  // namespace cyclegate::app
