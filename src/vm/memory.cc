#include "vm/memory.h"

#include <sys/mman.h>

#include <cerrno>
#include <cstring>
#include <string>

#include "model/error.h"

namespace cyclegate::vm {
namespace {

std::uint64_t little_endian(const std::uint8_t* bytes, unsigned width) {
  std::uint64_t value = 0;
  for (unsigned i = 0; i < width; ++i) value |= std::uint64_t{bytes[i]} << (8 * i);
  return value;
}

constexpr bool within(std::uint64_t address, std::uint64_t size, std::uint64_t start, std::uint64_t length) {
  return address >= start && size <= length && address - start <= length - size;
}

}  // namespace

Memory::Memory(const Code& code, std::span<const std::uint8_t> input, std::uint64_t limit_bytes)
    : code_(code), input_(input), limit_(limit_bytes), used_(code.loaded_bytes + input.size()) {
  void* const place =
      mmap(nullptr, ram_size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (place == MAP_FAILED) {
    throw model::Error(model::ErrorKind::measurement,
                       std::string("no address space for the guest's 512 MiB of RAM: ") + std::strerror(errno));
  }
  ram_ = static_cast<std::uint8_t*>(place);
  for (const Block& block : code.ram) {
    if (!block.bytes.empty()) std::memcpy(ram_ + (block.address - ram_address), block.bytes.data(), block.bytes.size());
  }
}

Memory::~Memory() {
  munmap(ram_, ram_size);
}

const std::uint8_t* Memory::readable(std::uint64_t address, std::uint64_t size) const {
  if (within(address, size, ram_address, ram_size)) return ram_ + (address - ram_address);
  for (const Block& block : code_.rom) {
    if (within(address, size, block.address, block.bytes.size())) return block.bytes.data() + (address - block.address);
  }
  if (within(address, size, input_address + input_file_offset, input_.size())) {
    return input_.data() + (address - input_address - input_file_offset);
  }
  return nullptr;
}

bool Memory::load(std::uint64_t address, unsigned width, std::uint64_t& value) const {
  if (const std::uint8_t* bytes = readable(address, width)) {
    value = little_endian(bytes, width);
    return true;
  }
  if (address == input_address && width == 8) {
    value = port_;
    return true;
  }
  // What follows the input file.
  value = 0;
  return within(address, width, input_address + input_file_offset, input_size - input_file_offset);
}

std::uint8_t* Memory::writable(std::uint64_t address, std::uint64_t size) {
  return within(address, size, ram_address, ram_size) ? ram_ + (address - ram_address) : nullptr;
}

bool Memory::touch(std::uint64_t address, std::uint64_t size) {
  if (size == 0) return true;
  const std::uint64_t first = (address - ram_address) >> block_shift;
  const std::uint64_t last = (address - ram_address + size - 1) >> block_shift;
  for (std::uint64_t block = first; block <= last; ++block) {
    if (block == system_block ? system_counted_ : open_[block] != 0) continue;
    used_ += std::uint64_t{1} << block_shift;
    if (used_ > limit_) return false;
    if (block == system_block) {
      system_counted_ = true;
    } else {
      open_[block] = 1;
    }
  }
  return true;
}

}  // namespace cyclegate::vm
