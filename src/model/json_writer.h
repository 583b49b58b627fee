#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "model/json_fields.h"
#include "model/wide.h"

namespace cyclegate::model {

/// Appends JSON text (RFC 8259) to a string: fields in the order in which they are visited, no white space, so that
/// equal values give equal bytes. Strings that are not UTF-8 have the bad bytes replaced by U+FFFD.
class JsonWriter {
 public:
  explicit JsonWriter(std::string& target) : out_(target) {}

  /// A field that is always written.
  template <class T>
  void operator()(const char* name, const T& field) {
    key(name);
    value(field);
  }

  /// A field that is left out while it has its default value.
  template <class T>
  void optional(const char* name, const T& field) {
    if (field == T{}) return;
    key(name);
    value(field);
  }

  template <class T>
  void value(const T& item) {
    if constexpr (std::is_same_v<T, bool>) {
      out_ += item ? "true" : "false";
    } else if constexpr (std::is_same_v<T, Wide>) {
      string(to_decimal(item));
    } else if constexpr (std::is_same_v<T, WideChange>) {
      string(to_signed_decimal(item));
    } else if constexpr (std::is_same_v<T, std::string>) {
      string(item);
    } else if constexpr (std::is_floating_point_v<T>) {
      number(item);
    } else if constexpr (std::is_integral_v<T> && std::is_signed_v<T>) {
      integer(static_cast<std::int64_t>(item));
    } else if constexpr (std::is_integral_v<T>) {
      integer(static_cast<std::uint64_t>(item));
    } else if constexpr (std::is_same_v<T, Millionths>) {
      integer(item.value);
    } else if constexpr (std::is_enum_v<T>) {
      string(Words<T>::words[static_cast<std::size_t>(item)]);
    } else if constexpr (HasForm<T>) {
      value<typename T::Form>(item.form());
    } else {
      compound(item);
    }
  }

  void string(std::string_view text);

 private:
  template <class T>
  void compound(const std::optional<T>& item) {
    if (item) {
      value(*item);
    } else {
      out_ += "null";
    }
  }
  template <class T>
  void compound(const std::vector<T>& items) {
    out_ += '[';
    bool first = true;
    for (const T& item : items) {
      if (!first) out_ += ',';
      first = false;
      value(item);
    }
    out_ += ']';
  }
  template <class T>
  void compound(const std::map<std::string, T>& items) {
    const bool outer = first_;
    first_ = true;
    out_ += '{';
    for (const auto& [name, item] : items) {
      key(name);
      value(item);
    }
    out_ += '}';
    first_ = outer;
  }
  template <class T>
  void compound(const T& item) {
    const bool outer = first_;
    first_ = true;
    out_ += '{';
    Fields<T>::visit(*this, item);
    out_ += '}';
    first_ = outer;
  }

  void key(std::string_view name);
  void integer(std::int64_t number);
  void integer(std::uint64_t number);
  void number(double number);

  std::string& out_;
  bool first_ = true;
};

/// Writes the members of a document, each on a line of its own (after begin_document).
class LineWriter {
 public:
  explicit LineWriter(std::string& target) : out_(target) {}

  template <class T>
  void operator()(const char* name, const T& field) {
    out_ += ",\n";
    JsonWriter writer(out_);
    writer.string(name);
    out_ += ':';
    writer.value(field);
  }
  template <class T>
  void optional(const char* name, const T& field) {
    if (!(field == T{})) (*this)(name, field);
  }
  /// An array with one element per line.
  template <class T>
  void lines(const char* name, const std::vector<T>& items) {
    out_ += ",\n";
    JsonWriter(out_).string(name);
    out_ += ":[";
    bool first = true;
    for (const T& item : items) {
      out_ += first ? "\n" : ",\n";
      first = false;
      JsonWriter(out_).value(item);
    }
    out_ += ']';
  }

 private:
  std::string& out_;
};

}  // namespace cyclegate::model
