#include "build/artifact_store.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <numeric>
#include <string_view>
#include <tuple>
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
constexpr fs::perms read_only = fs::perms::owner_read | fs::perms::group_read | fs::perms::others_read;
/// A program for this machine is started from where it lies.
constexpr fs::perms read_and_execute =
    read_only | fs::perms::owner_exec | fs::perms::group_exec | fs::perms::others_exec;
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

/// Whether a record's artefact is no longer there, or the record cannot be read.
bool points_to_nothing(const fs::path& record_path, const fs::path& artifacts) {
  try {
    const nlohmann::json record = nlohmann::json::parse(system::read_text(record_path, record_limit));
    std::error_code error;
    return !fs::exists(artifacts / record.at("file").get<std::string>(), error);
  } catch (const nlohmann::json::exception&) {
    return true;
  } catch (const model::Error&) {
    return true;
  }
}

}  // namespace

std::expected<StoredArtifact, std::string> ArtifactStore::add(std::span<const std::uint8_t> bytes,
                                                              ArtifactKind kind) const {
  std::expected<StoredArtifact, std::string> artifact =
      identify(bytes, kind == ArtifactKind::any ? ArtifactKind::riscv_elf : kind);
  if (kind == ArtifactKind::any) {
    kind = artifact ? ArtifactKind::riscv_elf : ArtifactKind::file;
    if (!artifact) artifact = identify(bytes, kind);
  }
  if (!artifact) return artifact;
  artifact->path = root_ / "artifacts" /
                   fmt::format("{}-{}{}", artifact->identity, system::sha256_hex(bytes).substr(0, 16), suffix(kind));
  // Written anew even if it is there: what lies there may have been changed meanwhile.
  system::write_atomically(artifact->path, {reinterpret_cast<const char*>(bytes.data()), bytes.size()},
                           kind == ArtifactKind::file ? read_and_execute : read_only);
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
    fs::last_write_time(artifact.path, fs::file_time_type::clock::now(), error);  // used now, for prune()
    return artifact;
  } catch (const nlohmann::json::exception&) {
    return std::nullopt;
  } catch (const model::Error&) {
    return std::nullopt;
  }
}

std::size_t ArtifactStore::prune(std::uint64_t limit_bytes, fs::file_time_type keep_since) const {
  struct File {
    fs::file_time_type used;
    fs::path path;
    std::uint64_t size = 0;
  };
  std::error_code error;
  std::vector<File> files;
  std::uint64_t total = 0;
  for (fs::directory_iterator entry(root_ / "artifacts", error), end; !error && entry != end; entry.increment(error)) {
    std::error_code gone;
    File file{entry->last_write_time(gone), entry->path(), gone ? 0 : entry->file_size(gone)};
    if (gone) continue;
    total += file.size;
    files.push_back(std::move(file));
  }
  std::ranges::sort(files, {}, [](const File& file) { return std::tie(file.used, file.path); });
  std::size_t removed = 0;
  for (const File& file : files) {
    if (total <= limit_bytes || file.used >= keep_since) break;
    if (fs::remove(file.path, error)) ++removed;
    total -= file.size;
  }
  for (fs::directory_iterator entry(root_ / "builds", error), end; !error && entry != end; entry.increment(error)) {
    std::error_code gone;
    if (points_to_nothing(entry->path(), root_ / "artifacts")) fs::remove(entry->path(), gone);
  }
  return removed;
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
