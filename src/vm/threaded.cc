#include "vm/threaded.h"

#include <algorithm>
#include <limits>
#include <map>
#include <utility>

#include "vm/code.h"
#include "vm/fused.h"
#include "vm/handlers.h"

namespace cyclegate::vm {
namespace {

RegisterBoxes prepare(const std::vector<FropsBox>& boxes) {
  RegisterBoxes out;
  for (const FropsBox& box : boxes) {
    const std::uint64_t end = box.b_low + box.b_count;
    const bool wraps = end < box.b_low;
    out.b_end = std::max(out.b_end, wraps ? std::numeric_limits<std::uint64_t>::max() : end);
    out.boxes.push_back({.a_low = box.a_low,
                         .a_span = box.a_count * box.a_stride,
                         .a_mask = box.a_stride - 1,
                         .b_low = box.b_low,
                         .b_count = box.b_count});
  }
  return out;
}

/// The boxes of immediate operations, each set made once.
class ImmediateTable {
 public:
  ImmediateTable(const CostModel& cost_model, std::deque<ImmediateBoxes>& store) : model_(cost_model), store_(store) {}

  const ImmediateBoxes* find(Operation operation, std::uint64_t b) {
    const auto [entry, added] = known_.try_emplace(std::pair(operation, b), nullptr);
    if (!added) return entry->second;
    ImmediateBoxes fitting;
    for (const FropsBox& box : model_.frops[index(operation)]) {
      if (b - box.b_low >= box.b_count) continue;
      fitting.boxes.push_back({.a_low = box.a_low, .a_span = box.a_count * box.a_stride, .a_mask = box.a_stride - 1});
    }
    if (!fitting.boxes.empty()) entry->second = &store_.emplace_back(std::move(fitting));
    return entry->second;
  }

 private:
  const CostModel& model_;
  std::deque<ImmediateBoxes>& store_;
  std::map<std::pair<Operation, std::uint64_t>, const ImmediateBoxes*> known_;
};

/// How many instructions on the one behind is, of which this one stands for all.
std::size_t slots(Form form) {
  if (form < Form::sha256 || form > Form::profile_tag) return 1;
  return form == Form::dma_set_immediate ? 3 : 2;
}

/// Whether an instruction can go on to the one behind it without a jump.
bool can_go_on(Form form) {
  switch (form) {
    case Form::jump:
    case Form::call:
    case Form::jump_register:
    case Form::jump_register_odd:
    case Form::halt:
    case Form::past_end:
      return false;
    default:
      return true;
  }
}

/// Marks the instructions that can be reached from another place in a way the call stack does not hear of: by falling
/// into them and by static jumps.
std::vector<bool> find_boundaries(const Code& code, const std::vector<std::uint32_t>& places) {
  const std::vector<Predecoded>& instructions = code.instructions;
  std::vector<bool> out(instructions.size(), false);
  const auto mark = [&](std::size_t from, std::size_t to) {
    // What comes behind a segment finds its way by itself.
    if (to >= out.size() || instructions[to].form == Form::past_end) return;
    if (places[from] != places[to]) out[to] = true;
  };
  for (std::size_t i = 0; i < instructions.size(); ++i) {
    const Predecoded& from = instructions[i];
    if (can_go_on(from.form)) mark(i, i + slots(from.form));
    const bool jumps = from.form >= Form::branch_equal && from.form <= Form::jump;
    if (jumps || (from.form == Form::call && from.rs2 != 0)) mark(i, from.target);
  }
  return out;
}

}  // namespace

ThreadedInstruction::Handler find_handler(Instrumentation instrumentation, Form form, Operation operation) {
  switch (instrumentation) {
    case Instrumentation::none:
      return find_handler_none(form, operation);
    case Instrumentation::cost:
      return find_handler_cost(form, operation);
    case Instrumentation::functions:
      return find_handler_functions(form, operation);
    case Instrumentation::profile:
      break;
  }
  return find_handler_profile(form, operation);
}

Threaded thread(const Code& code, Instrumentation instrumentation) {
  Threaded out;
  ImmediateTable table(code.cost_model, out.boxes);
  out.instructions.resize(code.instructions.size() + 3);
  for (std::size_t i = 0; i < operation_count; ++i) out.register_boxes[i] = prepare(code.cost_model.frops[i]);
  for (std::size_t i = 0; i < code.instructions.size(); ++i) {
    const Predecoded& from = code.instructions[i];
    ThreadedInstruction& to = out.instructions[i];
    to.handler = find_handler(instrumentation, from.form, from.operation);
    to.immediate = from.immediate;
    to.steps_before = from.steps_before;
    to.steps = from.steps;
    to.rd = from.rd == 0 ? 32 : from.rd;
    to.rs1 = from.rs1;
    to.rs2 = from.rs2;
    if (from.form == Form::immediate_operation) {
      to.boxes = table.find(from.operation, static_cast<std::uint64_t>(from.immediate));
    } else if (from.form == Form::jump_register || from.form == Form::jump_register_odd ||
               from.form == Form::environment_call) {
      to.behind = std::uint64_t{from.pc} + 4;
    } else if (from.form == Form::past_end) {
      to.immediate = from.pc;
    } else if (from.form >= Form::branch_equal && from.form <= Form::call) {
      to.target = &out.instructions[from.target];
      if (from.form != Form::call) {
        to.immediate =
            std::int64_t{from.steps_before} + from.steps - std::int64_t{code.instructions[from.target].steps_before};
      }
    }
  }
  for (std::size_t i = code.instructions.size(); i < out.instructions.size(); ++i) {
    out.instructions[i].handler = find_handler(instrumentation, Form::halt, Operation::add);
  }
  if (instrumentation == Instrumentation::none) fuse(code, out);
  if (instrumentation == Instrumentation::functions || instrumentation == Instrumentation::profile) {
    const bool by_function = instrumentation == Instrumentation::functions;
    const ThreadedInstruction::Handler boundary =
        by_function ? &Handlers<Instrumentation::functions>::boundary : &Handlers<Instrumentation::profile>::boundary;
    out.behind_boundary.assign(code.instructions.size(), nullptr);
    const std::vector<bool> boundaries = find_boundaries(code, by_function ? code.function_of : code.places());
    for (std::size_t i = 0; i < boundaries.size(); ++i) {
      if (boundaries[i]) out.behind_boundary[i] = std::exchange(out.instructions[i].handler, boundary);
    }
  }
  return out;
}

}  // namespace cyclegate::vm
