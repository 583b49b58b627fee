#include "model/document.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <nlohmann/json.hpp>

#include "model/error.h"

namespace cyclegate::model {
namespace {

constexpr std::string_view checksum_key = ",\n\"checksum\":\"crc32:";
// Deeper nesting than any of our documents has.
constexpr int deepest = 24;

// Tables for eight bytes at a time ("slicing-by-8", M. E. Kounavis and F. L. Berry, 2005): table k holds the remainders
// of a byte that k zero bytes follow.
using CrcTables = std::array<std::array<std::uint32_t, 256>, 8>;

constexpr CrcTables make_crc_tables() {
  CrcTables tables{};
  for (std::uint32_t index = 0; index < 256; ++index) {
    std::uint32_t value = index;
    for (int bit = 0; bit < 8; ++bit) value = (value & 1U) != 0 ? 0xEDB88320U ^ (value >> 1U) : value >> 1U;
    tables[0].at(index) = value;
  }
  for (std::size_t table = 1; table < tables.size(); ++table) {
    for (std::size_t index = 0; index < 256; ++index) {
      const std::uint32_t before = tables.at(table - 1).at(index);
      tables.at(table).at(index) = tables[0].at(before & 0xFFU) ^ (before >> 8U);
    }
  }
  return tables;
}
constexpr CrcTables crc_tables = make_crc_tables();

[[noreturn]] void refuse(const std::string& message) {
  throw Error(ErrorKind::configuration, message);
}

std::string position(std::string_view text, std::size_t byte) {
  const std::string_view before = text.substr(0, std::min(byte, text.size()));
  const auto line = std::ranges::count(before, '\n') + 1;
  const std::size_t newline = before.rfind('\n');
  const std::size_t column = newline == std::string_view::npos ? before.size() + 1 : before.size() - newline;
  return fmt::format("{}:{}", line, column);
}

bool check_checksum(std::string_view text, std::string_view origin) {
  const std::size_t at = text.rfind(checksum_key);
  if (at == std::string_view::npos) return false;
  const std::string_view digits = text.substr(at + checksum_key.size(), 8);
  std::uint32_t expected = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), expected, 16);
  if (error != std::errc() || end != digits.data() + digits.size() || digits.size() != 8 ||
      expected != crc32(text.substr(0, at))) {
    refuse(fmt::format(
        "{}: the checksum does not match: the file was edited or damaged after cyclegate wrote it; restore it or "
        "produce it again",
        origin));
  }
  return true;
}

void check_schema(const nlohmann::json& document, std::string_view origin, const Schema& schema) {
  const auto found = document.is_object() ? document.find("schema") : document.end();
  if (!document.is_object() || found == document.end() || !found->is_string()) {
    refuse(fmt::format("{}: not a cyclegate file: the field 'schema' is missing; expected '{}/{}'", origin, schema.name,
                       schema.version));
  }
  const std::string text = found->get<std::string>();
  const std::size_t slash = text.rfind('/');
  std::uint32_t version = 0;
  const char* const end = text.data() + text.size();
  const bool numbered = slash != std::string::npos && std::from_chars(text.data() + slash + 1, end, version).ptr == end;
  if (!numbered || text.substr(0, slash) != schema.name || version == 0) {
    refuse(fmt::format("{}: schema '{}' where '{}/{}' is expected", origin, text.substr(0, 64), schema.name,
                       schema.version));
  }
  if (version > schema.version) {
    refuse(fmt::format("{}: schema {} is newer than this cyclegate, which reads up to {}/{}; update cyclegate", origin,
                       text, schema.name, schema.version));
  }
}

}  // namespace

