#include "executors/program_cache.h"

#include <algorithm>
#include <utility>

#include "elf/debug_functions.h"
#include "elf/image.h"
#include "system/files.h"
#include "system/sha256.h"

namespace cyclegate::executors {
namespace {

std::expected<vm::Program, model::Outcome> load(const std::vector<std::uint8_t>& file, const ArtifactFile& artifact,
                                                const vm::CostModel& cost_model, bool debug_information) {
  const auto image = elf::parse(file);
  if (image && debug_information) {
    const elf::DebugFunctions debug = elf::debug_functions(file);
    return vm::load(*image, cost_model, &debug);
  }
  if (image) return vm::load(*image, cost_model);
  return std::unexpected(model::Outcome{.kind = model::OutcomeKind::rejected,
                                        .code = {},
                                        .pc = {},
                                        .why = artifact.path.filename().string() + ": " + image.error().message});
}

}  // namespace

ProgramCache::ProgramCache(vm::CostModel cost_model, std::size_t capacity, bool debug_information)
    : cost_model_(std::move(cost_model)),
      capacity_(std::max<std::size_t>(capacity, 1)),
      debug_information_(debug_information) {}

std::expected<vm::Program, model::Outcome> ProgramCache::get(const ArtifactFile& artifact) {
  std::vector<std::uint8_t> file;
  std::string key = debug_information_ ? "" : artifact.identity;
  if (key.empty()) {
    file = system::read_bytes(artifact.path, elf::max_image_bytes);
    key = "file " + system::sha256_hex(file);
  }
  // Held while decoding: the other threads mostly wait for the same guest.
  const std::scoped_lock guard(mutex_);
  const auto found = std::ranges::find(entries_, key, &Entry::key);
  if (found != entries_.end()) {
    entries_.splice(entries_.begin(), entries_, found);
  } else {
    if (file.empty()) file = system::read_bytes(artifact.path, elf::max_image_bytes);
    auto program = load(file, artifact, cost_model_, debug_information_);
    ++loads_;
    entries_.push_front({.key = std::move(key), .program = std::move(program)});
    if (entries_.size() > capacity_) entries_.pop_back();
  }
  return entries_.front().program;
}

std::size_t ProgramCache::loads() const {
  const std::scoped_lock guard(mutex_);
  return loads_;
}

}  // namespace cyclegate::executors
