// The schemas under docs/schemas are made from the same lists of fields that reader and writer use, so that the
// documents cannot drift from the program. CYCLEGATE_BLESS=1 rewrites them.
#include <catch2/catch_test_macros.hpp>
#include <cstdlib>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <type_traits>
#include <vector>

#include "model/json_fields.h"
#include "support/temporary_directory.h"

using nlohmann::ordered_json;
using namespace cyclegate::model;

namespace {

template <class T>
ordered_json schema_of();

/// Collects the properties of one object (JSON Schema draft 2020-12).
class SchemaVisitor {
 public:
  template <class T>
  void operator()(const char* name, T& /*field*/) {
    properties[name] = schema_of<std::remove_cvref_t<T>>();
    required.push_back(name);
  }
  template <class T>
  void operator()(const char* name, T&& /*field*/) {
    properties[name] = schema_of<std::remove_cvref_t<T>>();
    required.push_back(name);
  }
  template <class T>
  void optional(const char* name, T& /*field*/) {
    properties[name] = schema_of<std::remove_cvref_t<T>>();
  }

  ordered_json properties = ordered_json::object();
  ordered_json required = ordered_json::array();
};

template <class T>
struct Inner;
template <class T>
struct Inner<std::optional<T>> {
  static ordered_json schema() { return schema_of<T>(); }
};
template <class T>
struct Inner<std::vector<T>> {
  static ordered_json schema() { return {{"type", "array"}, {"items", schema_of<T>()}}; }
};
template <class T>
struct Inner<std::map<std::string, T>> {
  static ordered_json schema() { return {{"type", "object"}, {"additionalProperties", schema_of<T>()}}; }
};

template <class T>
concept Container = requires { Inner<T>::schema(); };
template <class T>
concept HasWords = requires { Words<T>::words; };

template <class T>
ordered_json schema_of() {
  if constexpr (std::is_same_v<T, bool>) {
    return {{"type", "boolean"}};
  } else if constexpr (std::is_same_v<T, std::string>) {
    return {{"type", "string"}};
  } else if constexpr (std::is_same_v<T, Wide>) {
    return {{"type", "string"}, {"pattern", "^[0-9]{1,39}$"}};
  } else if constexpr (std::is_same_v<T, WideChange>) {
    return {{"type", "string"}, {"pattern", "^-?[0-9]{1,38}$"}};
  } else if constexpr (std::is_same_v<T, Millionths>) {
    return {{"type", "integer"}};
  } else if constexpr (std::is_floating_point_v<T>) {
    return {{"type", "number"}};
  } else if constexpr (std::is_integral_v<T> && std::is_signed_v<T>) {
    return {{"type", "integer"}};
  } else if constexpr (std::is_integral_v<T>) {
    return {{"type", "integer"}, {"minimum", 0}};
  } else if constexpr (HasForm<T>) {
    return schema_of<typename T::Form>();
  } else if constexpr (HasWords<T>) {
    return {{"enum", Words<T>::words}};
  } else if constexpr (Container<T>) {
    return Inner<T>::schema();
  } else {
    T value{};
    SchemaVisitor visitor;
    Fields<T>::visit(visitor, value);
    return {{"type", "object"}, {"properties", visitor.properties}, {"required", visitor.required}};
  }
}

ordered_json framed(ordered_json object, const std::string& title, const std::string& schema) {
  ordered_json document = {
      {"$schema", "https://json-schema.org/draft/2020-12/schema"}, {"title", title}, {"type", "object"}};
  document["properties"] = {{"schema", {{"const", schema}}}};
  document["properties"].update(object["properties"]);
  document["properties"]["checksum"] = {{"type", "string"}, {"pattern", "^crc32:[0-9a-f]{8}$"}};
  document["required"] = object["required"];
  document["required"].insert(document["required"].begin(), "schema");
  return document;
}

void check_document(const std::string& name, const ordered_json& schema) {
  const std::string path = std::string(CYCLEGATE_SOURCE_DIR) + "/docs/schemas/" + name;
  const std::string text = schema.dump(1) + "\n";
  if (const char* bless = std::getenv("CYCLEGATE_BLESS"); bless != nullptr && std::string(bless) == "1") {
    std::ofstream(path) << text;
  }
  INFO("run with CYCLEGATE_BLESS=1 to rewrite " << path);
  CHECK(cyclegate::test::read_file(path) == text);
}

}  // namespace

TEST_CASE("the documented schema of a run set is the one that is read and written") {
  ordered_json object = schema_of<RunSet>();
  object["properties"]["runs"] = schema_of<std::vector<CellRun>>();
  object["required"].push_back("runs");
  check_document("runs.schema.json", framed(object, "What one side's machine time gave", "cyclegate.runs/1"));
}

TEST_CASE("the documented schema of a comparison is the one that is read and written") {
  ordered_json object = schema_of<Comparison>();
  object["properties"]["findings"] = schema_of<std::vector<Finding>>();
  object["required"].push_back("findings");
  check_document("comparison.schema.json", framed(object, "The whole answer of a gate", "cyclegate.comparison/1"));
}

TEST_CASE("the documented schema of a calibration is the one that is written") {
  check_document("calibration.schema.json",
                 framed(schema_of<Calibration>(), "How well a machine measures", "cyclegate.calibration/1"));
}

TEST_CASE("the documented schema of an execution is the one that is written") {
  check_document("execution.schema.json",
                 framed(schema_of<ExecutionDocument>(), "What one execution gave", "cyclegate.execution/1"));
}

TEST_CASE("the documented schema of a blame is the one that is written") {
  check_document("blame.schema.json",
                 framed(schema_of<Blame>(), "Which functions a change comes from", "cyclegate.blame/1"));
}
