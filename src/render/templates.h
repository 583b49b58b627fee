#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "render/template_data.h"

namespace cyclegate::render {

/// A Mustache template and where it comes from, for messages.
struct Template {
  std::string origin;  ///< path of a user's file, or `built-in NAME`
  std::string text;
  bool built_in = true;
};

/// The templates of the reports.
struct Templates {
  Template comment;  ///< comment.md.mustache
  Template page;     ///< report.html.mustache
};

/// The templates that are part of the program.
Templates built_in_templates();

/// The built-in templates, each replaced by the file of the same name in `directory` where there is one. Throws a
/// configuration error naming the file when one is not a regular file, larger than 256 KiB or not well-formed.
Templates load_templates(const std::filesystem::path& directory);

/// The built-in templates, each replaced by a text where there is one, e.g. out of a commit; `origin` names their
/// directory in messages. Throws as load_templates does.
Templates templates_from(const std::optional<std::string>& comment, const std::optional<std::string>& page,
                         std::string_view origin);

/// Fills the template. Every text is passed through `escape` (text, max_bytes), so that {{x}} and {{{x}}} are equally
/// safe. Throws a configuration error naming the template's origin when it is not well-formed.
std::string fill(const Template& source, const TemplateData& data,
                 const std::function<std::string(std::string_view, std::size_t)>& escape);

}  // namespace cyclegate::render
