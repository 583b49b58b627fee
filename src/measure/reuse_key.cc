#include "measure/reuse_key.h"

#include "system/sha256.h"

namespace cyclegate::measure {

model::Comparability comparability(const executors::Description& executor, std::string_view input_sha256,
                                   std::string_view input_name, const model::Session& session) {
  return {.input_sha256 = std::string(input_sha256),
          .executor = executor.name,
          .executor_version = executor.version,
          .executor_options =
              executor.sees_input_name ? executor.options + " input " + std::string(input_name) : executor.options,
          .cost_model = executor.cost_model,
          .executor_program = executor.program,
          .machine = session.machine,
          .session = session.id};
}

std::string reuse_key(std::string_view artifact_identity, const model::Comparability& comparability) {
  system::Sha256 hash;
  hash.field("cyclegate reuse 1")
      .field(artifact_identity)
      .field(comparability.input_sha256)
      .field(comparability.executor)
      .field(comparability.executor_version)
      .field(comparability.executor_options)
      .field(comparability.cost_model);
  // Left out where there is none, so that keys of results stored before there was this field hold.
  if (!comparability.executor_program.empty()) hash.field(comparability.executor_program);
  return hash.finish_hex();
}

}  // namespace cyclegate::measure
