#pragma once

#include "app/exit_code.h"

namespace cyclegate::app {

struct Invocation;
struct Services;

// One function per command of the table in command_table.cc. Each throws model::Error when it cannot go on.
ExitCode run_gate(const Invocation& invocation, Services& services);
ExitCode run_run(const Invocation& invocation, Services& services);
ExitCode run_compare(const Invocation& invocation, Services& services);
ExitCode run_convert(const Invocation& invocation, Services& services);
ExitCode run_report(const Invocation& invocation, Services& services);
ExitCode run_accept(const Invocation& invocation, Services& services);
ExitCode run_build(const Invocation& invocation, Services& services);
ExitCode run_doctor(const Invocation& invocation, Services& services);
ExitCode run_execute(const Invocation& invocation, Services& services);
ExitCode run_prove(const Invocation& invocation, Services& services);
ExitCode run_baseline_save(const Invocation& invocation, Services& services);
ExitCode run_baseline_show(const Invocation& invocation, Services& services);
ExitCode run_baseline_check(const Invocation& invocation, Services& services);
ExitCode run_input_add(const Invocation& invocation, Services& services);
ExitCode run_publish(const Invocation& invocation, Services& services);
ExitCode run_init(const Invocation& invocation, Services& services);
ExitCode run_calibrate(const Invocation& invocation, Services& services);
ExitCode run_executors(const Invocation& invocation, Services& services);
ExitCode run_completion(const Invocation& invocation, Services& services);
ExitCode run_manual(const Invocation& invocation, Services& services);

}  // namespace cyclegate::app
