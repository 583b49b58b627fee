#include <fmt/format.h>

#include <protozero/pbf_message.hpp>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "profile/builder.h"
#include "profile/limits.h"
#include "profile/parts.h"
#include "profile/pprof.h"
#include "profile/pprof_fields.h"

namespace cyclegate::profile {
namespace {

using protozero::data_view;
template <class T>
using Message = protozero::pbf_message<T>;

// The library asserts the wire type and does not check it otherwise.
template <class T>
std::uint64_t number(Message<T>& message) {
  if (message.wire_type() != protozero::pbf_wire_type::varint) throw protozero::unknown_pbf_wire_type_exception();
  return message.get_uint64();
}

template <class T>
data_view bytes(Message<T>& message) {
  if (message.wire_type() != protozero::pbf_wire_type::length_delimited)
    throw protozero::unknown_pbf_wire_type_exception();
  return message.get_view();
}

struct FunctionRow {
  std::uint64_t name = 0;
  std::uint64_t system_name = 0;
  std::uint64_t file = 0;
  std::uint64_t line = 0;
};

struct LocationRow {
  std::uint64_t mapping = 0;
  std::uint64_t address = 0;
  std::vector<std::uint64_t> functions;  // innermost first
  std::vector<std::uint32_t> frames;     // outermost first; made when first needed
};

class PprofReader {
 public:
  PprofReader(std::string_view bytes, std::string origin) : bytes_(bytes), builder_(std::move(origin), {}) {}

  model::Profile read() {
    try {
      read_tables();
      add_columns();
      add_samples();
    } catch (const protozero::exception& error) {
      if (reading_samples_) builder_.fail(fmt::format("is damaged: {}", error.what()));
      builder_.fail(fmt::format("byte {}: the protobuf message is damaged: {}", offset_, error.what()));
    }
    return builder_.finish();
  }

 private:
  // What refers to others may come before them, so tables are read first and samples in a second pass.
  void read_tables() {
    Message<pprof::Profile> message{data_view{bytes_.data(), bytes_.size()}};
    while (next(message)) {
      switch (message.tag()) {
        case pprof::Profile::sample_type:
          read_type(bytes(message));
          break;
        case pprof::Profile::mapping:
          read_mapping(bytes(message));
          break;
        case pprof::Profile::location:
          read_location(bytes(message));
          break;
        case pprof::Profile::function:
          read_function(bytes(message));
          break;
        case pprof::Profile::string_table: {
          const data_view view = bytes(message);
          limit(strings_.size(), kMaxStrings, "strings");
          strings_.emplace_back(view.data(), view.size());
          break;
        }
        default:
          message.skip();
      }
    }
  }

  void add_samples() {
    Message<pprof::Profile> message{data_view{bytes_.data(), bytes_.size()}};
    for (std::uint64_t number = 0; next(message);) {
      if (message.tag() != pprof::Profile::sample) {
        message.skip();
        continue;
      }
      builder_.at("sample", number++);
      add(bytes(message));
    }
  }

  // Of one more where there are `count`.
  void limit(std::size_t count, std::size_t most, const char* what) const {
    if (count >= most) builder_.fail(fmt::format("byte {}: more than {} {}", offset_, most, what));
  }

  // Keeps the place for messages before anything can go wrong.
  bool next(Message<pprof::Profile>& message) {
    offset_ = bytes_.size() - message.length();
    return message.next();
  }

  void read_type(data_view view) {
    limit(types_.size(), kMaxColumns, "sample types");
    auto& [type, unit] = types_.emplace_back();
    Message<pprof::ValueType> message{view};
    while (message.next()) {
      switch (message.tag()) {
        case pprof::ValueType::type:
          type = number(message);
          break;
        case pprof::ValueType::unit:
          unit = number(message);
          break;
        default:
          message.skip();
      }
    }
  }

