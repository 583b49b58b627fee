#include "model/canonical_reader.h"

#include <cstddef>
#include <nlohmann/json.hpp>

namespace cyclegate::model {
namespace {

bool is_plain(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte >= 0x20 && byte < 0x80 && c != '"' && c != '\\';
}

}  // namespace

bool CanonicalReader::boolean() {
  const std::string_view rest(at_, static_cast<std::size_t>(end_ - at_));
  const bool yes = rest.starts_with("true");
  if (!yes && !rest.starts_with("false")) throw NotCanonical();
  at_ += yes ? 4 : 5;
  return yes;
}

void CanonicalReader::string(std::string& item) {
  const char* const start = at_;
  expect('"');
  while (at_ != end_ && is_plain(*at_)) ++at_;
  if (take('"')) {
    item.assign(start + 1, at_ - 1);
    return;
  }
  // Escapes and everything beyond ASCII are rare: the library decodes them, and refuses what is not UTF-8.
  while (at_ != end_ && *at_ != '"') {
    const std::ptrdiff_t taken = *at_ == '\\' ? 2 : 1;
    if (end_ - at_ < taken) throw NotCanonical();
    at_ += taken;
  }
  expect('"');
  const nlohmann::json parsed = nlohmann::json::parse(start, at_, nullptr, false);
  if (!parsed.is_string()) throw NotCanonical();
  item = parsed.get_ref<const std::string&>();
}

std::uint64_t CanonicalReader::unsigned_integer() {
  const char* const start = at_;
  std::uint64_t number = 0;
  for (; at_ != end_ && *at_ >= '0' && *at_ <= '9'; ++at_) {
    if (__builtin_mul_overflow(number, std::uint64_t{10}, &number) ||
        __builtin_add_overflow(number, static_cast<std::uint64_t>(*at_ - '0'), &number)) {
      throw NotCanonical();
    }
  }
  if (at_ == start || (*start == '0' && at_ - start > 1)) throw NotCanonical();
  return number;
}

std::int64_t CanonicalReader::signed_integer() {
  const bool negative = take('-');
  const std::uint64_t number = unsigned_integer();
  if (number > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()) || (negative && number == 0)) {
    throw NotCanonical();
  }
  return negative ? -static_cast<std::int64_t>(number) : static_cast<std::int64_t>(number);
}

std::size_t CanonicalReader::word(const std::string_view* words, std::size_t count) {
  const char* const start = at_;
  expect('"');
  while (at_ != end_ && is_plain(*at_)) ++at_;
  expect('"');
  const std::string_view text(start + 1, static_cast<std::size_t>(at_ - start) - 2);
  for (std::size_t index = 0; index < count; ++index) {
    if (words[index] == text) return index;
  }
  throw NotCanonical();
}

}  // namespace cyclegate::model
