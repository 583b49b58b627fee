#include "model/shell_text.h"

namespace cyclegate::model {

std::string shell_text(const std::vector<std::string>& words) {
  std::string text;
  for (const auto& word : words) {
    const bool plain =
        !word.empty() &&
        word.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./:=@%+") ==
            std::string::npos;
    if (!text.empty()) text += ' ';
    if (plain) {
      text += word;
      continue;
    }
    text += '\'';
    for (const char character : word) text += character == '\'' ? std::string("'\\''") : std::string(1, character);
    text += '\'';
  }
  return text;
}

}  // namespace cyclegate::model
