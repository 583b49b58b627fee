#include "vm/machine.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <limits>
#include <memory>
#include <optional>
#include <utility>

#include "vm/cost_class.h"
#include "vm/counters.h"
#include "vm/function_tracker.h"
#include "vm/handlers.h"
#include "vm/profile_tracker.h"
#include "vm/state.h"

namespace cyclegate::vm {
namespace {

// The BIOS of ZisK 1.4.0-alpha (zisk-core rom_layout.rs), as far as it can be seen in steps and cost.
constexpr std::uint64_t entry_steps = 6;
constexpr std::uint64_t failed_exit_steps = 3;  ///< two checks and the halt
constexpr std::uint64_t exit_check_steps = 2;
constexpr std::uint64_t output_words = output_bytes / 8;
constexpr std::uint64_t input_anchor_reads = 15;
/// Set-up, the loop over the output's words, the reads of the input's anchors, the jump and the end.
constexpr std::uint64_t output_steps = 3 + (output_words + 1) + 4 * output_words + input_anchor_reads + 2;

/// Steps between two looks at the clock.
constexpr std::int64_t steps_between_looks = std::int64_t{1} << 22;
constexpr std::uint64_t most_steps = std::uint64_t{1} << 62;

Instrumentation instrumentation_for(model::Detail detail) {
  switch (detail) {
    case model::Detail::totals:
      return Instrumentation::none;
    case model::Detail::cost:
      return Instrumentation::cost;
    case model::Detail::functions:
      return Instrumentation::functions;
    case model::Detail::profile:
      break;
  }
  return Instrumentation::profile;
}

/// One execution: the loop around the handlers, the limits, and the BIOS.
class Run {
 public:
  Run(const Code& code, std::span<const std::uint8_t> input, const Limits& limits, Instrumentation instrumentation)
      : code_(code),
        limits_(limits),
        instrumentation_(instrumentation),
        threaded_(code.threaded(instrumentation)),
        state_(std::make_unique<State>(code, input, limits.max_memory_bytes)) {
    limits_.max_steps = std::min(limits_.max_steps, most_steps);
  }

  model::Execution execute() {
    enter();
    if (start()) loop();
    finish();
    return std::move(execution_);
  }

  std::array<std::uint64_t, 32> registers() const {
    std::array<std::uint64_t, 32> out{};
    std::ranges::copy_n(state_->registers.begin(), 32, out.begin());
    return out;
  }
  std::uint64_t pc() const { return pc_; }
  const Memory& memory() const { return state_->memory; }

 private:
  bool counted() const { return instrumentation_ != Instrumentation::none; }
  const ThreadedInstruction* at(std::uint32_t index) const { return threaded_.instructions.data() + index; }
  std::uint32_t index_of(const ThreadedInstruction* i) const {
    // A single step runs a copy.
    if (i >= single_.data() && i < single_.data() + single_.size()) return single_index_;
    return static_cast<std::uint32_t>(i - threaded_.instructions.data());
  }
  std::uint64_t steps_at(const ThreadedInstruction* i) const {
    return static_cast<std::uint64_t>(state_->bias) + i->steps_before;
  }
  void bios_access(Zone zone, Access kind, std::uint64_t times) { state_->counters.access(zone, kind, times); }
  void bios_operation(Operation operation, std::uint64_t a, std::uint64_t b, std::uint64_t c) {
    count_operation(state_->counters, code_.cost_model, operation, a, b, c);
  }

  void store_word(std::uint64_t address, std::uint64_t value) {
    std::memcpy(state_->memory.writable(address, 8), &value, 8);
  }

  void enter() {
    State& s = *state_;
    s.threaded = &threaded_;
    const TextRange& text = code_.text.front();
    s.text_start = text.start;
    s.text_size = text.end - text.start;
    s.text_index = text.instruction_at.data();
    for (std::size_t i = 0; i < operation_count; ++i) s.frequent_b_end[i] = threaded_.register_boxes[i].b_end;
    const auto started = std::chrono::steady_clock::now();
    s.deadline = std::chrono::steady_clock::time_point::max() - started > limits_.max_time
                     ? started + limits_.max_time
                     : std::chrono::steady_clock::time_point::max();
    store_word(csr_address + 8 * std::uint64_t{csr_marchid}, zisk_architecture);
    store_word(csr_address + 8 * std::uint64_t{csr_mtvec}, trap_handler);
    s.registers[10] = input_address;
    s.registers[11] = output_address;
    s.registers[1] = bios_return;
    bios_access(Zone::ram_no_stack, Access::write_8_aligned, 2);
    s.bias = static_cast<std::int64_t>(entry_steps) - std::int64_t{at(code_.entry)->steps_before};
  }

