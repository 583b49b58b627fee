#include "model/json_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <nlohmann/json.hpp>
#include <utility>

#include "model/error.h"

namespace cyclegate::model {
namespace {
// A hostile file must not make us keep one message per unknown field.
constexpr std::size_t most_unknown_fields = 20;
}  // namespace

JsonReader::JsonReader(const nlohmann::json& json, std::string_view origin, std::string pointer,
                       std::vector<std::string>& unknown_fields)
    : json_(json), origin_(origin), root_pointer_(std::move(pointer)), unknown_fields_(unknown_fields) {}

JsonReader::JsonReader(const JsonReader& parent, const nlohmann::json& json, std::string_view name, std::size_t index)
    : json_(json),
      origin_(parent.origin_),
      parent_(&parent),
      name_(name),
      index_(index),
      unknown_fields_(parent.unknown_fields_) {}

std::string JsonReader::pointer() const {
  if (parent_ == nullptr) return root_pointer_;
  return name_.data() != nullptr ? fmt::format("{}/{}", parent_->pointer(), name_)
                                 : fmt::format("{}/{}", parent_->pointer(), index_);
}

void JsonReader::fail(const std::string& what) const {
  const std::string where = pointer();
  throw Error(ErrorKind::configuration, fmt::format("{}: {}: {}", origin_, where.empty() ? "/" : where, what));
}

const nlohmann::json* JsonReader::find(const char* name) {
  seen_.push_back(name);
  const auto found = json_.find(name);
  return found == json_.end() ? nullptr : &*found;
}

JsonReader JsonReader::child(const nlohmann::json& member, std::string_view name) const {
  return {*this, member, name, 0};
}

JsonReader JsonReader::element(std::size_t index) const {
  return {*this, json_[index], {}, index};
}

void JsonReader::require_object() const {
  if (!json_.is_object()) fail("must be an object");
}

void JsonReader::note_unknown_fields() const {
  if (json_.size() <= seen_.size() && unknown_fields_.size() >= most_unknown_fields) return;
  for (const auto& [name, ignored] : json_.items()) {
    const bool known = std::ranges::any_of(seen_, [&](const char* seen) { return name == seen; });
    if (!known && unknown_fields_.size() < most_unknown_fields) unknown_fields_.push_back(pointer() + "/" + name);
  }
}

std::size_t JsonReader::array_size() const {
  if (!json_.is_array()) fail("must be an array");
  return json_.size();
}

std::vector<std::pair<std::string, const nlohmann::json*>> JsonReader::members() const {
  require_object();
  std::vector<std::pair<std::string, const nlohmann::json*>> found;
  for (const auto& item : json_.items()) found.emplace_back(item.key(), &item.value());
  return found;
}

bool JsonReader::boolean() const {
  if (!json_.is_boolean()) fail("must be true or false");
  return json_.get<bool>();
}

std::string JsonReader::string() const {
  if (!json_.is_string()) fail("must be a string");
  return json_.get<std::string>();
}

double JsonReader::number() const {
  if (!json_.is_number()) fail("must be a number");
  return json_.get<double>();
}

std::int64_t JsonReader::signed_integer() const {
  if (json_.is_number_unsigned()) {
    const auto value = json_.get<std::uint64_t>();
    if (value > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()))
      fail("is too large for 64 bits with sign");
    return static_cast<std::int64_t>(value);
  }
  if (!json_.is_number_integer()) fail("must be an integer");
  return json_.get<std::int64_t>();
}

std::uint64_t JsonReader::unsigned_integer(std::uint64_t largest) const {
  if (!json_.is_number_unsigned()) fail("must be a non-negative integer below 2^64");
  const auto value = json_.get<std::uint64_t>();
  if (value > largest) fail(fmt::format("must be at most {}", largest));
  return value;
}

Wide JsonReader::wide() const {
  if (json_.is_number_unsigned()) return json_.get<std::uint64_t>();
  const auto value = json_.is_string() ? wide_from(json_.get<std::string>()) : std::nullopt;
  if (!value) fail("must be a string of decimal digits below 2^128");
  return *value;
}

WideChange JsonReader::wide_change() const {
  const auto value = json_.is_string() ? wide_change_from(json_.get<std::string>()) : std::nullopt;
  if (!value) fail("must be a string of at most 38 decimal digits, with - in front of what is negative");
  return *value;
}

std::size_t JsonReader::word(const std::string_view* words, std::size_t count) const {
  const std::string text = string();
  for (std::size_t index = 0; index < count; ++index) {
    if (words[index] == text) return index;
  }
  std::string allowed;
  for (std::size_t index = 0; index < count; ++index) allowed += (index == 0 ? "" : ", ") + std::string(words[index]);
  fail(fmt::format("'{}' is none of: {}", text.substr(0, 64), allowed));
}

}  // namespace cyclegate::model
