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

// Whether a field of a profile that holds a message or text (profile.proto: 1 to 6) comes first, and is no longer than
// what follows, so far as that is here.
bool begins_as_pprof(std::string_view bytes) {
  std::uint64_t length = 0;
  for (std::size_t at = 1; at < std::min<std::size_t>(bytes.size(), 6); ++at) {
    const auto byte = static_cast<unsigned char>(bytes[at]);
    length |= std::uint64_t{byte & 0x7fu} << (7 * (at - 1));
    if (byte >= 0x80) continue;
    const std::size_t next = at + 1 + length;
    if (next >= bytes.size()) return next == bytes.size() || bytes.size() >= kLookedAt;
    const unsigned tag = static_cast<unsigned char>(bytes[next]);  // field number, and a wire type that is in use
    return (tag & 7) <= 2 && tag >> 3 >= 1 && tag >> 3 <= 14;
  }
  return false;
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
    // A byte 0 is in every pprof of some length (its first string is empty) and in no text.
    const bool known_start = std::string_view("\n\x12\x1a\"*2").contains(start[0]);
    if (known_start && (start.contains('\0') || begins_as_pprof(bytes))) return Format::pprof;
    if (start.contains('\0')) return std::nullopt;
  }
  const std::string_view line = first_line(bytes).text;
  if (line.empty()) return std::nullopt;
  if (line[0] == '{') return Format::firefox;
  if (line.back() == ':' || is_perf_header(line)) return Format::perf;
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
