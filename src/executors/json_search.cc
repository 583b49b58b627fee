#include "executors/json_search.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <iterator>
#include <nlohmann/json.hpp>
#include <optional>
#include <system_error>
#include <utility>
#include <vector>

#include "model/text.h"

namespace cyclegate::executors {
namespace {

using Json = nlohmann::json;

constexpr std::string_view blanks = " \t\r\n";
constexpr std::string_view byte_order_mark = "\xef\xbb\xbf";
constexpr std::size_t longest_value = 1000;
/// What starting to read costs, in bytes read.
constexpr std::size_t start_cost = 512;
/// Objects that never end could be begun again and again: beyond twice the text and this much the search gives up.
constexpr std::size_t spare_bytes = std::size_t{64} << 20U;

using Found = std::expected<std::string, std::string>;

/// One step of the pointer: a key of an object, which may be an index of a list as well.
struct Key {
  std::string name;
  std::optional<std::uint64_t> index;
};

/// A value at the pointer.
struct Value {
  std::string text;
  bool number = false;  ///< a number or a string, which may hold one

  bool operator==(const Value&) const = default;
};

Key key_of(std::string name) {
  Key key{.name = std::move(name), .index = {}};
  std::uint64_t index = 0;
  const char* const end = key.name.data() + key.name.size();
  const auto [stop, error] = std::from_chars(key.name.data(), end, index);
  const bool leading_zero = key.name.starts_with('0') && key.name.size() > 1;  // none of RFC 6901
  if (error == std::errc() && stop == end && !leading_zero) key.index = index;
  return key;
}

/// What one JSON value has at the pointer.
struct Read {
  bool whole = false;   ///< it is JSON
  std::size_t end = 0;  ///< behind its last byte; where it is no JSON, how far was read
  bool twice = false;   ///< an object on the way has a key of the pointer more than once
  std::optional<Value> first;
  std::optional<Value> last;
};

/// Follows one pointer through the events of nlohmann's parser, and keeps nothing else.
class PointerReader {
 public:
  PointerReader(const std::vector<Key>& keys, Read& read) : keys_(keys), read_(read) {}

  // The names and parameters are nlohmann's.
  bool null() { return value("null", false); }
  bool boolean(bool set) { return value(set ? "true" : "false", false); }
  bool number_integer(std::int64_t number) { return value(std::to_string(number), true); }
  bool number_unsigned(std::uint64_t number) { return value(std::to_string(number), true); }
  bool number_float(double /*rounded*/, const std::string& digits) { return value(digits, true); }
  bool string(const std::string& text) { return value(text, true); }
  bool binary(const Json::binary_t& /*never in text*/) { return false; }
  bool start_object(std::size_t /*unknown*/) { return open(false, "an object"); }
  bool key(const std::string& name) {
    if (!inside()) return true;
    Level& level = levels_.back();
    level.selected = name == keys_[depth_ - 1].name;
    if (level.selected && std::exchange(level.found, true)) read_.twice = true;
    return true;
  }
  bool end_object() { return close(); }
  bool start_array(std::size_t /*unknown*/) { return open(true, "a list"); }
  bool end_array() { return close(); }
  bool parse_error(std::size_t /*at*/, const std::string& /*token*/, const Json::exception& /*why*/) { return false; }

 private:
  /// An open container to which the pointer's beginning leads.
  struct Level {
    bool list = false;
    bool selected = false;  ///< of an object: the last key is the pointer's
    bool found = false;     ///< of an object: it had that key
    std::uint64_t next = 0;
  };

  /// Whether the innermost open container is one to which the pointer leads, and it leads on.
  bool inside() const { return depth_ == levels_.size() && depth_ > 0 && depth_ <= keys_.size(); }

  /// Whether the pointer leads to the value that begins now.
  bool here() {
    if (depth_ == 0) return true;
    if (!inside()) return false;
    Level& level = levels_.back();
    return level.list ? level.next++ == keys_[depth_ - 1].index : level.selected;
  }

  void take(Value value) {
    if (!read_.first) read_.first = value;
    read_.last = std::move(value);
  }

  bool value(const std::string& text, bool number) {
    if (here() && depth_ == keys_.size()) {
      take(text.size() > longest_value ? Value{"a long text", false} : Value{text, number});
    }
    return true;
  }

  bool open(bool list, const char* what) {
    const bool led = here();
    if (led && depth_ == keys_.size()) take({what, false});
    if (led && depth_ < keys_.size()) levels_.push_back({.list = list});
    return ++depth_ <= deepest_json;
  }

  bool close() {
    if (depth_ == levels_.size()) levels_.pop_back();
    --depth_;
    return true;
  }

