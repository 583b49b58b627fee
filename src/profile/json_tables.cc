#include "profile/json_tables.h"

#include <fmt/format.h>

#include <cstddef>
#include <iterator>
#include <nlohmann/json.hpp>
#include <utility>

#include "model/error.h"
#include "profile/limits.h"

namespace cyclegate::profile {
namespace {

using nlohmann::json;

constexpr std::size_t kRowCells = 8;  // what is read of a row lies within the first of its cells
constexpr std::size_t kMaxRows = 1u << 27;
constexpr std::size_t kMaxThreads = 65'536;

// The columns that profiles are read from.
constexpr std::array<std::string_view, 12> kColumns = {"prefix", "frame",      "func",     "inlineDepth",
                                                       "name",   "fileName",   "source",   "filename",
                                                       "stack",  "lineNumber", "resource", "location"};

bool is_read(std::string_view name) {
  return std::ranges::find(kColumns, name) != kColumns.end();
}

// Where the parser said something last. It keeps what comes after that in memory.
struct Silence {
  std::uint64_t since = 0;
};

// Feeds the parser block by block. Copies share the reader, as the copies of a stream iterator do.
class Characters {
 public:
  using iterator_category = std::input_iterator_tag;
  using value_type = char;
  using difference_type = std::ptrdiff_t;
  using pointer = const char*;
  using reference = const char&;

  Characters(ByteReader* reader, Silence* silence) : reader_(reader), silence_(silence) {}
  reference operator*() const { return *reader_->bytes().data(); }
  Characters& operator++() {
    reader_->consume(1);
    return *this;
  }
  void operator++(int) { ++*this; }
  // Only ever compared with the end.
  bool operator==(const Characters&) const {
    if (!reader_->needs_block()) return false;
    if (reader_->offset() - silence_->since > kMaxTokenBytes)
      throw model::Error(model::ErrorKind::configuration,
                         fmt::format("{}: byte {}: a value has more than {} bytes", reader_->origin(), silence_->since,
                                     kMaxTokenBytes));
    return reader_->bytes().empty();
  }

 private:
  ByteReader* reader_;
  Silence* silence_;
};

enum class Place : std::uint8_t {
  passed_over,
  root,
  meta,
  own,
  own_columns,
  own_column,
  threads,
  processes,
  tables,
  table,
  schema,
  rows,
  row,
  column,
  weights,
  strings,
};

struct Level {
  Place place = Place::passed_over;
  bool array = false;
  std::string key;        // of the member that comes
  std::size_t index = 0;  // of the element that comes
  JsonTables* tables = nullptr;
  JsonTable* table = nullptr;
  std::vector<std::int64_t>* numbers = nullptr;
};

// Rows of a table whose schema may follow them.
struct Rows {
  std::map<std::string, std::size_t, std::less<>> schema;
  std::vector<std::array<std::int64_t, kRowCells>> cells;
};

class Handler final : public nlohmann::json_sax<json> {
 public:
  Handler(const ByteReader& bytes, Silence& silence, std::size_t most_bytes)
      : bytes_(bytes), silence_(silence), room_(most_bytes), most_bytes_(most_bytes) {
    levels_.push_back({});
  }

  bool null() override { return number(kNoNumber, {JsonDecimal::State::null, 0, 0}); }
  bool boolean(bool) override { return number(kNotWhole, {}); }
  bool number_integer(number_integer_t value) override {
    return number(value, value < 0 ? JsonDecimal{}
                                   : JsonDecimal{JsonDecimal::State::exact, 0, static_cast<std::uint64_t>(value)});
  }
  bool number_unsigned(number_unsigned_t value) override {
    return number(value <= static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())
                      ? static_cast<std::int64_t>(value)
                      : kNotWhole,
                  {JsonDecimal::State::exact, 0, value});
  }
  bool number_float(number_float_t, const string_t& text) override { return number(kNotWhole, decimal_from(text)); }
  bool binary(binary_t&) override { return true; }

  bool string(string_t& text) override {
    heard();
    Level& level = levels_.back();
    switch (level.place) {
      case Place::meta:
        if (level.key == "product") profile_.product = std::move(text);
        break;
      case Place::own_column:
        if (level.key == "name")
          profile_.columns.back().name = std::move(text);
        else if (level.key == "unit")
          profile_.columns.back().unit = std::move(text);
        break;
      case Place::tables:
        if (level.key == "name") level.tables->name = std::move(text);
        break;
      case Place::table:
        if (level.key == "weightType") level.table->weight_type = std::move(text);
        break;
      case Place::strings:
        take(sizeof(std::string) + text.capacity());
        level.tables->strings.push_back(std::move(text));
        break;
      default:
        return number(kNotWhole, {});
    }
    ++level.index;
    return true;
  }

