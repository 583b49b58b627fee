#include "app/completion.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <vector>

#include "app/command_line.h"
#include "model/error.h"

namespace cyclegate::app {
namespace {

/// First words of the commands, each once, in order.
std::vector<std::string> first_words() {
  std::vector<std::string> words;
  for (const CommandDescription& command : commands()) {
    const std::string word = command.name.substr(0, command.name.find(' '));
    if (std::ranges::find(words, word) == words.end()) words.push_back(word);
  }
  return words;
}

std::vector<std::string> second_words(std::string_view first) {
  std::vector<std::string> words;
  for (const CommandDescription& command : commands()) {
    if (command.name.starts_with(std::string(first) + " ")) words.push_back(command.name.substr(first.size() + 1));
  }
  return words;
}

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : " ") + word;
  return text;
}

std::string option_names(const CommandDescription& command) {
  std::vector<std::string> names;
  for (const auto* options : {&command.options, &common_options()}) {
    for (const OptionDescription& option : *options) {
      if (!option.positional()) names.push_back(option.name);
    }
  }
  return joined(names);
}

std::string bash_script() {
  std::string text =
      "# bash completion for cyclegate, printed by `cyclegate completion bash`\n"
      "_cyclegate() {\n"
      "  local word=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD-1]} command=${COMP_WORDS[1]}\n"
      "  COMPREPLY=()\n"
      "  if [ \"$COMP_CWORD\" -eq 1 ]; then\n";
  text += fmt::format("    COMPREPLY=($(compgen -W '{} --help --version' -- \"$word\"))\n    return\n  fi\n",
                      joined(first_words()));
  for (const std::string& first : first_words()) {
    if (const auto seconds = second_words(first); !seconds.empty()) {
      text += fmt::format(
          "  if [ \"$command\" = {0} ]; then\n    if [ \"$COMP_CWORD\" -eq 2 ]; then COMPREPLY=($(compgen -W '{1}' -- "
          "\"$word\")); return; fi\n    command=\"{0} ${{COMP_WORDS[2]}}\"\n  fi\n",
          first, joined(seconds));
    }
  }
  text +=
      "  case $previous in\n"
      "    --color) COMPREPLY=($(compgen -W 'auto always never' -- \"$word\")); return ;;\n"
      "    --detail) COMPREPLY=($(compgen -W 'totals cost functions' -- \"$word\")); return ;;\n"
      "    --base|--head) COMPREPLY=($(compgen -W \"$(git for-each-ref --format='%(refname:short)' 2>/dev/null)\" -- "
      "\"$word\")); "
      "return ;;\n"
      "    completion) COMPREPLY=($(compgen -W 'bash zsh fish' -- \"$word\")); return ;;\n"
      "  esac\n"
      "  case $word in\n    -*)\n      case $command in\n";
  for (const CommandDescription& command : commands()) {
    text += fmt::format("        '{}') COMPREPLY=($(compgen -W '{}' -- \"$word\")) ;;\n", command.name,
                        option_names(command));
  }
  text +=
      "      esac\n      return ;;\n  esac\n  COMPREPLY=($(compgen -f -- \"$word\"))\n}\ncomplete -o filenames -F "
      "_cyclegate cyclegate\n";
  return text;
}

/// Help text as it can stand within single quotes of a shell and within zsh's brackets.
std::string quoted_for_shell(std::string text) {
  std::erase_if(text, [](char c) { return c == '\'' || c == '[' || c == ']'; });
  std::ranges::replace(text, ':', ',');
  return text;
}

std::string zsh_script() {
  std::string text =
      "#compdef cyclegate\n# zsh completion for cyclegate, printed by `cyclegate completion zsh`\n_cyclegate() {\n";
  text += "  local command=$words[2]\n  if (( CURRENT == 2 )); then\n    local -a all\n    all=(\n";
  std::set<std::string> shown;
  for (const CommandDescription& command : commands()) {
    const std::string word = command.name.substr(0, command.name.find(' '));
    if (shown.insert(word).second) text += fmt::format("      '{}:{}'\n", word, quoted_for_shell(command.summary));
  }
  text += "    )\n    _describe command all\n    return\n  fi\n";
  for (const std::string& first : first_words()) {
    if (const auto seconds = second_words(first); !seconds.empty()) {
      text += fmt::format(
          "  if [[ $command == {0} ]]; then\n    if (( CURRENT == 3 )); then compadd {1}; return; fi\n    "
          "command=\"{0} $words[3]\"\n  fi\n",
          first, joined(seconds));
    }
  }
  text += "  case $command in\n";
  for (const CommandDescription& command : commands()) {
    text += fmt::format("    '{}') _arguments \\\n", command.name);
    for (const auto* options : {&command.options, &common_options()}) {
      for (const OptionDescription& option : *options) {
        if (option.positional()) continue;
        const std::string action = option.kind == ValueKind::directory ? "_files -/"
                                   : option.kind == ValueKind::color   ? "(auto always never)"
                                                                       : "_files";
        text += fmt::format("      '{}{}[{}]{}' \\\n", option.repeatable ? "*" : "", option.name,
                            quoted_for_shell(option.help),
                            option.kind == ValueKind::flag ? "" : fmt::format(":{}:{}", option.value_name, action));
      }
    }
    text += "      '*:argument:_files' ;;\n";
  }
  text += "  esac\n}\n_cyclegate \"$@\"\n";
  return text;
}

