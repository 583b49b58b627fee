#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace cyclegate::model {

/// What an operation took in software and takes as a precompile, measured once.
struct MeasuredGain {
  std::uint64_t before = 0;  ///< positive
  std::uint64_t after = 0;   ///< less than `before`
  std::string unit;          ///< `cost`, `steps`
  bool per_call = false;     ///< of one call of the function that does the work
  std::string what;          ///< on what it was measured

  bool operator==(const MeasuredGain&) const = default;
};

/// How one zkVM treats an operation.
struct ZkvmPatch {
  std::string zkvm;                   ///< name of a ZkvmCoverage
  bool accelerated = false;           ///< a precompile does it once the patch is in place
  std::string crate;                  ///< the crate to patch or, where there is none, the one that runs
  std::string version;                ///< of the crate that the patch is made for; empty: no patch
  std::string source;                 ///< git address of the patch; empty: no patch
  std::string tag;                    ///< of it
  std::string sdk;                    ///< version of the zkVM's SDK the tag is made for; empty: not said
  std::string gap;                    ///< what it costs to go without: `moderate`, `high`, `very high`
  std::string note;                   ///< why there is none, what else it needs
  std::vector<std::string> switches;  ///< ways to the precompile without a forked crate
  std::optional<MeasuredGain> measured;

  bool operator==(const ZkvmPatch&) const = default;
};

/// An operation for which zkVMs have precompiles. A sign (doctor/function_sign.h) tells functions by their names, e.g.
/// `sha2::sha256` or `secp256k1_ecmult`.
struct CoveredOperation {
  std::string name;                      ///< e.g. `Keccak-256`
  std::string native;                    ///< what computes it outside zkVMs
  std::vector<std::string> crates;       ///< that compute it in software
  std::vector<std::string> software;     ///< signs of functions that do the work in software
  std::vector<std::string> interface;    ///< signs of functions that a patched build has as well
  std::vector<std::string> accelerated;  ///< signs of functions that only a patched build has
  std::vector<std::string> precompiles;  ///< names of the precompiles that a patched build uses
  std::vector<ZkvmPatch> zkvms;

  bool operator==(const CoveredOperation&) const = default;
};

/// A zkVM of the table.
struct ZkvmCoverage {
  std::string name;              ///< e.g. `zisk`
  std::string title;             ///< e.g. `ZisK`
  std::vector<std::string> sdk;  ///< crates whose version is the SDK's
  std::string feature;           ///< the feature flag that guests pass down to their libraries
  std::string coverage;          ///< one sentence

  bool operator==(const ZkvmCoverage&) const = default;
};

/// Which cryptography runs as a precompile on which zkVM, and with which patch (docs/doctor.md).
struct PatchCoverage {
  std::string as_of;  ///< day, YYYY-MM-DD
  std::vector<ZkvmCoverage> zkvms;
  std::vector<CoveredOperation> operations;

  bool operator==(const PatchCoverage&) const = default;
};

}  // namespace cyclegate::model
