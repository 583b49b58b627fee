#pragma once

#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "model/json_fields.h"

namespace cyclegate::model {

/// The text is not in the form that JsonWriter writes. It may still be valid: JsonReader decides, and says what is
/// wrong with it.
class NotCanonical : public std::runtime_error {
 public:
  NotCanonical() : std::runtime_error("not in canonical form") {}
};

/// Reads JSON text in exactly the form in which JsonWriter writes it (fields in their order, no white space, no unknown
/// fields) straight into values, by the same field lists: many times as fast as a tree, which large run sets need.
/// Everything else, valid or not, throws NotCanonical; what is accepted is what JsonReader would have read.
class CanonicalReader {
 public:
  /// `text` must outlive the reader.
  explicit CanonicalReader(std::string_view text) : at_(text.data()), end_(text.data() + text.size()) {}

  /// A required field.
  template <class T>
  void operator()(const char* name, T& field) {
    if (!key(name)) throw NotCanonical();
    value(field);
  }

  /// A field that may be left out.
  template <class T>
  void optional(const char* name, T& field) {
    if (key(name)) value(field);
  }

  template <class T>
  void value(T& item) {
    if constexpr (std::is_same_v<T, bool>) {
      item = boolean();
    } else if constexpr (std::is_same_v<T, std::string>) {
      string(item);
    } else if constexpr (std::is_integral_v<T> && std::is_signed_v<T>) {
      static_assert(sizeof(T) == sizeof(std::int64_t));
      item = signed_integer();
    } else if constexpr (std::is_integral_v<T>) {
      const std::uint64_t number = unsigned_integer();
      if (number > std::numeric_limits<T>::max()) throw NotCanonical();
      item = static_cast<T>(number);
    } else if constexpr (std::is_enum_v<T>) {
      item = static_cast<T>(word(Words<T>::words.data(), Words<T>::words.size()));
    } else if constexpr (HasForm<T>) {
      typename T::Form form;
      value(form);
      auto made = T::from_form(std::move(form));
      if (!made) throw NotCanonical();
      item = std::move(*made);
    } else {
      compound(item);
    }
  }

  /// Throws NotCanonical unless all the text was read.
  void finish() const {
    if (at_ != end_) throw NotCanonical();
  }

 private:
  template <class T>
  void compound(std::optional<T>& item) {
    T content{};
    value(content);
    item = std::move(content);
  }
  template <class T>
  void compound(std::vector<T>& items) {
    items.clear();
    expect('[');
    if (take(']')) return;
    do {
      items.emplace_back();
      value(items.back());
    } while (take(','));
    expect(']');
    items.shrink_to_fit();  // ten thousand cells of them stay in memory
  }
  template <class T>
  void compound(std::map<std::string, T>& items) {
    items.clear();
    expect('{');
    if (take('}')) return;
    do {
      std::string name;
      string(name);
      expect(':');
      const std::size_t before = items.size();
      const auto place = items.try_emplace(items.end(), std::move(name));
      if (items.size() == before) throw NotCanonical();
      value(place->second);
    } while (take(','));
    expect('}');
  }
  template <class T>
  void compound(T& item) {
    const bool outer = first_;
    first_ = true;
    expect('{');
    Fields<T>::visit(*this, item);
    expect('}');
    first_ = outer;
  }

  bool take(char expected) {
    if (at_ == end_ || *at_ != expected) return false;
    ++at_;
    return true;
  }
  void expect(char expected) {
    if (!take(expected)) throw NotCanonical();
  }

  // Whether `name` is the next key; it is passed then.
  bool key(std::string_view name) {
    const std::size_t comma = first_ ? 0 : 1;
    const std::size_t size = comma + name.size() + 3;
    if (static_cast<std::size_t>(end_ - at_) < size) return false;
    if (comma != 0 && *at_ != ',') return false;
    const char* const quote = at_ + comma;
    if (*quote != '"' || std::string_view(quote + 1, name.size()) != name) return false;
    if (quote[name.size() + 1] != '"' || quote[name.size() + 2] != ':') return false;
    at_ += size;
    first_ = false;
    return true;
  }

  bool boolean();
  void string(std::string& item);
  std::int64_t signed_integer();
  std::uint64_t unsigned_integer();
  std::size_t word(const std::string_view* words, std::size_t count);

  const char* at_;
  const char* end_;
  bool first_ = true;
};

}  // namespace cyclegate::model
