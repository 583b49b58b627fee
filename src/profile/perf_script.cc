#include "profile/perf_script.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <cstring>
#include <expected>
#include <string>
#include <utility>
#include <vector>

#include "model/error.h"
#include "profile/builder.h"
#include "profile/digit.h"
#include "profile/hash.h"
#include "profile/limits.h"
#include "profile/read_ahead.h"

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

// `comm pid[/tid] [cpu] time: [period] event: fields of a tracepoint`; comm may hold blanks, the time may be missing.
struct Header {
  std::string_view comm;
  std::string_view period;  // empty: none
  std::string_view event;
};

std::string_view take_token(std::string_view& text) {
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  const std::string_view token = text.substr(0, text.find_first_of(" \t"));
  text.remove_prefix(token.size());
  return token;
}

bool is_time(std::string_view token) {  // `12.345678:`
  return token.size() > 1 && token.ends_with(':') && is_digit(token.front()) &&
         std::ranges::all_of(token.substr(0, token.size() - 1), [](char c) { return is_digit(c) || c == '.'; });
}

bool is_processor(std::string_view token) {  // `[003]`
  return token.size() > 2 && token.starts_with('[') && token.ends_with(']') &&
         std::ranges::all_of(token.substr(1, token.size() - 2), is_digit);
}

std::expected<Header, const char*> split_header(std::string_view line) {
  Header header;
  std::string_view rest = line;
  take_token(rest);  // a name of nothing but digits is a name all the same
  // Names may hold numbers (`tokio 3`): the pid is the one in front of the processor or the time, else the first.
  std::string_view behind_pid;
  for (;;) {
    const auto comm_size = line.size() - rest.size();
    const std::string_view token = take_token(rest);
    if (token.empty()) break;
    if (!is_id(token)) continue;
    std::string_view ahead = rest;
    const std::string_view next = take_token(ahead);
    const bool certain = is_processor(next) || is_time(next);
    if (!certain && !header.comm.empty()) continue;
    header.comm = trimmed(line.substr(0, comm_size));
    behind_pid = rest;
    if (certain) break;
  }
  if (header.comm.empty()) return std::unexpected("there is no pid");
  rest = behind_pid;
  std::string_view token = take_token(rest);
  if (is_processor(token)) token = take_token(rest);
  if (is_time(token)) {
    token = take_token(rest);
    // What is a number there without a time may be anything.
    if (!token.empty() && std::ranges::all_of(token, is_digit)) {
      header.period = token;
      token = take_token(rest);
    }
    if (token.empty()) return std::unexpected("there is no event; let perf script print it (-F +event)");
  } else {
    token = line.substr(line.find_last_of(" \t") + 1);
  }
  if (!token.ends_with(':')) return std::unexpected("make it by `perf script` of a recording with call stacks (-g)");
  while (token.ends_with(':')) token.remove_suffix(1);
  if (token.empty()) return std::unexpected("there is no event");
  header.event = token;
  return header;
}

// Where a frame's number stands instead of one: take the next of Batch::fresh.
constexpr std::uint32_t kFresh = 0xffffffffu;
// Texts behind addresses that are remembered, and the place for the program's name.
constexpr std::size_t kPlaces = 1u << 16;
constexpr std::uint32_t kProgram = kPlaces;

// A part of the file as numbers: what passes from the thread that reads text to the one that builds the tree.
struct Batch {
  struct Fresh {
    std::uint32_t place;  // the number that means this frame from now on
    std::uint64_t line;
    model::ProfileFrame frame;
  };
  struct Sample {
    std::size_t end;  // in `frames`
    std::uint64_t line;
    std::uint64_t period;
    std::size_t column;
  };
  // Of the samples one after the other, innermost first, places or kFresh; the last sample's may go on in the next
  // batch.
  std::vector<std::uint32_t> frames;
  std::vector<Sample> samples;
  std::vector<Fresh> fresh;
  std::vector<std::pair<std::uint64_t, model::ProfileColumn>> columns;  // not met before, with the lines that have them

  void clear() {
    frames.clear();
    samples.clear();
    fresh.clear();
    columns.clear();
  }
};

// Reads the text, and knows nothing of the tree.
class Parser {
 public:
  explicit Parser(ByteReader& bytes) : bytes_(bytes), cache_(kPlaces) {}