  bool key(string_t& name) override {
    heard();
    levels_.back().key = std::move(name);
    return true;
  }
  bool start_object(std::size_t) override {
    open(false);
    return true;
  }
  bool start_array(std::size_t) override {
    open(true);
    return true;
  }
  bool end_object() override { return close(); }
  bool end_array() override { return close(); }

  bool parse_error(std::size_t position, const std::string&, const json::exception& error) override {
    // `[json.exception.parse_error.101] parse error at line 1, column 5: ...`
    std::string_view text = error.what();
    if (const auto at = text.find("at line "); at != std::string_view::npos) text.remove_prefix(at + 3);
    if (const auto shown = text.find("; last read: "); shown != std::string_view::npos) text = text.substr(0, shown);
    throw model::Error(model::ErrorKind::configuration,
                       fmt::format("{}: {} (byte {})", bytes_.origin(), std::string(text), position));
  }

  JsonProfile finish() {
    for (auto& [table, rows] : rows_) turn(*table, rows);
    return std::move(profile_);
  }

 private:
  [[noreturn]] void too_many(const char* what, std::size_t most) const {
    throw model::Error(model::ErrorKind::configuration,
                       fmt::format("{}: byte {}: more than {} {}", bytes_.origin(), bytes_.offset(), most, what));
  }

  void heard() { silence_.since = bytes_.offset(); }

  // Room for the tables.
  void take(std::size_t size) {
    if (size > room_) too_many("bytes of memory for the tables", most_bytes_);
    room_ -= size;
  }

  bool number(std::int64_t whole, JsonDecimal decimal) {
    heard();
    Level& level = levels_.back();
    switch (level.place) {
      case Place::meta:
        if (level.key == "preprocessedProfileVersion") profile_.processed = true;
        break;
      case Place::schema:
        if (whole >= 0 && static_cast<std::size_t>(whole) < kRowCells && is_read(level.key))
          rows_[level.table].schema[level.key] = static_cast<std::size_t>(whole);
        break;
      case Place::row:
        if (level.index < kRowCells) rows_[level.table].cells.back()[level.index] = whole;
        break;
      case Place::column:
        if (level.index == kMaxRows) too_many("rows in a table", kMaxRows);
        take(sizeof whole);
        level.numbers->push_back(whole);
        break;
      case Place::weights:
        if (level.index == kMaxRows) too_many("samples", kMaxRows);
        take(sizeof decimal);
        level.table->weights.push_back(decimal);
        break;
      case Place::strings:
        throw model::Error(model::ErrorKind::configuration,
                           fmt::format("{}: element {} of {} must be a string", bytes_.origin(), level.index,
                                       levels_[levels_.size() - 2].key));
      default:
        break;
    }
    ++level.index;
    return true;
  }

  static JsonTable* table_of(JsonTables& tables, std::string_view key) {
    if (key == "stackTable") return &tables.stacks;
    if (key == "frameTable") return &tables.frames;
    if (key == "funcTable") return &tables.functions;
    if (key == "resourceTable") return &tables.resources;
    if (key == "sources") return &tables.sources;
    if (key == "samples") return &tables.samples;
    return nullptr;
  }

  void open(bool array) {
    heard();
    if (levels_.size() > kMaxNesting) too_many("arrays and objects in each other", kMaxNesting);
    Level& outer = levels_.back();
    Level inner;
    inner.array = array;
    inner.tables = outer.tables;
    inner.table = outer.table;
    if (levels_.size() == 1) {
      inner.place = array ? Place::passed_over : Place::root;
    } else if (outer.place == Place::row || outer.place == Place::column || outer.place == Place::weights) {
      number(kNotWhole, {});  // counts the element
    } else if (array) {
      open_array(outer, inner);
    } else {
      open_object(outer, inner);
    }
    levels_.push_back(std::move(inner));
  }

  void open_array(const Level& outer, Level& inner) {
    const std::string_view key = outer.key;
    if (outer.place == Place::root && key == "processes") inner.place = Place::processes;
    if (outer.place == Place::root && key == "threads") inner.place = Place::threads;
    if (outer.place == Place::own && key == "columns") inner.place = Place::own_columns;
    if (outer.place == Place::tables && (key == "stringArray" || key == "stringTable")) inner.place = Place::strings;
    if (outer.place == Place::table && key == "data") inner.place = Place::rows;
    if (outer.place == Place::table && key == "weight") inner.place = Place::weights;
    if (outer.place == Place::table && is_read(key)) {
      inner.place = Place::column;
      inner.numbers = &outer.table->columns[std::string(key)];
    }
    if (outer.place == Place::rows) {
      inner.place = Place::row;
      Rows& rows = rows_[outer.table];
      if (rows.cells.size() == kMaxRows) too_many("rows in a table", kMaxRows);
      take(sizeof rows.cells[0]);
      rows.cells.emplace_back().fill(kNoNumber);
    }
  }

