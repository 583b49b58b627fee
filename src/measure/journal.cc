#include "measure/journal.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <utility>

#include "model/error.h"
#include "model/json_reader.h"
#include "model/json_writer.h"

namespace cyclegate::model {

template <>
struct Fields<measure::JournalHeader> {
  template <class V, class T>
  static void visit(V& v, T& x) {
    v("schema", x.schema);
    v("plan", x.plan);
    v("seed", x.seed);
    v("base", x.base);
    v("head", x.head);
  }
};
template <>
struct Fields<measure::ExactRecord> {
  template <class V, class T>
  static void visit(V& v, T& x) {
    v("cell", x.cell);
    v("side", x.side);
    v("repetition", x.repetition);
    v("run", x.run);
    v.optional("repriced", x.repriced);
  }
};
template <>
struct Fields<measure::TimedRecord> {
  template <class V, class T>
  static void visit(V& v, T& x) {
    v("cell", x.cell);
    v("block", x.block);
    v("place", x.place);
    v("side", x.side);
    v("outcome", x.outcome);
    v("samples", x.samples);
    v.optional("warnings", x.warnings);
  }
};
template <>
struct Fields<measure::TimingStart> {
  template <class V, class T>
  static void visit(V& v, T& x) {
    v.optional("core", x.core);
    v.optional("preflight", x.preflight);
    v.optional("warnings", x.warnings);
  }
};
template <>
struct Fields<measure::TimingEnd> {
  template <class V, class T>
  static void visit(V& v, T& x) {
    v("blocks", x.blocks);
    v("budget_exhausted", x.budget_exhausted);
    v("elapsed_ns", x.elapsed_ns);
  }
};
template <>
struct Fields<measure::JournalRecord> {
  template <class V, class T>
  static void visit(V& v, T& x) {
    v.optional("header", x.header);
    v.optional("exact", x.exact);
    v.optional("timing_start", x.timing_start);
    v.optional("timed", x.timed);
    v.optional("timing_end", x.timing_end);
  }
};

}  // namespace cyclegate::model

namespace cyclegate::measure {
namespace {

[[noreturn]] void refuse(const std::string& message) {
  throw model::Error(model::ErrorKind::configuration, message);
}

}  // namespace

std::string journal_record_to_json(const JournalRecord& record) {
  std::string text;
  model::JsonWriter(text).value(record);
  return text;
}

JournalRecord journal_record_from_json(std::string_view text, std::string_view origin) {
  const nlohmann::json document = nlohmann::json::parse(text.begin(), text.end(), nullptr, false);
  if (document.is_discarded()) refuse(fmt::format("{}: not valid JSON", origin));
  std::vector<std::string> unknown;
  JournalRecord record;
  model::JsonReader(document, origin, "", unknown).value(record);
  const int members = (record.header ? 1 : 0) + (record.exact ? 1 : 0) + (record.timing_start ? 1 : 0) +
                      (record.timed ? 1 : 0) + (record.timing_end ? 1 : 0);
  if (members != 1)
    refuse(fmt::format("{}: must have exactly one of header, exact, timing_start, timed, timing_end", origin));
  return record;
}

Journal::Journal(const std::filesystem::path& path, JournalHeader header, bool resume)
    : file_(path, resume, &lines_), header_(std::move(header)) {
  if (lines_.empty()) {
    JournalRecord first;
    first.header = header_;
    file_.append(journal_record_to_json(first));
    return;
  }
  std::size_t number = 0;
  for (const std::string& line : lines_) {
    ++number;
    const std::string origin = fmt::format("{}:{}", path.string(), number);
    JournalRecord record = journal_record_from_json(line, origin);
    if (record.header.has_value() != (number == 1)) {
      refuse(fmt::format("{}: the header must be the first line and no other; start again without --resume", origin));
    }
    if (!record.header) {
      records_.push_back(std::move(record));
      continue;
    }
    if (record.header->schema != header_.schema) {
      refuse(fmt::format("{}: the journal is of schema {}, this program writes {}; start again without --resume",
                         origin, record.header->schema, header_.schema));
    }
    if (record.header->plan != header_.plan) {
      refuse(
          fmt::format("{}: this journal is of another plan (commits, artefacts, inputs, executors, limits or "
                      "settings have changed since); start again without --resume, or give another --out",
                      origin));
    }
    header_ = std::move(*record.header);
  }
  resumed_ = true;
  lines_ = {};
}

void Journal::add(const JournalRecord& record) {
  file_.append(journal_record_to_json(record));
}

}  // namespace cyclegate::measure