  /// Whether the guest's first instruction may run at all.
  bool start() {
    State& s = *state_;
    pc_ = code_.instructions[code_.entry].pc;
    if (instrumentation_ == Instrumentation::functions) {
      functions_.emplace(code_, code_.entry, entry_steps, s.place);
      s.functions = &*functions_;
    }
    if (instrumentation_ == Instrumentation::profile) {
      profile_.emplace(code_, code_.entry, entry_steps, s.place);
      s.profile = &*profile_;
    }
    steps_ = std::min(entry_steps, limits_.max_steps);
    if (s.memory.used_bytes() > limits_.max_memory_bytes) {
      limit("memory", fmt::format("{} bytes of program and input", s.memory.used_bytes()));
      return false;
    }
    if (limits_.max_steps < entry_steps) {
      limit_steps();
      return false;
    }
    return true;
  }

  void limit(std::string_view what, std::string_view how_much) {
    execution_.outcome = {.kind = model::OutcomeKind::limit,
                          .code = {},
                          .pc = pc_,
                          .why = fmt::format("the {} limit was reached ({})", what, how_much)};
  }
  void limit_steps() {
    steps_ = limits_.max_steps;
    limit("step", fmt::format("{} steps", limits_.max_steps));
  }

  /// How far `bias` may go before the steps must be watched one by one. All jumps inside the text move it by less than
  /// the text's own steps.
  std::int64_t budget() const {
    const auto text_steps =
        static_cast<std::int64_t>(at(static_cast<std::uint32_t>(code_.instructions.size()) - 1)->steps_before);
    const auto farthest = static_cast<std::int64_t>(limits_.max_steps) - 2 * text_steps - 8;
    return std::min(farthest, state_->bias + steps_between_looks);
  }

  void loop() {
    State& s = *state_;
    const ThreadedInstruction* i = at(code_.entry);
    while (true) {
      s.jump_budget = budget();
      s.stop = Stop::running;
      const bool single = s.bias > s.jump_budget || straight_to_limit(i);
      if (single) {
        if (!step(i)) return;
        continue;
      }
      const ThreadedInstruction* next = i;
      while (next != nullptr) next = next->handler(next, &s, s.memory.ram());
      if (s.stop != Stop::pause) return stopped();
      i = s.resume;
      if (out_of_time(i)) return;
    }
  }

  /// Whether the limit could be passed before the next jump.
  bool straight_to_limit(const ThreadedInstruction* i) const {
    const std::uint64_t rest =
        at(static_cast<std::uint32_t>(code_.instructions.size()) - 1)->steps_before - i->steps_before;
    return steps_at(i) + rest + 8 >= limits_.max_steps;
  }

  bool out_of_time(const ThreadedInstruction* i) {
    const bool give_up = limits_.give_up != nullptr && limits_.give_up();
    if (!give_up && std::chrono::steady_clock::now() < state_->deadline) return false;
    pc_ = code_.instructions[index_of(i)].pc;
    steps_ = steps_at(i);
    limit("time",
          fmt::format("{} ms", std::chrono::duration_cast<std::chrono::milliseconds>(limits_.max_time).count()));
    return true;
  }

