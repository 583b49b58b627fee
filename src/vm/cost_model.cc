#include "vm/cost_model.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <charconv>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <utility>

#include "model/error.h"
#include "model/text.h"
#include "vm/cost_model_files.h"

namespace cyclegate::vm {
namespace {

constexpr std::uint64_t format_version = 1;
/// What one step may cost: `main`, an operation and two accesses, each of a fixed price and 8 reads and 8 writes, less
/// than 2^26, of which 2^38 fit into 64 bits. Precompiles cost far more (a DMA call up to 2^51): report_cost sums in
/// 128 bits and refuses what does not fit.
constexpr std::uint64_t highest_price = std::uint64_t{1} << 20;
constexpr std::uint64_t highest_base = std::uint64_t{1} << 48;
constexpr std::size_t longest_text = std::size_t{1} << 20;
constexpr std::size_t most_boxes = 256;
constexpr std::size_t longest_message = 400;

struct ZonePrices {
  std::uint64_t read = 0;
  std::optional<std::uint64_t> write;
};

struct AccessPrices {
  std::uint64_t fixed = 0;
  std::uint64_t reads = 0;
  std::uint64_t writes = 0;
};

using LineWords = std::vector<std::string_view>;

LineWords split(std::string_view line) {
  LineWords words;
  while (true) {
    const auto tab = line.find('\t');
    words.push_back(line.substr(0, tab));
    if (tab == std::string_view::npos) return words;
    line.remove_prefix(tab + 1);
  }
}

/// The text of a built-in cost model; empty where there is none of that name.
std::string_view built_in_text(std::string_view name);

class Parser {
 public:
  explicit Parser(std::string_view origin) : origin_(origin) {}

  CostModel parse(std::string_view text) {
    read_lines(text);
    finish();
    return std::move(model_);
  }

 private:
  void read_lines(std::string_view text) {
    if (text.size() > longest_text) fail("the cost model is larger than 1 MiB");
    while (!text.empty()) {
      ++line_;
      const auto end = text.find('\n');
      auto line = text.substr(0, end);
      text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
      if (line.ends_with('\r')) line.remove_suffix(1);
      if (line.empty() || line.starts_with('#')) continue;
      read(split(line));
    }
  }

  [[noreturn]] void fail(std::string_view message) const {
    throw model::Error(model::ErrorKind::configuration,
                       fmt::format("{}:{}: {}", origin_, line_, model::to_line(message, longest_message)));
  }

  std::uint64_t number(std::string_view word, std::uint64_t highest) {
    const bool hexadecimal = word.starts_with("0x");
    const auto digits = hexadecimal ? word.substr(2) : word;
    std::uint64_t value = 0;
    const auto [end, error] =
        std::from_chars(digits.data(), digits.data() + digits.size(), value, hexadecimal ? 16 : 10);
    if (digits.empty() || error != std::errc{} || end != digits.data() + digits.size() || value > highest) {
      fail(fmt::format("`{}` is not a whole number from 0 to {}", word, highest));
    }
    return value;
  }
  std::uint64_t price(std::string_view word) { return number(word, highest_price); }

  void want(const LineWords& words, std::size_t least, std::size_t most) const {
    if (words.size() >= least && words.size() <= most) return;
    fail(fmt::format("`{}` takes {} columns after it, here are {}", words[0],
                     least == most ? fmt::format("{}", least - 1) : fmt::format("{} to {}", least - 1, most - 1),
                     words.size() - 1));
  }

  /// Refuses a second line for the same thing.
  void once(const std::string& what) {
    if (!given_.insert(what).second) fail(fmt::format("`{}` is given twice", what));
  }

  Operation operation(std::string_view word, bool precompile) const {
    const auto found = operation_from(word);
    if (!found || is_precompile(*found) != precompile) {
      fail(fmt::format("`{}` is not {}", word, precompile ? "a precompile" : "an operation"));
    }
    return *found;
  }