std::string fish_script() {
  std::string text = "# fish completion for cyclegate, printed by `cyclegate completion fish`\n";
  const std::string none = "__fish_use_subcommand";
  std::set<std::string> shown;
  for (const CommandDescription& command : commands()) {
    const std::string first = command.name.substr(0, command.name.find(' '));
    if (shown.insert(first).second) {
      text +=
          fmt::format("complete -c cyclegate -f -n {} -a {} -d '{}'\n", none, first, quoted_for_shell(command.summary));
    }
    std::string condition = fmt::format("__fish_seen_subcommand_from {}", first);
    if (first != command.name) {
      const std::string second = command.name.substr(first.size() + 1);
      text += fmt::format("complete -c cyclegate -f -n '{}; and not __fish_seen_subcommand_from {}' -a {} -d '{}'\n",
                          condition, joined(second_words(first)), second, quoted_for_shell(command.summary));
      condition += fmt::format("; and __fish_seen_subcommand_from {}", second);
    }
    for (const auto* options : {&command.options, &common_options()}) {
      for (const OptionDescription& option : *options) {
        if (option.positional()) continue;
        text += fmt::format("complete -c cyclegate -n '{}' -l {} {}-d '{}'\n", condition, option.name.substr(2),
                            option.kind == ValueKind::flag ? "" : "-r ", quoted_for_shell(option.help));
      }
    }
  }
  return text;
}

/// Text with what man(7) would take for its own masked.
std::string roff(std::string_view text) {
  std::string masked;
  for (const char c : text) {
    if (c == '\\') {
      masked += "\\\\";
    } else if (c == '-') {
      masked += "\\-";
    } else {
      masked += c;
    }
  }
  if (masked.starts_with('.') || masked.starts_with('\'')) masked.insert(0, "\\&");
  return masked;
}

void append_options(std::string& text, const std::vector<OptionDescription>& options) {
  for (const OptionDescription& option : options) {
    text += fmt::format(".TP\n.B {}{}\n{}\n", roff(option.name),
                        option.value_name.empty() ? "" : " \\fI" + option.value_name + "\\fP", roff(option.help));
  }
}

}  // namespace

std::string completion_script(std::string_view shell) {
  if (shell == "bash") return bash_script();
  if (shell == "zsh") return zsh_script();
  if (shell == "fish") return fish_script();
  throw model::Error(model::ErrorKind::usage,
                     fmt::format("no completion for '{}'; there is bash, zsh and fish", shell));
}

std::string manual_page() {
  std::string text = fmt::format(".TH CYCLEGATE 1 \"\" \"cyclegate {}\" \"User Commands\"\n", CYCLEGATE_VERSION);
  text +=
      ".SH NAME\ncyclegate \\- decides whether a change to a zkVM guest program is better or worse\n"
      ".SH SYNOPSIS\n.B cyclegate\n.I COMMAND\n[options]\n"
      ".SH DESCRIPTION\nBuilds guest programs of two commits, runs them on pinned inputs, compares steps, cost and "
      "time, and says "
      "KEEP, MAYBE or DISCARD and why.\n.SH COMMANDS\n";
  for (const CommandDescription& command : commands()) {
    text += fmt::format(".SS cyclegate {}\n{}.\n.PP\n{}\n", roff(command.name), roff(command.summary),
                        roff(command.description));
    append_options(text, command.options);
    for (const auto& [example, explanation] : command.examples) {
      text += fmt::format(".PP\nExample: {}\n.br\n.nf\n    {}\n.fi\n", roff(explanation), roff(example));
    }
  }
  text += ".SH OPTIONS OF EVERY COMMAND\n";
  append_options(text, common_options());
  text +=
      ".SH EXIT STATUS\n0 pass or neutral, 1 the gate fails, 2 usage or configuration, 3 could not be measured, 130 "
      "interrupted.\n"
      ".SH ENVIRONMENT\n.TP\n.B NO_COLOR\nno colour, whatever the terminal can\n.TP\n.B XDG_CACHE_HOME\nwhere built "
      "artefacts and "
      "checkouts are kept (default ~/.cache)\n"
      ".SH FILES\n.TP\n.I cyclegate.yaml\nthe configuration, in the repository's root\n.TP\n.I baselines/\nstored "
      "exact metrics\n";
  return text;
}

}  // namespace cyclegate::app
