#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>

struct evp_md_ctx_st;  // OpenSSL's EVP_MD_CTX

namespace cyclegate::system {

/// The hash function SHA-256 of FIPS 180-4, fed piece by piece; OpenSSL computes it. Moved from, it can only be
/// destroyed.
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
  struct EndContext {
    void operator()(evp_md_ctx_st* context) const;
  };

  std::unique_ptr<evp_md_ctx_st, EndContext> context_;
};

/// 64 lower-case hex digits.
std::string sha256_hex(std::span<const std::uint8_t> bytes);
std::string sha256_hex(std::string_view text);
/// Of a file's bytes, read piece by piece; throws model::Error{measurement} when it cannot be read.
std::string sha256_file(const std::filesystem::path& path);

}  // namespace cyclegate::system
