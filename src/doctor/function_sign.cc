#include "doctor/function_sign.h"

#include <algorithm>

#include "model/function_path.h"

namespace cyclegate::doctor {

using model::has_word_beginning;

NamedFunction::NamedFunction(std::string_view demangled) : name(demangled), path(model::function_path(demangled).own) {}

bool has_sign(const NamedFunction& function, std::string_view sign) {
  if (has_word_beginning(function.path, sign)) return true;
  const std::size_t bracket = sign.find('<');
  if (bracket == std::string_view::npos) return false;
  if (bracket > 0 && sign.find('>') == sign.size() - 1) {
    const std::string_view type = sign.substr(bracket + 1, sign.size() - bracket - 2);
    // `ark_ec::` also of a function `ark_ec`, since its arguments stand behind `::`.
    return has_word_beginning(function.path + "::", sign.substr(0, bracket)) && has_word_beginning(function.name, type);
  }
  return function.name.find(sign) != std::string_view::npos &&
         has_word_beginning(function.path, model::function_path(sign).own);
}

bool has_any_sign(const NamedFunction& function, const std::vector<std::string>& signs) {
  return std::ranges::any_of(signs, [&](const std::string& sign) { return has_sign(function, sign); });
}

}  // namespace cyclegate::doctor
