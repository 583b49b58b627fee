#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "doctor/diagnosis.h"
#include "doctor/figures.h"
#include "model/shell_text.h"
#include "model/text.h"
#include "model/wide.h"

namespace cyclegate::doctor {
namespace {

using model::Wide;
using Json = nlohmann::ordered_json;

constexpr std::size_t most_functions = 8;
constexpr std::size_t name_columns = 100;
constexpr std::size_t longest_option = 8000;  ///< bytes

std::string line(std::string_view text) {
  return model::to_line(text, 1000);
}

std::string joined(const std::vector<std::string>& words, std::string_view between) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : std::string(between)) + word;
  return text;
}

/// Where what functions called is not known, their own is the least they took.
std::string_view at_least(const Diagnosis& diagnosis) {
  return diagnosis.totals_known ? "" : "at least ";
}

void append_missing(std::string& out, const MissingPrecompile& missing, const Diagnosis& diagnosis,
                    const ShortenName& shorten) {
  out += fmt::format("{}: {}{} {}, {} of the run\n", line(joined(missing.operations, " / ")),
                     diagnosis.complete ? at_least(diagnosis) : "at least ", thousands(missing.cost),
                     line(diagnosis.unit), share(missing.cost, diagnosis.sum));
  for (std::size_t i = 0; i < std::min(most_functions, missing.functions.size()); ++i) {
    const HotFunction& function = missing.functions[i];
    out += fmt::format("  {:>18}  {:>8}  {}\n", thousands(function.total), share(function.total, diagnosis.sum),
                       line(shorten(function.name, name_columns)));
  }
  if (missing.functions.size() > most_functions) {
    out += fmt::format("  and {} functions more\n", missing.functions.size() - most_functions);
  }
  const model::ZkvmPatch& patch = missing.patch;
  if (missing.available) {
    out += fmt::format("  why    {} has a precompile for it{}; this runs in software\n", line(diagnosis.zkvm),
                       missing.partly ? ", which this run uses elsewhere" : "");
    out += fmt::format("  patch  {} {} by {} tag {}\n", line(patch.crate), line(patch.version), line(patch.source),
                       line(patch.tag));
    if (!missing.unreached.empty()) {
      out += fmt::format("  but    the work is done by {}, which a patch of {} does not reach: the guest must use {}\n",
                         line(missing.unreached), line(patch.crate), line(patch.crate));
    }
    for (const std::string& way : patch.switches) out += fmt::format("  or     {}\n", line(way));
    if (missing.gain) {
      out += fmt::format("  gain   about {} {}, {} of the run ({})\n", thousands(*missing.gain), line(diagnosis.unit),
                         share(*missing.gain, diagnosis.sum), line(missing.basis));
    } else {
      const std::string most = diagnosis.totals_known
                                   ? fmt::format("{} {}", thousands(missing.cost), line(diagnosis.unit))
                                   : "all of it, with what it calls";
      out += fmt::format("  gain   at most {}{}\n", most,
                         missing.basis.empty() ? "; nobody measured this patch yet" : " (" + line(missing.basis) + ")");
    }
  } else {
    out += fmt::format("  why    no precompile of {} does it in what guests use today (gap: {}){}\n",
                       line(diagnosis.zkvm), patch.gap.empty() ? "not rated" : line(patch.gap),
                       patch.note.empty() ? "" : "; " + line(patch.note));
    if (!patch.source.empty()) {
      out += fmt::format("  patch  {} {} by {} tag {}\n", line(patch.crate), line(patch.version), line(patch.source),
                         line(patch.tag));
    } else {
      out += fmt::format("  patch  none for {}\n", line(patch.crate));
    }
  }
  for (const Check& check : missing.checklist) {
    out += fmt::format("  [{}] {}: {}\n", to_string(check.state), check.name, line(check.text));
  }
  out += "\n";
}

void append_observation(std::string& out, const Observation& observation, const Diagnosis& diagnosis,
                        const ShortenName& shorten) {
  if (observation.code != "dominant-frame") {
    out += fmt::format("{}: {}\n", observation.code, line(observation.text));
    for (const std::string& name : observation.functions) {
      out += fmt::format("  {}\n", line(shorten(name, name_columns)));
    }
    return;
  }
  const std::string& name = observation.functions.front();
  out += fmt::format("{}: {}{} of the run is within {}", observation.code, at_least(diagnosis),
                     share(observation.cost, diagnosis.sum), line(shorten(name, name_columns)));
  for (std::size_t i = 1; i < observation.functions.size(); ++i) {
    out +=
        fmt::format(" ({}{} of the run within {}{})", at_least(diagnosis), share(observation.totals[i], diagnosis.sum),
                    line(shorten(observation.functions[i], name_columns)), observation.nested ? " below it" : "");
  }
  out += "\n";
  // Half a name would exclude something else.
  const std::string option = "--exclude=" + model::shell_text({name});
  if (option.size() <= longest_option) {
    out += fmt::format("  {} shows the rest\n", model::to_line(option, longest_option));
  }
}

