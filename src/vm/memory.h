#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "vm/address_map.h"
#include "vm/code.h"

namespace cyclegate::vm {

/// A guest's memory during one execution: RAM (zero at start but for the program's data), read-only data, and the
/// input. Every access is checked against these regions; there are no others. RAM costs the host a page only when it is
/// stored to, and what was stored to is counted in blocks of 64 KiB against a limit.
class Memory {
 public:
  /// Throws model::Error (measurement) when the host gives no address space for RAM. `code` and `input` must outlive
  /// it.
  Memory(const Code& code, std::span<const std::uint8_t> input, std::uint64_t limit_bytes);
  ~Memory();
  Memory(const Memory&) = delete;
  Memory& operator=(const Memory&) = delete;

  static constexpr unsigned block_shift = 16;
  static constexpr std::size_t block_count = ram_size >> block_shift;
  static constexpr std::size_t system_block = (system_address - ram_address) >> block_shift;

  /// Host address of RAM's first byte.
  std::uint8_t* ram() { return ram_; }
  /// Whether stores into a RAM block need no further attention. Never for the system block: its UART is watched.
  bool open(std::uint64_t ram_offset) const { return open_[ram_offset >> block_shift] != 0; }

  /// Reads a little-endian number of 1, 2, 4 or 8 bytes as ZisK does: input past the end of the file is 0.
  bool load(std::uint64_t address, unsigned width, std::uint64_t& value) const;
  /// Host address of `size` bytes that lie in one region and may be read; nullptr otherwise. Only the bytes of the
  /// input file count as readable here, as for ZisK's DMA.
  const std::uint8_t* readable(std::uint64_t address, std::uint64_t size) const;
  /// Host address of `size` bytes of RAM; nullptr when they are not all in RAM.
  std::uint8_t* writable(std::uint64_t address, std::uint64_t size);
  /// Counts the blocks of a store that writable() has accepted; false when that exceeds the limit.
  bool touch(std::uint64_t address, std::uint64_t size);
  /// Counts bytes that the host keeps for the guest elsewhere; false when that exceeds the limit.
  bool charge(std::uint64_t bytes) {
    used_ += bytes;
    return used_ <= limit_;
  }
  std::uint64_t used_bytes() const { return used_; }
  std::uint64_t input_bytes() const { return input_.size(); }
  /// What the word at the input's start reads as: the next result of an fcall.
  void set_port(std::uint64_t value) { port_ = value; }

 private:
  const Code& code_;
  std::span<const std::uint8_t> input_;
  std::uint64_t limit_;
  std::uint64_t used_ = 0;
  std::uint64_t port_ = 0;
  std::uint8_t* ram_ = nullptr;
  std::array<std::uint8_t, block_count> open_{};
  bool system_counted_ = false;
};

}  // namespace cyclegate::vm
