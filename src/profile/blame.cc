#include "profile/blame.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <optional>
#include <set>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "model/error.h"
#include "profile/parts.h"

namespace cyclegate::profile {
namespace {

using model::BlameKind;
using model::BlameRow;
using model::Wide;
using Named = std::pair<const std::string, FunctionWeights>;

// What a function does and who it deals with; functions that only one side has count as unnamed, and itself as well.
struct Behaviour {
  Wide self;
  Wide calls;
  std::map<std::string, Wide> parts;
  std::set<std::string> callers;
  std::set<std::string> callees;

  auto operator<=>(const Behaviour&) const = default;
};

std::set<std::string> known_names(const std::set<std::string>& names, const std::string& own, const Functions& other) {
  std::set<std::string> known;
  for (const auto& name : names) {
    if (name == own)
      known.insert(";itself");  // no name holds a semicolon first
    else
      known.insert(other.by_name.contains(name) ? name : std::string(";"));
  }
  return known;
}

Behaviour behaviour(const Named& function, const Functions& other) {
  Behaviour of{function.second.self, function.second.calls, function.second.parts, {}, {}};
  of.callers = known_names(function.second.callers, function.first, other);
  of.callees = known_names(function.second.callees, function.first, other);
  return of;
}

// By base's name, head's name.
std::map<std::string, std::string> find_renamed(const Functions& base, const Functions& head) {
  struct Candidates {
    std::vector<const std::string*> gone;
    std::vector<const std::string*> fresh;
  };
  // A number alone is no evidence: a new function that costs what a gone one did is a common coincidence, in samples
  // above all, where most functions have one or two. Only counted runs tell calls or what a cost is made of.
  if (!base.have_callers || !head.have_callers) return {};
  const auto is_telling = [](const FunctionWeights& function) {
    return function.self > 0 && (function.calls > 0 || !function.parts.empty());
  };
  std::map<Behaviour, Candidates> same;
  for (const auto& one : base.by_name) {
    if (is_telling(one.second) && !head.by_name.contains(one.first))
      same[behaviour(one, head)].gone.push_back(&one.first);
  }
  for (const auto& one : head.by_name) {
    if (is_telling(one.second) && !base.by_name.contains(one.first))
      same[behaviour(one, base)].fresh.push_back(&one.first);
  }
  std::map<std::string, std::string> renamed;
  for (const auto& [what, candidates] : same) {
    if (candidates.gone.size() == 1 && candidates.fresh.size() == 1)
      renamed.emplace(*candidates.gone[0], *candidates.fresh[0]);
  }
  return renamed;
}

// One figure on both sides, or on neither: next to a number, nothing would be read as 0.
void set_both(std::optional<Wide>& base, std::optional<Wide>& head, std::optional<Wide> of_base,
              std::optional<Wide> of_head) {
  if (!of_base || !of_head) return;
  base = of_base;
  head = of_head;
}

// nullptr: not on that side.
BlameRow row(std::string name, BlameKind kind, const Functions& all_base, const FunctionWeights* base,
             const Functions& all_head, const FunctionWeights* head) {
  BlameRow row;
  row.function = std::move(name);
  row.kind = kind;
  set_both(row.base_total, row.head_total, all_base.total_of(base), all_head.total_of(head));
  set_both(row.base_calls, row.head_calls, all_base.calls_of(base), all_head.calls_of(head));
  static const FunctionWeights nothing;
  if (base == nullptr) base = &nothing;
  if (head == nullptr) head = &nothing;
  row.base_self = base->self;
  row.head_self = head->self;
  std::map<std::string, std::pair<Wide, Wide>> parts;
  for (const auto& [part, value] : base->parts) parts[part].first = value;
  for (const auto& [part, value] : head->parts) parts[part].second = value;
  for (const auto& [part, values] : parts) row.parts.push_back({part, values.first, values.second});
  return row;
}

// What only one side knows.
struct OneSided {
  OneSided(const Functions& base, const Functions& head)
      : parts(base.have_parts != head.have_parts),
        calls(base.have_calls != head.have_calls),
        totals(base.have_totals != head.have_totals) {}

  bool any() const { return parts || calls || totals; }

