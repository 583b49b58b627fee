#pragma once

#include <expected>
#include <string>

#include "elf/image.h"
#include "vm/code.h"

namespace cyclegate::vm {

/// Fills `rom`, `ram` and the counts of initialised words of `code`. Read-only data is merged and padded, and RAM is cut
/// to blocks that are not zero, as ZisK does (zisk-riscv elf_extraction.rs merge_ro_sections, zisk-core rom_layout.rs
/// normalize_rw_data_sections), because the cost of the memory image is charged by those words. The error is that of
/// read-only data which does not start at a multiple of 8.
std::expected<void, std::string> fill_memory_image(const elf::Image& image, Code& code);

}  // namespace cyclegate::vm
