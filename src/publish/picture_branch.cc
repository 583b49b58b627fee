#include "publish/picture_branch.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <nlohmann/json.hpp>
#include <set>

#include "model/error.h"
#include "publish/context.h"
#include "publish/url.h"
#include "system/clock.h"
#include "system/sha256.h"

namespace cyclegate::publish {
namespace {

using nlohmann::json;

/// How often another report may be faster.
constexpr int most_commit_rounds = 12;
constexpr std::size_t hash_digits = 32;

std::string sha_of(const Answer& answer, std::string_view what) {
  std::string sha = text_at(answer.json(), "sha");
  if (!is_commit(sha)) {
    throw model::Error(model::ErrorKind::measurement, fmt::format("{}: GitHub's answer has no object id", what));
  }
  return sha;
}

std::optional<std::chrono::sys_days> read_day(std::string_view text) {
  int year = 0;
  unsigned month = 0;
  unsigned day = 0;
  if (text.size() != 10 || text[4] != '-' || text[7] != '-') return std::nullopt;
  const auto read = [&](std::size_t at, std::size_t size, auto& value) {
    const auto [end, error] = std::from_chars(text.data() + at, text.data() + at + size, value);
    return error == std::errc() && end == text.data() + at + size;
  };
  if (!read(0, 4, year) || !read(5, 2, month) || !read(8, 2, day)) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year(year), std::chrono::month(month), std::chrono::day(day)};
  return date.ok() ? std::optional(std::chrono::sys_days(date)) : std::nullopt;
}

/// `YYYY-MM-DD/HASH.svg`
bool is_our_path(std::string_view path) {
  return path.size() == 10 + 1 + hash_digits + 4 && path[10] == '/' && path.ends_with(".svg") &&
         read_day(path.substr(0, 10));
}

/// The tip of the branch as it stands.
struct Tip {
  std::string commit;  ///< empty: the branch does not exist
  std::string tree;
  std::vector<std::string> paths;
};

class PictureStore {
 public:
  PictureStore(GitHub& github, const std::vector<Picture>& pictures, const PictureSettings& settings)
      : github_(github), settings_(settings), today_(system::iso_date(github.clock().now())) {
    for (const Picture& picture : pictures) {
      std::string bytes = github.redactor()(picture.bytes);
      const std::string path = fmt::format("{}/{}.svg", today_, system::sha256_hex(bytes).substr(0, hash_digits));
      stored_.paths.insert_or_assign(picture.name, path);
      bytes_.insert_or_assign(path, std::move(bytes));
    }
    date_ = system::iso_time(github.clock().now());
  }

  StoredPictures store() {
    for (int round = 0; round < most_commit_rounds; ++round) {
      const auto tip = read_tip();
      if (!tip) return stopped_;
      if (const auto missing = missing_from(*tip); !missing.empty()) {
        const auto commit = make_commit(*tip, missing);
        if (!commit) return stopped_;
        const auto moved = move_branch(*tip, *commit);
        if (!moved) return stopped_;
        if (!*moved) continue;
        stored_.commit = *commit;
      } else {
        stored_.commit = tip->commit;
      }
      return stored_;
    }
    stopped_.why = fmt::format("other reports were faster {} times", most_commit_rounds);
    return stopped_;
  }

 private:
  std::string branch_path(std::string_view kind) const {
    return github_.in_repository(fmt::format("/git/{}/heads/{}", kind, settings_.branch));
  }

  /// nullopt: `stopped_` says why.
  std::optional<Tip> read_tip() {
    Tip tip;
    const Answer ref = github_.get(branch_path("ref"));
    if (ref.status == 404) return tip;
    if (!accepted(ref, "read the branch of pictures")) return std::nullopt;
    const json document = ref.json();
    tip.commit = document.is_object() && document.contains("object") ? text_at(document.at("object"), "sha") : "";
    if (!is_commit(tip.commit)) return refuse("GitHub's answer on the branch of pictures has no commit");
    const Answer commit = github_.get(github_.in_repository("/git/commits/" + tip.commit));
    if (!accepted(commit, "read the commit of pictures")) return std::nullopt;
    const json tip_commit = commit.json();
    tip.tree = tip_commit.is_object() && tip_commit.contains("tree") ? text_at(tip_commit.at("tree"), "sha") : "";
    if (!is_commit(tip.tree)) return refuse("GitHub's answer on the commit of pictures has no tree");
    const Answer tree = github_.get(github_.in_repository(fmt::format("/git/trees/{}?recursive=1", tip.tree)));
    if (!accepted(tree, "read the tree of pictures")) return std::nullopt;
    const json listing = tree.json();
    if (!listing.is_object() || !listing.contains("tree") || !listing.at("tree").is_array()) {
      return refuse("GitHub's answer on the tree of pictures is not a tree");
    }
    for (const json& entry : listing.at("tree")) {
      if (text_at(entry, "type") == "blob") tip.paths.push_back(text_at(entry, "path"));
    }
    return tip;
  }

  std::vector<std::string> missing_from(const Tip& tip) const {
    const std::set<std::string> there(tip.paths.begin(), tip.paths.end());
    std::vector<std::string> missing;
    for (const auto& [path, bytes] : bytes_) {
      if (!there.contains(path)) missing.push_back(path);
    }
    return missing;
  }

