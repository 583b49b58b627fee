#include "profile/read.h"

#include <fmt/format.h>

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

bool is_control(char character) {
  return static_cast<unsigned char>(character) < 0x20 && !is_space(character);
}

struct Line {
  std::string_view text;  // without blanks at its ends
  std::size_t number = 1;
};

// The first line that is neither blank nor a comment; line 1 and no text where there is none.
Line first_line(std::string_view text) {
  for (std::size_t number = 1; !text.empty(); ++number) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    while (!line.empty() && is_space(line.back())) line.remove_suffix(1);
    while (!line.empty() && is_space(line.front())) line.remove_prefix(1);
    if (!line.empty() && !is_folded_comment(line)) return {line, number};
  }
  return {};
}

// Why no format fits, with its line.
std::string why_unknown(std::string_view text) {
  const std::size_t end = text.find('\0');
  if (end != std::string_view::npos)
    return fmt::format("line {}: holds a byte 0, so that it is no text, and it is no pprof",
                       1 + std::ranges::count(text.substr(0, end), '\n'));
  return fmt::format("line {}: is no profile that is known", first_line(text).number);
}

}  // namespace

std::optional<Format> recognise(std::string_view bytes) {
  // A protobuf message holds small numbers and tags. Text may have a stray control character, but no byte 0.
  const std::string_view start = bytes.substr(0, 256);
  if (std::ranges::any_of(start, is_control)) {
    if (std::string_view("\n\x12\x1a\"*2").contains(start[0])) return Format::pprof;
    if (start.contains('\0')) return std::nullopt;
  }
  const std::string_view line = first_line(bytes).text;
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
  const std::string_view beginning = bytes.peek(kLookedAt).substr(0, kLookedAt);
  const auto format = recognise(beginning);
  if (!format)
    throw model::Error(model::ErrorKind::configuration,
                       fmt::format("{}: {}: folded stacks (`frame;frame COUNT`), Gecko or Firefox JSON, pprof, or text "
                                   "of `perf script`",
                                   origin, why_unknown(beginning)));
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
