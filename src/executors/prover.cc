#include "executors/prover.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <fstream>
#include <map>
#include <optional>
#include <system_error>

#include "executors/program_finder.h"
#include "executors/run_directory.h"
#include "model/error.h"
#include "system/child_environment.h"
#include "system/excerpt.h"
#include "system/files.h"
#include "system/process.h"
#include "system/sha256.h"

namespace cyclegate::executors {
namespace {

namespace fs = std::filesystem;
using model::Proof;
using model::ProofEnd;

constexpr std::uint64_t gib = std::uint64_t{1} << 30;

const std::map<std::string, Prover, std::less<>>& provers() {
  static const Prover zisk{
      .program = "cargo-zisk",
      .install = "`ziskup` of the ZisK project installs it",
      .key_variable = "CYCLEGATE_PROVING_KEY",
      .key_default = ".zisk/provingKey",
      .least_memory_bytes = 8 * gib,
      .setup = {{"{program}", "rom-setup", "-e", "{elf}", "-k", "{key}"}},
      .prove = {"{program}", "prove", "-e", "{elf}", "-i", "{input}", "-k", "{key}", "-o", "{proof}", "-a", "-y"},
      .proof_files = {"vadcop_final_proof.bin", "proofs/vadcop_final_proof.bin", "proofs/vadcop_final_proof.json"}};
  static const Prover risc0{
      .program = "r0vm",
      .install = "`cargo install risc0-r0vm --locked` installs it",
      .least_memory_bytes = 4 * gib,
      .prove = {"{program}", "--elf", "{elf}", "--initial-input", "{input}", "--receipt", "{proof}"}};
  static const std::map<std::string, Prover, std::less<>> all{
      {"embedded", zisk}, {"ziskemu", zisk}, {"zisk-prover", zisk}, {"risc0", risc0}, {"risc0-prover", risc0}};
  return all;
}

/// Where the proving key should be; empty when the prover has none.
fs::path key_of(const Prover& prover, const World& world) {
  if (prover.key_variable.empty()) return {};
  if (const std::string given = value_of(world.variables, prover.key_variable); !given.empty()) return given;
  return fs::path(value_of(world.variables, "HOME")) / prover.key_default;
}

/// Whether the kernel shows a device of NVIDIA's or AMD's compute drivers.
bool has_gpu(const fs::path& root) {
  std::error_code ignored;
  return fs::exists(root / "dev/nvidiactl", ignored) || fs::exists(root / "dev/kfd", ignored);
}

/// MemAvailable of /proc/meminfo in bytes; nullopt when it cannot be read.
std::optional<std::uint64_t> available_memory(const fs::path& root) {
  std::ifstream file(root / "proc/meminfo");
  constexpr std::string_view label = "MemAvailable:";
  for (std::string line; std::getline(file, line);) {
    if (!line.starts_with(label)) continue;
    const std::size_t digit = line.find_first_of("0123456789");
    std::uint64_t kib = 0;
    if (digit == std::string::npos) return std::nullopt;
    std::from_chars(line.data() + digit, line.data() + line.size(), kib);
    return kib * 1024;
  }
  return std::nullopt;
}

using Places = std::map<std::string, std::string, std::less<>>;

std::vector<std::string> command(const std::vector<std::string>& words, const Places& places) {
  std::vector<std::string> arguments;
  for (const std::string& word : words) {
    const auto place = places.find(word);
    if (place == places.end()) {
      arguments.push_back(word);
    } else if (place->second.empty()) {
      arguments.pop_back();  // the option that there is no value for
    } else {
      arguments.push_back(place->second);
    }
  }
  return arguments;
}

/// What became of one command; nullopt when it ended well.
std::optional<Proof> problem(const system::ProcessResult& result, const std::string& what, Proof proof) {
  if (result.ok()) return std::nullopt;
  const bool by_itself = result.end == system::ProcessEnd::exited;
  proof.timed_out = result.end == system::ProcessEnd::timed_out;
  proof.end = by_itself || result.end == system::ProcessEnd::not_started ? ProofEnd::failed : ProofEnd::killed;
  proof.why = fmt::format("{} {}", what, by_itself ? "failed: " + result.why : "did not end by itself: " + result.why);
  if (const std::string words = system::last_lines(result.output_tail, 5, 600); !words.empty()) {
    proof.why += "\n" + words;
  }
  return proof;
}

constexpr std::size_t most_key_entries = 1'000'000;

/// Adds the files of a proving key with their sizes, by name below the key. Keys are often put together of links to
/// directories, which are followed but for those that lead back to where they stand in.
class KeyFiles {
 public:
  std::map<std::string, std::uint64_t> files;

  void add(const fs::path& directory, const std::string& prefix) {
    const fs::path real = fs::canonical(directory);
    if (std::ranges::find(above_, real) != above_.end()) return;
    above_.push_back(real);
    for (const fs::directory_entry& entry : fs::directory_iterator(directory)) {
      if (++entries_ > most_key_entries) {
        throw model::Error(model::ErrorKind::measurement, fmt::format("the proving key {} has more than {} files",
                                                                      directory.string(), most_key_entries));
      }
      const std::string name = prefix + entry.path().filename().generic_string();
      if (entry.is_regular_file()) {
        files[name] = entry.file_size();
      } else if (entry.is_directory()) {
        add(entry.path(), name + "/");
      }
    }
    above_.pop_back();
  }