  /// Executes one instruction and moves `i` on; false when the run has ended.
  bool step(const ThreadedInstruction*& i) {
    State& s = *state_;
    single_index_ = index_of(i);
    pc_ = code_.instructions[single_index_].pc;
    if (steps_at(i) + i->steps > limits_.max_steps) {
      limit_steps();
      return false;
    }
    if ((++single_steps_ & 0xffffU) == 0 && out_of_time(i)) return false;
    for (std::size_t k = 0; k < single_.size(); ++k) single_[k] = i[k];
    if (functions_ && threaded_.behind_boundary[single_index_] != nullptr) {
      functions_->move(single_index_, s.registers[2], steps_at(i));
    }
    if (profile_ && threaded_.behind_boundary[single_index_] != nullptr) {
      profile_->move(single_index_, s.registers[2], steps_at(i));
    }
    // Not the handler in place, which may do two instructions or be a function boundary's.
    single_[0].handler = find_handler(instrumentation_, code_.instructions[single_index_].form,
                                      code_.instructions[single_index_].operation);
    for (std::size_t k = 1; k < single_.size(); ++k) single_[k].handler = Handlers<Instrumentation::none>::fell_through;
    s.jump_budget = std::numeric_limits<std::int64_t>::min();
    const ThreadedInstruction* next = single_.data();
    while (next != nullptr) next = next->handler(next, &s, s.memory.ram());
    if (s.stop == Stop::pause) {
      i = s.resume;
      return true;
    }
    if (s.stop == Stop::fell_through) {
      i += s.stopped_at - single_.data();
      return true;
    }
    stopped();
    return false;
  }

  /// The handlers have ended the run.
  void stopped() {
    State& s = *state_;
    const ThreadedInstruction* i = s.stopped_at;
    pc_ = code_.instructions[index_of(i)].pc;
    steps_ = steps_at(i) + 1;
    switch (s.stop) {
      case Stop::exit:
        return leave(true);
      case Stop::returned:
        steps_ = steps_at(i) + i->steps;
        return leave(false);
      case Stop::memory_limit:
        return limit("memory", fmt::format("{} bytes", limits_.max_memory_bytes));
      case Stop::time_limit:
        return limit(
            "time",
            fmt::format("{} ms", std::chrono::duration_cast<std::chrono::milliseconds>(limits_.max_time).count()));
      default:
        execution_.outcome = {.kind = model::OutcomeKind::trap, .code = {}, .pc = pc_, .why = std::move(s.why)};
    }
  }

  /// The exit through the BIOS: by ecall (with its checks of a7 and a0) or by a return.
  void leave(bool by_call) {
    State& s = *state_;
    finish_functions();
    const std::uint64_t code = by_call ? s.registers[10] : 0;
    if (by_call) {
      bios_operation(Operation::eq, s.registers[17], 93, 1);
      bios_operation(Operation::eq, code, 0, code == 0 ? 1 : 0);
      steps_ += code == 0 ? exit_check_steps : failed_exit_steps;
    }
    if (code != 0) {
      execution_.outcome = {.kind = model::OutcomeKind::exit, .code = code, .pc = {}, .why = {}};
      if (steps_ > limits_.max_steps) limit_steps();
      return;
    }
    for (std::uint64_t i = 0; i <= output_words; ++i) {
      bios_operation(Operation::eq, output_words, i, i == output_words ? 1 : 0);
      if (i == output_words) break;
      const std::uint64_t address = output_address + 8 * i;
      bios_operation(Operation::add, address, 8, address + 8);
      bios_operation(Operation::add, i, 1, i + 1);
      bios_operation(Operation::pubout, 0, 0, 0);
    }
    bios_access(Zone::ram_no_stack, Access::read_8_aligned, output_words);
    bios_access(Zone::input, Access::read_8_aligned, input_anchor_reads);
    steps_ += output_steps;
    if (steps_ > limits_.max_steps) return limit_steps();
    const std::uint8_t* output = s.memory.readable(output_address, output_bytes);
    execution_.output.assign(output, output + output_bytes);
  }

  void finish() {
    State& s = *state_;
    execution_.steps = steps_;
    execution_.console = std::move(s.console);
    execution_.misaligned_accesses = s.misaligned;
    execution_.warnings = code_.warnings;
    if (counted() &&
        !report_cost(s.counters, code_.cost_model, code_.ram_init_words, code_.rom_init_words, execution_)) {
      return cost_too_great();
    }
    if (!functions_ && !profile_) return;
    finish_functions();
    const ClassTotals totals = class_totals(s.counters, code_.cost_model, code_.ram_init_words, code_.rom_init_words);
    report_functions(totals);
    if (profile_) execution_.profile = profile_->profile(totals, steps_);
  }

