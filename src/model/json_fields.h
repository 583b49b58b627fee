#pragma once

#include <array>
#include <string_view>
#include <utility>

#include "model/calibration.h"
#include "model/comparison.h"
#include "model/execution.h"
#include "model/run_set.h"

// The one description of how the model's values look as JSON: read and written by the same list of fields, so that the
// two cannot drift apart. `v(name, field)` is a required field, `v.optional(name, field)` one that is left out while it
// has its default value.
namespace cyclegate::model {

/// The words of an enumeration in the order of its values.
template <class T>
struct Words;

template <>
struct Words<MetricKind> {
  static constexpr std::array<std::string_view, 2> words = {"exact", "sampled"};
};
template <>
struct Words<Better> {
  static constexpr std::array<std::string_view, 2> words = {"lower", "higher"};
};
template <>
struct Words<Side> {
  static constexpr std::array<std::string_view, 2> words = {"base", "head"};
};
template <>
struct Words<Methodology> {
  static constexpr std::array<std::string_view, 2> words = {"robust", "classic"};
};
template <>
struct Words<Mode> {
  static constexpr std::array<std::string_view, 2> words = {"guard", "improve"};
};
template <>
struct Words<OutcomeKind> {
  static constexpr std::array<std::string_view, 6> words = {"ok", "exit", "trap", "limit", "rejected", "crashed"};
};
template <>
struct Words<FindingKind> {
  static constexpr std::array<std::string_view, 11> words = {
      "improved", "unchanged", "regressed", "inconclusive", "incomparable", "nondeterministic",
      "failed",   "rejected",  "killed",    "new",          "removed"};
};
/// Unlike to_string(Verdict) the two DISCARDs are told apart.
template <>
struct Words<Verdict> {
  static constexpr std::array<std::string_view, 9> words = {
      "REJECT", "FAILED", "KILL", "DISCARD_WORSE", "KEEP", "MAYBE", "INCONCLUSIVE", "DISCARD", "UNCHANGED"};
};
template <>
struct Words<Status> {
  static constexpr std::array<std::string_view, 3> words = {"pass", "fail", "neutral"};
};

template <>
struct Words<BlameKind> {
  static constexpr std::array<std::string_view, 4> words = {"changed", "new", "gone", "renamed"};
};

/// The fields of a structure.
template <class T>
struct Fields;

/// A value that looks as another type does in JSON, e.g. CostSplit as an array of numbers.
template <class T>
concept HasForm = requires(const T& item, typename T::Form form) {
  item.form();
  T::from_form(std::move(form));
};

#define CYCLEGATE_FIELDS(type)  \
  template <>                   \
  struct Fields<type> {         \
    template <class V, class T> \
    static void visit(V& v, T& x)
#define CYCLEGATE_END }

CYCLEGATE_FIELDS(Warning) {
  v("code", x.code);
  v("message", x.message);
}
CYCLEGATE_END;
CYCLEGATE_FIELDS(CellId) {
  v("guest", x.guest);
  v("input", x.input);
  v("executor", x.executor);
}
CYCLEGATE_END;
CYCLEGATE_FIELDS(Metric) {
  v("name", x.name);
  v("unit", x.unit);
  v("kind", x.kind);
  v("better", x.better);
}
CYCLEGATE_END;
CYCLEGATE_FIELDS(Outcome) {
  v("kind", x.kind);
  v.optional("code", x.code);
  v.optional("pc", x.pc);
  v.optional("why", x.why);
}
CYCLEGATE_END;
CYCLEGATE_FIELDS(CostParts) {
  v("main", x.main);
  v("opcodes", x.opcodes);
  v("precompiles", x.precompiles);
  v("memory", x.memory);
}
CYCLEGATE_END;
CYCLEGATE_FIELDS(CostRow) {
  v("name", x.name);
  v("count", x.count);
  v("cost", x.cost);
}
CYCLEGATE_END;
CYCLEGATE_FIELDS(FunctionCost) {
  v("name", x.name);
  v.optional("calls", x.calls);
  v("steps_self", x.steps_self);
  v.optional("steps_total", x.steps_total);
  v.optional("self", x.self);
  v.optional("total", x.total);
  v.optional("unsplit_self", x.unsplit_self);
  v.optional("unsplit_total", x.unsplit_total);
  v.optional("split", x.split);
}
CYCLEGATE_END;
CYCLEGATE_FIELDS(Thresholds) {
  v("keep_millionths", x.keep);
  v("maybe_millionths", x.maybe);
  v("kill_millionths", x.kill);
  v("worst_input_millionths", x.worst_input);
}
CYCLEGATE_END;
CYCLEGATE_FIELDS(Tolerance) {
  v("exact_millionths", x.exact);
  v("sampled_millionths", x.sampled);
}
CYCLEGATE_END;
CYCLEGATE_FIELDS(Acknowledgement) {
  v("guest", x.guest);
  v("metric", x.metric);
  v.optional("up_to_millionths", x.up_to);
  v.optional("expected", x.expected);
  v("until", x.until);
  v("reason", x.reason);
}
CYCLEGATE_END;
CYCLEGATE_FIELDS(Policy) {
  v("methodology", x.methodology);
  v("mode", x.mode);
  v("thresholds", x.thresholds);
  v("tolerance", x.tolerance);
  v.optional("drift_budget_millionths", x.drift_budget);
  v.optional("deciding", x.deciding);
  v.optional("acknowledged", x.acknowledged);
}
CYCLEGATE_END;
CYCLEGATE_FIELDS(Sample) {
  v("block", x.block);
  v("order", x.order);
  v("value", x.value);
}
CYCLEGATE_END;
CYCLEGATE_FIELDS(Comparability) {
  v("input_sha256", x.input_sha256);
  v("executor", x.executor);
  v("executor_version", x.executor_version);
  v.optional("executor_options", x.executor_options);
  v.optional("cost_model", x.cost_model);
  v.optional("executor_program", x.executor_program);
  v.optional("toolchain", x.toolchain);
  v.optional("machine", x.machine);
  v.optional("session", x.session);
}
CYCLEGATE_END;
CYCLEGATE_FIELDS(StageFailure) {
  v("stage", x.stage);
  v("why", x.why);
  v.optional("excerpt", x.excerpt);
}
CYCLEGATE_END;
CYCLEGATE_FIELDS(ChangedFunction) {
  v("name", x.name);
  v("file", x.file);
  v("line", x.line);
}
CYCLEGATE_END;
CYCLEGATE_FIELDS(Artifact) {
  v("guest", x.guest);
  v("build", x.build);
  v("identity", x.identity);
  v.optional("loaded_bytes", x.loaded_bytes);
  v.optional("path", x.path);
  v.optional("failure", x.failure);
  v.optional("from_cache", x.from_cache);
  v.optional("configuration_line", x.configuration_line);
  v.optional("changed_functions", x.changed_functions);
  v.optional("warnings", x.warnings);
}
CYCLEGATE_END;
CYCLEGATE_FIELDS(InputInfo) {
  v("name", x.name);
  v("sha256", x.sha256);
  v("weight", x.weight);
  v.optional("description", x.description);
  v.optional("work", x.work);
}
CYCLEGATE_END;
CYCLEGATE_FIELDS(GuestInfo) {
  v("name", x.name);
  v("inputs", x.inputs);
  v("executors", x.executors);
  v.optional("has_check", x.has_check);
  v.optional("check_command", x.check_command);
  v.optional("check", x.check);
}
CYCLEGATE_END;
CYCLEGATE_FIELDS(CellRun) {
  v("cell", x.cell);
  v("artifact", x.artifact);
  v("reuse_key", x.reuse_key);
  v("comparability", x.comparability);
  v("outcome", x.outcome);
  v.optional("output_sha256", x.output_sha256);
  v.optional("exact", x.exact);
  v.optional("sampled", x.sampled);
  v.optional("opcodes", x.opcodes);
  v.optional("precompiles", x.precompiles);
  v.optional("memory", x.memory);
  v.optional("functions", x.functions);
  v.optional("function_kinds", x.function_kinds);
  v.optional("reused", x.reused);
  v.optional("warnings", x.warnings);
}
CYCLEGATE_END;
CYCLEGATE_FIELDS(Commit) {
  v("id", x.id);
  v.optional("subject", x.subject);
  v.optional("date", x.date);
  v.optional("dirty", x.dirty);
}
CYCLEGATE_END;
CYCLEGATE_FIELDS(Session) {
  v("id", x.id);
  v("started", x.started);
  v("machine", x.machine);
}
CYCLEGATE_END;
CYCLEGATE_FIELDS(Schedule) {
  v("seed", x.seed);
  v("warmups", x.warmups);
  v("blocks", x.blocks);
  v("exact_repetitions", x.exact_repetitions);
  v.optional("resumed", x.resumed);
  v.optional("looks", x.looks);
  v.optional("core", x.core);
  v.optional("timing_ns", x.timing_ns);
}
CYCLEGATE_END;
CYCLEGATE_FIELDS(Preflight) {
  v("taken", x.taken);
  v.optional("load_hundredths", x.load_hundredths);
  v.optional("busy_hundredths", x.busy_hundredths);
  v.optional("memory_available_bytes", x.memory_available_bytes);
  v.optional("governors", x.governors);
  v.optional("boost", x.boost);
  v.optional("throttle_events", x.throttle_events);
  v.optional("hottest_millidegrees", x.hottest_millidegrees);
  v.optional("gpu_degrees", x.gpu_degrees);
}
CYCLEGATE_END;
CYCLEGATE_FIELDS(Environment) {
  v.optional("hostname", x.hostname);
  v("cpu", x.cpu);
  v("cores", x.cores);
  v("memory_bytes", x.memory_bytes);
  v("os", x.os);
  v("kernel", x.kernel);
  v.optional("toolchain", x.toolchain);
  v.optional("preflight", x.preflight);
}
CYCLEGATE_END;
CYCLEGATE_FIELDS(Control) {
  v.optional("slow_down_millionths", x.slow_down);
  v("run", x.run);
}
CYCLEGATE_END;
CYCLEGATE_FIELDS(Interval) {
  v("low", x.low);
  v("high", x.high);
  v("level", x.level);
}
CYCLEGATE_END;
CYCLEGATE_FIELDS(Change) {
  v.optional("base", x.base);
  v.optional("head", x.head);
  v.optional("estimate", x.estimate);
  v.optional("interval", x.interval);
  v.optional("p_value", x.p_value);
}
CYCLEGATE_END;
CYCLEGATE_FIELDS(Finding) {
  v("cell", x.cell);
  v("metric", x.metric);
  v("kind", x.kind);
  v.optional("deciding", x.deciding);
  v.optional("acknowledged", x.acknowledged);
  v.optional("gates", x.gates);
  v("change", x.change);
  v("weight", x.weight);
  v.optional("why", x.why);
  v.optional("warnings", x.warnings);
}
CYCLEGATE_END;
CYCLEGATE_FIELDS(Aggregate) {
  v("guest", x.guest);
  v("executor", x.executor);
  v("metric", x.metric);
  v.optional("deciding", x.deciding);
  v("inputs", x.inputs);
  v("weight", x.weight);
  v("base", x.base);
  v("head", x.head);
  v.optional("estimate", x.estimate);
  v.optional("interval", x.interval);
  v.optional("p_value", x.p_value);
}
CYCLEGATE_END;
CYCLEGATE_FIELDS(GuestVerdict) {
  v("guest", x.guest);
  v("verdict", x.verdict);
  v.optional("why", x.why);
  v.optional("same_artifact", x.same_artifact);
}
CYCLEGATE_END;
CYCLEGATE_FIELDS(BreakdownRow) {
  v("name", x.name);
  v("base", x.base);
  v("head", x.head);
}
CYCLEGATE_END;
CYCLEGATE_FIELDS(Breakdown) {
  v("guest", x.guest);
  v("executor", x.executor);
  v("kind", x.kind);
  v.optional("metric", x.metric);
  v.optional("inputs", x.inputs);
  v.optional("of_inputs", x.of_inputs);
  v.optional("weight", x.weight);
  v("rows", x.rows);
}
CYCLEGATE_END;
CYCLEGATE_FIELDS(Distribution) {
  v("cell", x.cell);
  v("metric", x.metric);
  v("unit", x.unit);
  v("base", x.base);
  v("head", x.head);
}
CYCLEGATE_END;
CYCLEGATE_FIELDS(BlamePart) {
  v("name", x.name);
  v("base", x.base);
  v("head", x.head);
}
CYCLEGATE_END;
CYCLEGATE_FIELDS(BlameRow) {
  v("function", x.function);
  v.optional("base_name", x.base_name);
  v("kind", x.kind);
  v("base_self", x.base_self);
  v("head_self", x.head_self);
  v.optional("base_total", x.base_total);
  v.optional("head_total", x.head_total);
  v.optional("base_calls", x.base_calls);
  v.optional("head_calls", x.head_calls);
  v.optional("parts", x.parts);
}
CYCLEGATE_END;
CYCLEGATE_FIELDS(Blame) {
  v.optional("guest", x.guest);
  v.optional("input", x.input);
  v.optional("executor", x.executor);
  v("column", x.column);
  v("unit", x.unit);
  v.optional("informs", x.informs);
  v.optional("cells", x.cells);
  v.optional("of_cells", x.of_cells);
  v.optional("note", x.note);
  v("base", x.base);
  v("head", x.head);
  v("rows", x.rows);
}
CYCLEGATE_END;
CYCLEGATE_FIELDS(AttributionRow) {
  v("name", x.name);
  v("base", x.base);
  v("head_guest", x.head_guest);
  v("head_model", x.head_model);
  v("head", x.head);
  // Computed of the four: for who reads the file, and left aside where it is read back.
  WideChange guest = x.guest_effect();
  WideChange model = x.model_effect();
  WideChange interaction = x.interaction();
  WideChange change = x.change();
  v("guest", guest);
  v("model", model);
  v("interaction", interaction);
  v("change", change);
}
CYCLEGATE_END;
CYCLEGATE_FIELDS(Attribution) {
  v("guest", x.guest);
  v.optional("input", x.input);
  v("executor", x.executor);
  v("base_model", x.base_model);
  v("head_model", x.head_model);
  v.optional("cells", x.cells);
  v.optional("of_cells", x.of_cells);
  v("cost", x.cost);
  v("total", x.total);
  v.optional("parts", x.parts);
}
CYCLEGATE_END;
CYCLEGATE_FIELDS(Reason) {
  v("code", x.code);
  v("text", x.text);
}
CYCLEGATE_END;
CYCLEGATE_FIELDS(ControlResult) {
  v("cell", x.cell);
  v("metric", x.metric);
  v.optional("slow_down_millionths", x.slow_down);
  v("kind", x.kind);
  v("change", x.change);
  v.optional("blocks", x.blocks);
  v.optional("why", x.why);
}
CYCLEGATE_END;
CYCLEGATE_FIELDS(SideSummary) {
  v("commit", x.commit);
  v("session", x.session);
  v("schedule", x.schedule);
  v("environment", x.environment);
  v("cells", x.cells);
  v.optional("reused_cells", x.reused_cells);
  v.optional("artifacts", x.artifacts);
}
CYCLEGATE_END;

template <>
struct Fields<RunSet> {
  /// Everything but the runs, which are streamed.
  template <class V, class T>
  static void visit(V& v, T& x) {
    v("side", x.side);
    v("commit", x.commit);
    v("session", x.session);
    v("schedule", x.schedule);
    v("environment", x.environment);
    v.optional("policy", x.policy);
    v.optional("measure", x.measure);
    v("metrics", x.metrics);
    v("guests", x.guests);
    v("artifacts", x.artifacts);
    v.optional("controls", x.controls);
    v.optional("repriced", x.repriced);
    v.optional("warnings", x.warnings);
  }
};

template <>
struct Fields<Comparison> {
  /// Everything but the findings, which are streamed. Verdict and status come first, for whoever looks at the head
  /// only.
  template <class V, class T>
  static void visit(V& v, T& x) {
    v("verdict", x.verdict);
    v("status", x.status);
    v("reasons", x.reasons);
    v.optional("gate_changes", x.gate_changes);
    v("guests", x.guests);
    v("aggregates", x.aggregates);
    v("base", x.base);
    v("head", x.head);
    v("policy", x.policy);
    v("base_has_policy", x.base_has_policy);
    v("metrics", x.metrics);
    v.optional("breakdowns", x.breakdowns);
    v.optional("distributions", x.distributions);
    v.optional("blame", x.blame);
    v.optional("attributions", x.attributions);
    v.optional("controls", x.controls);
    v.optional("warnings", x.warnings);
  }
};

CYCLEGATE_FIELDS(InjectedSlowDown) {
  v("slow_down_millionths", x.slow_down);
  v("cell", x.cell);
  v("found", x.found);
  v("change", x.change);
  v("blocks", x.blocks);
}
CYCLEGATE_END;
CYCLEGATE_FIELDS(Calibration) {
  v("passed", x.passed);
  v("session", x.session);
  v("environment", x.environment);
  v("methodology", x.methodology);
  v("metric", x.metric);
  v("seed", x.seed);
  v.optional("core", x.core);
  v("cells", x.cells);
  v("cells_per_change", x.cells_per_change);
  v("changes", x.changes);
  v("false_alarms", x.false_alarms);
  v("allowed_false_alarms", x.allowed_false_alarms);
  v("false_alarm_rate", x.false_alarm_rate);
  v("false_alarm_interval", x.false_alarm_interval);
  v("false_cells", x.false_cells);
  v("passed_cells", x.passed_cells);
  v("inconclusive_cells", x.inconclusive_cells);
  v("failed_cells", x.failed_cells);
  v("runs", x.runs);
  v("runs_per_cell", x.runs_per_cell);
  v("variation", x.variation);
  v.optional("smallest_effect", x.smallest_effect);
  v("simulations", x.simulations);
  v("smallest_effect_power", x.smallest_effect_power);
  v("smallest_effect_power_error", x.smallest_effect_power_error);
  v.optional("injected", x.injected);
  v.optional("warnings", x.warnings);
}
CYCLEGATE_END;

/// Adds the sums that readers would otherwise compute.
template <>
struct Fields<Cost> {
  template <class V, class T>
  static void visit(V& v, T& x) {
    v("main", x.parts.main);
    v("opcodes", x.parts.opcodes);
    v("precompiles", x.parts.precompiles);
    v("memory", x.parts.memory);
    v("variable", x.variable());
    v("base", x.base);
    v("total", x.total());
    v("frops", x.frops);
  }
};

/// An execution as `cyclegate execute --json` prints it: what happened first, in one word.
struct ExecutionDocument {
  Execution execution;
  std::string output;  ///< public output in hex
  std::string output_sha256;
};

template <>
struct Fields<ExecutionDocument> {
  template <class V, class T>
  static void visit(V& v, T& x) {
    v("outcome", x.execution.outcome.kind);
    v.optional("code", x.execution.outcome.code);
    v.optional("pc", x.execution.outcome.pc);
    v.optional("why", x.execution.outcome.why);
    v.optional("steps", x.execution.steps);
    v.optional("cost", x.execution.cost);
    v("opcodes", x.execution.opcodes);
    v("precompiles", x.execution.precompiles);
    v("memory", x.execution.memory);
    v("frops", x.execution.frops);
    v("functions", x.execution.functions);
    v.optional("function_kinds", x.execution.function_kinds);
    v("output", x.output);
    v("output_sha256", x.output_sha256);
    v.optional("misaligned_accesses", x.execution.misaligned_accesses);
    v.optional("metrics", x.execution.metrics);
    v.optional("console", x.execution.console);
    v.optional("warnings", x.execution.warnings);
  }
};

#undef CYCLEGATE_FIELDS
#undef CYCLEGATE_END

}  // namespace cyclegate::model