  bool parts;
  bool calls;
  bool totals;
};

void leave_out(Functions& functions, const OneSided& what) {
  for (auto& [name, weights] : functions.by_name) {
    if (what.parts) weights.parts.clear();
    if (what.calls) weights.calls = 0;
    if (what.totals) weights.total = 0;
  }
  functions.have_parts = functions.have_parts && !what.parts;
  functions.have_calls = functions.have_calls && !what.calls;
  functions.have_totals = functions.have_totals && !what.totals;
}

std::string note_of(const OneSided& what, const Functions& base) {
  std::vector<std::string> said;
  const auto say = [&](bool in_base, std::string_view thing) {
    said.push_back(fmt::format("only {} says {}", in_base ? "base" : "head", thing));
  };
  if (what.parts) say(base.have_parts, "what each function's own weight is made of");
  if (what.calls) say(base.have_calls, "how often each function was called");
  if (what.totals) say(base.have_totals, "what each function took with its callees");
  const std::string note = fmt::format("{}: left out on both sides", fmt::join(said, " and "));
  return what.parts ? note + " (a pprof file keeps the parts, Firefox profiles and folded stacks do not)" : note;
}

Wide size_of_change(const BlameRow& row) {
  return row.head_self > row.base_self ? row.head_self - row.base_self : row.base_self - row.head_self;
}

}  // namespace

model::Blame blame(const Functions& base, const Functions& head) {
  if (const OneSided what(base, head); what.any()) {
    Functions both[] = {base, head};
    for (auto& side : both) leave_out(side, what);
    model::Blame alike = blame(both[0], both[1]);
    alike.note = note_of(what, base);
    return alike;
  }
  model::Blame blame;
  blame.base = base.sum;
  blame.head = head.sum;
  const auto renamed = find_renamed(base, head);
  std::set<std::string> renamed_to;
  for (const auto& [name, weights] : base.by_name) {
    const auto found = head.by_name.find(name);
    if (found != head.by_name.end()) {
      const auto& now = found->second;
      if (weights.self == now.self && weights.calls == now.calls && weights.parts == now.parts) continue;
      blame.rows.push_back(row(name, BlameKind::changed, base, &weights, head, &now));
    } else if (const auto other = renamed.find(name); other != renamed.end()) {
      blame.rows.push_back(
          row(other->second, BlameKind::renamed, base, &weights, head, &head.by_name.at(other->second)));
      blame.rows.back().base_name = name;
      renamed_to.insert(other->second);
    } else {
      blame.rows.push_back(row(name, BlameKind::removed, base, &weights, head, nullptr));
    }
  }
  for (const auto& [name, weights] : head.by_name) {
    if (!base.by_name.contains(name) && !renamed_to.contains(name))
      blame.rows.push_back(row(name, BlameKind::added, base, nullptr, head, &weights));
  }
  std::ranges::stable_sort(blame.rows, [](const BlameRow& one, const BlameRow& other) {
    const Wide left = size_of_change(one);
    const Wide right = size_of_change(other);
    return left != right ? left > right : one.function < other.function;
  });
  return blame;
}

model::Blame blame(const model::Profile& base, const model::Profile& head, const std::string& column) {
  const auto find = [&](const model::Profile& profile) {
    const std::size_t found = find_column(profile.columns, column);
    if (found < profile.columns.size()) return found;
    std::vector<std::string> names;
    names.reserve(profile.columns.size());
    for (const auto& one : profile.columns) names.push_back(one.name);
    throw model::Error(model::ErrorKind::usage, fmt::format("{}: has no weights `{}`; it has {}", profile.origin,
                                                            column, fmt::join(names, ", ")));
  };
  const std::size_t base_column = find(base);
  const std::size_t head_column = find(head);
  const std::string& base_unit = base.columns[base_column].unit;
  const std::string& head_unit = head.columns[head_column].unit;
  if (base_unit != head_unit) {
    throw model::Error(model::ErrorKind::usage,
                       fmt::format("{} counts `{}` in {}, but {} in {}: they cannot be compared", base.origin, column,
                                   base_unit, head.origin, head_unit));
  }
  auto result = blame(functions_of(base, base_column), functions_of(head, head_column));
  result.column = column;
  result.unit = head_unit;
  return result;
}

}  // namespace cyclegate::profile