 private:
  std::vector<fs::path> above_;
  std::size_t entries_ = 0;
};

}  // namespace

const Prover* find_prover(std::string_view executor) {
  const auto found = provers().find(executor);
  return found == provers().end() ? nullptr : &found->second;
}

std::vector<model::Metric> proof_metrics() {
  return {{.name = "proving_time", .unit = "ns", .kind = model::MetricKind::sampled, .better = model::Better::lower},
          {.name = "proof_size", .unit = "bytes", .kind = model::MetricKind::exact, .better = model::Better::lower}};
}

std::string first_missing(std::string_view executor, const World& world, const ProveSettings& settings) {
  const Prover* prover = find_prover(executor);
  if (prover == nullptr) {
    return fmt::format("a prover: the executor {} executes only, and no program that proves its guests is known",
                       executor);
  }
  const auto program = find_executor_program(prover->program, world.variables);
  if (!program) return fmt::format("the prover: {}; {}", program.error(), prover->install);
  std::error_code ignored;
  if (const fs::path key = key_of(*prover, world);
      !prover->key_variable.empty() && !(key.is_absolute() && fs::exists(key, ignored))) {
    return fmt::format("the proving key: there is no {}; {} may name another place", key.string(),
                       prover->key_variable);
  }
  if (settings.require_gpu && !has_gpu(settings.system_root)) {
    return "a GPU: neither /dev/nvidiactl nor /dev/kfd is there; without --require-gpu the prover uses what it finds";
  }
  if (const auto memory = available_memory(settings.system_root); memory && *memory < prover->least_memory_bytes) {
    return fmt::format("memory: {:.1f} GiB are available, proving takes at least {} GiB",
                       static_cast<double>(*memory) / static_cast<double>(gib), prover->least_memory_bytes / gib);
  }
  return {};
}

std::string key_identity(std::string_view executor, const World& world) {
  const Prover* prover = find_prover(executor);
  if (prover == nullptr || prover->key_variable.empty()) return {};
  const fs::path key = key_of(*prover, world);
  KeyFiles found;
  try {
    if (fs::is_regular_file(key)) found.files[""] = fs::file_size(key);
    if (fs::is_directory(key)) found.add(key, "");
  } catch (const fs::filesystem_error& error) {
    throw model::Error(model::ErrorKind::measurement,
                       fmt::format("the proving key cannot be listed: {}", error.what()));
  }
  system::Sha256 hash;
  for (const auto& [name, size] : found.files) hash.field(name).field(std::to_string(size));
  return hash.finish_hex();
}

Proof prove(std::string_view executor, const World& world, const ArtifactFile& artifact, const InputFile& input,
            const ProveSettings& settings) {
  if (std::string what = first_missing(executor, world, settings); !what.empty()) {
    return {.end = ProofEnd::missing, .why = std::move(what)};
  }
  const Prover* prover = find_prover(executor);
  const fs::path program = *find_executor_program(prover->program, world.variables);
  RunDirectories directories(system::default_cache_root(world.variables), "prove", *world.clock);
  const RunDirectory directory = directories.make();
  const fs::path proof_path = directory / "proof";
  const Places places{{"{program}", program.string()},
                      {"{elf}", fs::absolute(artifact.path).string()},
                      {"{input}", input.path.empty() ? "" : fs::absolute(input.path).string()},
                      {"{key}", key_of(*prover, world).string()},
                      {"{proof}", proof_path.string()}};
  system::ProcessRequest request;
  request.directory = directory.path();
  request.environment = system::child_environment(world.variables);
  request.time_limit = settings.max_time;
  Proof proof{.prover = program.string()};
  for (const std::vector<std::string>& words : prover->setup) {
    if (settings.set_up) break;
    request.arguments = command(words, places);
    const system::ProcessResult result = world.processes->run(request);
    if (auto failure = problem(result, prover->program + "'s setup", proof)) return *failure;
    proof.setup_time_ns += result.wall.count();
  }
  request.arguments = command(prover->prove, places);
  request.slow_down = settings.slow_down;
  const system::ProcessResult result = world.processes->run(request);
  if (auto failure = problem(result, prover->program, proof)) return *failure;

  fs::path file = prover->proof_files.empty() ? proof_path : fs::path();
  std::error_code error;
  for (const std::string& name : prover->proof_files) {
    if (file.empty() && fs::is_regular_file(proof_path / name, error)) file = proof_path / name;
  }
  const std::uintmax_t size = file.empty() || fs::is_symlink(file, error) ? 0 : fs::file_size(file, error);
  if (error || size == 0) {
    proof.end = ProofEnd::failed;
    proof.why = prover->program + " ended well but left no proof";
    return proof;
  }
  if (!settings.keep.empty() && !fs::copy_file(file, settings.keep, fs::copy_options::overwrite_existing, error)) {
    throw model::Error(model::ErrorKind::measurement,
                       fmt::format("the proof cannot be copied to {}: {}", settings.keep.string(), error.message()));
  }
  proof.end = ProofEnd::proven;
  proof.proving_time_ns = result.wall.count();
  proof.proof_size_bytes = size;
  return proof;
}

}  // namespace cyclegate::executors
