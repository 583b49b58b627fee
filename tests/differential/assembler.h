#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "differential/instruction_set.h"
#include "differential/program.h"

namespace cyclegate::differential {

/// Collects instructions and what is known about them; displacements are filled in when their target is known.
class Assembler {
 public:
  /// Appends one instruction and returns its position (a count of instructions, not bytes).
  std::size_t emit(const Instruction& row, const Operands& operands, Note note = {});
  std::size_t emit(std::string_view name, const Operands& operands, Note note = {});
  /// Appends an instruction that the table does not have.
  std::size_t emit_word(std::uint32_t word, Note note = {});
  /// Points the branch, jal, addi or jalr at `position` to an instruction: `extra` is added to the distance from
  /// `origin`.
  void aim(std::size_t position, std::size_t origin, std::size_t target, std::int64_t extra = 0);

  /// The position the next instruction will have.
  std::size_t here() const { return words_.size(); }
  /// Instructions emitted from now on belong to a new unit, whose number is returned.
  int begin_unit() { return unit_ = ++last_unit_; }
  /// Instructions emitted from now on belong to `unit` again.
  void resume_unit(int unit) { unit_ = unit; }
  /// The unit of the next instruction.
  int unit() const { return unit_; }

  const std::vector<std::uint32_t>& words() const { return words_; }
  const std::vector<Note>& notes() const { return notes_; }

 private:
  std::vector<std::uint32_t> words_;
  std::vector<Operands> operands_;
  std::vector<const Instruction*> rows_;
  std::vector<Note> notes_;
  int unit_ = 0;
  int last_unit_ = 0;
};

}  // namespace cyclegate::differential
