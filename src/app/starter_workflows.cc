#include "app/starter_workflows.h"

#include <fmt/format.h>

#include <algorithm>

#include "app/starter_templates.h"

namespace cyclegate::app {
namespace {

bool all_of(std::string_view text, std::string_view also) {
  return !text.empty() && std::ranges::all_of(text, [&](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           also.find(c) != std::string_view::npos;
  });
}

bool is_commit(std::string_view text) {
  return text.size() == 40 && text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

std::string with_all_replaced(std::string text, std::string_view what, std::string_view by) {
  for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + by.size())) {
    text.replace(at, what.size(), by);
  }
  return text;
}

}  // namespace

ActionReference own_action() {
#ifdef CYCLEGATE_RELEASE
  return {.uses = CYCLEGATE_REPOSITORY "@" CYCLEGATE_COMMIT " # v" CYCLEGATE_VERSION, .version = CYCLEGATE_VERSION};
#else
  return {.uses = CYCLEGATE_REPOSITORY "@" CYCLEGATE_COMMIT, .version = "source"};
#endif
}

std::optional<ActionReference> parse_action(std::string_view text) {
  if (text.starts_with("./") && (text == "./" || all_of(text, "._-/")) && text.find("..") == std::string_view::npos) {
    return ActionReference{.uses = std::string(text), .version = "source"};
  }
  const std::size_t at = text.find('@');
  const std::size_t slash = text.find('/');
  if (at == std::string_view::npos || slash == std::string_view::npos || slash > at) return std::nullopt;
  if (!all_of(text.substr(0, slash), "._-") || !all_of(text.substr(slash + 1, at - slash - 1), "._-/") ||
      !is_commit(text.substr(at + 1))) {
    return std::nullopt;
  }
  const ActionReference own = own_action();
  // The same commit is the same release.
  const bool same = own.uses.starts_with(text);
  return ActionReference{.uses = same ? own.uses : std::string(text), .version = same ? own.version : "source"};
}

std::vector<StarterWorkflow> starter_workflows(const ActionReference& action) {
  std::vector<StarterWorkflow> result;
  for (const model::EmbeddedFile& file : starter::embedded_files()) {
    std::string text = with_all_replaced(std::string(file.bytes), "@ACTION@", action.uses);
    text = with_all_replaced(std::move(text), "@VERSION@", action.version);
    result.push_back({.path = fmt::format(".github/workflows/{}", file.name), .text = std::move(text)});
  }
  return result;
}

}  // namespace cyclegate::app
