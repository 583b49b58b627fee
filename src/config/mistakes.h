#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "config/config.h"

namespace cyclegate::config {

/// Collects what is wrong with a file, so that all of it is told at once.
class Mistakes {
 public:
  explicit Mistakes(std::string_view origin) : origin_(origin) {}

  /// `what` says what is wrong, `remedy` what would be right; joined by "; ". Throws like throw_if_any when nobody
  /// would read more of them, so that a hostile file cannot keep us busy with its mistakes.
  void add(SourcePosition position, std::string_view what, std::string_view remedy);
  bool empty() const { return found_.empty(); }
  /// Throws model::Error (configuration) with at most 20 lines in the file's order, if there is any mistake.
  void throw_if_any() const;

 private:
  struct Mistake {
    SourcePosition position;
    std::string text;
  };
  std::string origin_;
  std::vector<Mistake> found_;  // in the file's order
};

/// The text with control characters as \xNN, so that a terminal shows them instead of obeying them.
std::string visible(std::string_view text);

/// A word of the file in quotes for a message: control characters as \xNN, at most 60 bytes.
std::string in_quotes(std::string_view word);

/// The candidate nearest to `word` by edit distance (optimal string alignment), if it is near enough to be meant: at
/// most a third of the word's length, at least 1 edit.
std::string_view nearest(std::string_view word, const std::vector<std::string_view>& candidates);

/// `did you mean 'x'? ` when a candidate is near, then `allowed: a, b, c` (the first 20).
std::string suggestion(std::string_view word, const std::vector<std::string_view>& candidates);

}  // namespace cyclegate::config