  void read_mapping(data_view view) {
    std::uint64_t id = 0;
    std::uint64_t file = 0;
    Message<pprof::Mapping> message{view};
    while (message.next()) {
      switch (message.tag()) {
        case pprof::Mapping::id:
          id = number(message);
          break;
        case pprof::Mapping::filename:
          file = number(message);
          break;
        default:
          message.skip();
      }
    }
    limit(mappings_.size(), kMaxMappings, "mappings");
    mappings_[id] = file;
  }

  void read_function(data_view view) {
    std::uint64_t id = 0;
    FunctionRow row;
    Message<pprof::Function> message{view};
    while (message.next()) {
      switch (message.tag()) {
        case pprof::Function::id:
          id = number(message);
          break;
        case pprof::Function::name:
          row.name = number(message);
          break;
        case pprof::Function::system_name:
          row.system_name = number(message);
          break;
        case pprof::Function::filename:
          row.file = number(message);
          break;
        case pprof::Function::start_line:
          row.line = number(message);
          break;
        default:
          message.skip();
      }
    }
    limit(functions_.size(), kMaxFrames, "functions");
    functions_[id] = row;
  }

  void read_location(data_view view) {
    std::uint64_t id = 0;
    LocationRow row;
    Message<pprof::Location> message{view};
    while (message.next()) {
      switch (message.tag()) {
        case pprof::Location::id:
          id = number(message);
          break;
        case pprof::Location::mapping_id:
          row.mapping = number(message);
          break;
        case pprof::Location::address:
          row.address = number(message);
          break;
        case pprof::Location::line: {
          std::uint64_t function = 0;
          Message<pprof::Line> line{bytes(message)};
          while (line.next()) {
            if (line.tag() == pprof::Line::function_id)
              function = number(line);
            else
              line.skip();
          }
          if (row.functions.size() == kMaxDepth)
            builder_.fail(fmt::format("byte {}: a location has more than {} functions", offset_, kMaxDepth));
          limit(lines_, kMaxLocationLines, "functions of locations");
          ++lines_;
          row.functions.push_back(function);
          break;
        }
        default:
          message.skip();
      }
    }
    limit(locations_.size(), kMaxLocations, "locations");
    locations_[id] = std::move(row);
  }

  std::string text(std::uint64_t index) const {
    if (index == 0) return {};
    if (index >= strings_.size()) builder_.fail(fmt::format("there is no string {}", index));
    if (strings_[index].size() > kMaxNameBytes)
      builder_.fail(fmt::format("string {} has more than {} bytes", index, kMaxNameBytes));
    return std::string(strings_[index]);
  }

  void add_columns() {
    if (types_.empty()) builder_.fail("must be a pprof profile; it has no sample types");
    for (const auto& [type, unit] : types_) {
      const model::ProfileColumn column{text(type), text(unit)};
      const bool calls = column.name == kCalls && column.unit == kCalls && types_.size() > 1;
      if (calls && calls_ != kNone) builder_.fail("two sample types are called calls");
      if (calls) {
        calls_ = columns_.size();
        columns_.push_back(kNone);
        continue;
      }
      const std::size_t before = builder_.columns();
      columns_.push_back(builder_.column(column));
      if (builder_.columns() == before) builder_.fail("two sample types are called " + column.name);
    }
    reading_samples_ = true;
  }

  // Outermost first.
  const std::vector<std::uint32_t>& frames_of(std::uint64_t id) {
    const auto found = locations_.find(id);
    if (found == locations_.end()) builder_.fail(fmt::format("there is no location {}", id));
    LocationRow& location = found->second;
    if (!location.frames.empty()) return location.frames;
    std::string module_name;
    if (const auto mapping = mappings_.find(location.mapping); mapping != mappings_.end())
      module_name = text(mapping->second);
    for (std::size_t index = location.functions.size(); index-- > 0;) {
      const auto function = functions_.find(location.functions[index]);
      if (function == functions_.end())
        builder_.fail(fmt::format("there is no function {}", location.functions[index]));
      const FunctionRow& row = function->second;
      model::ProfileFrame frame;
      frame.name = text(row.name != 0 ? row.name : row.system_name);
      frame.file = text(row.file);
      frame.line = row.line <= 0xffffffffu ? static_cast<std::uint32_t>(row.line) : 0;
      frame.inlined = index + 1 < location.functions.size();
      frame.module_name = module_name;
      location.frames.push_back(builder_.frame(std::move(frame)));
    }
    if (location.frames.empty()) {
      model::ProfileFrame frame;
      frame.name = fmt::format("{:#x}", location.address);
      frame.module_name = module_name;
      location.frames.push_back(builder_.frame(std::move(frame)));
    }
    return location.frames;
  }

