// The one description of every command: parser, help, completion and manual page are made from it.
#include "app/command_line.h"

namespace cyclegate::app {
namespace {

using Options = std::vector<OptionDescription>;

OptionDescription flag(std::string name, std::string help) {
  return {.name = std::move(name), .value_name = "", .kind = ValueKind::flag, .help = std::move(help)};
}

OptionDescription option(std::string name, std::string value_name, ValueKind kind, std::string help,
                         bool repeatable = false) {
  return {.name = std::move(name),
          .value_name = std::move(value_name),
          .kind = kind,
          .help = std::move(help),
          .repeatable = repeatable};
}

OptionDescription positional(std::string name, ValueKind kind, std::string help, bool required) {
  return {.name = std::move(name), .value_name = "", .kind = kind, .help = std::move(help), .required = required};
}

const OptionDescription config_option =
    option("--config", "FILE", ValueKind::file, "configuration within the repository (default: cyclegate.yaml)");
const OptionDescription guest_option =
    option("--guest", "NAME", ValueKind::guest, "only this guest; may be given more than once", true);
const OptionDescription input_option =
    option("--input", "NAME", ValueKind::input, "only this input; may be given more than once", true);
const OptionDescription jobs_option =
    option("--jobs", "N", ValueKind::number,
           "builds and exact runs at a time (default: the machine's cores); timed runs are always alone");
const OptionDescription out_option =
    option("--out", "DIR", ValueKind::directory, "where results and reports go (default: out)");

Options measuring_options() {
  return {option("--base", "REV", ValueKind::revision,
                 "the commit to compare with (default: the merge-base with the default branch)"),
          option("--head", "REV", ValueKind::revision, "the commit to judge (default: the working tree as it is)"),
          config_option,
          out_option,
          guest_option,
          input_option,
          jobs_option,
          option("--inputs", "DIR", ValueKind::directory, "where inputs by URL lie that are not in the cache yet"),
          flag("--resume", "go on where an interrupted run with the same plan stopped"),
          flag("--no-time", "exact metrics only, no timed runs"),
          flag("--check-reproducible",
               "build head's guests twice, in different directories, and report what differs (default: "
               "build.check_reproducible)"),
          flag("--trust-head", "acknowledgements that head adds count (for branches of the same repository)"),
          flag("--hide-hostname", "leave the hostname out of the results"),
          option("--templates", "DIR", ValueKind::directory, "report templates that replace the built-in ones")};
}

/// What profile, flamegraph and view look at.
Options profile_options(const std::string& first_help) {
  return {positional("GUEST", ValueKind::file, first_help, false),
          positional("INPUT", ValueKind::input, "one of the guest's inputs", false),
          option("--elf", "FILE", ValueKind::file, "any ELF file instead of GUEST"),
          option("--input", "FILE", ValueKind::file, "its input file, as ziskemu -i takes it"),
          option("--executor", "NAME", ValueKind::executor, "the executor (default: embedded)"),
          option("--column", "NAME", ValueKind::text, "what is counted, e.g. steps (default: the profile's first)"),
          option("--max-steps", "N", ValueKind::number, "stop after this many steps: 5000, 1.5M, 2G"),
          option("--max-memory", "SIZE", ValueKind::number, "stop when guest memory exceeds this: 64MiB, 1GiB"),
          option("--max-time", "TIME", ValueKind::number, "stop after this much time: 500ms, 10s, 5m"),
          config_option};
}

Options joined(Options one, const Options& other) {
  one.insert(one.end(), other.begin(), other.end());
  return one;
}

std::vector<CommandDescription> make_commands() {
  std::vector<CommandDescription> all;
  all.push_back(
      {.name = "gate",
       .summary = "decide whether a change is better or worse: build, measure, compare, report",
       .description =
           "Builds the guests of base and head, runs them on their pinned inputs, compares, and writes comment.md, "
           "report.html, junit.xml, report.json and pictures. The exit status is 0 when the gate passes or is neutral, "
           "1 "
           "when it fails, 2 for a mistake in usage or configuration, 3 when it could not measure.",
       .options = measuring_options(),
       .examples = {{"cyclegate gate", "the working tree against its merge-base with the default branch"},
                    {"cyclegate gate --base origin/main --head HEAD --out out", "two commits, as CI does"},
                    {"cyclegate gate --guest block-hash --no-time", "one guest, exact metrics only"}}});
  all.push_back(
      {.name = "run",
       .summary = "build and measure both sides; write base.runs.json and head.runs.json",
       .description = "The part of `gate` that costs machine time. `compare` and `report` go on from its files.",
       .options = measuring_options(),
       .examples = {{"cyclegate run --base v1.2.0 --out out", "measure and keep the run sets"},
                    {"cyclegate run --resume --out out", "go on after an interruption"}}});
  all.push_back(
      {.name = "compare",
       .summary = "compare two run sets, or two reports of ziskemu or hyperfine",
       .description =
           "Pure: the same files give the same answer, without a zkVM. Of run sets, the rules are those that base's "
           "run set carries; report.json is written, and the exit status is the gate's. Of two reports of ziskemu "
           "(text "
           "or CSV) or two results of hyperfine (--export-json), baseline, current value and change are printed, with "
           "the top functions; there is no verdict in them, and the exit status is 0.",
       .options =
           {positional("BASE", ValueKind::file, "base's run set (base.runs.json), or the baseline report", true),
            positional("HEAD", ValueKind::file, "head's run set (head.runs.json), or the current report", true),
            out_option,
            option("--pinned", "FILE", ValueKind::file,
                   "pinned results for the drift budget (default: pinned.runs.json beside BASE, if it is there)"),
            flag("--trust-head", "acknowledgements that head adds count"),
            option("--methodology", "NAME", ValueKind::text, "robust or classic, in place of what the rules say"),
            option("--date", "DAY", ValueKind::text,
                   "judge acknowledgements as of this day, YYYY-MM-DD (default: head's session)"),
            option("--templates", "DIR", ValueKind::directory, "report templates that replace the built-in ones")},
       .examples = {
           {"cyclegate compare out/base.runs.json out/head.runs.json --out out", "verdict and all reports again"},
           {"cyclegate compare old.txt new.txt", "two outputs of ziskemu -X -S side by side"},
           {"cyclegate compare --json old.json new.json", "two files of hyperfine --export-json"}}});
  all.push_back(
      {.name = "convert",
       .summary = "a report of ziskemu or hyperfine as JSON",
       .description =
           "Reads what `ziskemu -X` printed (also among what the guest printed), what `--save-stats` wrote, or what "
           "`hyperfine --export-json` wrote, and prints every number of it as JSON: type, steps, cost_distribution, "
           "top_functions, opcodes and all tables. A truncated or garbled report is refused with its line.",
       .options = {positional("FILE", ValueKind::file, "the report", true),
                   option("--output", "FILE", ValueKind::file, "write there instead of standard output")},
       .examples = {{"cyclegate convert zisk.txt", "print it as JSON"},
                    {"cyclegate convert run.stats.csv --output run.json", "the CSV snapshot, into a file"}}});
  all.push_back(
      {.name = "report",
       .summary = "write the reports of a comparison again",
       .description = "Reads report.json and writes comment.md, report.html, junit.xml, summary.txt and pictures.",
       .options = {positional("COMPARISON", ValueKind::file, "a report.json", true), out_option,
                   option("--templates", "DIR", ValueKind::directory,
                          "report templates that replace the built-in ones")},
       .examples = {
           {"cyclegate report out/report.json --out out --templates my-templates", "with one's own templates"}}});
  all.push_back(
      {.name = "build",
       .summary = "build guests in the working tree, incrementally",
       .description = "Runs the guests' own build commands where they are, for the quick loop. A gate always builds in "
                      "a clean checkout instead.",
       .options = {positional("GUEST", ValueKind::guest, "the guest to build (default: all)", false),
                   option("--executor", "NAME", ValueKind::executor, "only builds for this executor"), config_option},
       .examples = {{"cyclegate build", "everything"},
                    {"cyclegate build block-hash --executor embedded", "one build"}}});
  all.push_back(
      {.name = "execute",
       .summary = "run one guest once and print what it took",
       .description = "Either a guest and an input of the configuration (built in the working tree as it is), or any "
                      "ELF file. Exit "
                      "status 0 when the guest succeeded, 1 when it failed, 2 and 3 as for every command.",
       .options = {positional("GUEST", ValueKind::guest, "a guest of the configuration", false),
                   positional("INPUT", ValueKind::input, "one of its inputs", false),
                   option("--elf", "FILE", ValueKind::file, "any ELF file instead of GUEST"),
                   option("--input", "FILE", ValueKind::file, "its input file, as ziskemu -i takes it"),
                   option("--executor", "NAME", ValueKind::executor, "the executor (default: embedded)"),
                   option("--detail", "LEVEL", ValueKind::text, "totals, cost or functions (default: functions)"),
                   option("--cost-model", "FILE", ValueKind::file,
                          "prices for the embedded executor (docs/cost-models.md), in place of the configured ones"),
                   option("--output", "FILE", ValueKind::file, "write the public output there"),
                   option("--max-steps", "N", ValueKind::number, "stop after this many steps: 5000, 1.5M, 2G"),
                   option("--max-memory", "SIZE", ValueKind::number,
                          "stop when guest memory exceeds this: 64MiB, 1GiB"),
                   option("--max-time", "TIME", ValueKind::number, "stop after this much time: 500ms, 10s, 5m"),
                   option("--top", "N", ValueKind::number, "rows per table on the terminal (default: 15)"),
                   flag("--timed",
                        "print one line of outcome, steps and output digest only, as a timed run's child does"),
                   config_option},
       .examples = {{"cyclegate execute block-hash light_block", "a configured guest"},
                    {"cyclegate execute --elf guest.elf --input in.bin --json", "any program, for programs"}}});
  all.push_back(
      {.name = "profile",
       .summary = "where the cost of a run goes, by call stack; converts profiles",
       .description =
           "Runs a guest once with its call stacks, or reads a profile: folded stacks, Gecko (SP1), Firefox processed "
           "profile (ziskemu, samply), pprof (RISC Zero), text of perf script; gzipped or not, told by the content. "
           "Prints a table of functions, writes a profile with --format, or with --diff the functions that a change "
           "comes from, which sum exactly to it.",
       .options = joined(
           profile_options("a guest of the configuration, or a profile file"),
           {option("--diff", "BASE", ValueKind::file, "blame: this profile is what was before"),
            option("--format", "NAME", ValueKind::text, "write folded, firefox (for samply too) or pprof"),
            option("--output", "FILE", ValueKind::file,
                   "write there; without --format .json is firefox, .pb and .pb.gz are pprof, all else is folded"),
            option("--top", "N", ValueKind::number, "rows of the table (default: 25; with --json all)")}),
       .examples = {{"cyclegate profile block-hash light_block", "a table of functions; --json for programs"},
                    {"cyclegate profile block-hash light_block --output run.json", "for samply and Firefox Profiler"},
                    {"cyclegate profile trace.pb --format folded", "convert"},
                    {"cyclegate profile head.json --diff base.json", "which functions the change comes from"}}});
  all.push_back(
      {.name = "flamegraph",
       .summary = "draw a profile as a flame graph, or the difference of two",
       .description = "An SVG to look at in a browser (zoom, search, keyboard) that reads as a still picture as well. "
                      "With --diff every frame says what it took before and after, and frames that are gone keep a "
                      "lane of their own.",
       .options = joined(
           profile_options("a guest of the configuration, or a profile file"),
           {option("--diff", "BASE", ValueKind::file, "the profile before; GUEST is after"),
            flag("--side-by-side", "with --diff: an HTML page with both graphs, linked frame to frame"),
            option("--colour-by", "CHANGE", ValueKind::text, "with --diff: inclusive or self (default: inclusive)"),
            option("--output", "FILE", ValueKind::file, "write there instead of standard output"),
            option("--title", "TEXT", ValueKind::text, "heading (default: the profile's name)"),
            flag("--flame", "outermost function at the bottom (default: on top, as an icicle)"),
            option("--palette", "NAME", ValueKind::text, "hot, cool, module or kind (default: hot)"),
            option("--width", "PIXELS", ValueKind::number, "300 to 20,000 (default: 1200)"),
            option("--min-width", "WIDTH", ValueKind::text,
                   "narrower frames are left out: 0.5px, 0.01% (default: 0.1px)"),
            flag("--still", "without the script")}),
       .examples = {{"cyclegate flamegraph block-hash light_block --output run.svg", "one run"},
                    {"cyclegate flamegraph head.folded --diff base.folded --output change.svg", "a change"}}});
  all.push_back(
      {.name = "view",
       .summary = "open a profile in a program that shows it",
       .description = "Writes the profile for the first of samply and `go tool pprof` that is on this machine, prints "
                      "the command that opens it, and runs it until it ends.",
       .options = joined(profile_options("a guest of the configuration, or a profile file"),
                         {option("--with", "PROGRAM", ValueKind::text, "samply or go (default: the first there is)"),
                          option("--output", "FILE", ValueKind::file, "the file that is opened (default: in --out)"),
                          out_option, flag("--dry-run", "only print the command; nothing is run or written")}),
       .examples = {{"cyclegate view block-hash light_block", "profile a run and open it"},
                    {"cyclegate view trace.json --dry-run", "which command would open it"}}});
  all.push_back({.name = "prove",
                 .summary = "prove one run, where the machine has what proving needs",
                 .description =
                     "Runs the executor's prover (cargo-zisk for ZisK guests, r0vm for RISC Zero's) and prints proving "
                     "time and proof size. Where it cannot be done it names the first thing that is missing: program, "
                     "proving key, GPU (where required), memory. Exit status 0 when proven, 1 when the prover failed "
                     "or was killed, 3 when something is missing.",
                 .options = {positional("GUEST", ValueKind::guest, "a guest of the configuration", true),
                             positional("INPUT", ValueKind::input, "one of its inputs", true),
                             option("--executor", "NAME", ValueKind::executor, "the executor (default: embedded)"),
                             option("--proof", "FILE", ValueKind::file, "keep the proof there"),
                             option("--max-time", "TIME", ValueKind::number,
                                    "stop the prover after this much time: 30m, 2h (default: 24h)"),
                             flag("--require-gpu", "do not try without a GPU"), config_option},
                 .examples = {{"cyclegate prove block-hash light_block", "what would be needed"}}});
  all.push_back(
      {.name = "baseline save",
       .summary = "measure the working tree and write baselines/",
       .description = "One file per guest with its exact metrics, to be committed. A gate uses them instead of "
                      "measuring base where nothing that matters differs, and holds the drift budget against them.",
       .options = {config_option, guest_option, jobs_option,
                   option("--from", "FILE", ValueKind::file, "take a run set that exists instead of measuring")},
       .examples = {{"cyclegate baseline save", "pin today's numbers"},
                    {"cyclegate baseline save --from out/head.runs.json", "pin what a gate measured"}}});
  all.push_back({.name = "baseline show",
                 .summary = "print the stored baselines",
                 .description = "One row per guest, input and executor with its exact metrics.",
                 .options = {guest_option},
                 .examples = {{"cyclegate baseline show --guest block-hash", "one guest"}}});
  all.push_back(
      {.name = "baseline check",
       .summary = "measure the working tree and compare with baselines/",
       .description =
           "Exit status 1 when a deciding exact metric grew beyond policy.drift_budget, a run failed or an output "
           "changed; 3 when nothing of that is so, but a pinned cell could not be measured here, or not be compared "
           "with what is pinned "
           "(another executor version, option, cost model or input; the input is gone), or nothing was compared at "
           "all. Cells that another compiler made are told, and not compared.",
       .options = {config_option, guest_option, jobs_option,
                   option("--from", "FILE", ValueKind::file, "take a run set that exists instead of measuring")},
       .examples = {{"cyclegate baseline check", "has anything drifted?"}}});
  all.push_back(
      {.name = "input add",
       .summary = "pin an input file in cyclegate.yaml",
       .description = "Computes the file's sha256 and adds it to the guest's inputs. A file outside the repository is "
                      "copied to inputs/GUEST/ first.",
       .options = {positional("FILE", ValueKind::file, "the input's bytes", true),
                   option("--guest", "NAME", ValueKind::guest, "the guest (default: the only one)"),
                   option("--name", "NAME", ValueKind::text, "the input's name (default: the file's)"),
                   option("--weight", "N", ValueKind::number, "how frequent it is in production (default: 1)"),
                   option("--description", "TEXT", ValueKind::text, "what it is"), config_option},
       .examples = {{"cyclegate input add inputs/light.bin --guest block-hash --weight 6", "one more input"}}});
  all.push_back(
      {.name = "init",
       .summary = "write a starter cyclegate.yaml, cyclegate.mk and GitHub workflows into this repository",
       .description =
           "The workflows in .github/workflows measure pull requests and merge groups without any permission to write, "
           "report from the default branch, compare every night, and accept by comment; docs/github.md explains them. "
           "cyclegate.mk has bench-build, bench-profile, bench-view, bench-run, bench-compare, bench-convert "
           "and bench-prove for a Makefile to include. Files that exist are left alone.",
       .options = {option("--guest", "NAME", ValueKind::text, "the guest's name (default: guest)"),
                   option("--elf", "FILE", ValueKind::text, "where its build leaves the ELF (default: out/NAME.elf)"),
                   option("--run", "COMMAND", ValueKind::text, "its build command (default: make)"),
                   option("--input", "FILE", ValueKind::file, "pin this input; may be given more than once", true),
                   option("--action", "REF", ValueKind::text,
                          "the action that the workflows use, OWNER/NAME@COMMIT (default: this program's own)"),
                   flag("--no-workflows", "leave .github/workflows alone"), flag("--force", "overwrite")},
       .examples = {{"cyclegate init --guest block-hash --elf out/block-hash.elf --input in/a.bin", "a first gate"}}});
  all.push_back(
      {.name = "publish",
       .summary = "send a report to GitHub: comment, check, pictures, summary, outputs",
       .description =
           "Takes repository, event and commit from GitHub Actions' environment and the token from GITHUB_TOKEN. Keeps "
           "one comment per pull request and one check `cyclegate` per run; what the token may not do is left out with "
           "a line that says so. Exit status 0 when everything that may be sent was sent, whatever the verdict, and 3 "
           "when sending failed.",
       .options =
           {positional("COMPARISON", ValueKind::file, "a report.json (default: out/report.json)", false),
            flag("--start", "only open the check, in progress: the measuring has begun"),
            flag("--from-run", "the event is a workflow_run: judge its artifact anew and publish that"),
            option("--failed", "WHY", ValueKind::text, "complete the check as a failure: there is nothing to compare"),
            flag("--dry-run", "print every request instead of sending it; needs no token"),
            option("--only", "LIST", ValueKind::text,
                   "of comment,check,status,pictures,summary,commands,outputs (default: all; status where checks are "
                   "forbidden)"),
            option("--repository", "OWNER/NAME", ValueKind::text, "default: GITHUB_REPOSITORY"),
            option("--sha", "COMMIT", ValueKind::text, "the commit reported on (default: the event's head)"),
            option("--pr", "N", ValueKind::number, "the pull request (default: the event's)"),
            option("--token-file", "FILE", ValueKind::file, "file with the token (default: GITHUB_TOKEN)"),
            option("--deadline", "SECONDS", ValueKind::number, "for all requests and waits together (default: 600)"),
            option("--branch", "NAME", ValueKind::text, "where pictures go (default: publish.branch of --config)"),
            flag("--unprivileged", "say that anybody could have influenced the numbers"), config_option,
            option("--templates", "DIR", ValueKind::directory, "report templates that replace the built-in ones")},
       .examples = {{"cyclegate publish out/report.json", "in a workflow on pull_request"},
                    {"cyclegate publish --from-run", "in a workflow on workflow_run"},
                    {"cyclegate publish --dry-run --repository octo/guests --pr 7", "see what would be sent"}}});
  all.push_back(
      {.name = "accept",
       .summary = "let a pull request's head pass, as a maintainer's comment asks",
       .description =
           "Reads an issue_comment event. A comment `/cyclegate accept SHA REASON` of somebody who may write to the "
           "repository, about the pull request's head as it is now (all 40 digits of it), writes the commit status "
           "cyclegate/accept and "
           "completes the failed check as success; the verdict is still shown. The next commit is judged anew. Every "
           "other comment is left alone, or refused with a reaction; both are exit status 0.",
       .options = {option("--event", "FILE", ValueKind::file, "the event (default: GITHUB_EVENT_PATH)"),
                   option("--token-file", "FILE", ValueKind::file, "file with the token (default: GITHUB_TOKEN)")},
       .examples = {{"cyclegate accept --event \"$GITHUB_EVENT_PATH\"", "in a workflow on issue_comment"}}});
  all.push_back(
      {.name = "calibrate",
       .summary = "measure base against base on this machine: false alarms, smallest visible effect, a known slow-down",
       .description =
           "Builds the guests in the working tree and measures each against itself, in changes of 20 cells that go "
           "through the gate's own procedure. Prints how many were called worse, the smallest slow-down that is found "
           "95 % of the time with this machine's noise, and whether a slow-down that was really made is found. The "
           "exit status is 0 when there are no more false alarms than 5 % allows and the slow-down was found, else 1. "
           "Run sets and reports go to OUT/change-NNN, the answer to OUT/calibration.json.",
       .options = {option("--cells", "N", ValueKind::number, "A/A cells (default: 20)"),
                   option("--inject", "PERCENT", ValueKind::text,
                          "slow one more change's first cell down by this much; 0% for none (default: 3%)"),
                   option("--per-change", "N", ValueKind::number,
                          "cells that are measured and corrected together (default: 20)"),
                   option("--simulations", "N", ValueKind::number,
                          "simulated changes for each tried effect; 0 for none (default: 200)"),
                   option("--seed", "N", ValueKind::number, "of orders and simulations (default: a new one)"),
                   config_option, out_option, guest_option, input_option,
                   flag("--hide-hostname", "leave the hostname out of the results")},
       .examples = {{"cyclegate calibrate", "20 A/A cells and one slow-down of 3 %"},
                    {"cyclegate calibrate --cells 200 --guest block-hash", "a rate worth its name, one guest"},
                    {"cyclegate calibrate --json --inject 1%", "for programs"}}});
  all.push_back(
      {.name = "doctor",
       .summary = "which functions ought to be a precompile, and what keeps them from it",
       .description =
           "Runs a guest once, or reads a profile, a report of ziskemu or lines of functions and costs, and holds the "
           "functions against what the zkVM has precompiles and patches for: what they cost now, the patch, the likely "
           "gain, and a checklist of what keeps it from working. Also much copying, much allocation, misaligned "
           "accesses, and one frame that is most of the run. The exit status is 0 whatever it finds.",
       .options = {positional("GUEST", ValueKind::file, "a guest of the configuration, or a file", false),
                   positional("INPUT", ValueKind::input, "one of the guest's inputs", false),
                   option("--elf", "FILE", ValueKind::file, "any ELF file instead of GUEST"),
                   option("--input", "FILE", ValueKind::file, "its input file, as ziskemu -i takes it"),
                   option("--executor", "NAME", ValueKind::executor, "the executor (default: embedded)"),
                   option("--zkvm", "NAME", ValueKind::text,
                          "zisk, sp1 or risc0 (default: the one of --executor, else zisk)"),
                   option("--exclude", "FRAME", ValueKind::text,
                          "leave out this function (or all with a word that begins so) and all it calls; may be given "
                          "more than once",
                          true),
                   option("--min-share", "PERCENT", ValueKind::text, "of the run, for a finding (default: 0.1%)"),
                   option("--column", "NAME", ValueKind::text, "of a profile, e.g. steps (default: its first)"),
                   option("--lock", "FILE", ValueKind::file,
                          "Cargo.lock (default: the nearest one above the guest's ELF, or from here)"),
                   option("--coverage", "FILE", ValueKind::file, "patch coverage data in place of the built-in one"),
                   option("--max-steps", "N", ValueKind::number, "stop after this many steps: 5000, 1.5M, 2G"),
                   option("--max-memory", "SIZE", ValueKind::number,
                          "stop when guest memory exceeds this: 64MiB, 1GiB"),
                   option("--max-time", "TIME", ValueKind::number, "stop after this much time: 500ms, 10s, 5m"),
                   config_option},
       .examples = {{"cyclegate doctor block-hash light_block", "a configured guest"},
                    {"cyclegate doctor report.txt --zkvm sp1", "a list of functions, for another zkVM"},
                    {"cyclegate doctor --elf guest.elf --input in.bin --exclude derive_key", "what is left besides"}}});
  all.push_back({.name = "executors",
                 .summary = "what can run guests on this machine",
                 .description = "Name, version, program, cost model and metrics of each executor; of one that is not "
                                "here what is missing and the one command that installs it. So for "
                                "proving. Those that cyclegate.yaml describes are in the list.",
                 .options = {config_option},
                 .examples = {{"cyclegate executors --json", "for programs"},
                              {"cyclegate executors --config guests/rust/cyclegate.yaml", "another configuration's"}}});
  all.push_back(
      {.name = "completion",
       .summary = "print a completion script for a shell",
       .description = "For bash, zsh or fish.",
       .options = {positional("SHELL", ValueKind::shell, "bash, zsh or fish", true)},
       .examples = {{"cyclegate completion bash > ~/.local/share/bash-completion/completions/cyclegate", "bash"}}});
  all.push_back({.name = "manual",
                 .summary = "print the manual page",
                 .description = "In man(7) format; `cyclegate manual | man -l -` shows it.",
                 .options = {},
                 .examples = {{"cyclegate manual > ~/.local/share/man/man1/cyclegate.1", "install it"}}});
  return all;
}

}  // namespace

const std::vector<CommandDescription>& commands() {
  static const std::vector<CommandDescription> all = make_commands();
  return all;
}

const std::vector<OptionDescription>& common_options() {
  static const Options all = {
      option("--directory", "DIR", ValueKind::directory, "work as if started there"),
      flag("--json", "print data as JSON on standard output"),
      flag("--quiet", "no progress, no notes"),
      flag("--verbose", "say more about what is done and why"),
      option("--color", "WHEN", ValueKind::color, "auto, always or never (default: auto; NO_COLOR is respected)"),
      flag("--help", "show help and examples"),
  };
  return all;
}

const CommandDescription* find_command(std::string_view name) {
  for (const CommandDescription& command : commands()) {
    if (command.name == name) return &command;
  }
  return nullptr;
}

}  // namespace cyclegate::app
