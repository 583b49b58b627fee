#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace cyclegate::doctor {

/// A function's name with its path (model/function_path.h), which is read once for many signs.
struct NamedFunction {
  explicit NamedFunction(std::string_view demangled);

  std::string_view name;  ///< of the caller's
  std::string path;       ///< whose code it is
};

/// Whether a function has a sign (model::CoveredOperation, `--exclude`).
///
/// `k256::arithmetic`: a word of its path begins so; the interface that it fulfils and the types it is used with do not
/// count: `<guest::Row as k256::Group>::add` is not of k256. `ark_ec::<ark_bn254::curves::g2>`: a word of its path
/// begins as what stands before the bracket, and a word of the whole name as what stands in it, for code that tells
/// only by its types what it does. A sign that begins with a bracket, or has more behind it, must be in the name as it
/// is written.
bool has_sign(const NamedFunction& function, std::string_view sign);

bool has_any_sign(const NamedFunction& function, const std::vector<std::string>& signs);

}  // namespace cyclegate::doctor
