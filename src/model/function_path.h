#pragma once

#include <string>
#include <string_view>

namespace cyclegate::model {

/// Whose code a function is, read from its demangled name (Rust, legacy or v0, or C++).
struct FunctionPath {
  /// The path without what the function is used with: generic arguments, parameters, a return type, the interface that
  /// it fulfils. `k256::Point::add` of `<k256::Point as group::Group>::add::<u8>`, `std::vector::push_back` of
  /// `std::vector<k256::Point>::push_back(k256::Point const&)`. A method of a type of Rust's own library that fulfils
  /// another crate's interface is that crate's code (nobody else may write it), and has the interface's path; but Box
  /// and Pin are, like references, what they hold (#[fundamental] of
  /// https://rust-lang.github.io/rfcs/1023-rebalancing-coherence.html). Never empty unless the name is.
  std::string own;
  std::string interface;  ///< the path of what stands behind ` as `, e.g. `group::Group`; mostly empty
};

/// Takes any text: what closes nothing or is nested too deep is passed over. Linear in its length.
FunctionPath function_path(std::string_view name);

/// Whether a word of the path begins with `text`: `keccak::` in `keccak::f1600`, not in `tiny_keccak::f`.
bool has_word_beginning(std::string_view path, std::string_view text);

/// Whether `word` stands in the path on its own, not inside of a longer word.
bool has_word(std::string_view path, std::string_view word);

}  // namespace cyclegate::model
