#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace cyclegate::model {

/// How an attempt to prove a run ended.
enum class ProofEnd {
  proven,   ///< the prover says so and left a proof
  failed,   ///< the prover ended by itself without one
  killed,   ///< the prover was ended: by its time limit or from outside
  missing,  ///< never tried: this machine lacks something that proving needs
};

/// What proving one run gave.
struct Proof {
  ProofEnd end = ProofEnd::missing;
  std::string why;                     ///< one sentence unless proven; missing: the first thing that is missing
  bool timed_out = false;              ///< killed: by its time limit
  std::string prover;                  ///< the program's path; empty when it is missing
  std::int64_t proving_time_ns = 0;    ///< wall time of the prover without its setup; sampled; proven only
  std::int64_t setup_time_ns = 0;      ///< wall time of what is done once for each program; 0: nothing is
  std::uint64_t proof_size_bytes = 0;  ///< exact; proven only

  bool operator==(const Proof&) const = default;
};

/// `proven`, `failed`, `killed`, `missing`.
std::string_view to_string(ProofEnd end);

}  // namespace cyclegate::model
