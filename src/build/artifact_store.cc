#include "build/artifact_store.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <numeric>
#include <string_view>
#include <vector>

#include "elf/identity.h"
#include "elf/image.h"
#include "model/error.h"
#include "system/files.h"
#include "system/sha256.h"

namespace cyclegate::build {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view record_schema = "cyclegate.build/1";
constexpr std::uint64_t record_limit = 64U << 10U;

bool is_sha256(std::string_view text) {
  return text.size() == 64 &&
         std::ranges::all_of(text, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

std::string_view suffix(ArtifactKind kind) {
  return kind == ArtifactKind::riscv_elf ? ".elf" : ".bin";
}

/// Identity and loaded size of the bytes, without a path.
std::expected<StoredArtifact, std::string> identify(std::span<const std::uint8_t> bytes, ArtifactKind kind) {
  if (kind == ArtifactKind::file) {
    if (bytes.empty()) return std::unexpected("the file is empty");
    return StoredArtifact{system::sha256_hex(bytes), bytes.size(), {}};
  }
  const std::expected<elf::Image, elf::LoadError> image = elf::parse(bytes);
  if (!image) return std::unexpected(image.error().message);
  const std::uint64_t loaded =
      std::accumulate(image->segments.begin(), image->segments.end(), std::uint64_t{0},
                      [](std::uint64_t sum, const elf::Segment& segment) { return sum + segment.bytes.size(); });
  return StoredArtifact{system::sha256_hex(elf::identity_bytes(*image)), loaded, {}};
}

}  // namespace

std::expected<StoredArtifact, std::string> ArtifactStore::add(std::span<const std::uint8_t> bytes,
                                                              ArtifactKind kind) const {
  std::expected<StoredArtifact, std::string> artifact = identify(bytes, kind);
  if (!artifact) return artifact;
  artifact->path = root_ / "artifacts" /
                   fmt::format("{}-{}{}", artifact->identity, system::sha256_hex(bytes).substr(0, 16), suffix(kind));
  // Written anew even if it is there: what lies there may have been changed meanwhile.
  system::write_atomically(artifact->path, {reinterpret_cast<const char*>(bytes.data()), bytes.size()},
                           fs::perms(0444));
  return artifact;
}

void ArtifactStore::remember(const std::string& key, const StoredArtifact& artifact) const {
  nlohmann::ordered_json record;
  record["schema"] = record_schema;
  record["identity"] = artifact.identity;
  record["loaded_bytes"] = artifact.loaded_bytes;
  record["file"] = artifact.path.filename().string();
  system::write_atomically(root_ / "builds" / (key + ".json"), record.dump(2) + "\n");
}

std::optional<StoredArtifact> ArtifactStore::find(const std::string& key) const {
  const fs::path path = root_ / "builds" / (key + ".json");
  std::error_code error;
  if (!fs::exists(path, error)) return std::nullopt;
  try {
    const nlohmann::json record = nlohmann::json::parse(system::read_text(path, record_limit));
    if (record.at("schema").get<std::string>() != record_schema) return std::nullopt;
    StoredArtifact artifact{
        record.at("identity").get<std::string>(), record.at("loaded_bytes").get<std::uint64_t>(), {}};
    const auto file = record.at("file").get<std::string>();
    if (!is_sha256(artifact.identity) || file.find('/') != std::string::npos || !file.starts_with(artifact.identity)) {
      return std::nullopt;
    }
    artifact.path = root_ / "artifacts" / file;
    if (mismatch(artifact.path, artifact.identity)) return std::nullopt;
    return artifact;
  } catch (const nlohmann::json::exception&) {
    return std::nullopt;
  } catch (const model::Error&) {
    return std::nullopt;
  }
}

std::optional<std::string> mismatch(const fs::path& path, const std::string& identity) {
  const ArtifactKind kind = path.extension() == ".bin" ? ArtifactKind::file : ArtifactKind::riscv_elf;
  try {
    const std::vector<std::uint8_t> bytes = system::read_bytes(path, elf::max_image_bytes);
    const std::expected<StoredArtifact, std::string> found = identify(bytes, kind);
    if (!found) return fmt::format("{}: {}", path.string(), found.error());
    if (found->identity == identity) return std::nullopt;
    return fmt::format("{}: its sha256 is {} and was {} when it was built", path.string(), found->identity, identity);
  } catch (const model::Error& error) {
    return error.what();
  }
}

}  // namespace cyclegate::build
