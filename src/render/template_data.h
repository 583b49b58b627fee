#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace cyclegate::render {

/// What a template is filled with: a tree of flags, texts, ready markup, lists and objects. Text is hostile until the
/// template engine has cleaned and escaped it; only markup() goes in as it is.
class TemplateData {
 public:
  enum class Kind { flag, text, markup, list, object };

  /// An empty object.
  TemplateData() = default;

  static TemplateData flag(bool value) {
    TemplateData data(Kind::flag);
    data.flag_ = value;
    return data;
  }
  /// Untrusted text; in formats with a size limit it is cut so that its escaped form has at most `max_bytes` bytes.
  static TemplateData text(std::string_view value, std::size_t max_bytes) {
    TemplateData data(Kind::text);
    data.text_ = value;
    data.max_bytes_ = max_bytes;
    return data;
  }
  /// Output of one of our own renderers, already escaped.
  static TemplateData markup(std::string value) {
    TemplateData data(Kind::markup);
    data.text_ = std::move(value);
    return data;
  }
  static TemplateData list() { return TemplateData(Kind::list); }

  /// Adds a field to an object. Names are not repeated.
  TemplateData& set(std::string_view name, TemplateData value) {
    names_.emplace_back(name);
    items_.push_back(std::move(value));
    return *this;
  }
  TemplateData& set(std::string_view name, bool value) { return set(name, flag(value)); }
  TemplateData& set(std::string_view name, std::string_view value, std::size_t max_bytes = 400) {
    return set(name, text(value, max_bytes));
  }
  TemplateData& set(std::string_view name, const char* value) { return set(name, std::string_view(value)); }
  TemplateData& set(std::string_view name, const std::string& value, std::size_t max_bytes = 400) {
    return set(name, std::string_view(value), max_bytes);
  }
  /// Adds an element to a list.
  void add(TemplateData value) { items_.push_back(std::move(value)); }

  Kind kind() const { return kind_; }
  bool is_set() const { return flag_; }
  const std::string& text() const { return text_; }
  std::size_t max_bytes() const { return max_bytes_; }
  const std::vector<std::string>& names() const { return names_; }
  const std::vector<TemplateData>& items() const { return items_; }

 private:
  explicit TemplateData(Kind kind) : kind_(kind) {}

  Kind kind_ = Kind::object;
  bool flag_ = false;
  std::size_t max_bytes_ = 0;
  std::string text_;
  std::vector<std::string> names_;   ///< of an object's items, in the same order
  std::vector<TemplateData> items_;  ///< of a list or an object
};

}  // namespace cyclegate::render
