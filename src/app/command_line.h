#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cyclegate::app {

/// What a value on the command line is, which is what completion offers.
enum class ValueKind { flag, text, number, revision, file, directory, guest, input, executor, shell, color };

/// One option or positional argument of a command.
struct OptionDescription {
  std::string name;        ///< `--base`, or `GUEST` for a positional argument
  std::string value_name;  ///< `REV`; empty for flags and positional arguments
  ValueKind kind = ValueKind::flag;
  std::string help;
  bool required = false;
  bool repeatable = false;

  bool positional() const { return !name.starts_with('-'); }
};

/// One command. Help, completion, manual page and parser are all made from this description.
struct CommandDescription {
  std::string name;  ///< `gate`, `baseline save`
  std::string summary;
  std::string description;
  std::vector<OptionDescription> options;
  struct Example {
    std::string command;
    std::string explanation;
  };
  std::vector<Example> examples;
};

/// Every command in the order in which help shows them.
const std::vector<CommandDescription>& commands();
/// The options that every command takes.
const std::vector<OptionDescription>& common_options();
/// The command of that name, or nullptr.
const CommandDescription* find_command(std::string_view name);

/// A parsed command line.
struct Invocation {
  std::string command;  ///< empty: help or version was asked for, and `text` is what to print
  std::string text;
  std::map<std::string, std::vector<std::string>> values;  ///< by option name; flags have one empty value

  bool has(const std::string& name) const { return values.contains(name); }
  /// The last value given for the option.
  std::optional<std::string> get(const std::string& name) const;
  /// The last value as a number within [low, high]; throws Error{usage} naming the option.
  std::optional<std::uint64_t> number(const std::string& name, std::uint64_t low, std::uint64_t high) const;
  /// All values in the order given.
  std::vector<std::string> all(const std::string& name) const;
};

/// Throws Error{usage} with the message: the command line asks for what does not exist.
[[noreturn]] void refuse(const std::string& message);

/// Parses the arguments after the program's name. Throws Error{usage} with what is wrong and what would be right.
Invocation parse_command_line(const std::vector<std::string>& arguments);

/// How many things may run at once: --jobs or the machine's cores.
std::uint32_t jobs(const Invocation& invocation);

/// `cyclegate 0.1.0`, and what it was built with.
std::string version_text();
/// Help for one command, or for the program when `command` is nullptr.
std::string help_text(const CommandDescription* command);

}  // namespace cyclegate::app
