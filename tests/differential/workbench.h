#pragma once

#include <cstdint>
#include <initializer_list>
#include <vector>

#include "differential/assembler.h"
#include "differential/instruction_set.h"
#include "differential/program.h"
#include "differential/random.h"

namespace cyclegate::differential {

/// A register that holds an operand, and the index of its edge value (-1: any value).
struct Operand {
  unsigned number = 0;
  int edge = -1;
};

/// For instructions that shrinking must not take away alone.
inline constexpr Note kFixed{.fixed = true};

/// What all parts of the generator share: the random numbers, the code so far, and which register is for what. Five
/// registers, different ones in every program, keep the program together; the other 26 are operands.
class Workbench {
 public:
  Workbench(std::uint64_t seed, std::uint64_t index, bool bits, bool zisk = false);

  /// The program made so far, with the data it starts with.
  Program take();

  bool bits() const { return program_.bits; }
  bool zisk() const { return program_.zisk; }
  unsigned base() const { return base_; }        ///< points to kBase
  unsigned results() const { return results_; }  ///< points to the next free result
  unsigned link() const { return link_; }        ///< return address of functions
  unsigned counter(int depth) const { return counters_[depth]; }

  unsigned free_register();
  unsigned free_register_but(std::initializer_list<unsigned> taken);
  /// Emits a load of an operand from the pool into `number`, usually of an edge value.
  Operand load_operand(unsigned number);
  /// The same for ctzw. QEMU before 8.0 counts the zeros of the whole register there, so its word counts only where the
  /// low half is not zero or all of it is.
  Operand load_operand_for_ctzw(unsigned number);
  /// A source operand: mostly loaded for the purpose, sometimes x0 or whatever a register holds.
  Operand source();
  /// A second source; sometimes the first again.
  Operand source_beside(const Operand& first);
  /// A destination that often collides with a source, and sometimes is x0.
  unsigned destination(std::initializer_list<unsigned> sources);
  /// Any instruction of the format, without sc (a lone one fails on Linux and succeeds on ZisK) and, as `bits` says,
  /// with the bit manipulation's or the other register and shift instructions.
  const Instruction& any(Format format);

  /// Emits what keeps a result for the comparison.
  void keep(unsigned number);
  /// Whether so many more results fit, each as often as the code being emitted is executed.
  bool has_room(std::uint64_t results) const { return used_ + results * times_ <= kResultEntries; }
  /// What is emitted from now on is executed `factor` times as often; leave undoes it.
  void enter(std::uint64_t factor) { times_ *= factor; }
  void leave(std::uint64_t factor) { times_ /= factor; }

  Random random;
  Assembler code;

 private:
  void choose_roles();
  void fill_data();
  Operand load_entry(unsigned number, std::uint64_t entry);
  std::uint64_t random_entry();
  void put(std::uint64_t offset, std::uint64_t value);
  std::uint64_t random_value();

  Program program_;
  std::vector<const Instruction*> rows_[static_cast<std::size_t>(Format::system) + 1];
  unsigned base_ = 0;
  unsigned results_ = 0;
  unsigned link_ = 0;
  unsigned counters_[2] = {};
  std::vector<unsigned> free_;
  std::uint64_t times_ = 1;  // how often what is emitted now is executed
  std::uint64_t used_ = 0;   // results, over all executions
};

/// The offset of a place in the data segment from the base register.
std::int64_t from_base(std::uint64_t offset);

}  // namespace cyclegate::differential
