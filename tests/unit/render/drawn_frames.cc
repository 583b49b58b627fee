#include "render/drawn_frames.h"

#include <algorithm>
#include <stdexcept>

#include "render/flame_writer.h"
#include "render/markup_check.h"
#include "render/profiles.h"

namespace cyclegate::render::test {

std::string between(std::string_view text, std::string_view before, std::string_view after) {
  const std::size_t start = text.find(before);
  if (start == std::string_view::npos) return "";
  const std::string_view rest = text.substr(start + before.size());
  return std::string(rest.substr(0, rest.find(after)));
}

std::vector<std::vector<DrawnFrame>> lanes_of(std::string_view svg) {
  std::vector<std::vector<DrawnFrame>> lanes;
  while (!svg.empty()) {
    const std::string_view line = svg.substr(0, svg.find("\n<g class=\""));
    svg.remove_prefix(std::min(svg.size(), line.size() + 1));
    if (line.starts_with("<g class=\"frames\"")) lanes.emplace_back();
    if (line.find(" data-x=\"") == std::string_view::npos || lanes.empty()) continue;
    DrawnFrame frame{.css_class = between(line, "<g class=\"", "\""),
                     .title = between(line, "<title>", "</title>"),
                     .x = std::stod(between(line, "<rect x=\"", "\"")),
                     .y = std::stod(between(line, " y=\"", "\"")),
                     .width = std::stod(between(line, " width=\"", "\"")),
                     .label = between(line.substr(line.find("/>")), "\">", "</text>")};
    frame.start = std::stoull(between(line, " data-x=\"", "\""));
    frame.weight = std::stoull(between(line, " data-w=\"", "\""));
    lanes.back().push_back(frame);
  }
  return lanes;
}

std::string name_of(const DrawnFrame& frame) {
  return frame.title.substr(0, frame.title.find('\n'));
}

const DrawnFrame* named(const std::vector<DrawnFrame>& frames, std::string_view name) {
  const auto found = std::ranges::find(frames, name, name_of);
  return found == frames.end() ? nullptr : &*found;
}

model::Profile random_profile(std::mt19937& random, std::size_t lines, bool levels) {
  std::string folded;
  for (std::size_t i = 0; i < lines; ++i) {
    const std::size_t depth = 1 + random() % 6;
    for (std::size_t at = 0; at < depth; ++at)
      folded += (at == 0 ? "" : ";") + std::string(1, static_cast<char>('a' + random() % 4)) +
                (levels ? std::to_string(at) : "");
    folded += " " + std::to_string(random() % 1000) + "\n";
  }
  return cyclegate::test::profile_of(folded);
}

std::map<std::string, std::pair<std::uint64_t, std::uint64_t>> chains(const model::Profile& profile) {
  std::map<std::string, std::pair<std::uint64_t, std::uint64_t>> result;
  for (std::size_t i = 0; i < profile.nodes.size(); ++i) {
    std::vector<std::string> names;
    for (auto at = static_cast<std::uint32_t>(i); at != model::ProfileNode::kNoParent; at = profile.nodes[at].parent) {
      names.insert(names.begin(), profile.frames[profile.nodes[at].frame].name);
    }
    std::string chain;
    for (const std::string& name : names) {
      chain += (chain.empty() ? "" : ";") + name;
      result[chain].first += profile.self[i];
    }
    result[chain].second += profile.self[i];
  }
  return result;
}

std::map<std::string, DrawnFrame> by_chain(const std::vector<DrawnFrame>& frames) {
  std::map<std::string, DrawnFrame> result;
  std::vector<std::string> names;
  for (const DrawnFrame& frame : frames) {
    const auto row = static_cast<std::size_t>((frame.y - frames.front().y) / flame_row_height);
    names.resize(row + 1);
    names[row] = name_of(frame);
    std::string chain;
    for (std::size_t i = 1; i < names.size(); ++i) chain += (i == 1 ? "" : ";") + names[i];
    if (row > 0) result[chain] = frame;
  }
  return result;
}

FlamegraphOptions still() {
  FlamegraphOptions options;
  options.interactive = false;
  return options;
}

std::vector<std::string_view> allowed() {
  auto elements = svg_elements();
  elements.insert(elements.end(), {"g"});
  return elements;
}

}  // namespace cyclegate::render::test
