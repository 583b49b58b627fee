#include "app/command_line.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <charconv>
#include <memory>
#include <string_view>
#include <thread>
#include <utility>

#include "config/mistakes.h"
#include "model/error.h"

namespace cyclegate::app {
namespace {

std::string spelled(const OptionDescription& option) {
  if (option.positional()) return option.required ? option.name : "[" + option.name + "]";
  return option.value_name.empty() ? option.name : option.name + " " + option.value_name;
}

/// Breaks text into lines of at most `width`, each after the first indented.
std::string wrapped(std::string_view text, std::size_t indent, std::size_t width = 100) {
  std::string result;
  std::size_t column = indent;
  while (!text.empty()) {
    const std::size_t space = std::min(text.find(' '), text.size());
    if (column > indent && column + 1 + space > width) {
      result += '\n' + std::string(indent, ' ');
      column = indent;
    } else if (column > indent) {
      result += ' ';
      ++column;
    }
    result += text.substr(0, space);
    column += space;
    text.remove_prefix(std::min(space + 1, text.size()));
  }
  return result;
}

std::string option_lines(const std::vector<OptionDescription>& options, bool positionals) {
  constexpr std::size_t indent = 26;
  std::string text;
  for (const OptionDescription& option : options) {
    if (option.positional() != positionals) continue;
    const std::string name = option.positional() ? option.name : spelled(option);
    text += fmt::format("  {:<22}  {}\n", name, wrapped(option.help, indent));
  }
  return text;
}

/// The command that the first words name, and how many words that takes.
std::pair<const CommandDescription*, std::size_t> command_of(const std::vector<std::string>& words) {
  if (words.size() >= 2) {
    if (const auto* command = find_command(words[0] + " " + words[1])) return {command, 2};
  }
  if (!words.empty()) {
    if (const auto* command = find_command(words[0])) return {command, 1};
  }
  return {nullptr, 0};
}

[[noreturn]] void refuse_command(const std::vector<std::string>& words) {
  std::string known;
  for (const CommandDescription& command : commands()) {
    if (command.name.starts_with(words[0] + " ")) known += (known.empty() ? "" : ", ") + command.name;
  }
  if (!known.empty()) {
    refuse(fmt::format("'{}' needs a second word: {}", words[0], known));
  }
  std::vector<std::string_view> names;
  for (const CommandDescription& command : commands()) names.push_back(command.name);
  std::string_view meant = config::nearest(words[0], names);
  if (words.size() > 1 && meant.empty()) meant = config::nearest(words[0] + " " + words[1], names);
  if (!meant.empty())
    refuse(fmt::format("there is no command '{}'; did you mean '{}'? See cyclegate --help", words[0], meant));
  refuse(fmt::format("there is no command '{}'; there are: {}", words[0], fmt::join(names, ", ")));
}

/// Refuses the words that a command has no place for, in the order in which they were given.
[[noreturn]] void refuse_words(const CommandDescription& command, const std::vector<std::string>& words) {
  std::vector<std::string_view> names;
  for (const auto* options : {&command.options, &common_options()}) {
    for (const OptionDescription& option : *options) {
      if (!option.positional()) names.push_back(option.name);
    }
  }
  std::vector<std::string> unknown;
  for (const std::string& word : words) {
    if (!word.starts_with('-') || word == "-") continue;
    const std::string name = word.substr(0, word.find('='));
    const std::string_view meant = config::nearest(name, names);
    unknown.push_back(meant.empty() ? name : fmt::format("{} (did you mean {}?)", name, meant));
  }
  if (!unknown.empty()) {
    refuse(fmt::format("{}: there is no option {}; see cyclegate {} --help", command.name, fmt::join(unknown, ", "),
                       command.name));
  }
  refuse(fmt::format("{}: there is no place for {}; see cyclegate {} --help", command.name, fmt::join(words, " "),
                     command.name));
}

struct Holder {
  std::string value;                ///< options that come once; giving one twice is a mistake
  std::vector<std::string> values;  ///< repeatable ones
  bool given = false;               ///< flags
  CLI::Option* option = nullptr;
};

void add_option(CLI::App& parser, const OptionDescription& description, Holder& holder) {
  if (description.kind == ValueKind::flag) {
    parser.add_flag(description.name, holder.given, description.help);
  } else if (description.repeatable) {
    holder.option = parser.add_option(description.name, holder.values, description.help)->expected(1, 1'000);
    holder.option->allow_extra_args(false);
  } else {
    holder.option = parser.add_option(description.name, holder.value, description.help)->required(description.required);
  }
}

}  // namespace

void refuse(const std::string& message) {
  throw model::Error(model::ErrorKind::usage, message);
}

std::optional<std::string> Invocation::get(const std::string& name) const {
  const auto found = values.find(name);
  return found == values.end() || found->second.empty() ? std::nullopt : std::optional(found->second.back());
}

std::optional<std::uint64_t> Invocation::number(const std::string& name, std::uint64_t low, std::uint64_t high) const {
  const auto given = get(name);
  if (!given) return std::nullopt;
  std::uint64_t value = 0;
  const char* const end = given->data() + given->size();
  const auto [stop, error] = std::from_chars(given->data(), end, value);
  if (error != std::errc() || stop != end || value < low || value > high) {
    refuse(fmt::format("{} {}: must be a whole number from {} to {}", name, *given, low, high));
  }
  return value;
}

std::vector<std::string> Invocation::all(const std::string& name) const {
  const auto found = values.find(name);
  return found == values.end() ? std::vector<std::string>() : found->second;
}

Invocation parse_command_line(const std::vector<std::string>& arguments) {
  if (arguments.empty() || arguments[0] == "--help" || arguments[0] == "-h" ||
      (arguments[0] == "help" && arguments.size() == 1)) {
    return {.command = "", .text = help_text(nullptr), .values = {}};
  }
  if (arguments[0] == "--version" || arguments[0] == "-V") return {.command = "", .text = version_text(), .values = {}};
  std::vector<std::string> words = arguments;
  if (words[0] == "help") {
    words.erase(words.begin());
    words.emplace_back("--help");
  }
  if (words.size() >= 2 && words[1] == "--help" && find_command(words[0]) == nullptr) {
    std::string text;
    for (const CommandDescription& each : commands()) {
      if (each.name.starts_with(words[0] + " ")) text += (text.empty() ? "" : "\n\n") + help_text(&each);
    }
    if (!text.empty()) return {.command = "", .text = text, .values = {}};
  }
  const auto [command, used] = command_of(words);
  if (command == nullptr) {
    if (words[0].starts_with('-'))
      refuse(fmt::format("a command must come first, before {}; see cyclegate --help", words[0]));
    refuse_command(words);
  }
  std::vector<std::string> rest(words.begin() + static_cast<std::ptrdiff_t>(used), words.end());
  if (std::ranges::find(rest, "--help") != rest.end() || std::ranges::find(rest, "-h") != rest.end()) {
    return {.command = "", .text = help_text(command), .values = {}};
  }

  CLI::App parser;
  parser.set_help_flag();
  std::map<std::string, Holder> holders;
  for (const auto* options : {&command->options, &common_options()}) {
    for (const OptionDescription& option : *options) {
      if (option.name != "--help") add_option(parser, option, holders[option.name]);
    }
  }
  std::ranges::reverse(rest);  // CLI11 takes them from the back
  parser.allow_extras();       // which it would name in reverse
  try {
    parser.parse(std::move(rest));
  } catch (const CLI::ParseError& error) {
    refuse(fmt::format("{}: {}; see cyclegate {} --help", command->name, error.what(), command->name));
  }
  if (parser.remaining_size() > 0) {
    auto left = parser.remaining();
    std::erase(left, "--");  // the end of options is not one
    refuse_words(*command, left);
  }
  Invocation invocation{.command = command->name, .text = "", .values = {}};
  for (auto& [name, holder] : holders) {
    if (holder.given) invocation.values[name] = {""};
    if (!holder.values.empty()) invocation.values[name] = std::move(holder.values);
    if (holder.option != nullptr && holder.option->count() > 0 && !invocation.values.contains(name)) {
      invocation.values[name] = {std::move(holder.value)};
    }
  }
  return invocation;
}

std::uint32_t jobs(const Invocation& invocation) {
  const std::uint32_t cores = std::max(1U, std::thread::hardware_concurrency());
  return static_cast<std::uint32_t>(invocation.number("--jobs", 1, 1'024).value_or(cores));
}

std::string version_text() {
  return fmt::format("cyclegate {}\n", CYCLEGATE_VERSION);
}

std::string help_text(const CommandDescription* command) {
  if (command == nullptr) {
    std::string text =
        "cyclegate decides whether a change to a zkVM guest program is better or worse, proves it and says why.\n\n"
        "Usage: cyclegate COMMAND [options]\n\nCommands:\n";
    for (const CommandDescription& each : commands()) text += fmt::format("  {:<16}  {}\n", each.name, each.summary);
    text += "\nOptions of every command:\n" + option_lines(common_options(), false);
    text += "  --version               print the version (before any command)\n";
    text +=
        "\nExit status: 0 pass or neutral, 1 the gate fails, 2 usage or configuration, 3 could not be measured, "
        "130 interrupted.\n";
    text += "\n`cyclegate COMMAND --help` shows a command's options and examples.\n";
    return text;
  }
  std::string usage = "cyclegate " + command->name;
  for (const OptionDescription& option : command->options) {
    if (option.positional()) usage += " " + spelled(option);
  }
  std::string text =
      fmt::format("{}\n\nUsage: {} [options]\n\n{}\n", command->summary, usage, wrapped(command->description, 0));
  if (const std::string lines = option_lines(command->options, true); !lines.empty()) text += "\nArguments:\n" + lines;
  if (const std::string lines = option_lines(command->options, false); !lines.empty()) text += "\nOptions:\n" + lines;
  text += "\nOptions of every command:\n" + option_lines(common_options(), false);
  text += "\nExamples:\n";
  for (const auto& [example, explanation] : command->examples)
    text += fmt::format("  {}\n      {}\n", example, explanation);
  return text;
}

}  // namespace cyclegate::app
