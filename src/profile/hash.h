#pragma once

#include <cstdint>
#include <cstring>
#include <string_view>

namespace cyclegate::profile {

/// Multiply and fold: the two halves of a 128-bit product, as wyhash and many others do.
inline std::uint64_t mix(std::uint64_t one, std::uint64_t other) {
  __extension__ using Product = unsigned __int128;
  const Product product = Product{one} * other;
  return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64);
}

inline constexpr std::uint64_t kFirstKey = 0x9e3779b97f4a7c15u;
inline constexpr std::uint64_t kSecondKey = 0xe7037ed1a0b428dbu;

/// For tables in memory only: not stable between versions.
inline std::uint64_t hash_of(std::string_view text) {
  std::uint64_t hash = mix(text.size() ^ kFirstKey, kSecondKey);
  const char* data = text.data();
  std::size_t left = text.size();
  std::uint64_t word = 0;
  for (; left >= 8; left -= 8, data += 8) {
    std::memcpy(&word, data, 8);
    hash = mix(hash ^ word, kSecondKey);
  }
  if (left > 0) {
    word = 0;
    std::memcpy(&word, data, left);
    hash = mix(hash ^ word, kFirstKey);
  }
  return hash;
}

}  // namespace cyclegate::profile
