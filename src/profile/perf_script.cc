#include "profile/perf_script.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <cstring>
#include <string>
#include <utility>
#include <vector>

#include "profile/builder.h"
#include "profile/digit.h"
#include "profile/hash.h"
#include "profile/limits.h"

namespace cyclegate::profile {
namespace {

bool is_blank(char character) {
  return character == ' ' || character == '\t';
}

bool is_hex(char character) {
  return (character >= '0' && character <= '9') || (character >= 'a' && character <= 'f');
}

/// How many blanks the line starts with; most of perf's lines have many.
std::size_t blanks(std::string_view line) {
  constexpr std::uint64_t eight = 0x2020202020202020u;
  std::size_t at = line.starts_with('\t') ? 1 : 0;
  for (std::uint64_t word = 0; at + sizeof(word) <= line.size(); at += sizeof(word)) {
    std::memcpy(&word, line.data() + at, sizeof(word));
    if (word != eight) break;
  }
  while (at < line.size() && is_blank(line[at])) ++at;
  return at;
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  return text;
}

bool is_id(std::string_view token) {  // `123` or `123/456`
  return !token.empty() && token.front() != '/' && std::ranges::all_of(token, [](char character) {
    return (character >= '0' && character <= '9') || character == '/';
  });
}

class PerfReader {
 public:
  explicit PerfReader(ByteReader& bytes) : bytes_(bytes), builder_(bytes.origin(), {}), cache_(1u << 16) {}

  model::Profile read() {
    std::string_view line;
    while (bytes_.next_line(line)) {
      if (!line.empty() && line[0] == '#') continue;
      builder_.at("line", bytes_.line_number());
      const std::size_t start = blanks(line);
      if (start == line.size()) {
        end_sample();
      } else if (start > 0 && in_sample_) {
        add_frame(line.substr(start));
      } else {
        end_sample();
        begin_sample(trimmed(line));
      }
    }
    end_sample();
    return builder_.finish();
  }

 private:
  // `comm pid[/tid] [cpu] time: [period] event:`; comm may hold blanks.
  void begin_sample(std::string_view header) {
    if (!header.ends_with(':'))
      builder_.fail(
          "must be `program pid time: event:`; make it by `perf script` of a recording with call stacks (-g)");
    header.remove_suffix(1);
    parse_header(header);
    in_sample_ = true;
  }

  void parse_header(std::string_view header) {
    std::size_t at = header.find_first_of(" \t");
    std::size_t comm_end = std::string_view::npos;
    while (at != std::string_view::npos) {
      const std::size_t start = header.find_first_not_of(" \t", at);
      if (start == std::string_view::npos) break;
      const std::size_t end = std::min(header.find_first_of(" \t", start), header.size());
      if (is_id(header.substr(start, end - start))) {
        comm_end = at;
        break;
      }
      at = end == header.size() ? std::string_view::npos : end;
    }
    if (comm_end == std::string_view::npos) builder_.fail("must be `program pid time: event:`; there is no pid");
    const std::string_view comm = trimmed(header.substr(0, comm_end));
    if (comm != comm_ || !known_) {
      comm_ = comm;
      std::string name(comm);
      std::ranges::replace(name, ' ', '_');
      program_ = builder_.frame(name);
    }
    // The period stands between time and event; without a time, what is a number there may be the pid.
    const std::size_t event_start = header.find_last_of(" \t") + 1;
    const std::string_view event = header.substr(event_start);
    const std::string_view before = trimmed(header.substr(0, event_start));
    const std::size_t period_start = before.find_last_of(" \t") + 1;
    const std::string_view period = before.substr(period_start);
    const bool has_period =
        trimmed(before.substr(0, period_start)).ends_with(':') && std::ranges::all_of(period, is_digit);
    period_ = 1;
    if (has_period) {
      const auto [end, error] = std::from_chars(period.data(), period.data() + period.size(), period_);
      if (error != std::errc()) builder_.fail("the period does not fit 64 bits");
    }
    if (event != event_ || !known_) {
      event_ = event;
      set_column(has_period);
    }
    known_ = true;
  }

