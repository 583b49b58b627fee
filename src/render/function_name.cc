#include "render/function_name.h"

#include <algorithm>
#include <vector>

#include "render/safe_text.h"

namespace cyclegate::render {
namespace {

/// Arguments up to this long stay: `swap::<7, …>` and `swap::<6, …>` are two functions.
constexpr std::size_t short_argument = 8;
/// Characters that are looked at: real names have hundreds, an ELF's may have megabytes.
constexpr std::size_t longest_name = 4096;
/// Deeper brackets than these are somebody's play; such names are cut like any text.
constexpr std::size_t deepest = 64;

bool opens(char c) {
  return c == '<' || c == '(' || c == '[' || c == '{';
}

char partner(char open) {
  return open == '(' ? ')' : static_cast<char>(open + 2);
}

/// Where the bracket that opens at `at` is closed; npos where brackets do not pair up. The `>` of `->` closes nothing.
std::size_t closing(std::string_view text, std::size_t at) {
  std::vector<char> wanted;
  for (; at < text.size(); ++at) {
    const char c = text[at];
    if (opens(c)) {
      wanted.push_back(partner(c));
      if (wanted.size() > deepest) return std::string_view::npos;
    } else if (c == ')' || c == ']' || c == '}' || (c == '>' && (at == 0 || text[at - 1] != '-'))) {
      if (wanted.empty() || wanted.back() != c) return std::string_view::npos;
      wanted.pop_back();
      if (wanted.empty()) return at;
    }
  }
  return std::string_view::npos;
}

bool pairs_up(std::string_view text) {
  for (std::size_t at = 0; at < text.size(); ++at) {
    const char c = text[at];
    if (opens(c)) {
      at = closing(text, at);
      if (at == std::string_view::npos) return false;
    } else if (c == ')' || c == ']' || c == '}' || (c == '>' && (at == 0 || text[at - 1] != '-'))) {
      return false;
    }
  }
  return true;
}

/// Calls visit(position) for each place outside all brackets; ends at one that nothing closes.
template <class Visit>
void outside_brackets(std::string_view text, Visit visit) {
  for (std::size_t at = 0; at < text.size(); ++at) {
    visit(at);
    if (!opens(text[at])) continue;
    at = closing(text, at);
    if (at == std::string_view::npos) return;
  }
}

std::string last_segments(std::string_view path);

/// What gives way, in this order.
struct Shortening {
  bool types = false;       ///< arguments that are types go as well, not only the paths in front of them
  bool parameters = false;  ///< and so do the parameters of a C++ function
};

std::string without_arguments(std::string_view name, Shortening shortening);

/// `7, revm_context::Context<...>` as `7, …::Context<…>`, or as `7, …`.
std::string short_arguments(std::string_view list, Shortening shortening) {
  std::string out;
  std::size_t start = 0;
  const auto take = [&](std::size_t end) {
    std::string_view argument = list.substr(start, end - start);
    while (argument.starts_with(' ')) argument.remove_prefix(1);
    const bool gone = argument.size() > short_argument && shortening.types;
    if (gone && out.ends_with(ellipsis)) return;
    if (!out.empty()) out += ", ";
    if (gone) {
      out += ellipsis;
    } else {
      // Only the outermost types keep their names.
      out += argument.size() <= short_argument ? std::string(argument)
                                               : last_segments(without_arguments(argument, {.types = true}));
    }
  };
  outside_brackets(list, [&](std::size_t at) {
    if (list[at] != ',') return;
    take(at);
    start = at + 1;
  });
  take(list.size());
  return out;
}

/// The name with the arguments in its `<...>` (and its `(...)`) shortened. A `<...>` in front, as of
/// `<Type as Trait>::method`, is a path itself: its own arguments are shortened.
std::string without_arguments(std::string_view name, Shortening shortening) {
  std::string out;
  std::size_t copied = 0;
  const auto replace = [&](std::size_t open, std::size_t close, const std::string& content) {
    out.append(name.substr(copied, open + 1 - copied)).append(content);
    copied = close;
  };
  outside_brackets(name, [&](std::size_t at) {
    const char c = name[at];
    if (c != '<' && !(shortening.parameters && c == '(')) return;
    const std::size_t close = closing(name, at);
    if (close == std::string_view::npos) return;
    const std::string_view inner = name.substr(at + 1, close - at - 1);
    const bool in_front = c == '<' && (at == 0 || name[at - 1] == ' ' || name[at - 1] == '&');
    replace(at, close, in_front ? without_arguments(inner, shortening) : short_arguments(inner, shortening));
  });
  return out.append(name.substr(copied));
}

/// `a::b::C` as `…::C`, outside of brackets; what stands within a bracket in front likewise.
std::string last_segments(std::string_view path) {
  if (path.starts_with('<')) {
    const std::size_t close = closing(path, 0);
    if (close == std::string_view::npos) return std::string(path);
    const std::string_view inner = path.substr(1, close - 1);
    std::size_t as = std::string_view::npos;
    outside_brackets(inner, [&](std::size_t at) {
      if (as == std::string_view::npos && inner.substr(at).starts_with(" as ")) as = at;
    });
    std::string type = last_segments(inner.substr(0, as));
    if (as != std::string_view::npos) type += " as " + last_segments(inner.substr(as + 4));
    return "<" + type + std::string(path.substr(close));
  }
  std::size_t segment = 0;
  outside_brackets(path, [&](std::size_t at) {
    // `sload::<…>` is one segment.
    const bool separator = path.substr(at).starts_with("::") && at + 2 < path.size() && !opens(path[at + 2]);
    if (separator) segment = at + 2;
  });
  return segment == 0 ? std::string(path) : std::string(ellipsis) + "::" + std::string(path.substr(segment));
}

}  // namespace

std::string shorten_function(std::string_view hostile_name, std::size_t columns) {
  std::string name = clean(hostile_name, longest_name);
  if (display_width(name) <= columns) return name;
  if (!pairs_up(name)) return shorten_middle(name, columns);
  std::string shown;
  for (const Shortening shortening :
       {Shortening{}, Shortening{.types = true}, Shortening{.types = true, .parameters = true}}) {
    shown = without_arguments(name, shortening);
    if (display_width(shown) <= columns) return shown;
  }
  // The front of the path goes segment by segment, so that as much as fits stays.
  std::vector<std::size_t> segments;
  outside_brackets(shown, [&](std::size_t at) {
    if (std::string_view(shown).substr(at).starts_with("::") && at + 2 < shown.size() && !opens(shown[at + 2])) {
      segments.push_back(at);
    }
  });
  if (!shown.starts_with('<')) {
    for (const std::size_t at : segments) {
      const std::string rest = std::string(ellipsis) + shown.substr(at);
      if (display_width(rest) <= columns) return rest;
    }
  }
  std::string last = last_segments(shown);
  if (display_width(last) <= columns) return last;
  if (last.starts_with('<')) {  // `<…::Type>::method`: of the two the method tells more
    const std::size_t close = closing(last, 0);
    const std::string method = close == std::string::npos ? last : std::string(ellipsis) + last.substr(close + 1);
    if (method.size() > ellipsis.size() && display_width(method) <= columns) return method;
  }
  return shorten_middle(last, columns);
}

}  // namespace cyclegate::render
