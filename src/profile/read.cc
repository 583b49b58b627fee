#include "profile/read.h"

#include <algorithm>
#include <istream>
#include <utility>
#include <vector>

#include "elf/demangle.h"
#include "model/error.h"
#include "profile/builder.h"
#include "profile/byte_reader.h"
#include "profile/firefox.h"
#include "profile/folded.h"
#include "profile/perf_script.h"
#include "profile/pprof.h"

namespace cyclegate::profile {
namespace {

constexpr std::size_t kLookedAt = 1u << 16;

bool is_space(char character) {
  return character == ' ' || character == '\t' || character == '\r' || character == '\n';
}

// The first line that is neither blank nor a comment, without blanks at its ends.
std::string_view first_line(std::string_view text) {
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    while (!line.empty() && is_space(line.back())) line.remove_suffix(1);
    while (!line.empty() && is_space(line.front())) line.remove_prefix(1);
    if (!line.empty() && !is_folded_comment(line)) return line;
  }
  return {};
}

}  // namespace

std::optional<Format> recognise(std::string_view bytes) {
  // A protobuf message holds small numbers and tags, which text does not.
  const std::string_view start = bytes.substr(0, 256);
  if (std::ranges::any_of(
          start, [](char character) { return static_cast<unsigned char>(character) < 0x20 && !is_space(character); }))
    return start[0] == '\n' || start[0] == '\x12' || start[0] == '\x1a' || start[0] == '"' || start[0] == '*' ||
                   start[0] == '2'
               ? std::optional(Format::pprof)
               : std::nullopt;
  const std::string_view line = first_line(bytes);
  if (line.empty()) return std::nullopt;
  if (line[0] == '{') return Format::firefox;
  if (line.back() == ':') return Format::perf;
  if (bytes.size() >= kLookedAt && line.size() + 256 > bytes.size()) return Format::folded;  // one stack that goes on
  if (line.find_first_of(" \t") != std::string_view::npos &&
      ((line.back() >= '0' && line.back() <= '9') || line.back() == '.'))
    return Format::folded;
  return std::nullopt;
}

model::Profile read(std::istream& stream, const std::string& origin) {
  ByteReader bytes(stream, origin);
  const auto format = recognise(bytes.peek(kLookedAt).substr(0, kLookedAt));
  if (!format)
    throw model::Error(
        model::ErrorKind::configuration,
        origin +
            ": line 1: is no profile that is known: folded stacks (`frame;frame COUNT`), Gecko or Firefox "
            "JSON, pprof, or text of `perf script`");
  switch (*format) {
    case Format::folded:
      return read_folded(bytes);
    case Format::firefox:
      return read_firefox(bytes);
    case Format::pprof:
      return read_pprof(bytes);
    case Format::perf:
      break;
  }
  return read_perf_script(bytes);
}

std::optional<Format> writable_format(std::string_view word) {
  if (word == "folded") return Format::folded;
  if (word == "firefox") return Format::firefox;
  if (word == "pprof") return Format::pprof;
  return std::nullopt;
}

std::string write(const model::Profile& profile, Format format, std::size_t column) {
  switch (format) {
    case Format::folded:
      return write_folded(profile, column);
    case Format::firefox:
      return write_firefox(profile);
    case Format::pprof:
      return write_pprof(profile);
    case Format::perf:
      break;
  }
  throw model::Error(model::ErrorKind::usage, "text of perf script can only be read");
}

model::Profile demangled(model::Profile profile) {
  bool any = false;
  for (auto& frame : profile.frames) {
    std::string name = elf::demangle(frame.name);
    if (name.empty() || name == frame.name) continue;
    frame.name = std::move(name);
    any = true;
  }
  if (!any) return profile;
  ProfileBuilder builder(profile.origin, profile.columns);
  std::vector<std::uint32_t> frames;
  frames.reserve(profile.frames.size());
  for (auto& frame : profile.frames) frames.push_back(builder.frame(std::move(frame)));
  std::vector<std::uint32_t> nodes;
  nodes.reserve(profile.nodes.size());
  for (std::size_t index = 0; index < profile.nodes.size(); ++index) {
    const auto& node = profile.nodes[index];
    const bool outermost = node.parent == model::ProfileNode::kNoParent;
    nodes.push_back(builder.node(outermost ? node.parent : nodes[node.parent], frames[node.frame]));
    builder.add_calls(nodes.back(), node.calls);
    const auto self = profile.self_of(index);
    for (std::size_t column = 0; column < self.size(); ++column) builder.add(nodes.back(), column, self[column]);
  }
  for (auto& warning : profile.warnings) builder.warn(std::move(warning));
  return builder.finish();
}

}  // namespace cyclegate::profile
