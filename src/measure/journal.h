#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "measure/journal_file.h"
#include "model/run_set.h"

namespace cyclegate::measure {

/// What a journal is about: written first, before anything runs.
struct JournalHeader {
  std::string schema = "cyclegate.journal/2";
  std::string plan;  ///< identity of the plan
  std::uint64_t seed = 0;
  std::string base;  ///< the frames of both RunSets as JSON: session and environment stay those of the first start
  std::string head;

  bool operator==(const JournalHeader&) const = default;
};

/// One repetition of one cell's exact run on one side. In `run` only what the execution gave is filled.
struct ExactRecord {
  std::uint32_t cell = 0;  ///< index within the plan
  model::Side side = model::Side::base;
  std::uint32_t repetition = 0;
  model::CellRun run;
  bool repriced = false;  ///< under head's cost model

  bool operator==(const ExactRecord&) const = default;
};

/// One timed run.
struct TimedRecord {
  std::uint32_t cell = 0;
  std::uint32_t block = 0;
  std::uint32_t place = 0;  ///< within the block
  model::Side side = model::Side::base;
  model::Outcome outcome;
  std::map<std::string, std::int64_t> samples;
  std::vector<model::Warning> warnings;

  bool operator==(const TimedRecord&) const = default;
};

/// Timing begins, with every cell at its first block. Timed runs before the last one of these belong to a measurement
/// that was interrupted, and count for nothing; but a cell that failed in them stays failed, unless it was the machine
/// that lacked something.
struct TimingStart {
  std::optional<std::uint32_t> core;  ///< of all timed runs
  std::optional<model::Preflight> preflight;
  std::vector<model::Warning> warnings;  ///< what speaks against timing on this machine now

  bool operator==(const TimingStart&) const = default;
};

/// Timing is over.
struct TimingEnd {
  std::uint32_t blocks = 0;       ///< blocks of every cell that count
  bool budget_exhausted = false;  ///< it ended for lack of time
  std::uint64_t elapsed_ns = 0;   ///< wall time since the last TimingStart, without waiting

  bool operator==(const TimingEnd&) const = default;
};

/// One line of the journal: exactly one of its members.
struct JournalRecord {
  std::optional<JournalHeader> header;
  std::optional<ExactRecord> exact;
  std::optional<TimingStart> timing_start;
  std::optional<TimedRecord> timed;
  std::optional<TimingEnd> timing_end;

  bool operator==(const JournalRecord&) const = default;
};

/// The record as one line of JSON without newline.
std::string journal_record_to_json(const JournalRecord& record);
/// Inverse of journal_record_to_json; throws model::Error (configuration) with `origin`.
JournalRecord journal_record_from_json(std::string_view text, std::string_view origin);

/// The runs of a session, on disk as soon as each is done. Adding is thread-safe.
class Journal {
 public:
  /// Starts a journal at `path`, or with `resume` goes on with the one that is there (if there is none, or it was
  /// killed before its first line was whole, it starts). Throws model::Error (configuration) when the journal there is
  /// of another plan than `header.plan`, or is not sound.
  Journal(const std::filesystem::path& path, JournalHeader header, bool resume);

  const JournalHeader& header() const { return header_; }
  /// Whether an earlier start left something.
  bool resumed() const { return resumed_; }
  /// What earlier starts left, in the order in which it was written. May be moved from.
  std::vector<JournalRecord>& records() { return records_; }
  void add(const JournalRecord& record);

 private:
  std::vector<std::string> lines_;
  JournalFile file_;
  JournalHeader header_;
  bool resumed_ = false;
  std::vector<JournalRecord> records_;
};

}  // namespace cyclegate::measure
