#include "profile/byte_reader.h"

#include <fmt/format.h>
#include <zlib.h>

#include <cstring>
#include <istream>

#include "model/error.h"
#include "profile/limits.h"

namespace cyclegate::profile {
namespace {

constexpr std::size_t kBlock = 1u << 18;

}  // namespace

struct ByteReader::Inflater {
  Inflater() : packed(kBlock) {}
  ~Inflater() {
    if (ready) inflateEnd(&stream);
  }
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;

  z_stream stream{};
  bool ready = false;
  bool ended = false;  ///< one gzip member is whole
  std::vector<char> packed;
};

ByteReader::ByteReader(std::istream& stream, std::string origin, std::uint64_t most_unpacked)
    : stream_(stream), origin_(std::move(origin)), buffer_(kBlock), most_unpacked_(most_unpacked) {
  const auto first = peek(2);
  if (first.size() < 2 || first[0] != '\x1f' || first[1] != '\x8b') return;
  auto inflater = std::make_unique<Inflater>();
  std::memcpy(inflater->packed.data(), buffer_.data() + begin_, end_ - begin_);
  // 16: the gzip wrapper and nothing else, with its checksum.
  if (inflateInit2(&inflater->stream, 15 + 16) != Z_OK) fail("no memory for unpacking");
  inflater->ready = true;
  inflater->stream.next_in = reinterpret_cast<Bytef*>(inflater->packed.data());
  inflater->stream.avail_in = static_cast<uInt>(end_ - begin_);
  begin_ = end_ = 0;
  given_ = 0;
  inflater_ = std::move(inflater);
}

ByteReader::~ByteReader() = default;

void ByteReader::fail(const std::string& what) const {
  throw model::Error(model::ErrorKind::configuration, fmt::format("{}: {}", origin_, what));
}

std::size_t ByteReader::read(char* to, std::size_t count) {
  if (!inflater_) {
    stream_.read(to, static_cast<std::streamsize>(count));
    if (stream_.bad()) fail("cannot be read");
    const auto count_read = static_cast<std::size_t>(stream_.gcount());
    given_ += count_read;
    return count_read;
  }
  z_stream& z = inflater_->stream;
  z.next_out = reinterpret_cast<Bytef*>(to);
  z.avail_out = static_cast<uInt>(count);
  while (z.avail_out == count) {
    if (z.avail_in == 0) {
      stream_.read(inflater_->packed.data(), static_cast<std::streamsize>(inflater_->packed.size()));
      if (stream_.bad()) fail("cannot be read");
      z.next_in = reinterpret_cast<Bytef*>(inflater_->packed.data());
      z.avail_in = static_cast<uInt>(stream_.gcount());
      if (z.avail_in == 0) {
        if (!inflater_->ended) fail(fmt::format("the gzip data ends early, after {} unpacked bytes", z.total_out));
        return 0;
      }
    }
    if (inflater_->ended) {  // members may follow each other (RFC 1952, 2.2)
      if (inflateReset(&z) != Z_OK) fail("cannot be unpacked");
      inflater_->ended = false;
    }
    const int status = inflate(&z, Z_NO_FLUSH);
    if (status == Z_STREAM_END) {
      inflater_->ended = true;
    } else if (status != Z_OK && status != Z_BUF_ERROR) {
      fail(fmt::format("the gzip data is damaged after {} unpacked bytes: {}", z.total_out,
                       z.msg != nullptr ? z.msg : "no reason given"));
    }
  }
  given_ += count - z.avail_out;
  if (given_ > most_unpacked_)
    fail(fmt::format("the gzip data unpacks to more than {} bytes; unpack it first if it can be trusted",
                     most_unpacked_));
  return count - z.avail_out;
}

void ByteReader::fill() {
  begin_ = end_ = 0;
  end_ = read(buffer_.data(), buffer_.size());
}

bool ByteReader::read_more() {
  if (begin_ > 0) {
    std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
  }
  if (end_ == buffer_.size()) buffer_.resize(buffer_.size() * 2);
  const std::size_t count = read(buffer_.data() + end_, buffer_.size() - end_);
  end_ += count;
  return count > 0;
}

std::string_view ByteReader::peek(std::size_t count) {
  while (end_ - begin_ < count && read_more()) {
  }
  return {buffer_.data() + begin_, end_ - begin_};
}

bool ByteReader::next_line(std::string_view& line) {
  std::size_t searched = 0;
  for (;;) {
    const char* start = buffer_.data() + begin_;
    const std::size_t size = end_ - begin_;
    const void* found = size > searched ? std::memchr(start + searched, '\n', size - searched) : nullptr;
    if (found != nullptr) {
      const auto length = static_cast<std::size_t>(static_cast<const char*>(found) - start);
      line = {start, length};
      begin_ += length + 1;
      line_has_end_ = true;
      break;
    }
    searched = size;
    if (size > kMaxLineBytes) {
      fail(fmt::format("line {}: is longer than {} bytes", line_number_ + 1, kMaxLineBytes));
    }
    if (read_more()) continue;
    if (end_ == begin_) return false;
    line = {buffer_.data() + begin_, end_ - begin_};
    begin_ = end_;
    line_has_end_ = false;
    break;
  }
  if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
  ++line_number_;
  return true;
}

}  // namespace cyclegate::profile