  void read(const LineWords& words) {
    using Reader = void (Parser::*)(const LineWords&);
    static const std::map<std::string_view, Reader> readers = {
        {"name", &Parser::read_name}, {"executor", &Parser::read_executor},   {"base", &Parser::read_base},
        {"main", &Parser::read_main}, {"zone", &Parser::read_zone},           {"access", &Parser::read_access},
        {"init", &Parser::read_init}, {"operation", &Parser::read_operation}, {"precompile", &Parser::read_precompile},
        {"dma", &Parser::read_dma},   {"frop", &Parser::read_frop},           {"from", &Parser::read_from},
    };
    if (!versioned_) {
      if (words.size() != 2 || words[0] != "cyclegate-cost-model") {
        fail("a cost model starts with the line `cyclegate-cost-model<TAB>1`");
      }
      const auto version = number(words[1], ~std::uint64_t{0});
      if (version != format_version) fail(fmt::format("format version {} is not known; 1 is", version));
      versioned_ = true;
      return;
    }
    const auto reader = readers.find(words[0]);
    if (reader == readers.end()) fail(fmt::format("`{}` is not a word of this format", words[0]));
    (this->*reader->second)(words);
  }

  /// What this file does not say is as in the named model.
  void read_from(const LineWords& words) {
    want(words, 2, 2);
    if (from_ || !given_.empty()) fail("`from` comes once, before every other record");
    const std::string_view text = built_in_text(words[1]);
    if (text.empty()) {
      fail(fmt::format("no cost model `{}` to start from; known are: {}", words[1],
                       fmt::join(cost_model_names(), ", ")));
    }
    Parser start(words[1]);
    start.read_lines(text);
    model_ = std::move(start.model_);
    zones_ = start.zones_;
    accesses_ = start.accesses_;
    model_.name.clear();
    from_ = true;
  }

  void read_name(const LineWords& words) {
    want(words, 2, 2);
    once("name");
    if (!model::is_name(words[1])) {
      fail(fmt::format("`{}` is not a name: at most 64 letters, digits, '.', '_' or '-'", words[1]));
    }
    model_.name = words[1];
  }
  void read_executor(const LineWords& words) {
    want(words, 2, 2);
    once("executor");
    model_.executor = words[1];
  }
  void read_base(const LineWords& words) {
    want(words, 2, 2);
    once("base");
    model_.base = number(words[1], highest_base);
  }
  void read_main(const LineWords& words) {
    want(words, 2, 2);
    once("main");
    model_.main = price(words[1]);
  }
  void read_zone(const LineWords& words) {
    want(words, 4, 4);
    for (std::size_t zone = 0; zone < zone_count; ++zone) {
      if (vm::name(static_cast<Zone>(zone)) != words[1]) continue;
      once(fmt::format("zone {}", words[1]));
      zones_[zone] = {.read = price(words[2]), .write = {}};
      if (words[3] != "-") zones_[zone].write = price(words[3]);
      return;
    }
    fail(fmt::format("`{}` is not a zone", words[1]));
  }
  void read_access(const LineWords& words) {
    want(words, 5, 5);
    for (std::size_t access = 0; access < access_count; ++access) {
      if (vm::name(static_cast<Access>(access)) != words[1]) continue;
      once(fmt::format("access {}", words[1]));
      accesses_[access] = {.fixed = price(words[2]), .reads = number(words[3], 8), .writes = number(words[4], 8)};
      return;
    }
    fail(fmt::format("`{}` is not a kind of access", words[1]));
  }
  void read_init(const LineWords& words) {
    want(words, 3, 3);
    if (words[1] != "RAM" && words[1] != "ROM") fail(fmt::format("`{}` is neither RAM nor ROM", words[1]));
    once(fmt::format("init {}", words[1]));
    (words[1] == "RAM" ? model_.ram_init : model_.rom_init) = price(words[2]);
  }
  void read_operation(const LineWords& words) {
    want(words, 3, 4);
    const auto which = operation(words[1], false);
    once(fmt::format("operation {}", words[1]));
    model_.price[index(which)] = price(words[2]);
    if (which == Operation::add) {
      model_.add_high_zero = words.size() == 4 ? price(words[3]) : price(words[2]);
    } else if (words.size() == 4) {
      fail("only `add` has a second price");
    }
  }
  void read_precompile(const LineWords& words) {
    want(words, 7, 7);
    const auto which = operation(words[1], true);
    once(fmt::format("precompile {}", words[1]));
    model_.price[index(which)] = price(words[2]);
    model_.accesses[index(which)] = {.parameters = number(words[3], 64),
                                     .reads_first = number(words[4], 64),
                                     .reads_second = number(words[5], 64),
                                     .writes = number(words[6], 64)};
  }
  void read_dma(const LineWords& words) {
    want(words, 7, 7);
    const auto which = operation(words[1], true);
    if (!words[1].starts_with("dma_")) fail(fmt::format("`{}` is not a DMA precompile", words[1]));
    once(fmt::format("dma {}", words[1]));
    model_.price[index(which)] = price(words[2]);
    model_.dma[index(which)] = {.edge = price(words[3]),
                                .aligned_rows = price(words[4]),
                                .aligned_divisor = price(words[5]),
                                .unaligned_word = price(words[6])};
    if (model_.dma[index(which)].aligned_divisor == 0) fail("the divisor is 0; it must be at least 1");
  }
  void read_frop(const LineWords& words) {
    if (words.size() != 2) want(words, 7, 7);
    const auto which = operation(words[1], false);
    auto& boxes = model_.frops[index(which)];
    const bool first = given_.insert(fmt::format("frop {}", words[1])).second;
    // The first box of an operation replaces those of the model that this one starts from.
    if (words.size() == 2 || first) boxes.clear();
    if (words.size() == 2) {
      if (!first || !from_) fail("`frop` without a box says that the model it starts `from` has too many");
      return;
    }
    if (boxes.size() == most_boxes) fail(fmt::format("more than {} boxes for `{}`", most_boxes, words[1]));
    constexpr std::uint64_t all = ~std::uint64_t{0};
    const FropsBox box{.a_low = number(words[2], all),
                       .a_count = number(words[3], std::uint64_t{1} << 40),
                       .a_stride = number(words[4], 4096),
                       .b_low = number(words[5], all),
                       .b_count = number(words[6], all)};
    if (box.b_low + box.b_count < box.b_low) fail("the second operands of the box go beyond 64 bits");
    if (!std::has_single_bit(box.a_stride)) fail(fmt::format("the stride `{}` is not a power of two", words[4]));
    boxes.push_back(box);
  }

