// Decompresses a gzip file and writes the checksums of its contents.
//
// Input: the file. Output: SHA-256 of the decompressed bytes, u64 their number, u64 number of members, u32 Adler-32
// of the whole, u32 CRC-32 of the last member.
#include "guest.h"
#include "inflate.h"

int main(void) {
  static struct sink sink;
  const uint8_t* file;
  size_t size;
  read_input(&file, &size);
  uint64_t members = gunzip(file, size, &sink);

  zkvm_sha256_hash digest;
  sha256_end(&sink.sha256, &digest);
  write_output(digest.data, sizeof digest.data);
  write_output_u64(sink.total);
  write_output_u64(members);
  write_output_u64((uint64_t)sink.crc << 32 | sink.adler);
  return 0;
}
