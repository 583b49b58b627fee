#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace cyclegate::app {

/// An input of a starter configuration.
struct StarterInput {
  std::string name;
  std::string path;
  std::string sha256;
};

/// A starter cyclegate.yaml for one guest. Without inputs the place for them is a comment with the command that adds
/// one.
std::string starter_configuration(std::string_view guest, std::string_view run, std::string_view elf,
                                  const std::vector<StarterInput>& inputs);

/// cyclegate.mk: the short task list (requirements R16) for a Makefile to include.
std::string makefile_fragment();

/// The text of a cyclegate.yaml with one more input for `guest` after that guest's last one, everything else unchanged,
/// comments and order included. `last_line` and `last_column` are the position of the guest's last input as the reader
/// gave it. Throws Error{configuration} with the line to add by hand when the file is written in a way in which
/// inserting a line would change its meaning.
std::string with_input_added(std::string_view text, std::size_t last_line, std::size_t last_column,
                             std::string_view item);

/// `{ name: ..., path: ..., sha256: ..., weight: ..., description: ... }` with quoting where YAML needs it.
std::string input_item(std::string_view name, std::string_view path, std::string_view sha256, std::uint64_t weight,
                       std::string_view description);

}  // namespace cyclegate::app
