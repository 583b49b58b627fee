#pragma once

#include <cstdint>
#include <expected>
#include <filesystem>
#include <optional>
#include <span>
#include <string>

#include "model/run_set.h"

namespace cyclegate::build {

/// What a build makes.
enum class ArtifactKind {
  riscv_elf,  ///< a static RISC-V executable (ELF64 or ELF32), identified by its loaded segments and entry
  file,       ///< anything else (native or wasm program), identified by all its bytes
  any,        ///< riscv_elf when it is one, else file
};

/// What the store knows of one artefact.
struct StoredArtifact {
  std::string identity;            ///< sha256
  std::uint64_t loaded_bytes = 0;  ///< of the segments' file bytes; of the file for ArtifactKind::file
  std::filesystem::path path;      ///< the read-only copy

  bool operator==(const StoredArtifact&) const = default;
};

/// Artefacts by what they are (CACHE/artifacts/IDENTITY-FILE.elf, read-only) and by what they were built from
/// (CACHE/builds/KEY.json, a record that points there). Two builds that differ in debug information only have one
/// identity and two files, because the symbols of each are needed for its own profile.
class ArtifactStore {
 public:
  explicit ArtifactStore(std::filesystem::path cache_root) : root_(std::move(cache_root)) {}

  /// Keeps the bytes that a build made and returns what they are, or one sentence on why they cannot be a guest.
  std::expected<StoredArtifact, std::string> add(std::span<const std::uint8_t> bytes, ArtifactKind kind) const;
  /// Notes that a build with this key (a sha256) made that artefact.
  void remember(const std::string& key, const StoredArtifact& artifact) const;
  /// The artefact of an earlier build with this key. A record or file that is missing, damaged or does not hash to what
  /// the record says counts as none.
  std::optional<StoredArtifact> find(const std::string& key) const;
  /// Removes the artefacts that were not used for longest until the others take at most `limit_bytes`, and the records
  /// that point to nothing. Nothing that was used since `keep_since` goes, because a run may need it. Returns the
  /// number of artefacts removed.
  std::size_t prune(std::uint64_t limit_bytes, std::filesystem::file_time_type keep_since) const;

 private:
  std::filesystem::path root_;
};

/// Hashes the artefact's file again. Empty when it still is what `identity` says, else one sentence. The kind follows
/// from the name that the store gave the file.
std::optional<std::string> mismatch(const std::filesystem::path& path, const std::string& identity);

}  // namespace cyclegate::build
