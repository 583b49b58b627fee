#include "model/function_path.h"

#include <algorithm>
#include <array>

namespace cyclegate::model {
namespace {

/// Deeper types than these are somebody's play; they are passed over.
constexpr int deepest = 64;

bool is_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

bool opens(char c) {
  return c == '<' || c == '(' || c == '[' || c == '{';
}

char opening_of(char c) {
  return c == ')' ? '(' : c == ']' ? '[' : c == '}' ? '{' : '<';
}

std::size_t index_of(char bracket) {
  return static_cast<unsigned char>(bracket);
}

constexpr std::string_view anonymous = "(anonymous namespace)";

/// C++ operators; one that another begins with stands behind it.
constexpr auto operators = std::to_array<std::string_view>(
    {"<=>", "<<=", ">>=", "->*", "<<", ">>", "->", "<=", ">=", "==",   "!=",     "&&",   "||",        "++",     "--",
     "+=",  "-=",  "*=",  "/=",  "%=", "^=", "&=", "|=", "()", "[]",   "<",      ">",    "=",         "!",      "+",
     "-",   "*",   "/",   "%",   "^",  "&",  "|",  "~",  ",",  "\"\"", " new[]", " new", " delete[]", " delete"});

constexpr auto primitives =
    std::to_array<std::string_view>({"bool",  "char", "f128", "f16", "f32", "f64", "i128", "i16",   "i32", "i64", "i8",
                                     "isize", "str",  "u128", "u16", "u32", "u64", "u8",   "usize", "!",   "_"});

bool is_primitive(std::string_view type) {
  return std::ranges::find(primitives, type) != primitives.end();
}

/// `T`, `F1`: a blanket implementation, as legacy names have it.
bool is_placeholder(std::string_view type) {
  return !type.empty() && type.size() <= 2 && type[0] >= 'A' && type[0] <= 'Z';
}

/// Whether a path leads into Rust's own library.
bool is_of_the_language(std::string_view path) {
  const std::string_view crate = path.substr(0, path.find("::"));
  return crate == "core" || crate == "alloc" || crate == "std";
}

/// Whether what was read so far ends in the `decltype` of a return type: g++ writes `decltype(auto)`, `decltype (x)`.
bool ends_in_decltype(std::string_view text) {
  constexpr std::string_view word = "decltype";
  if (text.ends_with(' ')) text.remove_suffix(1);
  return text.ends_with(word) && (text.size() == word.size() || text[text.size() - word.size() - 1] == ' ');
}

class PathReader {
 public:
  explicit PathReader(std::string_view name) : text_(name) {}

  FunctionPath read() {
    FunctionPath path;
    if (sees("<")) path.own = qualified(0, &path.interface);
    take_name(path.own, path.interface);
    while (path.own.ends_with(' ')) path.own.pop_back();
    if (path.own.ends_with("::")) path.own.resize(path.own.size() - 2);
    if (path.own.empty()) path.own = text_;
    return path;
  }

 private:
  struct Type {
    std::string path;
    bool is_builtin = false;  ///< without a crate of its own
    std::string held;         ///< within Box and Pin: the path of what they hold
  };

  bool done() const { return at_ >= text_.size(); }
  char here() const { return text_[at_]; }
  bool sees(std::string_view word) const { return text_.substr(at_).starts_with(word); }
  bool take(std::string_view word) {
    if (!sees(word)) return false;
    at_ += word.size();
    return true;
  }
  /// The `>` of `->` closes nothing.
  bool is_arrow_head() const { return here() == '>' && at_ > 0 && text_[at_ - 1] == '-'; }

  /// Moves past `"..."` or `'x'`, which may hold brackets.
  bool take_quoted() {
    if (here() == '\'' && at_ + 2 < text_.size() && text_[at_ + 2] == '\'') {
      at_ += 3;
      return true;
    }
    if (here() != '"' || quotes_are_odd_) return false;
    for (std::size_t end = at_ + 1; end < text_.size(); ++end) {
      if (text_[end] == '\\') {
        ++end;
      } else if (text_[end] == '"') {
        at_ = end + 1;
        return true;
      }
    }
    quotes_are_odd_ = true;
    return false;
  }

