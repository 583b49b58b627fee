#include "render/flame_difference_text.h"

#include "model/wide.h"
#include "render/numbers.h"

namespace cyclegate::render {
namespace {

using model::Wide;

/// Appends `+1,234 (+5.67 %)`, `+1.200 ms (+5.67 %)`, `0`, `+12 (new)`, `-12 (gone)`.
void append_delta(std::string& out, std::uint64_t base, std::uint64_t head, std::string_view unit, Form form) {
  if (base == head) {
    out.push_back('0');
    return;
  }
  out.push_back(head > base ? '+' : '-');
  append_amount(out, head > base ? head - base : base - head, unit);
  out += " (";
  if (base == 0) {
    out += "new";
  } else if (head == 0) {
    out += "gone";
  } else {
    const std::string change = percent_change(Wide{base}, Wide{head});
    if (form == Form::xml) {
      append_escaped(out, change);
    } else {
      out += change;
    }
  }
  out.push_back(')');
}

}  // namespace

void append_both(std::string& out, std::uint64_t base, std::uint64_t head, std::string_view unit, Form form) {
  append_amount(out, base, unit);
  out += " \u2192 ";
  append_quantity(out, head, unit);
  out += ", ";
  append_delta(out, base, head, unit, form);
}

DifferenceText::DifferenceText(const FlameUnion& both, const FlameTree& tree, std::string_view escaped_unit,
                               DifferenceColour colour, bool lane_of_removed)
    : both_(both),
      tree_(tree),
      self_(both.self_of(tree)),
      unit_(escaped_unit),
      colour_(colour),
      lane_of_removed_(lane_of_removed) {}

std::string_view DifferenceText::css_class(const FlameNode& drawn) const {
  const std::uint32_t i = drawn.source;
  const UnionSelf& self = self_of(drawn);
  if (lane_of_removed_ && both_.head[i] >= both_.threshold) return "root";
  if (both_.base[i] == 0 || both_.head[i] == 0) return flame_difference_class(both_.base[i], both_.head[i]);
  if (colour_ == DifferenceColour::inclusive) return flame_difference_class(both_.base[i], both_.head[i]);
  // A function that works itself only in head is more, but not new.
  if (self.base == 0 && self.head != 0) return "p5";
  if (self.head == 0 && self.base != 0) return "m4";
  return flame_difference_class(self.base, self.head);
}

void DifferenceText::append_lines(std::string& out, const FlameNode& drawn) const {
  const std::uint32_t i = drawn.source;
  const UnionSelf& self = self_of(drawn);
  out += "\ninclusive ";
  append_both(out, both_.base[i], both_.head[i], unit_, Form::xml);
  out += "\nself ";
  append_both(out, self.base, self.head, unit_, Form::xml);
  out.push_back('\n');
  const bool of_base = both_.head[i] == 0 || (lane_of_removed_ && both_.shrunk(i));
  append_share(out, of_base ? both_.base[i] : both_.head[i], of_base ? both_.base_total : both_.head_total);
  out += of_base ? " of base" : " of head";
  append_note(out, i);
}

void DifferenceText::append_note(std::string& out, std::uint32_t node) const {
  const FlameNote note = both_.note(node);
  switch (note.shift) {
    case FlameShift::moved:
      out += note.caller == model::ProfileNode::kNoParent
                 ? "\nnobody calls it in base"
                 : "\nin base called by " + flame_name(both_.names[note.caller]).escaped;
      break;
    case FlameShift::between:
      out += "\nonly head has it between its caller and callees that base has, too";
      break;
    case FlameShift::around:
      out += "\nonly base has it around callees that head has, too; they are compared there";
      break;
    case FlameShift::none:
      if (both_.base[node] == 0 && both_.in_base(node)) out += "\nin base under other callers";
      if (both_.head[node] == 0 && both_.in_head(node)) out += "\nin head under other callers";
      break;
  }
}

}  // namespace cyclegate::render
