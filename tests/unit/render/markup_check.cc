#include "render/markup_check.h"

#include <algorithm>

#include "render/safe_text.h"

namespace cyclegate::render::test {
namespace {

bool is_name(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == ':';
}

std::string at(std::string_view what, std::string_view text, std::size_t position) {
  return std::string(what) + " at " + std::to_string(position) + ": " +
         std::string(text.substr(position > 40 ? position - 40 : 0, 120));
}

/// An entity from `position` on, which is a `&`: its length, or 0.
std::size_t entity(std::string_view text, std::size_t position) {
  const std::size_t end = text.find(';', position);
  if (end == std::string_view::npos || end - position > 8) return 0;
  const std::string_view name = text.substr(position + 1, end - position - 1);
  const bool known = name == "amp" || name == "lt" || name == "gt" || name == "quot";
  const bool number =
      name.size() > 1 && name[0] == '#' && name.substr(1).find_first_not_of("0123456789") == std::string_view::npos;
  return known || number ? end - position + 1 : 0;
}

}  // namespace

std::string markup_error(std::string_view text, const std::vector<std::string_view>& allowed) {
  std::string flat(text);
  std::ranges::replace(flat, '\n', ' ');
  if (clean(flat, flat.size() + 1) != flat) {
    // U+200B is written as an entity, so that no raw invisible character may be left.
    return "control, invisible or invalid characters";
  }
  std::vector<std::string> open;
  for (std::size_t i = 0; i < text.size();) {
    if (text[i] == '&') {
      const std::size_t length = entity(text, i);
      if (length == 0) return at("a bare &", text, i);
      i += length;
      continue;
    }
    if (text[i] != '<') {
      ++i;
      continue;
    }
    if (text.substr(i).starts_with("<?xml version=\"1.0\" encoding=\"UTF-8\"?>") && i == 0) {
      i = text.find('>') + 1;
      continue;
    }
    if (text.substr(i).starts_with("<!doctype html>") && i == 0) {
      i = 15;
      continue;
    }
    if (text.substr(i).starts_with("<!-- cyclegate -->") && i == 0) {
      i = 18;
      continue;
    }
    const std::size_t start = i++;
    const bool closing = i < text.size() && text[i] == '/';
    if (closing) ++i;
    const std::size_t name_start = i;
    while (i < text.size() && is_name(text[i])) ++i;
    const std::string name(text.substr(name_start, i - name_start));
    const bool is_void = std::ranges::find(allowed, name + "/") != allowed.end();
    if (!is_void && std::ranges::find(allowed, name) == allowed.end()) return at("element " + name, text, start);
    bool self_closed = false;
    while (i < text.size() && text[i] != '>') {
      if (text[i] == ' ') {
        ++i;
        continue;
      }
      if (text[i] == '/' && i + 1 < text.size() && text[i + 1] == '>') {
        self_closed = true;
        ++i;
        continue;
      }
      const std::size_t attribute = i;
      while (i < text.size() && is_name(text[i])) ++i;
      const std::string_view attribute_name = text.substr(attribute, i - attribute);
      if (attribute_name.empty() || attribute_name.starts_with("on")) return at("attribute", text, attribute);
      if (attribute_name == "open") continue;
      if (i + 1 >= text.size() || text[i] != '=' || text[i + 1] != '"') return at("attribute value", text, i);
      const std::size_t end = text.find('"', i + 2);
      if (end == std::string_view::npos) return at("open attribute", text, i);
      const std::string_view value = text.substr(i + 2, end - i - 2);
      if (value.find('<') != std::string_view::npos) return at("< in an attribute", text, i);
      for (std::size_t k = value.find('&'); k != std::string_view::npos; k = value.find('&', k + 1)) {
        if (entity(value, k) == 0) return at("a bare & in an attribute", text, i);
      }
      i = end + 1;
    }
    if (i == text.size()) return at("open tag", text, start);
    ++i;
    if (closing) {
      if (open.empty() || open.back() != name) return at("closing of " + name, text, start);
      open.pop_back();
    } else if (!self_closed && !is_void) {
      open.push_back(name);
      if (name == "style") {
        i = text.find("</style>", i);
        if (i == std::string_view::npos) return "open style";
      }
    }
  }
  return open.empty() ? "" : "never closed: " + open.back();
}

std::vector<std::string_view> svg_elements() {
  return {"svg", "title", "desc", "style", "rect", "circle", "line", "text"};
}

std::vector<std::string_view> junit_elements() {
  return {"testsuites", "testsuite", "testcase", "failure", "skipped"};
}

std::vector<std::string_view> page_elements() {
  std::vector<std::string_view> all = {"html",  "head",  "body", "main",    "header",  "nav",    "section", "div",
                                       "p",     "h1",    "h2",   "h3",      "ol",      "ul",     "li",      "table",
                                       "thead", "tbody", "tr",   "th",      "td",      "code",   "pre",     "b",
                                       "i",     "span",  "a",    "details", "summary", "figure", "meta/",   "br/"};
  for (const auto& element : svg_elements()) all.push_back(element);
  return all;
}

std::vector<std::string_view> comment_elements() {
  return {"p",  "b",  "i",       "sub",     "code",    "pre", "table", "tr",      "th",  "td",
          "ul", "li", "details", "summary", "picture", "a",   "br/",   "source/", "img/"};
}

}  // namespace cyclegate::render::test
