#include "publish/secret.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdint>

#include "model/error.h"
#include "publish/url.h"

namespace cyclegate::publish {
namespace {

constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
/// What is shorter would redact ordinary words.
constexpr std::size_t shortest_secret = 8;

std::uint32_t byte_at(std::string_view bytes, std::size_t index) {
  return index < bytes.size() ? static_cast<unsigned char>(bytes[index]) : 0U;
}

std::string url_safe(std::string text) {
  std::ranges::replace(text, '+', '-');
  std::ranges::replace(text, '/', '_');
  return text;
}

/// The characters of `secret`'s base64 that do not depend on what stands before and after it, when `before` bytes (mod
/// 3) stand before it.
std::string aligned_base64(std::string_view secret, std::size_t before) {
  std::string text = base64(std::string(before, '\0') + std::string(secret));
  const std::size_t total_bits = (before + secret.size()) * 8;
  const std::size_t first = (before * 8 + 5) / 6;
  const std::size_t last = total_bits / 6;
  return text.substr(first, last - first);
}

}  // namespace

std::string base64(std::string_view bytes) {
  std::string result;
  result.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t index = 0; index < bytes.size(); index += 3) {
    const std::uint32_t group =
        byte_at(bytes, index) << 16U | byte_at(bytes, index + 1) << 8U | byte_at(bytes, index + 2);
    result += alphabet[group >> 18U & 63U];
    result += alphabet[group >> 12U & 63U];
    result += index + 1 < bytes.size() ? alphabet[group >> 6U & 63U] : '=';
    result += index + 2 < bytes.size() ? alphabet[group & 63U] : '=';
  }
  return result;
}

std::string from_base64(std::string_view text) {
  std::string result;
  std::uint32_t group = 0;
  unsigned bits = 0;
  std::size_t padding = 0;
  std::size_t characters = 0;
  const auto refuse = [] {
    throw model::Error(model::ErrorKind::measurement, "the answer holds bytes that are no base64");
  };
  for (const char c : text) {
    if (c == '\n' || c == '\r') continue;
    ++characters;
    if (c == '=') {
      ++padding;
      continue;
    }
    const std::size_t value = alphabet.find(c);
    if (value == std::string_view::npos || padding != 0) refuse();
    group = group << 6U | static_cast<std::uint32_t>(value);
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      result += static_cast<char>(group >> bits & 0xFFU);
    }
  }
  if (characters % 4 != 0 || padding > 2) refuse();
  return result;
}

Redactor::Redactor(const std::vector<std::string>& secrets) {
  for (const std::string& secret : secrets) {
    if (secret.size() < shortest_secret) continue;
    forms_.push_back(secret);
    forms_.push_back(encode_component(secret));
    for (const std::string& whole : {base64(secret), base64("x-access-token:" + secret)}) {
      forms_.push_back(whole);
      forms_.push_back(url_safe(whole));
    }
    for (std::size_t before = 0; before < 3; ++before) {
      const std::string part = aligned_base64(secret, before);
      forms_.push_back(part);
      forms_.push_back(url_safe(part));
    }
  }
  std::ranges::sort(forms_, [](const std::string& left, const std::string& right) {
    return left.size() != right.size() ? left.size() > right.size() : left < right;
  });
  const auto repeated = std::ranges::unique(forms_);
  forms_.erase(repeated.begin(), repeated.end());
}

std::string Redactor::operator()(std::string_view text) const {
  std::string result(text);
  for (const std::string& form : forms_) {
    for (std::size_t at = result.find(form); at != std::string::npos; at = result.find(form, at)) {
      result.replace(at, form.size(), "***");
      at += 3;
    }
  }
  return result;
}

std::string checked_token(std::string_view text, std::string_view origin) {
  while (text.ends_with('\n') || text.ends_with('\r')) text.remove_suffix(1);
  const bool visible = std::ranges::all_of(text, [](char c) { return c > ' ' && c < '\x7f'; });
  if (text.size() < shortest_secret || text.size() > 1024 || !visible) {
    throw model::Error(model::ErrorKind::usage,
                       fmt::format("{} holds no token: it must be one line of {} to 1024 visible ASCII characters",
                                   origin, shortest_secret));
  }
  return std::string(text);
}

}  // namespace cyclegate::publish
