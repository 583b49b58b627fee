#include <algorithm>
#include <cstddef>

#include "profile/firefox.h"
#include "profile/json_text.h"
#include "profile/parts.h"

namespace cyclegate::profile {
namespace {

using model::Profile;
using model::ProfileNode;
using Numbers = std::vector<std::int64_t>;

// Each text once, by number.
class Strings {
 public:
  std::int64_t add(const std::string& text) {
    const auto [place, added] = numbers_.emplace(text, static_cast<std::int64_t>(all_.size()));
    if (added) all_.push_back(&place->first);
    return place->second;
  }
  const std::vector<const std::string*>& all() const { return all_; }
  std::size_t size() const { return all_.size(); }

 private:
  std::map<std::string, std::int64_t> numbers_;
  std::vector<const std::string*> all_;
};

// Columns that are no part of another.
std::vector<std::size_t> wholes(const Profile& profile) {
  std::vector<bool> part(profile.columns.size(), false);
  for (const auto& parts : all_parts(profile.columns)) {
    for (const std::size_t one : parts) part[one] = true;
  }
  std::vector<std::size_t> columns;
  for (std::size_t column = 0; column < part.size(); ++column) {
    if (!part[column]) columns.push_back(column);
  }
  return columns;
}

void write_meta(JsonText& json, const Profile& profile, const std::vector<std::size_t>& columns) {
  json.open('{', "meta");
  json.raw("interval", "1");
  json.raw("startTime", "0");
  json.raw("extensions", R"({"id":[],"name":[],"baseURL":[],"length":0})");
  json.raw("processType", "0");
  json.text("product", "cyclegate");
  json.raw("debug", "false");
  json.raw("version", "31");
  json.raw("categories", R"([{"name":"General","color":"blue","subcategories":["Other"]},)"
                         R"({"name":"Other","color":"grey","subcategories":["Other"]}])");
  json.raw("preprocessedProfileVersion", "61");
  json.raw("symbolicated", "true");
  json.raw("markerSchema", "[]");
  json.raw("sampleUnits", R"({"time":"ms","eventDelay":"ms","threadCPUDelta":"µs"})");
  json.open('{', "cyclegate");
  json.text("origin", profile.origin);
  json.open('[', "columns");
  for (const std::size_t column : columns) {
    json.open('{');
    json.text("name", profile.columns[column].name);
    json.text("unit", profile.columns[column].unit);
    json.close('}');
  }
  if (has_calls(profile)) {
    json.open('{');
    json.text("name", kCalls);
    json.text("unit", kCalls);
    json.close('}');
  }
  json.close(']');
  json.close('}');
  json.close('}');
}

struct FunctionTable {
  Numbers names;
  Numbers sources;
  Numbers lines;
  Numbers resources;
  Numbers depths;
  Strings files;
  Strings modules;
};

void write_libraries(JsonText& json, const Strings& modules) {
  json.open('[', "libs");
  for (const std::string* name : modules.all()) {
    json.open('{');
    json.raw("arch", "null");
    for (const char* field : {"name", "path", "debugName", "debugPath"}) json.text(field, *name);
    json.text("breakpadId", "");
    json.raw("codeId", "null");
    json.close('}');
  }
  json.close(']');
}

void write_sources(JsonText& json, const Numbers& files) {
  json.open('{', "sources");
  json.number("length", files.size());
  json.numbers("filename", files);
  for (const char* field : {"id", "sourceMapURL"}) json.repeated(field, "null", files.size());
  for (const char* field : {"startLine", "startColumn"}) json.repeated(field, "1", files.size());
  json.close('}');
}

void write_frames(JsonText& json, const FunctionTable& functions) {
  const std::size_t count = functions.names.size();
  Numbers own(count);
  for (std::size_t index = 0; index < count; ++index) own[index] = static_cast<std::int64_t>(index);
  json.open('{', "frameTable");
  json.repeated("address", "-1", count);
  json.numbers("inlineDepth", functions.depths);
  for (const char* field : {"category", "subcategory"}) json.repeated(field, "0", count);
  json.numbers("func", own);
  json.repeated("nativeSymbol", "null", count);
  json.repeated("innerWindowID", "0", count);
  for (const char* field : {"line", "column"}) json.repeated(field, "null", count);
  json.number("length", count);
  json.close('}');
  json.open('{', "funcTable");
  json.numbers("name", functions.names);
  for (const char* field : {"isJS", "relevantForJS"}) json.repeated(field, "false", count);
  std::string resources = "[";
  for (const std::int64_t resource : functions.resources) {
    if (resources.size() > 1) resources += ',';
    resources += std::to_string(resource);
  }
  json.raw("resource", resources + ']');  // -1 is none here
  json.numbers("source", functions.sources);
  json.numbers("lineNumber", functions.lines);
  json.repeated("columnNumber", "null", count);
  json.number("length", count);
  json.close('}');
}

void write_shared(JsonText& json, const Profile& profile, const FunctionTable& functions, Strings& strings) {
  Numbers files;
  for (const std::string* file : functions.files.all()) files.push_back(strings.add(*file));
  Numbers modules;
  Numbers libraries;
  for (const std::string* name : functions.modules.all()) {
    libraries.push_back(std::ssize(modules));
    modules.push_back(strings.add(*name));
  }
  json.open('{', "shared");
  json.open('[', "stringArray");
  for (const std::string* text : strings.all()) json.text("", *text);
  json.close(']');
  write_sources(json, files);
  Numbers frames;
  Numbers prefixes;
  for (const auto& node : profile.nodes) {
    frames.push_back(node.frame);
    prefixes.push_back(node.parent == ProfileNode::kNoParent ? -1 : std::int64_t{node.parent});
  }
  json.open('{', "stackTable");
  json.numbers("frame", frames);
  json.numbers("prefix", prefixes);
  json.number("length", profile.nodes.size());
  json.close('}');
  write_frames(json, functions);
  json.open('{', "resourceTable");
  json.repeated("type", "1", modules.size());
  json.numbers("lib", libraries);
  json.numbers("name", modules);
  json.repeated("host", "null", modules.size());
  json.number("length", modules.size());
  json.close('}');
  json.raw("nativeSymbols", R"({"libIndex":[],"address":[],"name":[],"functionSize":[],"length":0})");
  json.close('}');
}

// One column, or the calls where `column` is none.
void write_thread(JsonText& json, const Profile& profile, std::size_t column, std::size_t number) {
  const std::size_t width = profile.columns.size();
  const bool calls = column == width;
  std::string weights = "[";
  Numbers stacks;
  for (std::size_t node = 0; node < profile.nodes.size(); ++node) {
    const std::uint64_t self = calls ? profile.nodes[node].calls : profile.self[node * width + column];
    if (self == 0) continue;
    if (!stacks.empty()) weights += ',';
    weights += std::to_string(self);
    stacks.push_back(static_cast<std::int64_t>(node));
  }
  weights += ']';
  json.open('{');
  json.text("name", calls ? kCalls : std::string_view(profile.columns[column].name));
  json.raw("isMainThread", number == 0 ? "true" : "false");
  json.text("processType", "default");
  json.text("processName", "cyclegate");
  json.raw("processStartupTime", "0");
  json.raw("processShutdownTime", "null");
  json.raw("registerTime", "0");
  json.raw("unregisterTime", "null");
  json.number("tid", number + 1);
  json.text("pid", "1");
  json.raw("pausedRanges", "[]");
  json.raw("markers", R"({"data":[],"name":[],"startTime":[],"endTime":[],"phase":[],"category":[],"length":0})");
  json.open('{', "samples");
  json.text("weightType", "samples");
  json.raw("weight", weights);
  json.numbers("stack", stacks);
  json.repeated("timeDeltas", "1", stacks.size());
  for (const char* field : {"threadCPUDelta", "eventDelay"}) json.repeated(field, "null", stacks.size());
  json.number("length", stacks.size());
  json.close('}');
  json.close('}');
}

}  // namespace

std::string write_firefox(const Profile& profile) {
  FunctionTable functions;
  Strings strings;
  for (const auto& frame : profile.frames) {
    functions.names.push_back(strings.add(frame.name));
    functions.sources.push_back(frame.file.empty() ? -1 : functions.files.add(frame.file));
    functions.lines.push_back(frame.line == 0 ? -1 : std::int64_t{frame.line});
    functions.resources.push_back(frame.module_name.empty() ? -1 : functions.modules.add(frame.module_name));
    functions.depths.push_back(frame.inlined ? 1 : 0);
  }
  const auto columns = wholes(profile);
  JsonText json;
  json.open('{');
  write_meta(json, profile, columns);
  write_libraries(json, functions.modules);
  for (const char* field : {"pages", "profilerOverhead", "counters"}) json.raw(field, "[]");
  for (const char* field : {"profilingLog", "profileGatheringLog"}) json.raw(field, "{}");
  write_shared(json, profile, functions, strings);
  json.open('[', "threads");
  for (std::size_t number = 0; number < columns.size(); ++number) write_thread(json, profile, columns[number], number);
  if (has_calls(profile)) write_thread(json, profile, profile.columns.size(), columns.size());
  json.close(']');
  json.close('}');
  return json.take() + '\n';
}

}  // namespace cyclegate::profile