  const std::vector<Key>& keys_;
  Read& read_;
  std::size_t depth_ = 0;  ///< of open containers
  std::vector<Level> levels_;
};

/// Goes through the text and notes how far the parser has come, which does not tell it.
class NotingIterator {
 public:
  using iterator_category = std::forward_iterator_tag;
  using value_type = char;
  using difference_type = std::ptrdiff_t;
  using pointer = const char*;
  using reference = const char&;

  NotingIterator() = default;
  NotingIterator(const char* at, const char** reached) : at_(at), reached_(reached) {}
  reference operator*() const { return *at_; }
  NotingIterator& operator++() {
    *reached_ = ++at_;
    return *this;
  }
  NotingIterator operator++(int) {
    const NotingIterator before = *this;
    ++*this;
    return before;
  }
  bool operator==(const NotingIterator& other) const { return at_ == other.at_; }

 private:
  const char* at_ = nullptr;
  const char** reached_ = nullptr;
};

/// Reads the JSON value that begins at `at`, whatever comes behind it.
Read read_value(std::string_view text, std::size_t at, const std::vector<Key>& keys) {
  Read read;
  PointerReader reader(keys, read);
  const char* reached = text.data() + at;
  read.whole =
      Json::sax_parse(NotingIterator(text.data() + at, &reached), NotingIterator(text.data() + text.size(), &reached),
                      &reader, Json::input_format_t::json, false);
  read.end = static_cast<std::size_t>(reached - text.data());
  return read;
}

/// Whether text[begin, end), which holds no blanks at its ends, is all that its line holds, from its first byte on.
bool is_a_line(std::string_view text, std::size_t begin, std::size_t end) {
  const bool first = begin == 0 || (begin == byte_order_mark.size() && text.starts_with(byte_order_mark));
  if (!first && text[begin - 1] != '\n') return false;
  if (text.substr(begin, end - begin).contains('\n')) return false;
  const std::size_t next = text.find_first_not_of(" \t\r", end);
  return next == std::string_view::npos || text[next] == '\n';
}

/// Where in text[begin, end) a key of that name stands, written as JSON writes keys: in quotes, with or without
/// escapes, and a colon behind.
std::optional<std::size_t> find_key(std::string_view text, std::size_t begin, std::size_t end,
                                    const std::string& name) {
  const std::size_t longest = 6 * name.size() + 1;  // each byte as \u0000
  for (std::size_t at = text.find('"', begin); at < end; at = text.find('"', at + 1)) {
    if (at > begin && text[at - 1] == '\\') continue;  // begins nothing; and so the time is linear in the text
    std::size_t close = at + 1;
    while (close < end && close - at <= longest && text[close] != '"') close += text[close] == '\\' ? 2U : 1U;
    if (close >= end || text[close] != '"') continue;
    const std::string_view quoted = text.substr(at, close + 1 - at);
    const bool is_name = quoted.substr(1, quoted.size() - 2) == name ||
                         (quoted.contains('\\') && Json::parse(quoted, nullptr, false) == Json(name));
    if (!is_name) continue;
    const std::size_t next = text.find_first_not_of(blanks, close + 1);
    if (next != std::string_view::npos && text[next] == ':') return at;
  }
  return std::nullopt;
}

class Search {
 public:
  Search(std::string_view text, const std::string& pointer, model::Match match, std::vector<Key> keys)
      : text_(text), pointer_(pointer), match_(match), keys_(std::move(keys)) {}

  Found run() {
    const std::size_t start =
        text_.find_first_not_of(blanks, text_.starts_with(byte_order_mark) ? byte_order_mark.size() : 0);
    if (start == std::string_view::npos) return no_json();
    if (text_[start] == '{' || text_[start] == '[') {
      const Read read = read_value(text_, start, keys_);
      if (read.whole && text_.find_first_not_of(blanks, read.end) == std::string_view::npos) {
        if (!read.first) return nothing_there();
        if (match_ == model::Match::same && read.twice) return twice();
        return number(match_ == model::Match::last ? *read.last : *read.first);
      }
    }
    return among_remarks();
  }

