#include "differential/assembler.h"

namespace cyclegate::differential {

std::size_t Assembler::emit(const Instruction& row, const Operands& operands, Note note) {
  note.unit = unit_;
  words_.push_back(encode(row, operands));
  operands_.push_back(operands);
  rows_.push_back(&row);
  notes_.push_back(note);
  return words_.size() - 1;
}

std::size_t Assembler::emit(std::string_view name, const Operands& operands, Note note) {
  return emit(instruction(name), operands, note);
}

std::size_t Assembler::emit_word(std::uint32_t word, Note note) {
  note.unit = unit_;
  words_.push_back(word);
  operands_.emplace_back();
  rows_.push_back(nullptr);
  notes_.push_back(note);
  return words_.size() - 1;
}

void Assembler::aim(std::size_t position, std::size_t origin, std::size_t target, std::int64_t extra) {
  Operands& operands = operands_.at(position);
  operands.immediate = 4 * (static_cast<std::int64_t>(target) - static_cast<std::int64_t>(origin)) + extra;
  words_.at(position) = encode(*rows_.at(position), operands);
}

}  // namespace cyclegate::differential
