#include "model/proof.h"

namespace cyclegate::model {

std::string_view to_string(ProofEnd end) {
  switch (end) {
    case ProofEnd::proven:
      return "proven";
    case ProofEnd::failed:
      return "failed";
    case ProofEnd::killed:
      return "killed";
    case ProofEnd::missing:
      break;
  }
  return "missing";
}

}  // namespace cyclegate::model