 private:
  /// Programs print remarks around their result, and guests print what they like.
  Found among_remarks() {
    bool objects = false;         // there are lines that are objects
    std::optional<Value> taken;   // from one of them
    std::optional<Value> latest;  // from anywhere
    bool latest_is_line = false;
    std::size_t covered = 0;           // the end of the objects so far
    std::optional<std::size_t> loose;  // the pointer's first key outside of them
    std::size_t left = 2 * text_.size() + spare_bytes;
    for (std::size_t at = text_.find('{'); at != std::string_view::npos; at = text_.find('{', at + 1)) {
      // What stands in an object is that object's. Where it begins a line, it may be the program's, and what is around
      // it another's: it is not taken, and no other is taken instead.
      const bool nested = at < covered;
      if (nested && text_[at - 1] != '\n') continue;
      const std::size_t inside = text_.find_first_not_of(blanks, at + 1);
      if (inside == std::string_view::npos) break;
      if (text_[inside] != '"') continue;  // no object, or an empty one
      const Read read = read_value(text_, at, keys_);
      if (!read.whole || nested) {  // whole ones lie behind each other, and are read once
        const std::size_t cost = read.end - at + (read.whole ? 0 : start_cost);
        if (cost > left) return std::unexpected(std::string("too much in it begins like JSON and does not end"));
        left -= cost;
      }
      if (!read.whole) continue;
      if (!nested) {
        if (const auto key = loose_key(covered, at)) loose = key;
        covered = read.end;
      }
      const bool line = !nested && is_a_line(text_, at, read.end);
      objects = objects || line;
      if (!read.first) continue;
      if (match_ == model::Match::same) {
        if (read.twice) return twice();
        if (latest && *latest != *read.first) return disagreement(*latest, *read.first);
      }
      if (match_ == model::Match::last) loose.reset();
      latest = match_ == model::Match::last ? read.last : read.first;
      latest_is_line = line;
      if (line) taken = latest;
      if (match_ == model::Match::first) break;
    }
    if (match_ != model::Match::first || !latest) {
      if (const auto key = loose_key(covered, text_.size())) loose = key;
    }
    if (loose) return no_valid_json(*loose);
    if (latest && (!taken || (match_ != model::Match::same && !latest_is_line))) {
      const char* const which = match_ == model::Match::first ? "the first " : taken ? "the last " : "";
      return std::unexpected(fmt::format("{}{} stands in JSON that is not a line of its own", which, pointer_));
    }
    if (taken) return number(*taken);
    return objects ? nothing_there() : no_json();
  }

  /// Where the pointer's first key stands between two objects: in one that is no valid JSON, and that must not be
  /// passed over for another.
  std::optional<std::size_t> loose_key(std::size_t begin, std::size_t end) {
    if (keys_.empty()) return std::nullopt;
    // Before anything begins like an object, a key in quotes is a word of a sentence.
    const std::size_t brace = text_.find('{', begin);
    const std::size_t first = begun_ ? begin : std::min(brace, end);
    begun_ = begun_ || brace < end;
    return find_key(text_, first, end, keys_.front().name);
  }

  Found number(const Value& value) const {
    if (!value.number) return std::unexpected(fmt::format("{} is no number", pointer_));
    return value.text;
  }
  Found twice() const {
    return std::unexpected(fmt::format(
        "an object has a key of {} twice; say match: first or match: last, or have it written once", pointer_));
  }
  Found disagreement(const Value& one, const Value& other) const {
    return std::unexpected(
        fmt::format("{} is both {} and {}; say match: first or match: last, or have it written where nobody else "
                    "writes, such as a file",
                    pointer_, model::to_line(one.text, 60), model::to_line(other.text, 60)));
  }
  Found no_valid_json(std::size_t key) const {
    constexpr std::size_t shown = 60;
    std::size_t begin = text_.rfind('\n', key) + 1;  // npos + 1 is 0
    if (key - begin > shown / 2) begin = key;
    const std::string_view line = text_.substr(begin, text_.find('\n', key) - begin);
    return std::unexpected(fmt::format(
        "what looks like {} is no JSON: '{}'; have JSON written as RFC 8259 has it (no NaN, no Infinity), or "
        "have it written where nobody else writes, such as a file",
        pointer_, model::to_line(line.substr(0, 4 * shown), shown)));
  }
  Found nothing_there() const { return std::unexpected(fmt::format("there is no {}", pointer_)); }
  static Found no_json() { return std::unexpected(std::string("there is no JSON")); }

  std::string_view text_;
  const std::string& pointer_;
  model::Match match_;
  std::vector<Key> keys_;
  bool begun_ = false;  ///< something outside of all valid objects began like one
};

}  // namespace

Found find_json_value(std::string_view text, const std::string& pointer, model::Match match) {
  std::vector<Key> keys;
  try {
    for (Json::json_pointer left(pointer); !left.empty(); left.pop_back()) keys.push_back(key_of(left.back()));
  } catch (const Json::exception&) {
    return std::unexpected(fmt::format("{} is no JSON pointer", pointer));
  }
  std::ranges::reverse(keys);
  return Search(text, pointer, match, std::move(keys)).run();
}

}  // namespace cyclegate::executors