  void add_place(std::uint64_t id) {
    if (places_.size() == kMaxDepth) builder_.fail(fmt::format("a stack of more than {} frames", kMaxDepth));
    places_.push_back(id);
  }

  void add_value(std::int64_t value) {
    if (values_.size() == types_.size())
      builder_.fail(fmt::format("has more than {} values, one for each sample type", types_.size()));
    values_.push_back(value);
  }

  void add(data_view view) {
    places_.clear();
    values_.clear();
    Message<pprof::Sample> message{view};
    while (message.next()) {
      // Numbers of a repeated field may be packed or stand one by one.
      const bool packed = message.wire_type() == protozero::pbf_wire_type::length_delimited;
      switch (message.tag()) {
        case pprof::Sample::location_id:
          if (packed) {
            for (const std::uint64_t id : message.get_packed_uint64()) add_place(id);
          } else {
            add_place(number(message));
          }
          break;
        case pprof::Sample::value:
          if (packed) {
            for (const std::int64_t value : message.get_packed_int64()) add_value(value);
          } else {
            add_value(static_cast<std::int64_t>(number(message)));
          }
          break;
        default:
          message.skip();
      }
    }
    if (values_.size() != types_.size())
      builder_.fail(fmt::format("has {} values for {} sample types", values_.size(), types_.size()));
    if (places_.empty()) builder_.fail("has no stack");
    std::uint32_t node = model::ProfileNode::kNoParent;
    for (std::size_t index = places_.size(); index-- > 0;) {
      for (const std::uint32_t frame : frames_of(places_[index])) node = builder_.node(node, frame);
    }
    for (std::size_t column = 0; column < values_.size(); ++column) {
      if (values_[column] < 0) builder_.fail(fmt::format("a weight of {}; none may be negative", values_[column]));
      if (column == calls_)
        builder_.add_calls(node, static_cast<std::uint64_t>(values_[column]));
      else
        builder_.add(node, columns_[column], static_cast<std::uint64_t>(values_[column]));
    }
  }

  static constexpr std::size_t kNone = ~std::size_t{0};

  std::string_view bytes_;
  ProfileBuilder builder_;
  std::size_t offset_ = 0;
  bool reading_samples_ = false;
  std::vector<std::pair<std::uint64_t, std::uint64_t>> types_;
  std::vector<std::size_t> columns_;  // by sample type
  std::size_t calls_ = kNone;         // the sample type that counts calls
  std::vector<std::string_view> strings_;
  std::unordered_map<std::uint64_t, std::uint64_t> mappings_;
  std::unordered_map<std::uint64_t, FunctionRow> functions_;
  std::unordered_map<std::uint64_t, LocationRow> locations_;
  std::size_t lines_ = 0;  // of all locations
  std::vector<std::uint64_t> places_;
  std::vector<std::int64_t> values_;
};

}  // namespace

model::Profile read_pprof(ByteReader& bytes) {
  const std::string_view all = bytes.peek(kMaxMessageBytes + 1);
  PprofReader reader(all, bytes.origin());
  if (all.size() > kMaxMessageBytes) {
    ProfileBuilder refused(bytes.origin(), {});
    refused.fail(fmt::format("a pprof profile of more than {} bytes", kMaxMessageBytes));
  }
  return reader.read();
}

}  // namespace cyclegate::profile