  void need(const std::string& what) const {
    if (!from_ && !given_.contains(what)) fail(fmt::format("the cost model ends without `{}`", what));
  }

  /// The operation's numbers as the finished model has them, so that equal prices are equal text.
  std::string numbers_of(Operation operation) const {
    const std::size_t i = index(operation);
    const std::uint64_t price = model_.price[i];
    if (operation == Operation::add) return fmt::format("{} {}", price, model_.add_high_zero);
    if (!is_precompile(operation)) return std::to_string(price);
    if (vm::name(operation).starts_with("dma_")) {
      const DmaPrices& dma = model_.dma[i];
      return fmt::format("{} {} {} {} {}", price, dma.edge, dma.aligned_rows, dma.aligned_divisor, dma.unaligned_word);
    }
    const PrecompileAccesses& accesses = model_.accesses[i];
    return fmt::format("{} {} {} {} {}", price, accesses.parameters, accesses.reads_first, accesses.reads_second,
                       accesses.writes);
  }

  /// The boxes that can be hit, each once, in their order by numbers: neither order nor repetition prices anything.
  static std::string numbers_of(const std::vector<FropsBox>& boxes) {
    std::set<std::array<std::uint64_t, 5>> sorted;
    for (const FropsBox& box : boxes) {
      if (box.a_count == 0 || box.b_count == 0) continue;
      sorted.insert({box.a_low, box.a_count, box.a_stride, box.b_low, box.b_count});
    }
    std::string text;
    for (const auto& numbers : sorted) {
      text += fmt::format("{}{}", text.empty() ? "" : " ", fmt::join(numbers, " "));
    }
    return text;
  }

