#include "publish/artifact_zip.h"

#include <fmt/format.h>
#include <zip.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <set>

#include "model/error.h"
#include "model/text.h"

namespace cyclegate::publish {
namespace {

/// Fixed part of a local file header and of its record in the central directory (APPNOTE.TXT 4.3.7 and 4.3.12).
constexpr std::uint64_t header_bytes = 30 + 46;

/// The end of central directory record, which is all that an empty archive has (4.3.16).
constexpr std::uint64_t end_record_bytes = 22;

/// The type bits of a unix mode, in the upper half of the external attributes, and those of file and directory.
constexpr std::uint32_t type_mask = 0170000U;
constexpr std::uint32_t regular_file = 0100000U;
constexpr std::uint32_t directory = 0040000U;

struct DiscardArchive {
  void operator()(zip_t* archive) const { zip_discard(archive); }
};
struct CloseEntry {
  void operator()(zip_file_t* file) const { zip_fclose(file); }
};
using Archive = std::unique_ptr<zip_t, DiscardArchive>;
using Entry = std::unique_ptr<zip_file_t, CloseEntry>;

class LibraryError {
 public:
  LibraryError() { zip_error_init(&error_); }
  LibraryError(const LibraryError&) = delete;
  LibraryError& operator=(const LibraryError&) = delete;
  ~LibraryError() { zip_error_fini(&error_); }
  zip_error_t* get() { return &error_; }
  std::string text() { return zip_error_strerror(&error_); }

 private:
  zip_error_t error_{};
};

/// One archive being looked through; `origin` is for messages.
class ArchiveReader {
 public:
  ArchiveReader(std::span<const std::uint8_t> file, std::string_view origin, const ZipLimits& limits)
      : limits_(limits), origin_(origin) {
    if (file.size() > limits.file_bytes) {
      refuse(fmt::format("the file has {} bytes; at most {} are read", file.size(), limits.file_bytes));
    }
    // libzip would take no bytes at all for a new archive.
    if (file.size() < end_record_bytes) refuse("not a zip archive");
    LibraryError error;
    zip_source_t* source = zip_source_buffer_create(file.data(), file.size(), 0, error.get());
    if (source == nullptr) refuse(error.text());
    // CHECKCONS: the central directory must say what the entries' own headers say.
    archive_.reset(zip_open_from_source(source, ZIP_RDONLY | ZIP_CHECKCONS, error.get()));
    if (!archive_) {
      zip_source_free(source);
      refuse(fmt::format("not a zip archive that can be trusted: {}", error.text()));
    }
    look_through(file.size());
  }

  std::optional<std::string> read(std::string_view name) {
    const auto found = entries_.find(std::string(name));
    if (found == entries_.end()) return std::nullopt;
    const auto [index, size] = found->second;
    if (size > limits_.entry_bytes) {
      refuse(name, fmt::format("unpacks to {} bytes; at most {} are read", size, limits_.entry_bytes));
    }
    const Entry entry(zip_fopen_index(archive_.get(), index, 0));
    if (!entry) refuse(name, zip_strerror(archive_.get()));
    // Never more than was declared and allowed: what a header says is no promise.
    std::string bytes(size + 1, '\0');
    std::uint64_t have = 0;
    while (have < bytes.size()) {
      const zip_int64_t got = zip_fread(entry.get(), bytes.data() + have, bytes.size() - have);
      if (got < 0) refuse(name, zip_file_strerror(entry.get()));  // a wrong checksum too
      if (got == 0) break;
      have += static_cast<std::uint64_t>(got);
    }
    if (have != size) refuse(name, "unpacks to another size than the archive declares");
    bytes.resize(size);
    return bytes;
  }

 private:
  struct Place {
    zip_uint64_t index;
    std::uint64_t size;
  };

  [[noreturn]] void refuse(const std::string& why) const {
    throw model::Error(model::ErrorKind::configuration, fmt::format("{}: {}", origin_, why));
  }
  [[noreturn]] void refuse(std::string_view name, std::string_view why) const {
    refuse(fmt::format("entry '{}': {}", model::to_line(name, 120), why));
  }

