#include "render/profiles.h"

#include <charconv>
#include <map>
#include <stdexcept>
#include <string>
#include <utility>

namespace cyclegate::test {

model::Profile profile_of(std::string_view folded, std::string_view origin) {
  model::Profile profile;
  profile.origin = origin;
  profile.columns = {{.name = "cost", .unit = "cost"}};
  std::map<std::string, std::uint32_t, std::less<>> frames;
  std::map<std::pair<std::uint32_t, std::uint32_t>, std::uint32_t> nodes;
  while (!folded.empty()) {
    std::string_view line = folded.substr(0, folded.find('\n'));
    folded.remove_prefix(std::min(folded.size(), line.size() + 1));
    const std::size_t blank = line.rfind(' ');
    std::uint64_t weight = 0;
    if (blank == std::string_view::npos ||
        std::from_chars(line.data() + blank + 1, line.data() + line.size(), weight).ec != std::errc()) {
      throw std::invalid_argument(std::string(line));
    }
    line = line.substr(0, blank);
    std::uint32_t at = model::ProfileNode::kNoParent;
    for (bool more = true; more;) {
      const std::string_view name = line.substr(0, line.find(';'));
      more = name.size() < line.size();
      line.remove_prefix(std::min(line.size(), name.size() + 1));
      const auto frame = frames.emplace(name, static_cast<std::uint32_t>(frames.size())).first->second;
      if (frame == profile.frames.size()) profile.frames.push_back({.name = std::string(name)});
      const auto [node, is_new] = nodes.try_emplace({at, frame}, static_cast<std::uint32_t>(nodes.size()));
      if (is_new) {
        profile.nodes.push_back({.parent = at, .frame = frame});
        profile.self.push_back(0);
      }
      at = node->second;
    }
    profile.self[at] += weight;
  }
  return profile;
}

model::Profile sample_base() {
  return profile_of(
      "_start;main 120000\n"
      "_start;main;op_block::execute::run_block 350000\n"
      "_start;main;op_block::execute::run_block;revm::interpreter::Interpreter::run 2400000\n"
      "_start;main;op_block::execute::run_block;revm::interpreter::Interpreter::run;revm::instructions::system::"
      "keccak256;"
      "keccak::backends::soft::keccak_p::<u64, 24> 5200000\n"
      "_start;main;op_block::execute::run_block;revm::interpreter::Interpreter::run;memcpy 820000\n"
      "_start;main;op_block::execute::run_block;<alloy_trie::HashBuilder as core::fmt::Debug>::update 640000\n"
      "_start;main;op_block::execute::run_block;<alloy_trie::HashBuilder as core::fmt::Debug>::update;"
      "keccak::backends::soft::keccak_p::<u64, 24> 3100000\n"
      "_start;main;recover;<k256::arithmetic::projective::ProjectivePoint>::double 1900000\n"
      "_start;main;recover;k256::arithmetic::mul::lincomb 2600000\n"
      "_start;main;recover;k256::arithmetic::mul::lincomb;<k256::arithmetic::projective::ProjectivePoint>::add "
      "1400000\n"
      "_start;main;serde_json::de::from_slice 700000\n"
      "_start;main;serde_json::de::from_slice;alloc::raw_vec::RawVec<T, A>::grow_one 260000\n"
      "_start;main;serde_json::de::from_slice;alloc::raw_vec::RawVec<T, A>::grow_one;memcpy 90000\n"
      "_start;main;core::fmt::Formatter::pad 30000\n");
}

model::Profile sample_head() {
  return profile_of(
      "_start;main 120000\n"
      "_start;main;op_block::execute::run_block 350000\n"
      "_start;main;op_block::execute::run_block;revm::interpreter::Interpreter::run 2430000\n"
      "_start;main;op_block::execute::run_block;revm::interpreter::Interpreter::run;revm::instructions::system::"
      "keccak256;"
      "keccak::backends::soft::keccak_p::<u64, 24> 5200000\n"
      "_start;main;op_block::execute::run_block;revm::interpreter::Interpreter::run;memcpy 1640000\n"
      "_start;main;op_block::execute::run_block;<alloy_trie::HashBuilder as core::fmt::Debug>::update 610000\n"
      "_start;main;op_block::execute::run_block;<alloy_trie::HashBuilder as core::fmt::Debug>::update;"
      "native_keccak256 240000\n"
      "_start;main;recover;<k256::arithmetic::projective::ProjectivePoint>::double 1900000\n"
      "_start;main;recover;k256::arithmetic::mul::lincomb 2600000\n"
      "_start;main;recover;k256::arithmetic::mul::lincomb;<k256::arithmetic::projective::ProjectivePoint>::add "
      "1400000\n"
      "_start;main;serde_json::de::from_slice 700000\n"
      "_start;main;serde_json::de::from_slice;alloc::raw_vec::RawVec<T, A>::grow_one 290000\n"
      "_start;main;serde_json::de::from_slice;alloc::raw_vec::RawVec<T, A>::grow_one;memcpy 100000\n");
}

}  // namespace cyclegate::test
