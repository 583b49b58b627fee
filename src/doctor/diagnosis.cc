#include "doctor/diagnosis.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <unordered_set>

#include "doctor/dominant_frame.h"
#include "doctor/figures.h"
#include "doctor/function_sign.h"
#include "model/error.h"
#include "model/frame_kind.h"
#include "model/function_path.h"
#include "model/shell_text.h"
#include "system/interrupt.h"

namespace cyclegate::doctor {
namespace {

using model::CoveredOperation;
using model::FrameKind;
using model::MeasuredGain;
using model::PatchCoverage;
using model::Wide;
using model::ZkvmCoverage;
using model::ZkvmPatch;

/// Whether the run called the precompile of an operation.
bool calls_precompile(const CoveredOperation& operation, const Hotspots& hotspots) {
  return std::ranges::any_of(operation.precompiles, [&](const std::string& name) {
    return std::ranges::find(hotspots.precompiles, name) != hotspots.precompiles.end();
  });
}

/// Whether a call takes so little that it must be a call of the precompile under the name of the function it replaced.
bool is_cheap_call(const HotFunction& function, const std::optional<MeasuredGain>& measured, const Hotspots& hotspots) {
  if (!measured || !measured->per_call || measured->unit != hotspots.unit) return false;
  if (function.calls == 0 || !hotspots.totals_known) return false;
  return function.total < Wide{function.calls} * (measured->after + (measured->before - measured->after) / 4);
}

const ZkvmPatch* patch_for(const CoveredOperation& operation, std::string_view zkvm) {
  const auto found = std::ranges::find(operation.zkvms, zkvm, &ZkvmPatch::zkvm);
  return found == operation.zkvms.end() ? nullptr : &*found;
}

void estimate(MissingPrecompile& missing, const Hotspots& hotspots) {
  const std::optional<MeasuredGain>& measured = missing.patch.measured;
  if (!missing.available || !measured) return;
  missing.basis = fmt::format("{} {} became {}: {}", thousands(measured->before), measured->unit,
                              thousands(measured->after), measured->what);
  if (!std::ranges::all_of(missing.functions, &HotFunction::whole)) {
    missing.basis = "not all that was measured is left in the run: " + missing.basis;
    return;
  }
  if (measured->unit != hotspots.unit) {
    // What part of the cost goes says nothing about steps, samples or one part of the cost.
    missing.basis = fmt::format("measured in {} only: {}", measured->unit, missing.basis);
    return;
  }
  if (!hotspots.totals_known) {
    missing.basis = "what it takes with all that it calls is not known: " + missing.basis;
    return;
  }
  if (measured->per_call) {
    // The one that is called most does the work; of equals the one that the others call.
    const auto worker =
        std::ranges::max_element(missing.functions, [](const HotFunction& left, const HotFunction& right) {
          return left.calls != right.calls ? left.calls < right.calls : left.total > right.total;
        });
    if (worker != missing.functions.end() && worker->calls > 0) {
      const Wide left = Wide{worker->calls} * measured->after;
      if (left < worker->total) missing.gain = worker->total - left;
      return;
    }
  }
  // cost < 2^64 and the difference < 2^64: the product fits.
  missing.gain = missing.cost * (measured->before - measured->after) / measured->before;
}

/// The crate of the operation to which the function that does most of the work belongs, unless the patch replaces it;
/// `C code` for a function of no crate.
std::string unreached_crate(const CoveredOperation& operation, const MissingPrecompile& missing) {
  const auto worker = std::ranges::max_element(missing.functions, {}, &HotFunction::self);
  if (worker == missing.functions.end()) return "";
  const NamedFunction name(worker->name);
  const auto path_of = [](std::string crate) {
    std::ranges::replace(crate, '-', '_');
    return crate + "::";
  };
  const std::string patched = path_of(missing.patch.crate);
  if (has_sign(name, patched)) return "";
  for (const std::string& crate : operation.crates) {
    if (has_sign(name, path_of(crate))) return crate;
  }
  // Generic code of another crate, which computes with the types of this one.
  if (model::has_word_beginning(name.name, patched)) return "";
  for (const std::string& crate : operation.crates) {
    if (model::has_word_beginning(name.name, path_of(crate))) return crate;
  }
  return name.path.find("::") == std::string::npos ? "C code" : "";
}

bool exceeds(Wide part, Wide whole, model::Millionths share) {
  return part * model::one_million >= whole * static_cast<std::uint64_t>(share.value);
}

/// Where what functions called is not known, their own is the least they took.
std::string_view at_least(const Hotspots& hotspots) {
  return hotspots.totals_known ? "" : "at least ";
}

/// The functions of a kind, if together they reach the share.
void observe_kind(Diagnosis& diagnosis, const Hotspots& hotspots, FrameKind kind, std::string code,
                  std::string_view what, model::Millionths least, std::string_view advice) {
  system::throw_if_interrupted();
  const auto is_kind = [&](std::string_view name) { return model::frame_kind(name) == kind; };
  Observation observation{.code = std::move(code),
                          .text = {},
                          .cost = cost_of(hotspots, is_kind),
                          .functions = {},
                          .totals = {},
                          .nested = false};
  if (hotspots.sum == 0 || !exceeds(observation.cost, hotspots.sum, least)) return;
  for (const HotFunction& function : hotspots.functions) {
    if (is_kind(function.name) && observation.functions.size() < 5) observation.functions.push_back(function.name);
  }
  observation.text =
      fmt::format("{}{} of the run is {}; {}", at_least(hotspots), share(observation.cost, hotspots.sum), what, advice);
  diagnosis.observations.push_back(std::move(observation));
}

/// One frame that is most of the run.
void observe_dominant(Diagnosis& diagnosis, const Hotspots& hotspots) {
  const std::optional<DominantFrame> dominant = dominant_frame(hotspots);
  if (!dominant) return;
  const HotFunction& outer = dominant->outer;
  Observation observation{.code = "dominant-frame",
                          .text = {},
                          .cost = outer.total,
                          .functions = {outer.name},
                          .totals = {outer.total},
                          .nested = false};
  std::string below;
  if (dominant->inner) {
    observation.nested = hotspots.tree.has_value();
    below =
        fmt::format(" ({}{} of the run within {}{})", at_least(hotspots), share(dominant->inner->total, hotspots.sum),
                    dominant->inner->name, observation.nested ? " below it" : "");
    observation.functions.push_back(dominant->inner->name);
    observation.totals.push_back(dominant->inner->total);
  }
  observation.text = fmt::format("{}{} of the run is within {}{}; --exclude={} shows the rest", at_least(hotspots),
                                 share(outer.total, hotspots.sum), outer.name, below, model::shell_text({outer.name}));
  diagnosis.observations.push_back(std::move(observation));
}

}  // namespace

Diagnosis examine(const Hotspots& all, const PatchCoverage& coverage, const CargoFiles& files,
                  const DoctorOptions& options) {
  const auto zkvm = std::ranges::find(coverage.zkvms, options.zkvm, &ZkvmCoverage::name);
  if (zkvm == coverage.zkvms.end()) {
    std::string names;
    for (const ZkvmCoverage& known : coverage.zkvms) names += (names.empty() ? "" : ", ") + known.name;
    throw model::Error(
        model::ErrorKind::usage,
        fmt::format("no patch coverage of a zkVM `{}` is known; there is that of {}", options.zkvm, names));
  }
  const Hotspots hotspots = excluding(all, options.exclude);
  Diagnosis diagnosis{.origin = hotspots.origin,
                      .ran_on = hotspots.ran_on,
                      .zkvm = zkvm->title,
                      .cargo_lock = files.lock ? files.lock->origin : "",
                      .as_of = coverage.as_of,
                      .unit = hotspots.unit,
                      .sum = hotspots.sum,
                      .complete = hotspots.complete,
                      .totals_known = hotspots.totals_known,
                      .excluded = options.exclude,
                      .missing = {},
                      .observations = {}};
  // What a function is, the whole run tells: the precompile may be called in a part that is left out.
  std::vector<NamedFunction> names;
  names.reserve(all.functions.size());
  for (const HotFunction& function : all.functions) names.emplace_back(function.name);
  for (const CoveredOperation& operation : coverage.operations) {
    // A profile may have hundreds of thousands of functions.
    system::throw_if_interrupted();
    const ZkvmPatch* const patch = patch_for(operation, options.zkvm);
    if (patch == nullptr) continue;
    const bool called = calls_precompile(operation, hotspots);
    const bool used = called || std::ranges::any_of(names, [&](const NamedFunction& name) {
                        return has_any_sign(name, operation.accelerated);
                      });
    // A patched crate keeps the names of its interface: alone they tell nothing once the precompile is seen.
    const bool interface_tells = !used && !is_patched(*patch, files);
    const auto is_software = [&](const HotFunction& function, const NamedFunction& name) {
      if (has_any_sign(name, operation.accelerated)) return false;
      if (has_any_sign(name, operation.software)) {
        return !is_cheap_call(function, patch->measured, hotspots);
      }
      return interface_tells && has_any_sign(name, operation.interface);
    };
    MissingPrecompile missing{.operations = {operation.name},
                              // A function may bear the name and do in software what it says.
                              .partly = called || (used && !hotspots.precompiles_known),
                              .patch = *patch,
                              .basis = {}};
    std::unordered_set<std::string_view> in_software;
    for (std::size_t i = 0; i < names.size(); ++i) {
      if (is_software(all.functions[i], names[i])) in_software.insert(names[i].name);
    }
    if (in_software.empty()) continue;
    std::ranges::copy_if(hotspots.functions, std::back_inserter(missing.functions),
                         [&](const HotFunction& function) { return in_software.contains(function.name); });
    if (missing.functions.empty()) continue;
    missing.cost = cost_of(hotspots, [&](std::string_view name) { return in_software.contains(name); });
    if (missing.cost == 0 || !exceeds(missing.cost, hotspots.sum, options.least_share)) continue;
    missing.available = patch->accelerated;
    const auto same = std::ranges::find(diagnosis.missing, missing.functions, &MissingPrecompile::functions);
    if (same != diagnosis.missing.end()) {
      // The names fit several operations: one finding, with the patch that is there.
      same->operations.push_back(operation.name);
      if (same->available || !missing.available) continue;
      missing.operations = same->operations;
      diagnosis.missing.erase(same);
    }
    estimate(missing, hotspots);
    if (missing.available) missing.unreached = unreached_crate(operation, missing);
    if (!patch->source.empty()) missing.checklist = check_patch(operation, *patch, *zkvm, coverage, files);
    diagnosis.missing.push_back(std::move(missing));
  }
  std::ranges::stable_sort(diagnosis.missing, std::ranges::greater{}, &MissingPrecompile::cost);

  observe_kind(diagnosis, hotspots, FrameKind::copy, "copying", "copying and comparing memory", {.value = 50'000},
               "look for clones, for buffers that grow, and for values passed by copy");
  observe_kind(diagnosis, hotspots, FrameKind::allocation, "allocation", "allocation", {.value = 30'000},
               "reserve what is known beforehand, or take a bump allocator");
  if (hotspots.misaligned_accesses.value_or(0) > 0) {
    const std::uint64_t count = *hotspots.misaligned_accesses;
    diagnosis.observations.push_back(
        {.code = "misaligned",
         .text =
             fmt::format("{} loads and stores{} are not aligned to their width{}; they cost more than aligned ones",
                         count, options.exclude.empty() ? "" : " of the whole run, nothing left out,",
                         hotspots.steps.value_or(0) > 0 ? ", " + share(count, *hotspots.steps) + " of the steps" : ""),
         .cost = 0,
         .functions = {},
         .totals = {},
         .nested = false});
  }
  observe_dominant(diagnosis, hotspots);
  return diagnosis;
}

}  // namespace cyclegate::doctor
