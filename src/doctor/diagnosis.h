#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "doctor/checklist.h"
#include "doctor/hotspots.h"
#include "model/patch_coverage.h"
#include "model/wide.h"

namespace cyclegate::doctor {

/// Work that runs in software although this or another zkVM has a precompile for it.
struct MissingPrecompile {
  std::vector<std::string> operations;  ///< names; several where a function's name fits more than one
  std::vector<HotFunction> functions;   ///< falling total
  model::Wide cost = 0;                 ///< now, each call chain once; without call chains at least so much
  bool available = false;               ///< this zkVM has a patch or a precompile for it
  bool partly = false;                  ///< the precompile is used elsewhere in this run
  model::ZkvmPatch patch;
  std::optional<model::Wide> gain;  ///< estimated from what was measured once in this unit; absent: at most `cost`
  std::string basis;                ///< what was measured, in whatever unit; empty: nobody did
  std::string unreached;            ///< the crate that does the work, or `C code`, where the patch is of another crate
  std::vector<Check> checklist;     ///< empty where there is no patch
};

/// Something else worth knowing.
struct Observation {
  std::string code;  ///< stable: `copying`, `allocation`, `misaligned`, `dominant-frame`
  std::string text;
  model::Wide cost = 0;                ///< 0 where it has none
  std::vector<std::string> functions;  ///< of `dominant-frame` the outer one, then the one within it where there is one
  std::vector<model::Wide> totals;     ///< of `functions`, for `dominant-frame` only
  bool nested = false;                 ///< the second total is what that function took below the first one
};

/// The doctor's answer.
struct Diagnosis {
  std::string origin;
  std::string ran_on;      ///< the executor and its zkVM, `embedded (ZisK)`; empty: not known
  std::string zkvm;        ///< title of the one whose patches were looked at, which may be another
  std::string cargo_lock;  ///< the one that the checklists are about; empty: none
  std::string as_of;       ///< of the coverage data
  std::string unit;
  model::Wide sum = 0;
  bool complete = false;
  bool totals_known = true;  ///< false: costs with callees are at least what is said
  std::vector<std::string> excluded;
  std::vector<MissingPrecompile> missing;  ///< falling cost
  std::vector<Observation> observations;
};

/// What is asked of the doctor.
struct DoctorOptions {
  std::string zkvm = "zisk";                     ///< name of a ZkvmCoverage
  std::vector<std::string> exclude;              ///< frames to leave out, so that the rest shows
  model::Millionths least_share{.value = 1000};  ///< of the run; what is below is not worth a finding (default 0.1 %)
};

/// Examines a run. Throws model::Error (usage) for a zkVM that the data does not have, naming those it has, and for a
/// frame to exclude that no function fits; model::Error (interrupted) after SIGINT or SIGTERM.
Diagnosis examine(const Hotspots& all, const model::PatchCoverage& coverage, const CargoFiles& files,
                  const DoctorOptions& options);

/// Shortens a function's name to so many columns.
using ShortenName = std::function<std::string(std::string_view name, std::size_t columns)>;

/// The answer for a terminal, cleaned of control characters. Names are as `shorten` makes them, except in options that
/// want them whole.
std::string diagnosis_text(const Diagnosis& diagnosis, const ShortenName& shorten);
/// The answer as JSON, schema `cyclegate.diagnosis/1` (docs/doctor.md).
std::string diagnosis_json(const Diagnosis& diagnosis);

}  // namespace cyclegate::doctor