  std::optional<std::string> make_commit(const Tip& tip, const std::vector<std::string>& missing) {
    // The blobs go within the tree's request: an SVG is text, and every request counts against the hour's limit.
    json entries = json::array();
    for (const std::string& path : missing) {
      entries.push_back({{"path", path}, {"mode", "100644"}, {"type", "blob"}, {"content", bytes_.at(path)}});
    }
    for (const std::string& path : paths_to_prune(tip.paths, today_, settings_, missing.size())) {
      // What this report shows stays, whatever the limits say.
      if (bytes_.contains(path)) continue;
      entries.push_back({{"path", path}, {"mode", "100644"}, {"type", "blob"}, {"sha", nullptr}});
    }
    json body = {{"tree", std::move(entries)}};
    if (!tip.commit.empty()) body["base_tree"] = tip.tree;
    // Trees and commits are named by their content: sending one again makes no second one.
    const Answer tree = github_.post(github_.in_repository("/git/trees"), body);
    if (!accepted(tree, "store pictures")) return std::nullopt;
    const json person = {{"name", "cyclegate"}, {"email", "cyclegate@users.noreply.github.com"}, {"date", date_}};
    const Answer commit = github_.post(github_.in_repository("/git/commits"),
                                       {{"message", fmt::format("Pictures of a report ({})", missing.size())},
                                        {"tree", sha_of(tree, "tree of pictures")},
                                        {"parents", tip.commit.empty() ? json::array() : json::array({tip.commit})},
                                        {"author", person},
                                        {"committer", person}});
    if (!accepted(commit, "commit pictures")) return std::nullopt;
    return sha_of(commit, "commit of pictures");
  }

  /// Whether the branch is at the commit now; false: somebody was faster. nullopt: `stopped_` says why.
  std::optional<bool> move_branch(const Tip& tip, const std::string& commit) {
    const Answer answer = tip.commit.empty()
                              ? github_.post(github_.in_repository("/git/refs"),
                                             {{"ref", "refs/heads/" + settings_.branch}, {"sha", commit}})
                              : github_.patch(branch_path("refs"), {{"sha", commit}, {"force", false}});
    if (answer.status == 422) {
      const std::string message = answer.message();
      const bool faster = message.find("already exists") != std::string::npos ||
                          message.find("fast forward") != std::string::npos ||
                          message.find("does not exist") != std::string::npos;
      if (faster) return false;
    }
    if (!accepted(answer, "move the branch of pictures")) return std::nullopt;
    return true;
  }

  bool accepted(const Answer& answer, std::string_view what) {
    if (answer.ok()) return true;
    stopped_.forbidden = answer.forbidden();
    stopped_.why = stopped_.forbidden
                       ? "the token may not write contents"
                       : fmt::format("could not {}: GitHub answered {}: {}", what, answer.status, answer.message());
    return false;
  }

  std::nullopt_t refuse(std::string why) {
    stopped_.why = std::move(why);
    return std::nullopt;
  }

  GitHub& github_;
  const PictureSettings& settings_;
  std::string today_;
  std::string date_;
  std::map<std::string, std::string> bytes_;  ///< by path
  StoredPictures stored_;
  StoredPictures stopped_;
};

}  // namespace

bool is_branch_name(std::string_view name) {
  const auto plain = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' ||
           c == '.' || c == '/';
  };
  return !name.empty() && name.size() <= 100 && std::ranges::all_of(name, plain) && !name.starts_with('/') &&
         !name.starts_with('-') && !name.starts_with('.') && !name.ends_with('/') && !name.ends_with('.') &&
         !name.ends_with(".lock") && name.find("..") == std::string_view::npos &&
         name.find("//") == std::string_view::npos && name.find("/.") == std::string_view::npos;
}

std::vector<std::string> paths_to_prune(const std::vector<std::string>& paths, std::string_view today,
                                        const PictureSettings& settings, std::size_t added) {
  const auto day = read_day(today);
  std::vector<std::string> ours;
  std::ranges::copy_if(paths, std::back_inserter(ours), is_our_path);
  std::ranges::sort(ours);
  std::size_t gone = 0;
  // Sorted by day first, so that both rules take from the front.
  while (gone < ours.size()) {
    const bool old =
        day && *day - *read_day(std::string_view(ours[gone]).substr(0, 10)) > std::chrono::days(settings.keep_days);
    const bool too_many = ours.size() - gone + added > settings.keep_pictures;
    if (!old && !too_many) break;
    ++gone;
  }
  ours.resize(gone);
  return ours;
}

StoredPictures store_pictures(GitHub& github, const std::vector<Picture>& pictures, const PictureSettings& settings) {
  if (pictures.empty()) return {.why = "there are no pictures"};
  return PictureStore(github, pictures, settings).store();
}

std::string picture_url(const GitHub& github, std::string_view server_url, bool repository_is_private,
                        std::string_view commit, std::string_view path) {
  const std::string& owner = github.settings().owner;
  const std::string& repository = github.settings().repository;
  if (!repository_is_private && server_url == "https://github.com") {
    return fmt::format("https://raw.githubusercontent.com/{}/{}/{}/{}", owner, repository, commit, path);
  }
  return fmt::format("{}/{}/{}/blob/{}/{}?raw=true", server_url, owner, repository, commit, path);
}

}  // namespace cyclegate::publish
