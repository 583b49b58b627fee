#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/blame.h"
#include "model/comparison.h"

namespace cyclegate::render {

/// What one function took, for functions_text.
struct FunctionLine {
  std::string name;
  std::optional<model::Wide> calls;  ///< nullopt: not known
  model::Wide self = 0;
  model::Wide total = 0;
};

/// Functions by what they took themselves: the first `top` of `functions` (falling self), each with its share of
/// `whole`, with callees, calls and inclusive cost per call.
std::string functions_text(const std::vector<FunctionLine>& functions, model::Wide whole, std::string_view unit,
                           std::size_t top, std::size_t width, bool colour);

/// `+1,234`, `-5`, `0`.
std::string signed_text(model::WideChange change);
/// The same of head - base.
std::string signed_change(model::Wide base, model::Wide head);

/// The parts that are not the same on both sides, falling size of the change, then name.
std::vector<model::BlamePart> changed_parts(std::vector<model::BlamePart> parts);

/// Likewise, of all functions together: their changes sum to the blame's. Base and head are sums over the functions
/// that changed. Empty where the parts of no function are known.
std::vector<model::BlamePart> changed_parts(const model::Blame& blame);

/// Of changed_parts the first `most`, and the sum of the others: `main +120, opcode:multiply -30, 5 more -7`.
std::string parts_text(const std::vector<model::BlamePart>& parts, std::size_t most);

/// `new`, `gone`, `renamed from X`, else what changed most within it: `main +120, opcode:multiply -30`.
std::string blame_note(const model::BlameRow& row, std::size_t most_parts);

/// The change of what it took with callees; empty where that is not known.
std::string inclusive_change(const model::BlameRow& row);
/// `5`, or on both sides `5{between}6`; empty where calls are not known.
std::string calls_text(const model::BlameRow& row, std::string_view between);
/// Inclusive cost per call on both sides, `1,234 to 1,300`; empty where calls or what they took are not known.
std::string cost_per_call(const model::BlameRow& row);

/// What a blame is about: `all guests on embedded`, `block-hash on embedded, inputs by weight`, `block-hash/light_block
/// on embedded`; `base to head` for two profiles. `, over 5 of 8 cells` and `, by steps, which does not decide` follow
/// where that is so.
std::string blame_place(const model::Blame& blame);

/// Of each executor the widest blame there is: all guests together, else each guest with its inputs together, else each
/// cell. Pointers into `comparison`.
std::vector<const model::Blame*> widest_blames(const model::Comparison& comparison);

/// A headline and a table of the first `top` rows; the rest is counted and summed in one sentence, so that the numbers
/// add up to the change. Then the change by kind of cost, which adds up to it as well, and the blame's note.
std::string blame_text(const model::Blame& blame, std::size_t top, std::size_t width, bool colour);

}  // namespace cyclegate::render
