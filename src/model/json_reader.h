#pragma once

#include <cstdint>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "model/json_fields.h"
#include "model/wide.h"

namespace cyclegate::model {

/// Reads values out of a parsed JSON document by the same field lists that wrote them. Every mistake throws
/// Error{configuration} with origin and JSON pointer: `runs.json: /runs/3/cell/guest: must be a string`. Unknown fields
/// are noted, not refused.
class JsonReader {
 public:
  /// `json` must outlive the reader. `pointer` is the JSON pointer of that value within the document.
  JsonReader(const nlohmann::json& json, std::string_view origin, std::string pointer,
             std::vector<std::string>& unknown_fields);
  JsonReader(const JsonReader&) = delete;
  JsonReader& operator=(const JsonReader&) = delete;

  template <class T>
  void operator()(const char* name, T& field) {
    const nlohmann::json* member = find(name);
    if (member == nullptr) fail("the field '" + std::string(name) + "' is missing");
    child(*member, name).value(field);
  }

  template <class T>
  void optional(const char* name, T& field) {
    if (const nlohmann::json* member = find(name)) child(*member, name).value(field);
  }

  template <class T>
  void value(T& item) {
    if constexpr (std::is_same_v<T, bool>) {
      item = boolean();
    } else if constexpr (std::is_same_v<T, Wide>) {
      item = wide();
    } else if constexpr (std::is_same_v<T, WideChange>) {
      item = wide_change();
    } else if constexpr (std::is_same_v<T, std::string>) {
      item = string();
    } else if constexpr (std::is_floating_point_v<T>) {
      item = number();
    } else if constexpr (std::is_integral_v<T> && std::is_signed_v<T>) {
      item = signed_integer();
    } else if constexpr (std::is_integral_v<T>) {
      item = static_cast<T>(unsigned_integer(static_cast<T>(-1)));
    } else if constexpr (std::is_same_v<T, Millionths>) {
      item.value = signed_integer();
    } else if constexpr (std::is_enum_v<T>) {
      item = static_cast<T>(word(Words<T>::words.data(), Words<T>::words.size()));
    } else if constexpr (HasForm<T>) {
      typename T::Form form;
      value(form);
      auto made = T::from_form(std::move(form));
      if (!made) fail("has more elements than are allowed");
      item = std::move(*made);
    } else {
      compound(item);
    }
  }

  [[noreturn]] void fail(const std::string& what) const;

 private:
  template <class T>
  void compound(std::optional<T>& item) {
    T content{};
    value(content);
    item = std::move(content);
  }
  template <class T>
  void compound(std::vector<T>& items) {
    const std::size_t count = array_size();
    items.clear();
    items.reserve(count);
    for (std::size_t index = 0; index < count; ++index) {
      T item{};
      element(index).value(item);
      items.push_back(std::move(item));
    }
  }
  template <class T>
  void compound(std::map<std::string, T>& items) {
    items.clear();
    for (const auto& [name, member] : members()) {
      T item{};
      child(*member, name).value(item);
      items.emplace(name, std::move(item));
    }
  }
  template <class T>
  void compound(T& item) {
    require_object();
    Fields<T>::visit(*this, item);
    note_unknown_fields();
  }

  /// A reader of a member or element, which lives shorter than its parent. Its pointer is put together only for
  /// messages.
  JsonReader(const JsonReader& parent, const nlohmann::json& json, std::string_view name, std::size_t index);
  std::string pointer() const;

  const nlohmann::json* find(const char* name);
  JsonReader child(const nlohmann::json& member, std::string_view name) const;
  JsonReader element(std::size_t index) const;
  void require_object() const;
  void note_unknown_fields() const;
  std::size_t array_size() const;
  /// Every member of an object; names may hold any character, NUL as well.
  std::vector<std::pair<std::string, const nlohmann::json*>> members() const;
  bool boolean() const;
  std::string string() const;
  double number() const;
  std::int64_t signed_integer() const;
  std::uint64_t unsigned_integer(std::uint64_t largest) const;
  Wide wide() const;
  WideChange wide_change() const;
  std::size_t word(const std::string_view* words, std::size_t count) const;

  const nlohmann::json& json_;
  std::string_view origin_;
  std::string root_pointer_;  ///< of a reader without a parent
  const JsonReader* parent_ = nullptr;
  std::string_view name_;  ///< of a member
  std::size_t index_ = 0;  ///< of an element, which has no name
  std::vector<std::string>& unknown_fields_;
  std::vector<const char*> seen_;
};

}  // namespace cyclegate::model
