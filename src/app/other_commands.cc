// input add, init, completion, manual.
#include <fmt/format.h>

#include <filesystem>
#include <optional>
#include <ostream>
#include <span>
#include <system_error>

#include "app/commands.h"
#include "app/completion.h"
#include "app/console.h"
#include "app/guest_selection.h"
#include "app/input_store.h"
#include "app/services.h"
#include "app/starter_files.h"
#include "app/starter_workflows.h"
#include "app/working_tree.h"
#include "config/quantity.h"
#include "model/error.h"
#include "model/text.h"
#include "system/files.h"
#include "system/sha256.h"

namespace cyclegate::app {
namespace {

namespace fs = std::filesystem;

/// What pinning a file comes to: a path within the tree and the digest of its bytes.
struct PinnedFile {
  std::string path;
  std::string sha256;
};

/// The file itself when it lies below `root`, else a copy below inputs/GUEST/.
PinnedFile pin_file(const Services& services, const fs::path& root, const std::string& guest, const std::string& name) {
  const fs::path given = located(services, name);
  std::error_code ignored;
  if (!fs::is_regular_file(given, ignored)) refuse(fmt::format("{}: there is no such file", name));
  const std::string bytes = system::read_text(given, largest_input_bytes);
  if (model::is_lfs_pointer(bytes)) {
    refuse(fmt::format("{} is a Git LFS pointer, not the input; run `git lfs pull` first", name));
  }
  const fs::path whole = fs::canonical(given);
  fs::path relative = whole.lexically_relative(fs::canonical(root));
  if (relative.empty() || *relative.begin() == "..") {
    relative = fs::path("inputs") / guest / whole.filename();
    const fs::path target = root / relative;
    if (fs::exists(target, ignored) && system::read_text(target, largest_input_bytes) != bytes) {
      refuse(fmt::format("{} exists with other bytes; rename one of them", relative.string()));
    }
    system::write_atomically(target, bytes);
  }
  if (!config::is_inner_path(relative.generic_string()))
    refuse(fmt::format("{}: cannot be named in cyclegate.yaml", relative.string()));
  return {.path = relative.generic_string(),
          .sha256 = system::sha256_hex(std::span(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()))};
}

/// A name for an input from its file's name: what is_name refuses becomes `-`.
std::string name_from(const std::string& path) {
  std::string name = fs::path(path).stem().string().substr(0, 64);
  for (char& c : name) {
    const bool plain =
        (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-';
    if (!plain) c = '-';
  }
  if (!model::is_name(name)) name = "input-" + name;
  return name;
}

void write_new(const fs::path& path, std::string_view text, bool force, Services& services) {
  std::error_code ignored;
  if (fs::exists(path, ignored) && !force) {
    services.console.note(fmt::format("{} exists and was left alone; --force overwrites it", path.string()));
    return;
  }
  system::write_atomically(path, text);
  services.console.out() << path.string() << '\n';
}

}  // namespace

ExitCode run_input_add(const Invocation& invocation, Services& services) {
  const WorkingTree tree = open_working_tree(invocation, services);
  std::string guest_name;
  if (const auto given = invocation.get("--guest")) {
    guest_name = *given;
  } else if (tree.config.guests.size() == 1) {
    guest_name = tree.config.guests.begin()->first;
  } else {
    refuse("which guest? Give --guest NAME");
  }
  const config::Guest& guest = guest_named(tree.config, guest_name);
  const PinnedFile file = pin_file(services, tree.root, guest_name, *invocation.get("FILE"));
  const std::string name = invocation.get("--name").value_or(name_from(file.path));
  if (!model::is_name(name)) refuse(fmt::format("--name {}: letters, digits, '.', '_' and '-' only, at most 64", name));
  for (const config::Input& input : guest.inputs) {
    if (input.name == name)
      refuse(fmt::format("{} has an input '{}' already; give another with --name", guest_name, name));
  }
  const std::uint64_t weight = invocation.number("--weight", 1, 1'000'000).value_or(1);
  const std::string item =
      input_item(name, file.path, file.sha256, weight, invocation.get("--description").value_or(""));
  const config::Input& last = guest.inputs.back();
  const std::string text = with_input_added(tree.configuration_text, last.position.line, last.position.column, item);
  // What we are about to write must say exactly that one thing more.
  const config::Config reread = config::parse_config(text, tree.configuration_file.string());
  const config::Guest& after = guest_named(reread, guest_name);
  if (after.inputs.size() != guest.inputs.size() + 1 || after.inputs.back().name != name) {
    throw model::Error(model::ErrorKind::configuration,
                       "cannot add the input by itself; add this line by hand: - " + item);
  }
  system::write_atomically(tree.configuration_file, text);
  services.console.out() << "- " << item << '\n';
  return ExitCode::success;
}

ExitCode run_init(const Invocation& invocation, Services& services) {
  const std::string guest = invocation.get("--guest").value_or("guest");
  if (!model::is_name(guest))
    refuse(fmt::format("--guest {}: letters, digits, '.', '_' and '-' only, at most 64", guest));
  const std::string elf = invocation.get("--elf").value_or("out/" + guest + ".elf");
  if (!config::is_inner_path(elf)) refuse(fmt::format("--elf {}: must be a path below this directory", elf));
  const bool workflows = !invocation.has("--no-workflows");
  const std::optional<ActionReference> action =
      invocation.has("--action") ? parse_action(*invocation.get("--action")) : own_action();
  if (!action) {
    refuse(fmt::format("--action {}: OWNER/NAME@ and the 40 hex digits of a commit, or ./ and a path",
                       *invocation.get("--action")));
  }
  std::vector<StarterInput> inputs;
  for (const std::string& name : invocation.all("--input")) {
    const PinnedFile file = pin_file(services, services.directory, guest, name);
    inputs.push_back({.name = name_from(file.path), .path = file.path, .sha256 = file.sha256});
  }
  if (inputs.empty()) refuse("a guest needs at least one pinned input: give --input FILE");
  const std::string text = starter_configuration(guest, invocation.get("--run").value_or("make"), elf, inputs);
  config::parse_config(text, std::string(config::file_name));
  const bool force = invocation.has("--force");
  write_new(services.directory / config::file_name, text, force, services);
  write_new(services.directory / "cyclegate.mk", makefile_fragment(), force, services);
  if (workflows) {
    for (const StarterWorkflow& workflow : starter_workflows(*action)) {
      write_new(services.directory / workflow.path, workflow.text, force, services);
    }
  }
  services.console.note("next: commit these files, then `cyclegate gate` compares what you change from here on");
  if (workflows) {
    services.console.note(fmt::format(
        "on GitHub: 1. have cyclegate.yml and cyclegate-nightly.yml install what your guests need to build (a comment "
        "marks the place); 2. push to the default branch, whose workflows are the ones that report; 3. in Settings, "
        "Rules, Rulesets, require the status check `cyclegate` (not `measure`) and, best, a merge queue. The workflows "
        "run {}: see that it is the repository and commit you trust, or give another with --action",
        action->uses));
  }
  return ExitCode::success;
}

ExitCode run_completion(const Invocation& invocation, Services& services) {
  services.console.out() << completion_script(*invocation.get("SHELL"));
  return ExitCode::success;
}

ExitCode run_manual(const Invocation& /*invocation*/, Services& services) {
  services.console.out() << manual_page();
  return ExitCode::success;
}

}  // namespace cyclegate::app
