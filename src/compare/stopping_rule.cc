#include "compare/stopping_rule.h"

namespace cyclegate::compare {

bool FixedRuns::enough(const model::RunSet& /*base*/, const model::RunSet& /*head*/, std::uint32_t blocks) {
  return blocks >= blocks_;
}

}  // namespace cyclegate::compare
