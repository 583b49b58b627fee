#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "publish/check_run.h"
#include "publish/comment.h"
#include "publish/context.h"
#include "publish/github.h"
#include "publish/picture_branch.h"

namespace cyclegate::publish {

/// Where a report may go.
enum class Channel { comment, check, status, pictures, summary, commands, outputs };

/// All of them with the words by which people choose them: `comment`, `check`, `status`, ...
const std::vector<std::pair<std::string_view, Channel>>& channels();

/// Which channels were asked for. None: those that make sense where we are.
class Selection {
 public:
  Selection() = default;
  explicit Selection(std::vector<Channel> chosen) : chosen_(std::move(chosen)), all_(false) {}

  bool wants(Channel channel) const;
  bool explicitly(Channel channel) const { return !all_ && wants(channel); }
  /// Whether something of it needs GitHub's API.
  bool needs_token() const;

 private:
  std::vector<Channel> chosen_;
  bool all_ = true;
};

/// The address of a stored picture, by the name under which it was given; nullopt: there is none.
using PictureAddress = std::function<std::optional<std::string>(std::string_view name)>;

/// What is to be said.
struct Report {
  enum class Stage {
    started,   ///< the measuring has begun: only the check is opened
    finished,  ///< there is an answer
  };
  Stage stage = Stage::finished;
  Conclusion conclusion = Conclusion::neutral;
  std::string title;   ///< of the check, and the status's description: `DISCARD (worse), status fail`
  std::string marker;  ///< the comment's first line
  /// The comment, beginning with the marker, with pictures from these addresses.
  std::function<std::string(const PictureAddress&)> comment;
  std::vector<Picture> pictures;
  std::vector<Annotation> annotations;
  std::vector<std::pair<std::string, std::string>> outputs;  ///< beside comment-url and check-url
};

/// What came of it.
struct Published {
  std::string comment_url;
  std::string check_url;
  bool failed = false;             ///< something could not be sent that should have been
  std::vector<std::string> lines;  ///< what was done and what not, one line each, in order
};

/// What publishing needs of the world.
struct PublishServices {
  GitHub* github = nullptr;                     ///< nullptr: nothing needs the API
  std::function<void(std::string_view)> print;  ///< takes workflow commands
  bool dry_run = false;                         ///< files of the job are left alone
  Redactor redactor;
};

/// Sends the report wherever the selection says: pictures first, so that the comment can show them, then comment,
/// check, commit status (where asked for, or where checks are forbidden), and what the job says by itself. What fails
/// on one way does not keep the others from being tried. Missing permission is no failure: a line says so. Never
/// changes what the report says. Throws model::Error{interrupted}, and {configuration} for what no repetition mends.
Published publish(const PublishServices& services, const Context& context, const Report& report,
                  const Selection& selection, const PictureSettings& pictures);

}  // namespace cyclegate::publish
