#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace cyclegate::profile {

/// Puts JSON text together member by member; the caller keeps its shape right. Faster than a tree, and deterministic.
class JsonText {
 public:
  /// `{` or `[` as value of `name` (empty: an element, or the whole).
  void open(char bracket, std::string_view name = {});
  void close(char bracket);
  void text(std::string_view name, std::string_view value);
  void number(std::string_view name, std::uint64_t value);
  void raw(std::string_view name, std::string_view json);
  /// `[item,item,...]` with the same item `count` times.
  void repeated(std::string_view name, std::string_view item, std::size_t count);
  /// Of indices; negative ones are null.
  void numbers(std::string_view name, const std::vector<std::int64_t>& values);
  std::string take() { return std::move(out_); }

 private:
  void begin(std::string_view name);
  void quote(std::string_view value);

  std::string out_;
};

}  // namespace cyclegate::profile