std::uint32_t crc32(std::string_view bytes) {
  std::uint32_t value = 0xFFFFFFFFU;
  for (; bytes.size() >= 8; bytes.remove_prefix(8)) {
    std::uint32_t next = 0;
    for (std::size_t byte = 0; byte < 8; ++byte) {
      const std::uint32_t mixed = byte < 4 ? value >> (8 * byte) : 0;
      next ^= crc_tables[7 - byte][(mixed ^ static_cast<unsigned char>(bytes[byte])) & 0xFFU];
    }
    value = next;
  }
  for (const char byte : bytes)
    value = crc_tables[0][(value ^ static_cast<unsigned char>(byte)) & 0xFFU] ^ (value >> 8U);
  return value ^ 0xFFFFFFFFU;
}

std::string begin_document(const Schema& schema) {
  return fmt::format("{{\"schema\":\"{}/{}\"", schema.name, schema.version);
}

void end_document(std::string& text) {
  const std::uint32_t checksum = crc32(text);
  text += checksum_key;
  text += fmt::format("{:08x}\"\n}}\n", checksum);
}

std::optional<StreamedLines> split_document(std::string_view text, std::string_view origin, std::string_view streamed) {
  StreamedLines lines;
  lines.had_checksum = check_checksum(text, origin);
  const std::string member = fmt::format(",\n\"{}\":[", streamed);
  const std::size_t start = text.find(member);
  if (start == std::string_view::npos || !text.ends_with("\n}\n")) return std::nullopt;
  std::size_t end = text.size() - std::string_view("\n}\n").size();
  if (lines.had_checksum) {
    // Its eight digits and the quote end the member.
    const std::size_t checksum = text.rfind(checksum_key);
    if (checksum + checksum_key.size() + 9 != end || text[end - 1] != '"') return std::nullopt;
    end = checksum;
  }
  const std::size_t first = start + member.size();
  if (end <= first || text[end - 1] != ']') return std::nullopt;
  lines.head = text.substr(0, start);
  lines.elements = text.substr(first, end - 1 - first);
  return lines;
}

nlohmann::json parse_document(std::string_view text, std::string_view origin, const Schema& schema,
                              std::string_view streamed,
                              const std::function<void(const nlohmann::json&, std::size_t)>& element,
                              bool& had_checksum) {
  std::string top_level_key;
  std::size_t index = 0;
  // Elements come before the schema could be checked only in a file that is not ours: begin_document writes it first.
  const auto on_event = [&](int depth, nlohmann::json::parse_event_t event, nlohmann::json& parsed) {
    if (depth > deepest) refuse(fmt::format("{}: nested deeper than {} levels", origin, deepest));
    if (event == nlohmann::json::parse_event_t::key && depth == 1) top_level_key = parsed.get_ref<const std::string&>();
    if (event == nlohmann::json::parse_event_t::object_end && depth == 2 && top_level_key == streamed) {
      element(parsed, index++);
      return false;
    }
    return true;
  };
  // The checksum first: an edited file is called edited, whatever else the edit broke.
  had_checksum = check_checksum(text, origin);
  // The schema before the elements: a newer file is called newer, not malformed.
  constexpr std::size_t head_bytes = 128;
  const std::string_view head = text.substr(0, head_bytes);
  if (const std::size_t comma = head.find(",\n");
      head.starts_with("{\"schema\":\"") && comma != std::string_view::npos) {
    const nlohmann::json first = nlohmann::json::parse(std::string(head.substr(0, comma)) + "}", nullptr, false);
    if (!first.is_discarded()) check_schema(first, origin, schema);
  }
  try {
    nlohmann::json document = nlohmann::json::parse(text.begin(), text.end(), on_event);
    check_schema(document, origin, schema);
    return document;
  } catch (const nlohmann::json::parse_error& error) {
    refuse(fmt::format("{}:{}: not valid JSON, the file is cut or damaged; produce it again", origin,
                       position(text, error.byte == 0 ? 0 : error.byte - 1)));
  } catch (const nlohmann::json::exception& error) {
    refuse(fmt::format("{}: {}", origin, error.what()));
  }
}

}  // namespace cyclegate::model