  /// Moves past the bracket that opens here and all within; to the end where nothing closes it.
  void skip_bracket() {
    std::string open;
    std::array<std::size_t, 128> count{};  // of each kind in `open`
    while (!done()) {
      if (take_quoted()) continue;
      const char c = here();
      if (opens(c)) {
        open += c;
        ++count[index_of(c)];
      } else if (c == ')' || c == ']' || c == '}' || (c == '>' && !is_arrow_head() && open.back() == '<')) {
        // A `<` that only compares is closed by the bracket around it.
        const char partner = opening_of(c);
        for (bool closed = count[index_of(partner)] == 0; !closed; open.pop_back()) {
          closed = open.back() == partner;
          --count[index_of(open.back())];
        }
      }
      ++at_;
      if (open.empty()) return;
    }
  }

  /// `{closure#0}`, `{lambda(int)#1}` without the parameters.
  void take_braces(std::string& out) {
    int depth = 0;
    while (!done()) {
      const char c = here();
      if (c == '<' || c == '(' || c == '[') {
        skip_bracket();
        continue;
      }
      out += c;
      ++at_;
      if (c == '{') ++depth;
      if (c == '}' && --depth == 0) return;
    }
  }

  /// Moves past what stands before a type's name. True for a pointer: that has no crate of its own.
  bool take_prefixes() {
    for (;;) {
      if (take("*const ") || take("*mut ")) return true;
      if (take("&") || take("mut ") || take("dyn ") || take("impl ") || take("unsafe ") || take("extern \"C\" "))
        continue;
      if (sees("for<")) {
        at_ += 3;
        skip_bracket();
      } else if (sees("'")) {
        at_ = std::min(text_.find_first_of(" >,", at_), text_.size());
      } else if (!take(" ")) {
        return false;
      }
    }
  }

  /// A type within brackets, up to what follows it there.
  Type type(int depth) {
    const bool is_pointer = take_prefixes();
    Type type{.path = {}, .is_builtin = true};
    if (depth >= deepest) {
      if (!done() && opens(here())) skip_bracket();
      return type;
    }
    if (is_pointer) {
      this->type(depth + 1);
      type.path = "core::ptr";
    } else if (sees("[")) {
      skip_bracket();
      type.path = "core::slice";
    } else if (sees("(")) {
      skip_bracket();
      type.path = "core::tuple";
    } else if (sees("fn(")) {
      at_ += 2;
      skip_bracket();
      if (take(" -> ")) this->type(depth + 1);
      type.path = "core::fn";
    } else {
      if (sees("<")) type.path = qualified(depth + 1, nullptr);
      take_segments(type.path, [&] {
        // Any crate may fulfil any interface for these where it may for what they hold, as for references.
        if (type.path != "alloc::boxed::Box" && type.path != "core::pin::Pin") return;
        const std::size_t start = at_;
        ++at_;
        Type inner = this->type(depth + 1);
        if (!inner.is_builtin) type.held = inner.held.empty() ? std::move(inner.path) : std::move(inner.held);
        at_ = start;
      });
      type.is_builtin = is_primitive(type.path) || is_placeholder(type.path);
      if (is_primitive(type.path)) type.path.insert(0, "core::");
    }
    return type;
  }

  /// `<Type>` or `<Type as Interface>`: whose code its functions are.
  std::string qualified(int depth, std::string* interface) {
    ++at_;
    Type self = type(depth);
    std::string fulfilled;
    while (!done()) {
      if (here() == '>' && !is_arrow_head()) {
        ++at_;
        break;
      }
      if (fulfilled.empty() && take(" as ")) {
        fulfilled = type(depth + 1).path;
      } else if (opens(here())) {
        skip_bracket();
      } else {
        ++at_;
      }
    }
    if (interface != nullptr) *interface = fulfilled;
    // Only the interface's crate may fulfil it for types that are nobody's or the language's own.
    const bool is_foreign = self.is_builtin || is_of_the_language(self.path);
    if (!fulfilled.empty() && is_foreign && (self.is_builtin || !is_of_the_language(fulfilled))) {
      return self.held.empty() || is_of_the_language(self.held) ? fulfilled : self.held;
    }
    return self.path;
  }

  /// Generic arguments: `::<...>` behind a function, `<...>` behind a type, `<impl A for B>` behind the module of it.
  void take_arguments(std::string& out) {
    skip_bracket();
    if (out.ends_with("::")) out.resize(out.size() - 2);
  }

  /// The segments of a path within brackets; `look` is called before arguments.
  template <typename Look>
  void take_segments(std::string& out, Look&& look) {
    constexpr std::string_view ends = " >,)];+=";
    while (!done() && ends.find(here()) == std::string_view::npos) {
      if (here() == '<') {
        look();
        take_arguments(out);
      } else if (here() == '{') {
        take_braces(out);
      } else if (opens(here())) {
        skip_bracket();
      } else {
        out += here();
        ++at_;
      }
    }
  }

