#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "publish/github.h"

namespace cyclegate::publish {

/// A picture to be stored.
struct Picture {
  std::string name;   ///< the caller's name for it, e.g. `function-json-digest-embedded.light.svg`
  std::string bytes;  ///< an SVG

  bool operator==(const Picture&) const = default;
};

/// Where pictures go and how long the branch's tip keeps them.
struct PictureSettings {
  std::string branch = "cyclegate-reports";
  std::uint32_t keep_days = 90;        ///< directories of earlier days go
  std::uint32_t keep_pictures = 2000;  ///< of more, those of the earliest days go

  bool operator==(const PictureSettings&) const = default;
};

/// What came of it.
struct StoredPictures {
  std::string commit;                        ///< that holds them all; empty: none was stored
  std::map<std::string, std::string> paths;  ///< of each picture within the commit, by its name
  bool forbidden = false;                    ///< the token may not write contents: no failure
  std::string why;                           ///< nothing was stored: why
};

/// Puts the pictures as `YYYY-MM-DD/HASH.svg` (day of the clock, first 32 hex digits of their sha256) on a branch of
/// its own that has no history in common with any other: tree, commit and ref through the Git data API, one commit per
/// report, none when all of them stand there. When another report was faster (not a fast-forward), it is done again on
/// top of that one; never by force. The same commit takes away what is older than `keep_days` or beyond
/// `keep_pictures`, earliest paths first, never today's own. Commits stay in the branch's history, so that links in old
/// comments keep working. Throws as GitHub does.
StoredPictures store_pictures(GitHub& github, const std::vector<Picture>& pictures, const PictureSettings& settings);

/// The address of a stored picture: `raw.githubusercontent.com` for a public repository on github.com, else
/// `SERVER/OWNER/REPOSITORY/blob/COMMIT/PATH?raw=true`, which asks for the viewer's own access.
std::string picture_url(const GitHub& github, std::string_view server_url, bool repository_is_private,
                        std::string_view commit, std::string_view path);

/// Whether git and GitHub take it as a branch's name, in the plain characters that need no quoting.
bool is_branch_name(std::string_view name);

/// Which of these paths of a tree go: those of days more than `keep_days` before `today` (YYYY-MM-DD), then the
/// earliest beyond `keep_pictures`, of which `added` new ones count as well. Sorted; only paths of the form that we
/// write.
std::vector<std::string> paths_to_prune(const std::vector<std::string>& paths, std::string_view today,
                                        const PictureSettings& settings, std::size_t added);

}  // namespace cyclegate::publish