  void open_object(const Level& outer, Level& inner) {
    const std::string_view key = outer.key;
    if (outer.place == Place::processes)
      throw model::Error(model::ErrorKind::configuration,
                         fmt::format("{}: /processes/{}: the profiles of other processes are not read; load and save "
                                     "the file in the Firefox Profiler, which makes them threads of one profile",
                                     bytes_.origin(), outer.index));
    if (outer.place == Place::root && key == "meta") inner.place = Place::meta;
    if (outer.place == Place::meta && key == "cyclegate") inner.place = Place::own;
    if (outer.place == Place::root && key == "shared") {
      inner.place = Place::tables;
      inner.tables = &profile_.shared;
    }
    if (outer.place == Place::own_columns) {
      if (profile_.columns.size() == kMaxColumns) too_many("columns", kMaxColumns);
      inner.place = Place::own_column;
      profile_.columns.emplace_back();
    }
    if (outer.place == Place::threads) {
      if (profile_.threads.size() == kMaxThreads) too_many("threads", kMaxThreads);
      take(sizeof(JsonTables));
      inner.place = Place::tables;
      turn_all();  // they point into the threads
      inner.tables = &profile_.threads.emplace_back();
    }
    if (outer.place == Place::tables) {
      if (JsonTable* table = table_of(*outer.tables, key)) {
        inner.place = Place::table;
        inner.table = table;
      }
    }
    if (outer.place == Place::table && key == "schema") inner.place = Place::schema;
  }

  bool close() {
    heard();
    levels_.pop_back();
    ++levels_.back().index;
    return true;
  }

  void turn_all() {
    for (auto& [table, rows] : rows_) turn(*table, rows);
    rows_.clear();
  }

  void turn(JsonTable& table, Rows& rows) {
    table.by_rows = true;
    for (const auto& [name, place] : rows.schema) {
      auto& column = table.columns[name];
      column.clear();
      take(rows.cells.size() * sizeof(std::int64_t));
      column.reserve(rows.cells.size());
      for (const auto& cells : rows.cells) column.push_back(cells[place]);
    }
  }

  const ByteReader& bytes_;
  Silence& silence_;
  std::size_t room_;  // bytes that the tables may still take
  std::size_t most_bytes_;
  JsonProfile profile_;
  std::vector<Level> levels_;
  std::map<JsonTable*, Rows> rows_;
};

}  // namespace

JsonDecimal decimal_from(std::string_view text) {
  // Digits before and behind the point, then the point moved by the exponent.
  std::string digits;
  std::int64_t point = 0;
  bool behind = false;
  std::size_t at = 0;
  for (; at < text.size(); ++at) {
    const char character = text[at];
    if (character == '.' && !behind) {
      behind = true;
    } else if (character >= '0' && character <= '9') {
      digits += character;
      if (!behind) ++point;
    } else {
      break;
    }
  }
  if (digits.empty() || digits.size() > 400) return {};
  if (at < text.size()) {
    if (text[at] != 'e' && text[at] != 'E') return {};
    std::string_view exponent = text.substr(at + 1);
    const bool negative = exponent.starts_with('-');
    if (negative || exponent.starts_with('+')) exponent.remove_prefix(1);
    std::int64_t value = 0;
    if (exponent.empty() || exponent.size() > 4) return {};
    for (const char character : exponent) {
      if (character < '0' || character > '9') return {};
      value = value * 10 + (character - '0');
    }
    point += negative ? -value : value;
  }
  JsonDecimal decimal;
  std::uint32_t scale = 100'000'000;
  for (std::int64_t place = std::min<std::int64_t>(point, 0); place < std::max<std::int64_t>(point, std::ssize(digits));
       ++place) {
    const bool known = place >= 0 && place < std::ssize(digits);
    const auto digit = static_cast<std::uint32_t>(known ? digits[static_cast<std::size_t>(place)] - '0' : 0);
    if (place < point) {
      if (__builtin_mul_overflow(decimal.whole, 10u, &decimal.whole)) return {};
      if (__builtin_add_overflow(decimal.whole, digit, &decimal.whole)) return {};
    } else {
      if (scale == 0 && digit != 0) return {};
      decimal.billionths += digit * scale;
      scale /= 10;
    }
  }
  decimal.state = JsonDecimal::State::exact;
  return decimal;
}

const std::vector<std::int64_t>* JsonTable::column(std::string_view name) const {
  const auto found = columns.find(name);
  return found == columns.end() ? nullptr : &found->second;
}

JsonProfile read_json_tables(ByteReader& bytes, std::size_t most_bytes) {
  Silence silence;
  Handler handler(bytes, silence, most_bytes);
  json::sax_parse(Characters(&bytes, &silence), Characters(&bytes, &silence), &handler);
  return handler.finish();
}

}  // namespace cyclegate::profile
