#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>

namespace cyclegate::system {

/// The hash function SHA-256 of FIPS 180-4, fed piece by piece.
class Sha256 {
 public:
  using Digest = std::array<std::uint8_t, 32>;

  Sha256();
  Sha256& update(std::span<const std::uint8_t> bytes);
  Sha256& update(std::string_view text);
  /// Adds the length as eight bytes and then the text, so that a sequence of fields has one reading only.
  Sha256& field(std::string_view text);
  /// Ends the message; the object must not be used afterwards.
  Digest finish();
  /// finish() as 64 lower-case hex digits.
  std::string finish_hex();

 private:
  void take_block(const std::uint8_t* block);

  std::array<std::uint32_t, 8> state_;
  std::array<std::uint8_t, 64> pending_{};
  std::size_t pending_size_ = 0;
  std::uint64_t message_bytes_ = 0;
};

/// 64 lower-case hex digits.
std::string sha256_hex(std::span<const std::uint8_t> bytes);
std::string sha256_hex(std::string_view text);
/// Of a file's bytes, read piece by piece; throws model::Error{measurement} when it cannot be read.
std::string sha256_file(const std::filesystem::path& path);

}  // namespace cyclegate::system
