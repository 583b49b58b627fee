#include "render/templates.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <fstream>
#include <iterator>
#include <kainjow/mustache.hpp>
#include <sstream>
#include <system_error>

#include "model/error.h"
#include "render/embedded_templates.h"
#include "render/safe_text.h"

namespace cyclegate::render {
namespace {

using Mustache = kainjow::mustache::mustache;
using Data = kainjow::mustache::data;
using model::Error;
using model::ErrorKind;
using Escape = std::function<std::string(std::string_view, std::size_t)>;

constexpr std::uintmax_t size_cap = 262'144;
constexpr std::string_view comment_file = "comment.md.mustache";
constexpr std::string_view page_file = "report.html.mustache";

Template built_in(std::string_view name) {
  const auto files = templates::embedded_files();
  const auto found = std::ranges::find(files, name, &model::EmbeddedFile::name);
  if (found == files.end()) throw std::logic_error(fmt::format("template {} is not embedded", name));
  return {fmt::format("built-in {}", name), std::string(found->bytes), true};
}

/// kainjow's message ends in ` at OFFSET`; people look for a line and a column.
std::string located(const Template& source, const std::string& message) {
  constexpr std::string_view at = " at ";
  const std::size_t found = message.rfind(at);
  std::size_t offset = 0;
  if (found == std::string::npos) return fmt::format("{}: {}", source.origin, message);
  const char* const first = message.data() + found + at.size();
  if (std::from_chars(first, message.data() + message.size(), offset).ec != std::errc() ||
      offset > source.text.size()) {
    return fmt::format("{}: {}", source.origin, message);
  }
  const std::string_view before = std::string_view(source.text).substr(0, offset);
  const std::size_t line_start = before.rfind('\n') + 1;  // npos + 1 is 0
  return fmt::format("{}:{}:{}: {}", source.origin, std::ranges::count(before, '\n') + 1, offset - line_start + 1,
                     clean(message.substr(0, found), 200));
}

/// Stands for a line feed while kainjow works. Neither templates' texts nor escaped data contain it.
constexpr char line_feed = '\x01';

/// Makes Mustache's rule for standalone lines hold: a line that consists of one section tag or comment leaves no trace.
/// kainjow leaves an empty line where the section is not shown, and eats one that follows a tag; but in Markdown an
/// empty line ends an HTML block. So such lines are joined with the next here, and kainjow sees no line feeds at all.
std::string without_standalone_lines(std::string_view text) {
  constexpr std::string_view space = " \t\r";
  std::string result;
  result.reserve(text.size());
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size() - 1) + 1;
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(end);
    std::string_view tag = line.ends_with('\n') ? line.substr(0, line.size() - 1) : line;
    while (!tag.empty() && space.find(tag.front()) != std::string_view::npos) tag.remove_prefix(1);
    while (!tag.empty() && space.find(tag.back()) != std::string_view::npos) tag.remove_suffix(1);
    const bool standalone = tag.size() > 4 && tag.starts_with("{{") && tag.ends_with("}}") &&
                            std::string_view("#^/!").find(tag[2]) != std::string_view::npos &&
                            tag.find("{{", 2) == std::string_view::npos;
    result += standalone ? tag : line;
  }
  std::ranges::replace(result, '\n', line_feed);
  return result;
}

/// Throws when the template is not well-formed.
void check(const Template& source) {
  const Mustache parsed(source.text);
  if (!parsed.is_valid()) {
    throw Error(ErrorKind::configuration,
                located(source, parsed.error_message()) + "; a template must be well-formed Mustache");
  }
}

void override_from(const std::filesystem::path& file, Template& target) {
  std::error_code error;
  const auto status = std::filesystem::symlink_status(file, error);
  if (status.type() == std::filesystem::file_type::not_found) return;
  const auto refuse = [&](std::string_view why) {
    throw Error(ErrorKind::configuration, fmt::format("{}: {}", file.string(), why));
  };
  if (error || !std::filesystem::is_regular_file(status)) refuse("a template must be a regular file, not a link");
  const auto size = std::filesystem::file_size(file, error);
  if (error) refuse("cannot be read: " + error.message());
  if (size > size_cap) refuse("a template may have at most 256 KiB");
  const std::ifstream stream(file, std::ios::binary);
  target = {file.string(), std::string(std::istreambuf_iterator<char>(stream.rdbuf()), {}), false};
  if (!stream) refuse("cannot be read");
  check(target);
}

/// Whatever put the text there: no line of it is longer or stranger than reports allow.
std::string cleaned(const std::string& text) {
  constexpr std::size_t line_cap = 4000;
  return text.find('\n') == std::string::npos ? clean(text, line_cap) : clean_lines(text, 10'000, line_cap);
}

Data convert(const TemplateData& data, const Escape& escape) {
  switch (data.kind()) {
    case TemplateData::Kind::flag:
      return Data(data.is_set());
    case TemplateData::Kind::text:
      return Data(escape(cleaned(data.text()), data.max_bytes()));
    case TemplateData::Kind::markup:
      return Data(data.text());
    case TemplateData::Kind::list: {
      Data items(Data::type::list);
      for (const TemplateData& item : data.items()) items.push_back(convert(item, escape));
      return items;
    }
    case TemplateData::Kind::object:
      break;
  }
  Data object(Data::type::object);
  for (std::size_t i = 0; i < data.items().size(); ++i) object[data.names()[i]] = convert(data.items()[i], escape);
  return object;
}

}  // namespace

Templates built_in_templates() {
  return {built_in(comment_file), built_in(page_file)};
}

Templates load_templates(const std::filesystem::path& directory) {
  Templates loaded = built_in_templates();
  std::error_code error;
  if (!std::filesystem::is_directory(directory, error)) {
    throw Error(ErrorKind::configuration, fmt::format("{}: not a directory of templates", directory.string()));
  }
  override_from(directory / comment_file, loaded.comment);
  override_from(directory / page_file, loaded.page);
  return loaded;
}

Templates templates_from(const std::optional<std::string>& comment, const std::optional<std::string>& page,
                         std::string_view origin) {
  Templates loaded = built_in_templates();
  const auto replace = [&](const std::optional<std::string>& text, std::string_view name, Template& target) {
    if (!text) return;
    Template given{fmt::format("{}/{}", origin, name), *text, false};
    if (text->size() > size_cap) {
      throw Error(ErrorKind::configuration, fmt::format("{}: a template may have at most 256 KiB", given.origin));
    }
    check(given);
    target = std::move(given);
  };
  replace(comment, comment_file, loaded.comment);
  replace(page, page_file, loaded.page);
  return loaded;
}

std::string fill(const Template& source, const TemplateData& data, const Escape& escape) {
  check(source);
  Mustache parsed(without_standalone_lines(source.text));
  parsed.set_custom_escape([](const std::string& text) { return text; });  // escaped already
  const Data values = convert(data, escape);
  kainjow::mustache::context<std::string> context;
  context.push(&values);
  std::ostringstream stream;
  std::string result = std::move(parsed.render(context, stream)).str();
  if (!parsed.error_message().empty()) {
    throw Error(ErrorKind::configuration, fmt::format("{}: {}", source.origin, clean(parsed.error_message())));
  }
  std::ranges::replace(result, line_feed, '\n');
  return result;
}

}  // namespace cyclegate::render
