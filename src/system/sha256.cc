#include "system/sha256.h"

#include <fmt/format.h>
#include <openssl/evp.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <vector>

#include "model/error.h"

namespace cyclegate::system {
namespace {

std::string hex(std::span<const std::uint8_t> bytes) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string text;
  text.reserve(bytes.size() * 2);
  for (const std::uint8_t byte : bytes) {
    text += digits[byte >> 4U];
    text += digits[byte & 15U];
  }
  return text;
}

std::span<const std::uint8_t> bytes_of(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

[[noreturn]] void no_hash() {
  throw model::Error(model::ErrorKind::measurement,
                     "OpenSSL gives no SHA-256: out of memory, or switched off on this machine");
}

}  // namespace

Sha256::Sha256() : context_(EVP_MD_CTX_new()) {
  // Out of memory, or a policy of the machine that has switched SHA-256 off.
  if (!context_ || EVP_DigestInit_ex(context_.get(), EVP_sha256(), nullptr) != 1) no_hash();
}

void Sha256::EndContext::operator()(EVP_MD_CTX* context) const {
  EVP_MD_CTX_free(context);
}

Sha256& Sha256::update(std::span<const std::uint8_t> bytes) {
  if (EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size()) != 1) no_hash();
  return *this;
}

Sha256& Sha256::update(std::string_view text) {
  return update(bytes_of(text));
}

Sha256& Sha256::field(std::string_view text) {
  std::array<std::uint8_t, 8> length;
  for (std::size_t i = 0; i < length.size(); ++i) {
    length[i] = static_cast<std::uint8_t>(std::uint64_t{text.size()} >> (56 - 8 * i));
  }
  return update(length).update(text);
}

Sha256::Digest Sha256::finish() {
  Digest digest;
  if (EVP_DigestFinal_ex(context_.get(), digest.data(), nullptr) != 1) no_hash();
  return digest;
}

std::string Sha256::finish_hex() {
  return hex(finish());
}

std::string sha256_hex(std::span<const std::uint8_t> bytes) {
  return Sha256().update(bytes).finish_hex();
}

std::string sha256_hex(std::string_view text) {
  return Sha256().update(text).finish_hex();
}

std::string sha256_file(const std::filesystem::path& path) {
  std::ifstream stream(path, std::ios::binary);
  Sha256 hash;
  std::vector<char> piece(std::size_t{1} << 18U);
  while (stream) {
    stream.read(piece.data(), static_cast<std::streamsize>(piece.size()));
    hash.update(std::string_view(piece.data(), static_cast<std::size_t>(stream.gcount())));
  }
  if (!stream.eof() || stream.bad()) {
    throw model::Error(model::ErrorKind::measurement,
                       fmt::format("cannot read {}: {}", path.string(), std::strerror(errno)));
  }
  return hash.finish_hex();
}

}  // namespace cyclegate::system
