#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace cyclegate::render::test {

/// What is wrong with the markup, or empty. Checks that it is UTF-8 without control characters, that every element is
/// closed in order, every attribute quoted and free of `<`, every `&` an entity, and that every element is one of
/// `allowed` (`name` or, for elements that are never closed, `name/`).
std::string markup_error(std::string_view text, const std::vector<std::string_view>& allowed);

/// The allowed elements of the pictures, of JUnit, of the page and of the comment.
std::vector<std::string_view> svg_elements();
std::vector<std::string_view> junit_elements();
std::vector<std::string_view> page_elements();
std::vector<std::string_view> comment_elements();

}  // namespace cyclegate::render::test