  void set_column(bool has_period) {
    std::string name = event_;
    while (!name.empty() && name.back() == ':') name.pop_back();
    std::ranges::replace(name, ':', '.');  // `:` separates wholes and parts in the names of columns
    if (name.empty()) builder_.fail("must be `program pid time: event:`; there is no event");
    const bool clock = name.starts_with("cpu-clock") || name.starts_with("task-clock");
    column_ = builder_.column({name, !has_period ? "samples" : clock ? "ns" : "events"});
  }

  // `address function+0x12 (module)`
  void add_frame(std::string_view line) {
    std::size_t at = 0;
    while (at < line.size() && is_hex(line[at])) ++at;
    if (at == 0 || at == line.size() || !is_blank(line[at])) builder_.fail("must be `address function (module)`");
    while (at < line.size() && is_blank(line[at])) ++at;
    const std::string_view rest = line.substr(at);
    Known& known = cache_[hash_of(rest) % cache_.size()];
    if (known.text != rest || !known.used) {
      known.frame = parse_frame(rest);
      known.text = rest;
      known.used = true;
    }
    if (known.frame == kPassedOver) return;
    if (stack_.size() == kMaxDepth) builder_.fail(fmt::format("a stack of more than {} frames", kMaxDepth));
    stack_.push_back(known.frame);
  }

  std::uint32_t parse_frame(std::string_view rest) {
    while (!rest.empty() && is_blank(rest.back())) rest.remove_suffix(1);
    model::ProfileFrame frame;
    std::string_view function = rest;
    std::string_view module_name;
    const std::size_t bracket = rest.rfind(" (");
    if (rest.ends_with(')') && bracket != std::string_view::npos) {
      function = rest.substr(0, bracket);
      module_name = rest.substr(bracket + 2, rest.size() - bracket - 3);
    } else if (rest.starts_with('(')) {
      return kPassedOver;  // `(program)`: no function
    }
    if (module_name == "inlined") {
      frame.inlined = true;
      module_name = {};
    }
    if (const std::size_t plus = function.rfind("+0x");
        plus != std::string_view::npos && std::ranges::all_of(function.substr(plus + 3), is_hex))
      function = function.substr(0, plus);
    frame.name = function;
    if (module_name != "[unknown]") frame.module_name = module_name;
    if (function == "[unknown]" && !frame.module_name.empty()) {
      const std::string_view file = module_name.substr(module_name.find_last_of('/') + 1);
      frame.name = file.starts_with('[') ? std::string(file) : fmt::format("[{}]", file);
    }
    std::ranges::replace(frame.name, ';', ':');
    return builder_.frame(std::move(frame));
  }

  void end_sample() {
    if (!in_sample_) return;
    in_sample_ = false;
    stack_.push_back(program_);
    std::ranges::reverse(stack_);
    // Neighbours share most of their callers.
    std::size_t shared = 0;
    while (shared < stack_.size() && shared < previous_.size() && stack_[shared] == previous_[shared]) ++shared;
    nodes_.resize(shared);
    for (std::size_t index = shared; index < stack_.size(); ++index)
      nodes_.push_back(builder_.node(nodes_.empty() ? model::ProfileNode::kNoParent : nodes_.back(), stack_[index]));
    builder_.add(nodes_.back(), column_, period_);
    previous_.swap(stack_);
    stack_.clear();
  }

  static constexpr std::uint32_t kPassedOver = 0xffffffffu;

  // The text behind an address that fell into this place last, and its frame.
  struct Known {
    std::string text;
    std::uint32_t frame = 0;
    bool used = false;
  };

  ByteReader& bytes_;
  ProfileBuilder builder_;
  std::vector<Known> cache_;
  std::string comm_;
  std::string event_;
  bool known_ = false;  // comm_ and event_ are of a header
  std::uint64_t period_ = 1;
  bool in_sample_ = false;
  std::uint32_t program_ = 0;
  std::size_t column_ = 0;
  std::vector<std::uint32_t> stack_;     // innermost first
  std::vector<std::uint32_t> previous_;  // outermost first
  std::vector<std::uint32_t> nodes_;     // of previous_
};

}  // namespace

model::Profile read_perf_script(ByteReader& bytes) {
  return PerfReader(bytes).read();
}

}  // namespace cyclegate::profile