  void look_through(std::uint64_t file_bytes) {
    const zip_int64_t count = zip_get_num_entries(archive_.get(), 0);
    if (count < 0 || static_cast<std::uint64_t>(count) > limits_.entries) {
      refuse(fmt::format("has {} entries; at most {} are allowed", count, limits_.entries));
    }
    for (zip_uint64_t index = 0; index < static_cast<zip_uint64_t>(count); ++index) look_at(index);
    // Entries that share bytes are how a small file unpacks to a huge one.
    if (packed_ > file_bytes) refuse("its entries together are larger than the file: they overlap");
  }

  void look_at(zip_uint64_t index) {
    zip_stat_t stat;
    zip_stat_init(&stat);
    if (zip_stat_index(archive_.get(), index, ZIP_FL_ENC_RAW, &stat) != 0) refuse(zip_strerror(archive_.get()));
    constexpr zip_uint64_t needed = ZIP_STAT_NAME | ZIP_STAT_SIZE | ZIP_STAT_COMP_SIZE | ZIP_STAT_COMP_METHOD;
    if ((stat.valid & needed) != needed) refuse(fmt::format("entry {} has no name, size or method", index));
    const std::string_view name = stat.name;
    check_name(name);
    check_kind(index, name);
    if ((stat.valid & ZIP_STAT_ENCRYPTION_METHOD) != 0 && stat.encryption_method != ZIP_EM_NONE) {
      refuse(name, "is encrypted");
    }
    if (stat.comp_method != ZIP_CM_STORE && stat.comp_method != ZIP_CM_DEFLATE) {
      refuse(name, fmt::format("is packed by method {}; only stored and deflated entries are read", stat.comp_method));
    }
    if (stat.size > limits_.total_bytes - std::min(limits_.total_bytes, unpacked_)) {
      refuse(name, fmt::format("with it the archive unpacks to more than {} bytes", limits_.total_bytes));
    }
    unpacked_ += stat.size;
    if (stat.size > limits_.ratio_from && stat.size / limits_.ratio > stat.comp_size) {
      refuse(name, fmt::format("unpacks to more than {} times its size ({} of {} bytes)", limits_.ratio, stat.size,
                               stat.comp_size));
    }
    if (stat.comp_size > limits_.file_bytes) refuse(name, "is larger than the archive");
    packed_ += stat.comp_size + name.size() * 2 + header_bytes;
    if (!entries_.emplace(name, Place{index, stat.size}).second) refuse(name, "occurs twice");
  }

  void check_name(std::string_view name) const {
    if (name.empty()) refuse(name, "has no name");
    if (name.size() > limits_.name_bytes) {
      refuse(name, fmt::format("has a name of {} bytes; at most {} are allowed", name.size(), limits_.name_bytes));
    }
    if (std::ranges::any_of(name, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; })) {
      refuse(name, "has a control character in its name");
    }
    if (name.front() == '/') refuse(name, "is an absolute path");
    if (name.contains('\\') || name.contains(':')) refuse(name, "has a backslash or a colon in its name");
    for (std::string_view rest = name; !rest.empty();) {
      const std::string_view part = rest.substr(0, rest.find('/'));
      if (part == ".." || part == ".") refuse(name, "leads out of the archive");
      rest.remove_prefix(std::min(part.size() + 1, rest.size()));
    }
  }

  void check_kind(zip_uint64_t index, std::string_view name) const {
    zip_uint8_t system = 0;
    zip_uint32_t attributes = 0;
    if (zip_file_get_external_attributes(archive_.get(), index, 0, &system, &attributes) != 0) {
      refuse(name, "has no attributes");
    }
    // Whatever system the entry claims to come from: an unpacker may take the upper half for a mode.
    const std::uint32_t type = (attributes >> 16U) & type_mask;
    if (type != 0 && type != regular_file && type != directory) refuse(name, "is a link or a device");
  }

  Archive archive_;
  ZipLimits limits_;
  std::string origin_;
  std::map<std::string, Place> entries_;
  std::uint64_t unpacked_ = 0;
  std::uint64_t packed_ = 0;
};

}  // namespace

std::map<std::string, std::string> read_zip(std::span<const std::uint8_t> file, std::span<const std::string_view> names,
                                            std::string_view origin, const ZipLimits& limits) {
  ArchiveReader reader(file, origin, limits);
  std::map<std::string, std::string> contents;
  for (const std::string_view name : names) {
    if (auto bytes = reader.read(name)) contents.emplace(name, *std::move(bytes));
  }
  return contents;
}

}  // namespace cyclegate::publish
