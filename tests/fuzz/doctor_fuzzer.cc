// libFuzzer target: any bytes as what the doctor reads (a list of functions, a name, Cargo.lock, Cargo.toml, patch
// coverage data) end in a value or in model::Error that begins with the origin. What was read holds together, and a
// message never carries control characters of the file to a terminal.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "config/patch_coverage.h"
#include "doctor/cargo.h"
#include "doctor/function_sign.h"
#include "doctor/hotspots.h"
#include "model/error.h"
#include "model/frame_kind.h"

namespace {

using namespace cyclegate;

void require(bool holds) {
  if (!holds) std::abort();
}

template <typename Read>
void attempt(Read read) {
  try {
    read();
  } catch (const model::Error& error) {
    const std::string_view message = error.what();
    require(message.starts_with("f:"));
    require(std::ranges::none_of(
        message, [](char c) { return (static_cast<unsigned char>(c) < 0x20 && c != '\n') || c == 0x7F; }));
  }
}

void use(const doctor::Hotspots& hotspots) {
  require(!hotspots.functions.empty() && hotspots.sum >= hotspots.functions.front().total);
  const std::string first = hotspots.functions.front().name;
  require(doctor::cost_of(hotspots, [&](std::string_view name) { return name == first; }) <= hotspots.sum);
  for (const auto& function : doctor::excluding(hotspots, {first}).functions) require(function.name != first);
}

/// A name and what it is are of any bytes.
void use_as_name(std::string_view name) {
  const doctor::NamedFunction function(name);
  require(function.path.empty() == name.empty());
  require(name.empty() || doctor::has_sign(function, function.path));
  model::frame_kind(name);
}

void use(const doctor::CargoLock& lock) {
  for (const auto& package : lock.packages) {
    const auto path = lock.path_to(package.name);
    require(path.empty() || doctor::same_crate(path.back()->name, package.name));
    if (lock.packages.size() > 50) return;  // each is a walk over all
  }
}

void use(const model::PatchCoverage& coverage) {
  for (const auto& operation : coverage.operations) {
    for (const auto& patch : operation.zkvms) {
      require(std::ranges::find(coverage.zkvms, patch.zkvm, &model::ZkvmCoverage::name) != coverage.zkvms.end());
    }
  }
}

}  // namespace

// libFuzzer chose the name.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data,
                                      std::size_t size) {  // NOLINT(bugprone-reserved-identifier)
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  doctor::is_function_list(text);
  use_as_name(text);
  attempt([&] { use(doctor::hotspots_from_text(text, "f")); });
  attempt([&] { use(doctor::read_lock(text, "f")); });
  attempt([&] { doctor::read_manifest(text, "f"); });
  attempt([&] { use(config::read_patch_coverage(text, "f")); });
  return 0;
}
