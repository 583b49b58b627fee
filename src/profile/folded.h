#pragma once

#include <cstddef>
#include <iosfwd>
#include <string>
#include <string_view>

#include "model/profile.h"
#include "profile/byte_reader.h"

namespace cyclegate::profile {

/// Reads folded stacks, `outermost;...;innermost COUNT` per line, as stackcollapse-*.pl and inferno-collapse-* write
/// them. Blank lines and comments (is_folded_comment) are left out. The weights become `column`. Throws
/// model::Error{configuration} naming the line.
model::Profile read_folded(ByteReader& bytes, const model::ProfileColumn& column = {"samples", "samples"});

/// Folded stacks of one column: a line for each stack whose own weight is not 0, ordered by bytes as if each frame
/// ended with `;`. `;` within a name becomes `:`, and `# ` that begins a stack `#_`, as it would be a comment. What the
/// format cannot say (files, lines, inlining, calls, other columns) is left out; read_folded of it and write_folded
/// again give the same bytes.
std::string write_folded(const model::Profile& profile, std::size_t column = 0);

/// The same, block by block as it is made: the whole text may be far larger than the profile.
void write_folded(const model::Profile& profile, std::size_t column, std::ostream& out);

/// Whether a line of folded stacks is a comment: `# ...` or `#` alone.
bool is_folded_comment(std::string_view line);

}  // namespace cyclegate::profile