Json number(Wide value) {
  // JSON numbers above 2^64 are strings, as in every file of ours.
  if (value > ~std::uint64_t{0}) return model::to_decimal(value);
  return static_cast<std::uint64_t>(value);
}

Json function_json(const HotFunction& function, const Diagnosis& diagnosis) {
  Json json;
  json["name"] = model::to_line(function.name, 4096);
  if (diagnosis.totals_known) json["total"] = number(function.total);
  json["self"] = number(function.self);
  if (function.calls > 0) json["calls"] = function.calls;
  json["share_hundredths_of_percent"] = hundredths(function.total, diagnosis.sum);
  return json;
}

}  // namespace

std::string diagnosis_text(const Diagnosis& diagnosis, const ShortenName& shorten) {
  std::string out = fmt::format("{}: {} {}{}{}, held against {}'s patches\n", line(diagnosis.origin),
                                thousands(diagnosis.sum), line(diagnosis.unit),
                                diagnosis.excluded.empty() ? "" : " without " + line(joined(diagnosis.excluded, ", ")),
                                diagnosis.ran_on.empty() ? "" : " on " + line(diagnosis.ran_on), line(diagnosis.zkvm));
  out += fmt::format("patch coverage as of {}{}\n\n", line(diagnosis.as_of),
                     diagnosis.cargo_lock.empty() ? "" : "; checklist of " + line(diagnosis.cargo_lock));
  if (diagnosis.missing.empty()) {
    out += "No function is known by its name to do in software what a precompile could do.\n\n";
  }
  for (const MissingPrecompile& missing : diagnosis.missing) append_missing(out, missing, diagnosis, shorten);
  for (const Observation& observation : diagnosis.observations)
    append_observation(out, observation, diagnosis, shorten);
  return out;
}

std::string diagnosis_json(const Diagnosis& diagnosis) {
  Json json;
  json["schema"] = "cyclegate.diagnosis/1";
  json["origin"] = model::to_line(diagnosis.origin, 4096);
  json["ran_on"] = model::to_line(diagnosis.ran_on, 4096);
  json["zkvm"] = diagnosis.zkvm;
  json["cargo_lock"] = model::to_line(diagnosis.cargo_lock, 4096);
  json["as_of"] = diagnosis.as_of;
  json["unit"] = model::to_line(diagnosis.unit, 100);
  json["sum"] = number(diagnosis.sum);
  json["complete"] = diagnosis.complete;
  json["totals_known"] = diagnosis.totals_known;
  json["excluded"] = diagnosis.excluded;
  json["missing"] = Json::array();
  for (const MissingPrecompile& missing : diagnosis.missing) {
    Json entry;
    entry["operations"] = missing.operations;
    entry["cost"] = number(missing.cost);
    entry["share_hundredths_of_percent"] = hundredths(missing.cost, diagnosis.sum);
    entry["available"] = missing.available;
    entry["precompile_used_elsewhere"] = missing.partly;
    entry["functions"] = Json::array();
    for (const HotFunction& function : missing.functions) {
      entry["functions"].push_back(function_json(function, diagnosis));
    }
    const model::ZkvmPatch& patch = missing.patch;
    entry["patch"] = Json{{"crate", patch.crate}, {"version", patch.version},  {"source", patch.source},
                          {"tag", patch.tag},     {"sdk", patch.sdk},          {"gap", patch.gap},
                          {"note", patch.note},   {"switches", patch.switches}};
    entry["work_done_by"] = missing.unreached;
    entry["estimated_gain"] = missing.gain ? number(*missing.gain) : Json();
    entry["basis"] = missing.basis;
    entry["checklist"] = Json::array();
    for (const Check& check : missing.checklist) {
      entry["checklist"].push_back(
          Json{{"check", check.name}, {"state", std::string(to_string(check.state))}, {"text", check.text}});
    }
    json["missing"].push_back(std::move(entry));
  }
  json["observations"] = Json::array();
  for (const Observation& observation : diagnosis.observations) {
    json["observations"].push_back(Json{{"code", observation.code},
                                        {"text", model::to_line(observation.text, 4096)},
                                        {"cost", number(observation.cost)},
                                        {"functions", observation.functions}});
  }
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace cyclegate::doctor
