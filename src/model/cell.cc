#include "model/cell.h"

namespace cyclegate::model {

std::string to_string(const CellId& cell) {
  return cell.guest + "/" + cell.input + "@" + cell.executor;
}

}  // namespace cyclegate::model
