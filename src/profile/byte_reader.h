#pragma once

#include <cstddef>
#include <cstdint>
#include <iosfwd>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "profile/limits.h"

namespace cyclegate::profile {

/// The bytes of a profile file, block by block, unpacked where they are gzipped (RFC 1952; told by its first two
/// bytes). Throws model::Error{configuration} where the stream cannot be read, the packed data is damaged, or it
/// unpacks to more than `most_unpacked` bytes.
class ByteReader {
 public:
  /// `stream` must outlive the reader. `origin` names the file in messages.
  ByteReader(std::istream& stream, std::string origin, std::uint64_t most_unpacked = kMaxUnpackedBytes);
  ~ByteReader();
  ByteReader(const ByteReader&) = delete;
  ByteReader& operator=(const ByteReader&) = delete;

  const std::string& origin() const { return origin_; }

  /// The bytes at hand; reads a block where there are none. Empty only at the end.
  std::string_view bytes() {
    if (begin_ == end_) fill();
    return {buffer_.data() + begin_, end_ - begin_};
  }
  /// Takes the first `count` of bytes() away.
  void consume(std::size_t count) { begin_ += count; }
  /// Whether bytes() would read a block.
  bool needs_block() const { return begin_ == end_; }
  /// How many bytes of the file, unpacked, were taken away.
  std::uint64_t offset() const { return given_ - (end_ - begin_); }

  /// At least the first `count` bytes at hand, less only where the file ends before. They stay.
  std::string_view peek(std::size_t count);

  /// The next line without its end (LF or CRLF); false at the end. The line is valid until the next call. A line
  /// beyond kMaxLineBytes throws.
  bool next_line(std::string_view& line);
  /// Whether the line that next_line gave last had an end, which a file that is cut short may lack.
  bool line_has_end() const { return line_has_end_; }
  /// Number of the line that next_line gave last, from 1.
  std::uint64_t line_number() const { return line_number_; }

 private:
  struct Inflater;

  void fill();
  /// Reads behind end_, growing the buffer where it is full; false at the end.
  bool read_more();
  std::size_t read(char* to, std::size_t count);
  [[noreturn]] void fail(const std::string& what) const;

  std::istream& stream_;
  std::string origin_;
  std::vector<char> buffer_;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  std::uint64_t given_ = 0;  ///< bytes that came into the buffer
  std::uint64_t most_unpacked_;
  std::uint64_t line_number_ = 0;
  bool line_has_end_ = true;
  std::unique_ptr<Inflater> inflater_;
};

}  // namespace cyclegate::profile
