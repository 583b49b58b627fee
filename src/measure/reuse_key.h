#pragma once

#include <string>
#include <string_view>

#include "executors/executor.h"
#include "model/run_set.h"

namespace cyclegate::measure {

/// What must be equal for a result of this input on this executor to be comparable. The input's name belongs to it
/// where the executor sees it: two inputs of the same bytes then have results of their own.
model::Comparability comparability(const executors::Description& executor, std::string_view input_sha256,
                                   std::string_view input_name, const model::Session& session);

/// sha256 over artefact identity, input, and the executor's name, version, options, cost model and program: where it is
/// equal, the exact metrics are equal as well, and nothing needs to run. Machine and session are left out, because
/// exact metrics do not depend on them.
std::string reuse_key(std::string_view artifact_identity, const model::Comparability& comparability);

}  // namespace cyclegate::measure
