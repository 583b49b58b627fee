// profile, flamegraph and view: where the cost of a run goes.
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <limits>
#include <optional>
#include <ostream>
#include <span>
#include <string>
#include <vector>

#include "app/commands.h"
#include "app/console.h"
#include "app/profile_source.h"
#include "app/services.h"
#include "model/blame_json.h"
#include "model/error.h"
#include "model/json_writer.h"
#include "model/shell_text.h"
#include "model/wide.h"
#include "profile/blame.h"
#include "profile/folded.h"
#include "profile/functions.h"
#include "profile/parts.h"
#include "profile/read.h"
#include "render/blame_text.h"
#include "render/flamegraph.h"
#include "render/flamegraph_difference.h"
#include "render/safe_text.h"
#include "system/files.h"
#include "system/process.h"

namespace cyclegate::app {
namespace {

namespace fs = std::filesystem;

void put(const Invocation& invocation, Services& services, std::string_view bytes) {
  if (const auto file = output_file(services, invocation)) {
    system::write_atomically(*file, bytes);
    services.console.note(*invocation.get("--output") + " written");
  } else {
    services.console.out() << bytes;
  }
}

/// Text for people: a job's log may take what stands in it for a workflow command.
void put_text(const Invocation& invocation, Services& services, std::string_view text) {
  put(invocation, services, render::without_workflow_commands(text));
}

/// JSON that means the same, without workflow commands.
void put_json(const Invocation& invocation, Services& services, std::string_view json) {
  put(invocation, services, render::json_without_workflow_commands(json));
}

/// Folded stacks on standard output, which a pipe wants as they are: only where a name would be taken for a workflow
/// command, it is changed.
void put_folded(const model::Profile& profile, std::size_t column, std::ostream& out) {
  const bool harmless = std::ranges::all_of(
      profile.frames, [](const auto& frame) { return render::without_workflow_commands(frame.name) == frame.name; });
  if (harmless) {
    profile::write_folded(profile, column, out);
  } else {
    out << render::without_workflow_commands(profile::write_folded(profile, column));
  }
}

/// What --format says, else what the name of --output means; nullopt: a table for people.
std::optional<profile::Format> format_of(const Invocation& invocation) {
  if (const auto word = invocation.get("--format")) {
    const auto format = profile::writable_format(*word);
    if (!format) refuse(fmt::format("--format {}: must be folded, firefox or pprof", *word));
    return format;
  }
  if (const auto file = invocation.get("--output")) {
    for (const char* picture : {".svg", ".svgz", ".html", ".png"}) {
      if (file->ends_with(picture))
        refuse(fmt::format("--output {}: profile writes no pictures; cyclegate flamegraph does", *file));
    }
    if (file->ends_with(".json")) return profile::Format::firefox;
    if (file->ends_with(".pb") || file->ends_with(".pb.gz")) return profile::Format::pprof;
    return profile::Format::folded;
  }
  return std::nullopt;
}

/// The column that --column names, else the first.
std::size_t column_of(const Invocation& invocation, const model::Profile& profile) {
  return render::flame_column(profile, invocation.get("--column").value_or(profile.columns.front().name));
}

/// Most in themselves first, then most with their callees, then by name.
std::vector<render::FunctionLine> function_lines(const profile::Functions& functions) {
  std::vector<render::FunctionLine> lines;
  lines.reserve(functions.by_name.size());
  for (const auto& [name, weights] : functions.by_name)
    lines.push_back({name, functions.calls_of(&weights), weights.self, weights.total});
  std::ranges::stable_sort(lines, [](const auto& one, const auto& other) {
    return one.self != other.self ? one.self > other.self : one.total > other.total;
  });
  return lines;
}

std::string functions_table(const model::Profile& profile, std::size_t column, std::size_t top,
                            const Console& console) {
  const profile::Functions functions = profile::functions_of(profile, column);
  return render::functions_text(function_lines(functions), functions.sum, profile.columns[column].unit, top,
                                console.columns(), console.color());
}

/// The same for programs: `cyclegate.functions/1` (docs/schemas/functions.schema.json).
std::string functions_json(const model::Profile& profile, std::size_t column, std::size_t top) {
  const profile::Functions functions = profile::functions_of(profile, column);
  std::string out;
  model::JsonWriter writer(out);
  const auto text = [&](const char* key, const std::string& value) {
    out += fmt::format(",\"{}\":", key);
    writer.string(value);
  };
  out += "{\"schema\":\"cyclegate.functions/1\"";
  text("origin", profile.origin);
  text("column", profile.columns[column].name);
  text("unit", profile.columns[column].unit);
  out += fmt::format(",\"sum\":{},\"functions\":[", model::to_decimal(functions.sum));
  std::size_t written = 0;
  for (const render::FunctionLine& line : function_lines(functions)) {
    if (written == top) break;
    out += written++ == 0 ? "\n{\"name\":" : ",\n{\"name\":";
    writer.string(line.name);
    if (line.calls) out += fmt::format(",\"calls\":{}", model::to_decimal(*line.calls));
    out += fmt::format(",\"self\":{},\"total\":{}}}", model::to_decimal(line.self), model::to_decimal(line.total));
  }
  return out + "]}\n";
}

render::FlamegraphOptions flamegraph_options(const Invocation& invocation) {
  render::FlamegraphOptions options;
  options.title = invocation.get("--title").value_or("");
  options.column = invocation.get("--column").value_or("");
  if (invocation.has("--flame")) options.direction = render::FlameDirection::up;
  if (const auto palette = invocation.get("--palette")) options.palette = render::flame_palette_from(*palette);
  if (const auto width = invocation.number("--width", 300, 20'000)) options.width = static_cast<std::uint32_t>(*width);
  if (const auto least = invocation.get("--min-width")) options.min_width = render::min_width_from(*least);
  options.interactive = !invocation.has("--still");
  return options;
}

/// What a picture calls a profile: a file by its name alone, so that the same one in another directory gives the same
/// bytes; a run of the configuration as it is called.
std::string picture_name(const Invocation& invocation, Services& services, std::string origin) {
  if (names_file(invocation, services)) return fs::path(origin).filename().string();
  const auto elf = invocation.get("--elf");
  if (elf && origin.starts_with(*elf)) return fs::path(*elf).filename().string() + origin.substr(elf->size());
  return origin;
}

/// The programs that open profiles, in the order in which they are tried.
struct Viewer {
  std::vector<std::string> arguments;  ///< the file comes behind them
  profile::Format format;
  const char* suffix;
  const char* install;
};

const std::vector<Viewer>& viewers() {
  static const std::vector<Viewer> all = {
      {{"samply", "load"}, profile::Format::firefox, ".json", "`cargo install samply`"},
      {{"go", "tool", "pprof", "-http=localhost:"}, profile::Format::pprof, ".pb.gz", "https://go.dev/dl"}};
  return all;
}

/// A browser goes by a file's name, not by what is in it.
void refuse_other_kind(const Invocation& invocation) {
  const bool page = invocation.has("--side-by-side");
  const auto name = invocation.get("--output");
  if (!name) return;
  const std::string suffix = fs::path(*name).extension().string();
  if (page ? suffix == ".svg" : suffix == ".html" || suffix == ".htm") {
    refuse(fmt::format("--output {}: {} writes {}", *name, page ? "--side-by-side" : "flamegraph",
                       page ? "an HTML page: name it .html"
                            : "an SVG picture: name it .svg (an HTML page comes of --diff BASE --side-by-side)"));
  }
}

}  // namespace

ExitCode run_profile(const Invocation& invocation, Services& services) {
  const auto format = format_of(invocation);
  output_file(services, invocation);
  model::Profile profile = profile_of(invocation, services);
  const std::size_t top = invocation.number("--top", 1, 1'000'000).value_or(25);
  if (invocation.has("--diff")) {
    if (invocation.has("--format")) refuse("--diff prints a table or, with --json, JSON; --format does not go with it");
    model::Profile base = base_profile(invocation, services);
    const std::string column = invocation.get("--column").value_or(profile.columns.front().name);
    profile::add_missing_part(base, profile, column);
    const model::Blame blame = profile::blame(base, profile, column);
    if (services.console.json()) {
      put_json(invocation, services, model::to_json(blame));
    } else {
      put_text(invocation, services,
               render::blame_text(blame, top, services.console.columns(), services.console.color()));
    }
    return ExitCode::success;
  }
  if (format && invocation.has("--top"))
    refuse("--top counts rows of a table; it does not go with --format or --output");
  const std::size_t column = column_of(invocation, profile);
  if (format == profile::Format::folded && !invocation.has("--output")) {
    put_folded(profile, column, services.console.out());
  } else if (format) {
    put(invocation, services, profile::write(profile, *format, column));
  } else if (services.console.json()) {
    constexpr std::size_t all = std::numeric_limits<std::size_t>::max();
    put_json(invocation, services, functions_json(profile, column, invocation.has("--top") ? top : all));
  } else {
    put_text(invocation, services, functions_table(profile, column, top, services.console));
  }
  return ExitCode::success;
}

ExitCode run_flamegraph(const Invocation& invocation, Services& services) {
  const render::FlamegraphOptions options = flamegraph_options(invocation);
  auto colour = render::DifferenceColour::inclusive;
  if (const auto word = invocation.get("--colour-by")) {
    if (*word != "inclusive" && *word != "self")
      refuse(fmt::format("--colour-by {}: must be inclusive or self", *word));
    if (*word == "self") colour = render::DifferenceColour::self;
  }
  const bool differential = invocation.has("--diff");
  if (!differential && (invocation.has("--side-by-side") || invocation.has("--colour-by")))
    refuse("--side-by-side and --colour-by go with --diff BASE");
  refuse_other_kind(invocation);
  output_file(services, invocation);
  model::Profile profile = profile_of(invocation, services);
  profile.origin = picture_name(invocation, services, std::move(profile.origin));
  if (!differential) {
    put(invocation, services, render::flamegraph_svg(profile, options));
    return ExitCode::success;
  }
  model::Profile base = base_profile(invocation, services);
  base.origin = fs::path(base.origin).filename().string();
  profile::add_missing_part(base, profile, options.column);
  put(invocation, services,
      invocation.has("--side-by-side") ? render::flamegraph_pair_page(base, profile, options, colour)
                                       : render::flamegraph_difference_svg(base, profile, options, colour));
  return ExitCode::success;
}

ExitCode run_view(const Invocation& invocation, Services& services) {
  const auto path = services.variables.find("PATH");
  const std::string search_path = path == services.variables.end() ? "" : path->second;
  const auto wanted = invocation.get("--with");
  const auto fits = [&](const Viewer& viewer) {
    if (wanted) return viewer.arguments.front() == *wanted;
    return system::find_program(viewer.arguments.front(), search_path).has_value();
  };
  if (wanted && std::ranges::none_of(viewers(), fits)) refuse(fmt::format("--with {}: must be samply or go", *wanted));
  const auto found = std::ranges::find_if(viewers(), fits);
  const Viewer& viewer = found == viewers().end() ? viewers().front() : *found;
  const bool dry_run = invocation.has("--dry-run");
  const auto named = invocation.get("--output");
  // The viewer gets a file of its own kind, which stays.
  fs::path file = output_path(services, invocation) / (std::string("profile") + viewer.suffix);
  if (named) file = dry_run ? located(services, *named) : *output_file(services, invocation);
  std::vector<std::string> command = viewer.arguments;
  command.push_back(file.string());
  const auto print_command = [&] { services.console.out() << model::shell_text(command) << '\n' << std::flush; };
  if (dry_run) {
    require_source(invocation, services);
    print_command();
    return ExitCode::success;
  }
  const model::Profile profile = profile_of(invocation, services);
  if (!named) output_directory(services, invocation);
  system::write_atomically(file, profile::write(profile, viewer.format));
  print_command();
  if (!system::find_program(command.front(), search_path))
    throw model::Error(
        model::ErrorKind::measurement,
        fmt::format("{} is not on this machine; install it ({}), or open {} in https://profiler.firefox.com",
                    command.front(), viewer.install, file.string()));
  system::ProcessRequest request;
  request.arguments = command;
  request.directory = services.directory;
  request.environment = services.variables;
  // Viewers serve until they are interrupted: what they say (the address, above all) is shown as it comes.
  request.log = file;
  request.log += ".log";
  std::uintmax_t shown = 0;
  const auto show_more = [&]() -> std::optional<std::string> {
    std::ifstream said(request.log, std::ios::binary);
    said.seekg(static_cast<std::streamoff>(shown));
    const std::string more{std::istreambuf_iterator<char>(said), std::istreambuf_iterator<char>()};
    shown += more.size();
    services.console.out() << more << std::flush;
    return std::nullopt;
  };
  request.watch = show_more;
  const auto result = services.processes.run(request);
  show_more();
  if (!result.ok())
    throw model::Error(model::ErrorKind::measurement, fmt::format("{}: {}", command.front(), result.why));
  return ExitCode::success;
}

}  // namespace cyclegate::app