  /// No number that has wrapped may stand for the cost: such a run has none, nor functions.
  void cost_too_great() {
    finish_functions();
    execution_.output.clear();
    if (!execution_.outcome.ok()) return;
    execution_.outcome = {.kind = model::OutcomeKind::limit,
                          .code = {},
                          .pc = {},
                          .why = fmt::format("the cost under the cost model {} exceeds 64 bits; lower its prices",
                                             code_.cost_model.name)};
  }

  /// The guest's own code has ended; what follows is the BIOS's.
  void finish_functions() {
    if (std::exchange(finished_functions_, true)) return;
    const std::uint64_t steps = std::max(steps_, entry_steps);
    if (functions_) functions_->finish(steps);
    if (profile_) profile_->finish(steps);
  }

  /// What no function took is the BIOS's: its entry and exit, and the memory image.
  void report_functions(const ClassTotals& totals) {
    const CostClasses classes(totals);
    ClassTotals rest = totals;
    execution_.functions = functions_ ? functions_->rows(classes, rest) : profile_->rows(classes, rest);
    execution_.function_kinds = model::CostKinds(classes.names());
    model::FunctionCost bios{.name = "[zisk bios]",
                             .calls = 1,
                             .steps_self = steps_,
                             .steps_total = 0,
                             .self = execution_.cost->parts,
                             .total = {},
                             .split = classes.split(rest.place, rest.precompiles)};
    for (const model::FunctionCost& row : execution_.functions) {
      bios.steps_self -= row.steps_self;
      bios.self.main -= row.self.main;
      bios.self.opcodes -= row.self.opcodes;
      bios.self.precompiles -= row.self.precompiles;
      bios.self.memory -= row.self.memory;
    }
    bios.steps_total = bios.steps_self;
    bios.total = bios.self;
    const auto place = std::ranges::find_if(execution_.functions, [&](const model::FunctionCost& row) {
      const std::uint64_t row_cost = row.total.sum();
      const std::uint64_t bios_cost = bios.total.sum();
      return row_cost < bios_cost || (row_cost == bios_cost && row.name > bios.name);
    });
    execution_.functions.insert(place, std::move(bios));
    if (functions_ ? functions_->overflowed() : profile_->overflowed()) {
      execution_.warnings.push_back(
          {.code = "deep-calls",
           .message = "calls deeper than 1048576 were not followed; inclusive cost is incomplete"});
    }
  }

  const Code& code_;
  Limits limits_;
  Instrumentation instrumentation_;
  const Threaded& threaded_;
  std::unique_ptr<State> state_;
  std::optional<FunctionTracker> functions_;
  std::optional<ProfileTracker> profile_;
  bool finished_functions_ = false;
  std::array<ThreadedInstruction, 4> single_{};
  std::uint32_t single_index_ = 0;
  std::uint64_t single_steps_ = 0;
  std::uint64_t steps_ = 0;
  std::uint64_t pc_ = 0;
  model::Execution execution_;
};

}  // namespace

bool MachineView::read(std::uint64_t address, std::span<std::uint8_t> bytes) const {
  const std::uint8_t* const from = memory_.readable(address, bytes.size());
  if (from == nullptr) return false;
  std::ranges::copy_n(from, static_cast<std::ptrdiff_t>(bytes.size()), bytes.begin());
  return true;
}

model::Execution execute(const Program& program, std::span<const std::uint8_t> input_file, const Limits& limits,
                         model::Detail detail, const std::function<void(const MachineView&)>& inspect) {
  std::string wrong;
  if (input_file.size() % 8 != 0) {
    wrong = fmt::format("the input file has {} bytes; its length must be a multiple of 8 (pad it with zeros)",
                        input_file.size());
  } else if (input_file.size() > max_input_file) {
    wrong = fmt::format("the input file has {} bytes; at most {} are taken", input_file.size(), max_input_file);
  }
  if (!wrong.empty()) {
    model::Execution rejected;
    rejected.outcome = {.kind = model::OutcomeKind::rejected, .code = {}, .pc = {}, .why = std::move(wrong)};
    return rejected;
  }
  Run run(program.code(), input_file, limits, instrumentation_for(detail));
  model::Execution execution = run.execute();
  if (inspect) {
    const auto registers = run.registers();
    inspect(MachineView(registers, run.pc(), run.memory()));
  }
  return execution;
}

}  // namespace cyclegate::vm
