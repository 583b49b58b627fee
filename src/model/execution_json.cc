#include "model/execution_json.h"

#include "model/document.h"
#include "model/json_writer.h"

namespace cyclegate::model {

namespace {

std::string hex(const std::vector<std::uint8_t>& bytes) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string text;
  text.reserve(bytes.size() * 2);
  for (const std::uint8_t byte : bytes) {
    text += digits[byte >> 4U];
    text += digits[byte & 0xFU];
  }
  return text;
}

}  // namespace

std::string to_json(const Execution& execution, std::string_view output_sha256) {
  std::string text = begin_document({"cyclegate.execution", 1});
  LineWriter lines(text);
  const ExecutionDocument document{
      .execution = execution, .output = hex(execution.output), .output_sha256 = std::string(output_sha256)};
  Fields<ExecutionDocument>::visit(lines, document);
  end_document(text);
  return text;
}

}  // namespace cyclegate::model
