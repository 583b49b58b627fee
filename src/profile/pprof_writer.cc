#include <fmt/format.h>
#include <zlib.h>

#include <limits>
#include <map>
#include <protozero/pbf_builder.hpp>
#include <utility>
#include <vector>

#include "model/error.h"
#include "profile/pprof.h"
#include "profile/pprof_fields.h"

namespace cyclegate::profile {
namespace {

using model::ProfileNode;
template <class T>
using Builder = protozero::pbf_builder<T>;

class Writer {
 public:
  explicit Writer(const model::Profile& profile) : profile_(profile), message_(out_) { string(""); }

  std::string write() {
    for (const auto& column : profile_.columns) value_type(pprof::Profile::sample_type, column);
    for (std::size_t node = 0; node < profile_.nodes.size(); ++node) sample(node);
    mappings();
    for (const auto& [frames, id] : locations_) ordered_.emplace(id, &frames);
    for (const auto& [id, frames] : ordered_) location(id, *frames);
    for (std::size_t index = 0; index < profile_.frames.size(); ++index) function(index);
    const std::int64_t first = string(profile_.columns[0].name);
    for (const std::string* text : strings_) message_.add_string(pprof::Profile::string_table, *text);
    message_.add_int64(pprof::Profile::default_sample_type, first);
    return std::move(out_);
  }

 private:
  std::int64_t string(const std::string& text) {
    const auto [place, added] = numbers_.emplace(text, std::ssize(strings_));
    if (added) strings_.push_back(&place->first);
    return place->second;
  }

  void value_type(pprof::Profile field, const model::ProfileColumn& column) {
    const std::int64_t type = string(column.name);
    const std::int64_t unit = string(column.unit);
    Builder<pprof::ValueType> builder(message_, field);
    builder.add_int64(pprof::ValueType::type, type);
    builder.add_int64(pprof::ValueType::unit, unit);
  }

  void sample(std::size_t index) {
    const auto self = profile_.self_of(index);
    values_.clear();
    bool any = false;
    for (const std::uint64_t value : self) {
      if (value > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()))
        throw model::Error(model::ErrorKind::usage,
                           fmt::format("{}: a weight of {} cannot be written as pprof, which ends at 2^63 - 1; use "
                                       "another format",
                                       profile_.origin, value));
      any = any || value > 0;
      values_.push_back(static_cast<std::int64_t>(value));
    }
    if (!any) return;
    places_.clear();
    for (auto node = static_cast<std::uint32_t>(index); node != ProfileNode::kNoParent;) {
      // Inlined functions and the one they were inlined into are one location.
      group_.assign(1, profile_.nodes[node].frame);
      while (profile_.frames[group_.back()].inlined && profile_.nodes[node].parent != ProfileNode::kNoParent) {
        node = profile_.nodes[node].parent;
        group_.push_back(profile_.nodes[node].frame);
      }
      node = profile_.nodes[node].parent;
      places_.push_back(locations_.emplace(group_, locations_.size() + 1).first->second);
    }
    Builder<pprof::Sample> builder(message_, pprof::Profile::sample);
    builder.add_packed_uint64(pprof::Sample::location_id, places_.begin(), places_.end());
    builder.add_packed_int64(pprof::Sample::value, values_.begin(), values_.end());
  }

  void mappings() {
    for (const auto& frame : profile_.frames) {
      if (!frame.module_name.empty()) modules_.emplace(frame.module_name, modules_.size() + 1);
    }
    if (modules_.empty()) modules_.emplace(profile_.origin, 1);  // readers want one, and may not look for symbols
    std::map<std::uint64_t, const std::string*> by_id;
    for (const auto& [name, id] : modules_) by_id.emplace(id, &name);
    for (const auto& [id, name] : by_id) {
      const std::int64_t file = string(*name);
      Builder<pprof::Mapping> builder(message_, pprof::Profile::mapping);
      builder.add_uint64(pprof::Mapping::id, id);
      builder.add_int64(pprof::Mapping::filename, file);
      for (const auto field : {pprof::Mapping::has_functions, pprof::Mapping::has_filenames,
                               pprof::Mapping::has_line_numbers, pprof::Mapping::has_inline_frames})
        builder.add_bool(field, true);
    }
  }

  void location(std::uint64_t id, const std::vector<std::uint32_t>& frames) {
    const auto& module_name = profile_.frames[frames.back()].module_name;
    const auto found = modules_.find(module_name);
    Builder<pprof::Location> builder(message_, pprof::Profile::location);
    builder.add_uint64(pprof::Location::id, id);
    if (found != modules_.end()) builder.add_uint64(pprof::Location::mapping_id, found->second);
    for (const std::uint32_t frame : frames) {
      Builder<pprof::Line> line(builder, pprof::Location::line);
      line.add_uint64(pprof::Line::function_id, std::uint64_t{frame} + 1);
      if (profile_.frames[frame].line > 0) line.add_int64(pprof::Line::line, profile_.frames[frame].line);
    }
  }

  void function(std::size_t index) {
    const auto& frame = profile_.frames[index];
    const std::int64_t name = string(frame.name);
    const std::int64_t file = string(frame.file);
    Builder<pprof::Function> builder(message_, pprof::Profile::function);
    builder.add_uint64(pprof::Function::id, index + 1);
    builder.add_int64(pprof::Function::name, name);
    builder.add_int64(pprof::Function::system_name, name);
    if (file != 0) builder.add_int64(pprof::Function::filename, file);
    if (frame.line > 0) builder.add_int64(pprof::Function::start_line, frame.line);
  }

  const model::Profile& profile_;
  std::string out_;
  Builder<pprof::Profile> message_;
  std::map<std::string, std::int64_t> numbers_;
  std::vector<const std::string*> strings_;
  std::map<std::vector<std::uint32_t>, std::uint64_t> locations_;  // frames, innermost first, to id
  std::map<std::uint64_t, const std::vector<std::uint32_t>*> ordered_;
  std::map<std::string, std::uint64_t> modules_;
  std::vector<std::uint64_t> places_;
  std::vector<std::int64_t> values_;
  std::vector<std::uint32_t> group_;
};

// With no name and no time in its header, so that equal profiles give equal bytes.
std::string gzip(const std::string& bytes) {
  z_stream stream{};
  if (deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) != Z_OK)
    throw model::Error(model::ErrorKind::measurement, "no memory for packing a profile");
  std::string packed;
  std::vector<char> block(1u << 16);
  std::size_t given = 0;
  int status = Z_OK;
  while (status == Z_OK) {
    if (stream.avail_in == 0 && given < bytes.size()) {
      const std::size_t size = std::min<std::size_t>(bytes.size() - given, 1u << 20);
      stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data() + given));
      stream.avail_in = static_cast<uInt>(size);
      given += size;
    }
    stream.next_out = reinterpret_cast<Bytef*>(block.data());
    stream.avail_out = static_cast<uInt>(block.size());
    status = deflate(&stream, given == bytes.size() ? Z_FINISH : Z_NO_FLUSH);
    packed.append(block.data(), block.size() - stream.avail_out);
  }
  deflateEnd(&stream);
  if (status != Z_STREAM_END) throw model::Error(model::ErrorKind::measurement, "a profile could not be packed");
  return packed;
}

}  // namespace

std::string write_pprof(const model::Profile& profile) {
  return gzip(Writer(profile).write());
}

}  // namespace cyclegate::profile
