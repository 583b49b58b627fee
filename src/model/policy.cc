#include "model/policy.h"

namespace cyclegate::model {

std::string deciding_metric(const Policy& policy, std::string_view executor) {
  if (const auto found = policy.deciding.find(std::string(executor)); found != policy.deciding.end())
    return found->second;
  if (executor == "embedded" || executor == "ziskemu") return "cost";
  if (executor == "sp1") return "gas";
  if (executor == "risc0" || executor == "openvm") return "cycles";
  if (executor == "zisk-prover" || executor == "risc0-prover") return "proving_time";
  return "wall_time";
}

std::string_view to_string(Methodology methodology) {
  return methodology == Methodology::robust ? "robust" : "classic";
}

std::string_view to_string(Mode mode) {
  return mode == Mode::guard ? "guard" : "improve";
}

}  // namespace cyclegate::model
