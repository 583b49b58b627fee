#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "profile/builder.h"
#include "profile/firefox.h"
#include "profile/json_tables.h"
#include "profile/parts.h"

namespace cyclegate::profile {
namespace {

using model::ProfileNode;
using Numbers = std::vector<std::int64_t>;

// One thread with the tables that stand in it or are shared.
class ThreadReader {
 public:
  ThreadReader(const JsonProfile& profile, std::size_t number, ProfileBuilder& builder)
      : thread_(profile.threads[number]),
        shared_(profile.shared),
        builder_(builder),
        number_(number),
        strings_(thread_.strings.empty() ? shared_.strings : thread_.strings) {}

  /// Adds the thread's samples to `column` (nullopt: to the calls), each weight times `scale`.
  void read(std::optional<std::size_t> column, std::uint64_t scale) {
    const Numbers* stacks = thread_.samples.column("stack");
    if (stacks == nullptr || stacks->empty()) return;
    make_nodes();
    const auto& weights = thread_.samples.weights;
    if (!weights.empty() && weights.size() != stacks->size())
      fail("samples/weight", fmt::format("has {} elements, stack has {}", weights.size(), stacks->size()));
    for (std::size_t row = 0; row < stacks->size(); ++row) {
      const std::int64_t stack = (*stacks)[row];
      if (stack != kNoNumber && (stack < 0 || static_cast<std::size_t>(stack) >= nodes_.size()))
        fail("samples/stack", row, fmt::format("must be null or an index below {}", nodes_.size()));
      const std::uint64_t value = weights.empty() ? 1 : weight(weights[row], row, scale);
      if (stack == kNoNumber && value == 0) continue;
      const std::uint32_t node = stack == kNoNumber
                                     ? builder_.node(ProfileNode::kNoParent, builder_.frame("[no stack]"))
                                     : nodes_[static_cast<std::size_t>(stack)];
      if (column)
        builder_.add(node, *column, value);
      else
        builder_.add_calls(node, value);
    }
  }

 private:
  [[noreturn]] void fail(const std::string& where, const std::string& what) const {
    builder_.fail(fmt::format("/threads/{}/{}: {}", number_, where, what));
  }
  [[noreturn]] void fail(const std::string& where, std::size_t row, const std::string& what) const {
    fail(fmt::format("{}/{}", where, row), what);
  }

  // Zero where the cell is null, as nothing was lost then.
  std::uint64_t weight(const JsonDecimal& decimal, std::size_t row, std::uint64_t scale) const {
    if (decimal.state == JsonDecimal::State::null) return 0;
    constexpr std::uint64_t billion = 1'000'000'000;
    std::uint64_t value = 0;
    const std::uint64_t rest = decimal.billionths * scale;  // below 2^50
    if (decimal.state == JsonDecimal::State::refused || rest % billion != 0 ||
        __builtin_mul_overflow(decimal.whole, scale, &value) || __builtin_add_overflow(value, rest / billion, &value))
      fail("samples/weight", row,
           scale == 1 ? "must be a whole number of at most 64 bits"
                      : fmt::format("must be a number from 0 to 2^64 that is whole when taken times {}", scale));
    return value;
  }

  const JsonTable& table(JsonTable JsonTables::* which) const {
    return (thread_.*which).columns.empty() ? shared_.*which : thread_.*which;
  }

  const std::string& text(std::int64_t index, const char* where, std::size_t row) const {
    if (index < 0 || static_cast<std::size_t>(index) >= strings_.size())
      fail(where, row, fmt::format("must be an index below {} into the strings", strings_.size()));
    return strings_[static_cast<std::size_t>(index)];
  }

  static std::int64_t cell(const Numbers* column, std::size_t row) {
    return column == nullptr || row >= column->size() ? kNoNumber : (*column)[row];
  }

  model::ProfileFrame frame(std::size_t row) const {
    const JsonTable& frames = table(&JsonTables::frames);
    model::ProfileFrame frame;
    frame.inlined = cell(frames.column("inlineDepth"), row) > 0;
    if (const Numbers* location = frames.column("location")) {
      frame.name = text(cell(location, row), "frameTable/location", row);
      return frame;
    }
    const std::int64_t at = cell(frames.column("func"), row);
    const JsonTable& functions = table(&JsonTables::functions);
    const Numbers* names = functions.column("name");
    if (names == nullptr) fail("funcTable", "has no name");
    if (at < 0 || static_cast<std::size_t>(at) >= names->size())
      fail("frameTable/func", row, fmt::format("must be an index below {}", names->size()));
    const auto function = static_cast<std::size_t>(at);
    frame.name = text((*names)[function], "funcTable/name", function);
    if (const std::int64_t line = cell(functions.column("lineNumber"), function); line > 0 && line <= 0xffffffff)
      frame.line = static_cast<std::uint32_t>(line);
    if (const std::int64_t file = cell(functions.column("fileName"), function); file >= 0)
      frame.file = text(file, "funcTable/fileName", function);
    if (const std::int64_t source = cell(functions.column("source"), function); source >= 0) {
      const std::int64_t file = cell(table(&JsonTables::sources).column("filename"), static_cast<std::size_t>(source));
      frame.file = text(file, "sources/filename", static_cast<std::size_t>(source));
    }
    if (const std::int64_t resource = cell(functions.column("resource"), function); resource >= 0) {
      const std::int64_t name = cell(table(&JsonTables::resources).column("name"), static_cast<std::size_t>(resource));
      frame.module_name = text(name, "resourceTable/name", static_cast<std::size_t>(resource));
    }
    return frame;
  }

