#pragma once

#include <cstdint>
#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>

namespace cyclegate::model {

/// CRC-32 (ISO 3309, polynomial 0xEDB88320 reflected), by which accidental edits of our files are noticed. It is no
/// defence against a forger.
std::uint32_t crc32(std::string_view bytes);

/// The schema's name and major version at the head of every file: `cyclegate.runs/1`.
struct Schema {
  std::string_view name;
  std::uint32_t version = 1;
};

/// `{"schema":"NAME/VERSION"`: starts a document; members follow, each begun by ",\n".
std::string begin_document(const Schema& schema);
/// Appends the checksum of all bytes so far and closes the document.
void end_document(std::string& text);

/// A document whose streamed array is its last member, with one element a line, as LineWriter writes it.
struct StreamedLines {
  std::string_view head;      ///< up to the array's member, without its comma
  std::string_view elements;  ///< between the brackets: each element follows a line break, separated by commas
  bool had_checksum = false;
};

/// Splits a document of that form; nullopt for any other, which parse_document reads. Elements and head are not looked
/// at: they may be anything. Throws Error{configuration} when the checksum says that the file was edited.
std::optional<StreamedLines> split_document(std::string_view text, std::string_view origin, std::string_view streamed);

/// Parses a document that begin_document and end_document framed. `element` is called for each element of the top-level
/// array named `streamed` as soon as it is complete, which is then dropped, so that a large file is never in memory as
/// a whole tree. Returns the rest of the document. Throws Error{configuration} with `origin:line:column` where the text
/// is not JSON or is cut, when the schema is another one or newer, and when the checksum says that the file was edited.
/// A missing checksum is accepted: `had_checksum` tells.
nlohmann::json parse_document(std::string_view text, std::string_view origin, const Schema& schema,
                              std::string_view streamed,
                              const std::function<void(const nlohmann::json& element, std::size_t index)>& element,
                              bool& had_checksum);

}  // namespace cyclegate::model