  /// The `operator` of C++ with its symbol; false for a word that only reads so.
  bool take_operator(std::string& out) {
    constexpr std::string_view word = "operator";
    if (!sees(word) || (at_ > 0 && is_word(text_[at_ - 1]))) return false;
    const std::string_view rest = text_.substr(at_ + word.size());
    const auto* const symbol = std::ranges::find_if(operators, [&](std::string_view o) { return rest.starts_with(o); });
    const bool converts = symbol == operators.end() && rest.starts_with(' ');
    if (symbol == operators.end() && !converts) return false;
    const std::string_view taken = converts ? std::string_view(" ") : *symbol;
    out.append(word).append(taken);
    at_ += word.size() + taken.size();
    take(" ");  // `operator< <int>`
    return true;
  }

  /// Moves into the brackets around the name of a function that returns a pointer or a reference to a function or an
  /// array: `(*` of `void (*f<int>(int))(char)`, `(&` of `int (&f<int>(int)) [3]`, `(A::*` for members. False for
  /// others, without moving.
  bool take_declarator() {
    const std::size_t start = at_;
    while (take("(")) {
      const std::size_t owner = at_;
      while (!done() && (is_word(here()) || here() == ':' || here() == '<')) {
        if (here() == '<') {
          skip_bracket();
        } else {
          ++at_;
        }
      }
      const bool has_owner = at_ > owner;
      const bool is_owner = has_owner && text_.substr(owner, at_ - owner).ends_with("::");
      if (has_owner != is_owner || !(take("*") || (!is_owner && (take("&&") || take("&"))))) break;
      if (sees(" (")) ++at_;
      if (!done() && (is_word(here()) || sees(anonymous))) return true;
    }
    at_ = start;
    return false;
  }

  /// The outermost level: segments, C++ parameters with what stands before and behind them, remarks in brackets.
  void take_name(std::string& out, std::string& interface) {
    std::size_t name = 0;  // where it begins in `out`: behind a return type
    bool is_operator = false;
    while (!done()) {
      const char c = here();
      if (take(anonymous)) {
        out.append(anonymous);
      } else if (take_operator(out)) {
        is_operator = true;
      } else if (c == '{') {
        take_braces(out);
      } else if (c == '<' && !out.empty()) {
        if (sees("<impl ")) take_implemented(interface);
        take_arguments(out);
      } else if (c == '[' && !out.empty()) {
        skip_bracket();
      } else if (c == '(' && !out.empty()) {
        if (ends_in_decltype(out)) {
          skip_bracket();
          continue;
        }
        if (out.back() == ' ') {
          if (is_operator || !take_declarator()) return;  // `f (inlined)`: somebody's remark
          out.clear();
          name = 0;
          is_operator = true;  // the return type stands around the name
          continue;
        }
        skip_bracket();
        out.erase(0, name);
        name = 0;
        is_operator = true;  // there is no second return type
        while (take(" const") || take(" volatile") || take(" &&") || take(" &")) {
        }
        if (!sees("::")) return;
      } else {
        out += c;
        ++at_;
        if (c == ' ' && !is_operator) name = out.size();
      }
    }
  }

  /// The interface of `<impl Interface for Type>`, without moving.
  void take_implemented(std::string& interface) {
    const std::size_t start = at_;
    ++at_;
    const Type fulfilled = type(0);
    if (sees(" for ")) interface = fulfilled.path;
    at_ = start;
  }

  std::string_view text_;
  std::size_t at_ = 0;
  bool quotes_are_odd_ = false;
};

}  // namespace

FunctionPath function_path(std::string_view name) {
  // Most names of C and many of Rust are paths already.
  if (name.find_first_of("<([{ ") == std::string_view::npos) return {.own = std::string(name), .interface = {}};
  return PathReader(name).read();
}

bool has_word_beginning(std::string_view path, std::string_view text) {
  if (text.empty()) return false;
  for (std::size_t at = path.find(text); at != std::string_view::npos; at = path.find(text, at + 1)) {
    if (at == 0 || !is_word(path[at - 1])) return true;
  }
  return false;
}

bool has_word(std::string_view path, std::string_view word) {
  if (word.empty()) return false;
  for (std::size_t at = path.find(word); at != std::string_view::npos; at = path.find(word, at + 1)) {
    const std::size_t end = at + word.size();
    if ((at == 0 || !is_word(path[at - 1])) && (end == path.size() || !is_word(path[end]))) return true;
  }
  return false;
}

}  // namespace cyclegate::model