  void make_nodes() {
    const JsonTable& stacks = table(&JsonTables::stacks);
    const Numbers* frames = stacks.column("frame");
    const Numbers* prefixes = stacks.column("prefix");
    if (frames == nullptr || prefixes == nullptr || frames->size() != prefixes->size())
      fail("stackTable", "must have frame and prefix, equally long");
    const Numbers* any = table(&JsonTables::frames).column("location");
    if (any == nullptr) any = table(&JsonTables::frames).column("func");
    if (any == nullptr) fail("frameTable", "must have func, or location");
    std::vector<std::optional<std::uint32_t>> known(any->size());
    nodes_.reserve(frames->size());
    for (std::size_t row = 0; row < frames->size(); ++row) {
      const std::int64_t at = (*frames)[row];
      if (at < 0 || static_cast<std::size_t>(at) >= known.size())
        fail("stackTable/frame", row, fmt::format("must be an index below {}", known.size()));
      const std::int64_t prefix = (*prefixes)[row];
      if (prefix != kNoNumber && (prefix < 0 || static_cast<std::size_t>(prefix) >= row))
        fail("stackTable/prefix", row, "must be null or the index of a stack before it");
      auto& frame_index = known[static_cast<std::size_t>(at)];
      if (!frame_index) frame_index = builder_.frame(frame(static_cast<std::size_t>(at)));
      nodes_.push_back(builder_.node(
          prefix == kNoNumber ? ProfileNode::kNoParent : nodes_[static_cast<std::size_t>(prefix)], *frame_index));
    }
  }

  const JsonTables& thread_;
  const JsonTables& shared_;
  ProfileBuilder& builder_;
  std::size_t number_;
  const std::vector<std::string>& strings_;
  std::vector<std::uint32_t> nodes_;
};

bool is_address(const model::ProfileFrame& frame) {
  const std::string_view name = frame.name;
  return name.size() > 2 && name.starts_with("0x") &&
         name.find_first_not_of("0123456789abcdefABCDEF", 2) == std::string_view::npos;
}

struct Kind {
  model::ProfileColumn column;
  std::uint64_t scale = 1;
};

Kind kind_of(const JsonProfile& profile, const std::string& weight_type, const ProfileBuilder& builder) {
  if (weight_type.empty() || weight_type == "samples") return {{"samples", "samples"}, 1};
  if (weight_type == "bytes") return {{"bytes", "bytes"}, 1};
  if (weight_type != "tracing-ms")
    builder.fail("weights of the type `" + weight_type + "` are not known; there are samples, tracing-ms and bytes");
  if (profile.product == "ZiskEmu Profiler") return {{"cost", "cost"}, 1'000};
  return {{"time", "ns"}, 1'000'000};
}

}  // namespace

model::Profile read_firefox(ByteReader& bytes) {
  const JsonProfile profile = read_json_tables(bytes);
  ProfileBuilder builder(bytes.origin(), {});
  if (profile.threads.empty())
    builder.fail("must be a profile of the Firefox Profiler, Gecko or processed; it has no threads");
  const bool own = profile.product == "cyclegate" && !profile.columns.empty();
  if (own && profile.columns.size() != profile.threads.size())
    builder.fail(fmt::format("/meta/cyclegate/columns: {} columns for {} threads", profile.columns.size(),
                             profile.threads.size()));
  std::size_t added = 0;
  for (std::size_t number = 0; number < profile.threads.size(); ++number) {
    const auto& samples = profile.threads[number].samples;
    if (!own && samples.columns.empty()) continue;
    if (own && number > 0 && profile.columns[number].name == kCalls && profile.columns[number].unit == kCalls) {
      ThreadReader(profile, number, builder).read(std::nullopt, 1);
      continue;
    }
    const Kind kind = own ? Kind{profile.columns[number], 1} : kind_of(profile, samples.weight_type, builder);
    const std::size_t column = builder.column(kind.column);
    if (column > 0 && !own)
      builder.fail(fmt::format("/threads/{}/samples/weightType: differs from the other threads'", number));
    ThreadReader(profile, number, builder).read(column, kind.scale);
    ++added;
  }
  if (!own && added > 1) builder.warn({"threads-added", fmt::format("{} threads are added together", added)});
  model::Profile read = builder.finish();
  const auto addresses = static_cast<std::size_t>(std::ranges::count_if(read.frames, is_address));
  if (addresses * 2 > read.frames.size()) {
    read.warnings.push_back(
        {"addresses-only",
         fmt::format("{} of {} functions are addresses: who wrote the file left names to its viewer, as samply "
                     "does; `perf script` of the same recording has them",
                     addresses, read.frames.size())});
  }
  return read;
}

}  // namespace cyclegate::profile
