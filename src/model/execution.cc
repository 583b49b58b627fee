#include "model/execution.h"

namespace cyclegate::model {

CostParts& CostParts::operator+=(const CostParts& other) {
  main += other.main;
  opcodes += other.opcodes;
  precompiles += other.precompiles;
  memory += other.memory;
  return *this;
}

}  // namespace cyclegate::model
