#include "app/run.h"

#include <array>
#include <filesystem>
#include <new>
#include <ostream>
#include <string_view>
#include <utility>

#include "app/command_line.h"
#include "app/commands.h"
#include "app/console.h"
#include "app/exit_code.h"
#include "app/services.h"
#include "executors/known_executors.h"
#include "executors/registry.h"
#include "model/error.h"
#include "render/safe_text.h"
#include "system/child_environment.h"
#include "system/clock.h"
#include "system/interrupt.h"
#include "system/process.h"

namespace cyclegate::app {
namespace {

using Command = ExitCode (*)(const Invocation&, Services&);

constexpr std::array<std::pair<std::string_view, Command>, 20> command_functions = {
    {{"gate", run_gate},
     {"run", run_run},
     {"compare", run_compare},
     {"convert", run_convert},
     {"report", run_report},
     {"build", run_build},
     {"execute", run_execute},
     {"prove", run_prove},
     {"baseline save", run_baseline_save},
     {"baseline show", run_baseline_show},
     {"baseline check", run_baseline_check},
     {"input add", run_input_add},
     {"publish", run_publish},
     {"accept", run_accept},
     {"init", run_init},
     {"calibrate", run_calibrate},
     {"doctor", run_doctor},
     {"executors", run_executors},
     {"completion", run_completion},
     {"manual", run_manual}}};

ExitCode dispatch(const Invocation& invocation, std::ostream& out, std::ostream& err) {
  const system::InterruptHandler interrupts;
  system::SystemClock clock;
  system::SystemProcessRunner processes;
  Console console(invocation, out, err, clock);
  executors::Registry registry;
  executors::add_executors(registry, {.program = std::filesystem::read_symlink("/proc/self/exe"),
                                      .processes = &processes,
                                      .variables = system::current_environment(),
                                      .clock = &clock});
  Services services{.clock = clock,
                    .processes = processes,
                    .executors = registry,
                    .console = console,
                    .variables = system::current_environment(),
                    .directory = std::filesystem::weakly_canonical(invocation.get("--directory").value_or("."))};
  for (const auto& [name, function] : command_functions) {
    if (name == invocation.command) return function(invocation, services);
  }
  throw model::Error(model::ErrorKind::usage, "the command '" + invocation.command + "' has no function");
}

}  // namespace

int run(const std::vector<std::string>& arguments, std::ostream& out, std::ostream& err) {
  ExitCode code = ExitCode::not_measured;
  try {
    const Invocation invocation = parse_command_line(arguments);
    if (invocation.command.empty()) {
      out << invocation.text;
      code = ExitCode::success;
    } else {
      code = dispatch(invocation, out, err);
    }
    out.flush();
    if (!out) {
      err << "cyclegate: standard output could not be written\n";
      code = ExitCode::not_measured;
    }
  } catch (const model::Error& error) {
    err << "cyclegate: " << render::without_workflow_commands(error.what()) << '\n';
    code = exit_code_for(error.kind());
  } catch (const std::filesystem::filesystem_error& error) {
    err << "cyclegate: " << error.what() << '\n';
  } catch (const std::bad_alloc&) {
    err << "cyclegate: out of memory\n";
  } catch (const std::exception& error) {
    err << "cyclegate: internal error, please report it: " << error.what() << '\n';
  }
  return static_cast<int>(code);
}

}  // namespace cyclegate::app