  void finish() {
    if (!versioned_) fail("the cost model is empty");
    if (!given_.contains("name")) fail("the cost model ends without `name`");
    for (const auto* what : {"executor", "base", "main", "init RAM", "init ROM"}) need(what);
    for (std::size_t i = 0; i < operation_count; ++i) {
      const auto which = static_cast<Operation>(i);
      const auto text = vm::name(which);
      std::string record = fmt::format("{} {}",
                                       text.starts_with("dma_") ? "dma"
                                       : is_precompile(which)   ? "precompile"
                                                                : "operation",
                                       text);
      need(record);
      model_.records[std::move(record)] = numbers_of(which);
      if (std::string boxes = numbers_of(model_.frops[i]); !boxes.empty()) {
        model_.records[fmt::format("frop {}", text)] = std::move(boxes);
      }
    }
    model_.records["base"] = std::to_string(model_.base);
    model_.records["main"] = std::to_string(model_.main);
    model_.records["init RAM"] = std::to_string(model_.ram_init);
    model_.records["init ROM"] = std::to_string(model_.rom_init);
    for (std::size_t access = 0; access < access_count; ++access) {
      const AccessPrices& prices = accesses_[access];
      model_.records[fmt::format("access {}", vm::name(static_cast<Access>(access)))] =
          fmt::format("{} {} {}", prices.fixed, prices.reads, prices.writes);
    }
    for (std::size_t zone = 0; zone < zone_count; ++zone) {
      std::string record = fmt::format("zone {}", vm::name(static_cast<Zone>(zone)));
      need(record);
      model_.records[std::move(record)] = fmt::format("{} {}", zones_[zone].read, zones_[zone].write.value_or(0));
      for (std::size_t access = 0; access < access_count; ++access) {
        need(fmt::format("access {}", vm::name(static_cast<Access>(access))));
        const auto& prices = accesses_[access];
        model_.memory[zone][access] =
            prices.fixed + prices.reads * zones_[zone].read + prices.writes * zones_[zone].write.value_or(0);
      }
    }
  }

  std::string_view origin_;
  std::size_t line_ = 0;
  bool versioned_ = false;
  bool from_ = false;
  CostModel model_;
  std::set<std::string> given_;
  std::array<ZonePrices, zone_count> zones_{};
  std::array<AccessPrices, access_count> accesses_{};
};

struct BuiltIn {
  CostModel model;
  std::string_view text;
};

const std::map<std::string, BuiltIn, std::less<>>& built_in() {
  static const auto models = [] {
    std::map<std::string, BuiltIn, std::less<>> all;
    for (const auto& file : cost_models::embedded_files()) {
      auto model = parse_cost_model(file.bytes, file.name);
      auto key = model.name;
      all.emplace(std::move(key), BuiltIn{std::move(model), file.bytes});
    }
    return all;
  }();
  return models;
}

std::string_view built_in_text(std::string_view name) {
  const auto found = built_in().find(name);
  return found == built_in().end() ? std::string_view() : found->second.text;
}

}  // namespace

CostModel parse_cost_model(std::string_view text, std::string_view origin) {
  return Parser(origin).parse(text);
}

std::vector<std::string> cost_model_names() {
  std::vector<std::string> names;
  for (const auto& [key, model] : built_in()) names.push_back(key);
  return names;
}

const CostModel& cost_model(std::string_view name) {
  const auto found = built_in().find(name);
  if (found == built_in().end()) {
    throw model::Error(model::ErrorKind::usage,
                       fmt::format("no cost model `{}`; known are: {}", name, fmt::join(cost_model_names(), ", ")));
  }
  return found->second.model;
}

bool is_built_in(const CostModel& cost_model) {
  const auto found = built_in().find(cost_model.name);
  return found != built_in().end() && found->second.model.records == cost_model.records;
}

std::vector<PriceChange> price_changes(const CostModel& before, const CostModel& after) {
  const auto numbers = [](const CostModel& model, const std::string& record) {
    const auto found = model.records.find(record);
    return found == model.records.end() ? std::string("nothing") : found->second;
  };
  std::set<std::string> records;
  for (const auto* model : {&before, &after}) {
    for (const auto& [record, text] : model->records) records.insert(record);
  }
  std::vector<PriceChange> changes;
  for (const auto& record : records) {
    PriceChange change{.record = record, .before = numbers(before, record), .after = numbers(after, record)};
    if (change.before != change.after) changes.push_back(std::move(change));
  }
  return changes;
}

}  // namespace cyclegate::vm