  // Fills the batch with what comes next, the last sample perhaps in part; false at the end.
  bool next(Batch& batch) {
    batch.clear();
    batch_ = &batch;
    std::string_view line;
    fresh_bytes_ = 0;
    while (!ended_ && batch.frames.size() < kEnough && fresh_bytes_ < kEnoughBytes) {
      if (!bytes_.next_line(line)) {
        ended_ = true;
        if (in_sample_ && !bytes_.line_has_end()) fail("the file ends within a sample");
        cut_short_ = in_sample_;
        end_sample();
        break;
      }
      if (!line.empty() && line[0] == '#') continue;
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
    return !batch.frames.empty();
  }

  // Whether the blank line is missing that perf writes behind every sample.
  bool cut_short() const { return cut_short_; }

 private:
  static constexpr std::size_t kEnough = 1u << 15;
  static constexpr std::size_t kEnoughBytes = 1u << 20;

  [[noreturn]] void fail(const std::string& what) const {
    throw model::Error(model::ErrorKind::configuration,
                       fmt::format("{}: line {}: {}", bytes_.origin(), bytes_.line_number(), what));
  }

  void begin_sample(std::string_view line) {
    const auto header = split_header(line);
    if (!header) fail(fmt::format("must be `program pid time: event:`; {}", header.error()));
    if (header->comm != comm_ || !known_) {
      comm_ = header->comm;
      program_ = {};
      program_.name = header->comm;
      std::ranges::replace(program_.name, ' ', '_');
      program_known_ = false;
    }
    period_ = 1;
    if (!header->period.empty()) {
      const std::string_view digits = header->period;
      if (std::from_chars(digits.begin(), digits.end(), period_).ec != std::errc())
        fail("the period does not fit 64 bits");
    }
    const bool has_period = !header->period.empty();
    if (header->event != event_ || has_period != has_period_ || !known_) {
      event_ = header->event;
      has_period_ = has_period;
      set_column();
    }
    known_ = true;
    in_sample_ = true;
  }

  void set_column() {
    std::string name = event_;
    std::ranges::replace(name, ':', '.');  // `:` separates wholes and parts in the names of columns
    const auto known = std::ranges::find(columns_, name, &Column::name);
    column_ = static_cast<std::size_t>(known - columns_.begin());
    if (known != columns_.end()) {
      if (known->has_period == has_period_) return;
      fail(fmt::format("the event `{}` has {} period here, and {} before; samples and events do not add up", event_,
                       has_period_ ? "a" : "no", has_period_ ? "none" : "one"));
    }
    if (columns_.size() == kMaxColumns) fail(fmt::format("more than {} kinds of weights", kMaxColumns));
    const bool clock = name.starts_with("cpu-clock") || name.starts_with("task-clock");
    const char* const unit = !has_period_ ? "samples" : clock ? "ns" : "events";
    columns_.push_back({name, has_period_});
    batch_->columns.emplace_back(bytes_.line_number(), model::ProfileColumn{name, unit});
  }

  // `function+0x12 (module)` as `function` and ` (module)`: the offset says nothing of the frame, and there are many.
  static std::pair<std::string_view, std::string_view> without_offset(std::string_view text) {
    constexpr std::string_view deleted = " (deleted))";
    const std::string_view named = text.ends_with(deleted) ? text.substr(0, text.size() - deleted.size()) : text;
    const std::size_t bracket = text.ends_with(')') ? named.rfind(" (") : std::string_view::npos;
    if (bracket == std::string_view::npos) return {text, {}};
    std::size_t digits = bracket;
    while (digits > 0 && is_hex(text[digits - 1])) --digits;
    if (digits == bracket || !text.substr(0, digits).ends_with("+0x")) return {text, {}};
    return {text.substr(0, digits - 3), text.substr(bracket)};
  }

  // `address function+0x12 (module)`
  void add_frame(std::string_view line) {
    std::size_t at = 0;
    while (at < line.size() && is_hex(line[at])) ++at;
    if (at == 0 || at == line.size() || !is_blank(line[at])) fail("must be `address function (module)`");
    while (at < line.size() && is_blank(line[at])) ++at;
    const std::string_view rest = line.substr(at);
    const auto [front, back] = without_offset(rest);
    const std::uint64_t hash = mix(hash_of(front) ^ kFirstKey, hash_of(back) ^ kSecondKey);
    const auto place = static_cast<std::uint32_t>(hash % kPlaces);
    const auto tag = static_cast<std::uint32_t>(hash >> 32);
    Known& known = cache_[place];
    if (known.tag == tag && known.size > 0 && known.size == front.size() + back.size()) {
      const std::string_view text = std::string_view(texts_).substr(known.start, known.size);
      if (text.starts_with(front) && text.ends_with(back)) {
        if (!known.passed_over) put(place);
        return;
      }
    }
    model::ProfileFrame frame;
    const bool passed_over = !parse_frame(rest, frame);
    const std::size_t size = front.size() + back.size();
    if (texts_.size() + size > kMostTexts) forget_texts();
    known = {};
    if (size <= kMaxKnown) {
      known = {.tag = tag,
               .start = static_cast<std::uint32_t>(texts_.size()),
               .size = static_cast<std::uint32_t>(size),
               .passed_over = passed_over};
      texts_.append(front).append(back);
    }
    if (!passed_over) put_fresh(place, std::move(frame));
  }

  // What was replaced in the cache leaves its text behind.
  void forget_texts() {
    texts_.clear();
    std::ranges::fill(cache_, Known());
  }

  void put(std::uint32_t place) {
    if (depth_ == kMaxDepth) fail(fmt::format("a stack of more than {} frames", kMaxDepth));
    ++depth_;
    batch_->frames.push_back(place);
  }

  void put_fresh(std::uint32_t place, model::ProfileFrame frame) {
    put(kFresh);
    fresh_bytes_ += frame.name.size() + frame.module_name.size();
    batch_->fresh.push_back({place, bytes_.line_number(), std::move(frame)});
  }

  // False: it names no function.
  static bool parse_frame(std::string_view rest, model::ProfileFrame& frame) {
    while (!rest.empty() && is_blank(rest.back())) rest.remove_suffix(1);
    std::string_view function = rest;
    std::string_view module_name;
    std::string_view inside = rest;
    // A file that was replaced since: `function (/bin/guest (deleted))`.
    constexpr std::string_view deleted = " (deleted))";
    const bool closed = inside.ends_with(')');
    if (closed) inside.remove_suffix(inside.ends_with(deleted) ? deleted.size() : 1);
    const std::size_t bracket = inside.rfind(" (");
    if (closed && bracket != std::string_view::npos) {
      function = inside.substr(0, bracket);
      module_name = inside.substr(bracket + 2);
    } else if (rest.starts_with('(')) {
      return false;  // `(program)`
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
    return true;
  }

  void end_sample() {
    if (!in_sample_) return;
    in_sample_ = false;
    depth_ = 0;
    if (program_known_) {
      put(kProgram);
    } else {
      put_fresh(kProgram, program_);
    }
    program_known_ = true;
    depth_ = 0;
    batch_->samples.push_back({batch_->frames.size(), bytes_.line_number(), period_, column_});
  }

  static constexpr std::size_t kMaxKnown = 4096;  // longer texts are read again: there are many places

  struct Column {
    std::string name;
    bool has_period;
  };

  // The text behind an address that fell into this place last: small, and its text near the others', since most of the
  // time goes into waiting for this memory.
  struct Known {
    std::uint32_t tag = 0;    // of its hash
    std::uint32_t start = 0;  // in texts_
    std::uint32_t size = 0;   // 0: none
    bool passed_over = false;
  };
  static constexpr std::size_t kMostTexts = 1u << 26;

  ByteReader& bytes_;
  Batch* batch_ = nullptr;
  std::vector<Known> cache_;
  std::string texts_;
  std::vector<Column> columns_;
  std::string comm_;
  std::string event_;
  bool has_period_ = false;
  bool known_ = false;  // comm_, event_ and has_period_ are of a header
  model::ProfileFrame program_;
  bool program_known_ = false;  // the other side has it
  std::uint64_t period_ = 1;
  bool in_sample_ = false;
  bool ended_ = false;
  bool cut_short_ = false;
  std::size_t depth_ = 0;
  std::size_t column_ = 0;
  std::size_t fresh_bytes_ = 0;  // of names in the batch
};

// Builds the tree of what was read.
class Grower {
 public:
  explicit Grower(ProfileBuilder& builder) : builder_(builder), meaning_(kPlaces + 1) {}

  void take(Batch& batch) {
    for (const auto& [line, column] : batch.columns) {
      builder_.at("line", line);
      columns_.push_back(builder_.column(column));
    }
    std::size_t at = 0;
    auto fresh = batch.fresh.begin();
    const auto take_frames = [&](std::size_t end) {
      for (; at < end; ++at) {
        std::uint32_t place = batch.frames[at];
        if (place == kFresh) {
          place = fresh->place;
          builder_.at("line", fresh->line);
          meaning_[place] = builder_.frame(std::move(fresh->frame));
          ++fresh;
        }
        stack_.push_back(meaning_[place]);
      }
    };
    for (const Batch::Sample& sample : batch.samples) {
      take_frames(sample.end);
      builder_.at("line", sample.line);
      add(sample);
    }
    take_frames(batch.frames.size());
  }

 private:
  void add(const Batch::Sample& sample) {
    std::ranges::reverse(stack_);
    // Neighbours share most of their callers.
    std::size_t shared = 0;
    while (shared < stack_.size() && shared < previous_.size() && stack_[shared] == previous_[shared]) ++shared;
    nodes_.resize(shared);
    for (std::size_t index = shared; index < stack_.size(); ++index)
      nodes_.push_back(builder_.node(nodes_.empty() ? model::ProfileNode::kNoParent : nodes_.back(), stack_[index]));
    builder_.add(nodes_.back(), columns_[sample.column], sample.period);
    previous_.swap(stack_);
    stack_.clear();
  }

  ProfileBuilder& builder_;
  std::vector<std::size_t> columns_;     // by the parser's number: the builder's
  std::vector<std::uint32_t> meaning_;   // by place: the frame
  std::vector<std::uint32_t> stack_;     // innermost first, then turned round
  std::vector<std::uint32_t> previous_;  // outermost first
  std::vector<std::uint32_t> nodes_;     // of previous_
};

}  // namespace

model::Profile read_perf_script(ByteReader& bytes) {
  ProfileBuilder builder(bytes.origin(), {});
  Parser parser(bytes);
  Grower grower(builder);
  read_ahead<Batch>([&](Batch& batch) { return parser.next(batch); }, [&](Batch& batch) { grower.take(batch); });
  if (parser.cut_short())
    builder.warn({"cut-short", "no blank line stands behind the last sample: the file may be cut short"});
  return builder.finish();
}

bool is_perf_header(std::string_view line) {
  return split_header(line).has_value();
}

}  // namespace cyclegate::profile
