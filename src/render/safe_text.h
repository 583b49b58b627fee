#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

/// Everything that comes from a repository, an ELF, an input or a log is hostile text. It passes through here on its
/// way into a report: first clean(), then the escape of the format. URLs never carry it.
namespace cyclegate::render {

/// Stands for what was cut.
inline constexpr std::string_view ellipsis = "\xE2\x80\xA6";  // U+2026

/// Characters kept of a name in a report; an ELF's function names may be megabytes.
inline constexpr std::size_t name_cap = 160;
/// Characters kept of a sentence.
inline constexpr std::size_t sentence_cap = 400;

/// One line of valid UTF-8: line breaks and tabs become spaces; control, bidirectional, invisible and non-characters as
/// well as invalid bytes become U+FFFD, so that two names never look the same because something was left out. Longer
/// text is cut to `max_characters` code points, the last of them U+2026.
std::string clean(std::string_view text, std::size_t max_characters = sentence_cap);

/// The last `max_lines` lines, each cleaned, joined by '\n'; a leading U+2026 line says that more was left out.
std::string clean_lines(std::string_view text, std::size_t max_lines, std::size_t max_characters_per_line);

/// Escapes cleaned text for HTML and XML, for text and for attributes in either quotes. Line feeds become &#10;.
std::string escape_html(std::string_view text);

/// Escapes cleaned text for a GitHub comment, inside an HTML block as well as inside Markdown: HTML, every character
/// with a meaning in Markdown, and what GitHub links on its own (@mentions, #numbers, URLs), which get a zero-width
/// space. &#64; would decode to a live @ and is no protection.
std::string escape_comment(std::string_view text);

/// escape_comment(text), cut between characters so that the result has at most `max_bytes` bytes, U+2026 included.
std::string escape_comment_within(std::string_view text, std::size_t max_bytes);

/// The lines with nothing in them that GitHub Actions takes for a workflow command, which it looks for in whatever a
/// job prints: `::` at the beginning of a line gets U+2236 for its first colon, `##[` becomes `##(`. The width stays.
std::string without_workflow_commands(std::string_view lines);

/// The same for JSON, which no workflow command can begin a line of: `##[`, which stands in strings only, becomes
/// `##\u005b`, so that the document means what it meant.
std::string json_without_workflow_commands(std::string_view json);

/// Columns of a terminal that the text takes: combining characters 0, East Asian wide characters and emoji 2.
std::size_t display_width(std::string_view text);

/// At most `columns` columns, the end replaced by U+2026 when it does not fit.
std::string shorten_end(std::string_view text, std::size_t columns);
/// At most `columns` columns, the middle replaced by U+2026: of a path of names the ends tell most.
std::string shorten_middle(std::string_view text, std::size_t columns);

/// A file name part of [a-z0-9_-] made from the text; where that loses something, 8 hex digits of its FNV-1a hash
/// follow, so that different texts keep different names.
std::string slug(std::string_view text);

/// The URL if it is http(s) or a relative path and consists of unreserved URL characters and `/?=&%:+#` only, else
/// nullopt.
std::optional<std::string> safe_url(std::string_view url);

}  // namespace cyclegate::render
