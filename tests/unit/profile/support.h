#pragma once

#include <rapidcheck.h>

#include <cstdint>
#include <map>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "model/profile.h"
#include "profile/builder.h"
#include "profile/byte_reader.h"
#include "profile/folded.h"

namespace cyclegate::profile {

inline model::Profile folded(const std::string& text, const std::string& origin = "test.folded") {
  std::istringstream stream(text);
  ByteReader bytes(stream, origin);
  return read_folded(bytes);
}

/// Any stacks over a few names, so that they share callers and recurse, with weights of every size.
inline rc::Gen<std::string> any_folded() {
  const auto name = rc::gen::weightedOneOf<std::string>(
      {{6, rc::gen::element<std::string>("main", "keccak", "sha256", "memcpy", "alloc", "run")},
       {1, rc::gen::element<std::string>("core::fmt::Formatter::pad 3", "operator new", " x", "f(int, char*)",
                                         "[no symbol]", "\xc3\xbc\xe2\x82\xac", "<[u8: 32] as T>::f", "0x12 7")}});
  const auto count =
      rc::gen::weightedOneOf<std::uint64_t>({{4, rc::gen::inRange<std::uint64_t>(1, 1000)},
                                             {1, rc::gen::inRange<std::uint64_t>(1, std::uint64_t{1} << 53)},
                                             {1, rc::gen::element<std::uint64_t>(1, (std::uint64_t{1} << 62) / 100)}});
  const auto stack = rc::gen::nonEmpty(rc::gen::resize(8, rc::gen::container<std::vector<std::string>>(name)));
  const auto lines = rc::gen::nonEmpty(
      rc::gen::container<std::vector<std::pair<std::vector<std::string>, std::uint64_t>>>(rc::gen::pair(stack, count)));
  return rc::gen::map(rc::gen::resize(40, lines), [](const auto& all) {
    std::string text;
    for (const auto& [frames, weight] : all) {
      for (std::size_t index = 0; index < frames.size(); ++index) text += (index == 0 ? "" : ";") + frames[index];
      text += ' ' + std::to_string(weight) + '\n';
    }
    return text;
  });
}

}  // namespace cyclegate::profile
