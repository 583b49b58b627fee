#include "elf/source_lines.h"

#include <elfutils/libdw.h>

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include "elf/demangle.h"
#include "elf/dwarf_file.h"
#include "elf/image.h"

namespace cyclegate::elf {
namespace {

/// The function that covers an address: the last one at or before it, as far as its size reaches.
class Functions {
 public:
  explicit Functions(const std::vector<Symbol>& symbols) : symbols_(symbols), names_(symbols.size()) {}

  const std::string* at(std::uint64_t address) {
    const auto after = std::ranges::upper_bound(symbols_, address, {}, &Symbol::address);
    if (after == symbols_.begin()) return nullptr;
    const auto symbol = std::prev(after);
    if (symbol->size != 0 && address - symbol->address >= symbol->size) return nullptr;
    auto& name = names_[static_cast<std::size_t>(symbol - symbols_.begin())];
    if (!name) name = demangle(symbol->name);
    return &*name;
  }

 private:
  const std::vector<Symbol>& symbols_;
  std::vector<std::optional<std::string>> names_;
};

/// Walks the line tables of all units.
class LineWalker {
 public:
  LineWalker(const Image& image, const std::function<std::string(std::string_view)>& file_of,
             const std::function<bool(const std::string&, std::uint32_t)>& wanted)
      : functions_(image.functions), file_of_(file_of), wanted_(wanted) {}

  void walk(Dwarf* dwarf) {
    Dwarf_CU* unit = nullptr;
    Dwarf_Lines* lines = nullptr;
    Dwarf_Files* files = nullptr;
    Dwarf_Off next = 0;
    std::size_t lines_count = 0;
    std::size_t files_count = 0;
    for (Dwarf_Off offset = 0;; offset = next) {
      const int more = dwarf_next_lines(dwarf, offset, &next, &unit, &files, &files_count, &lines, &lines_count);
      if (more != 0 || next <= offset) return;
      rows_ += lines_count;
      if (rows_ > max_line_rows) return;
      if (lines != nullptr) take(lines, lines_count);
    }
  }

  std::vector<SourceLine> result() {
    std::ranges::sort(found_);
    const auto rest = std::ranges::unique(found_);
    found_.erase(rest.begin(), rest.end());
    return std::move(found_);
  }

 private:
  void take(Dwarf_Lines* lines, std::size_t count) {
    // libdw gives every row of a file the same pointer to its name.
    std::map<const char*, const std::string*> seen;
    for (std::size_t index = 0; index < count && found_.size() < max_source_lines; ++index) {
      Dwarf_Line* const row = dwarf_onesrcline(lines, index);
      bool ends = false;
      int line = 0;
      Dwarf_Addr address = 0;
      if (row == nullptr || dwarf_lineendsequence(row, &ends) != 0 || ends) continue;
      if (dwarf_lineno(row, &line) != 0 || line <= 0 || dwarf_lineaddr(row, &address) != 0) continue;
      const char* const name = dwarf_linesrc(row, nullptr, nullptr);
      if (name == nullptr) continue;
      auto [file, fresh] = seen.try_emplace(name, nullptr);
      if (fresh) file->second = &kept_file(name);
      if (file->second->empty() || !wanted_(*file->second, static_cast<std::uint32_t>(line))) continue;
      const std::string* const function = functions_.at(address);
      if (function != nullptr) found_.push_back({*function, *file->second, static_cast<std::uint32_t>(line)});
    }
  }

  const std::string& kept_file(const char* name) {
    const auto [file, fresh] = files_.try_emplace(name);
    if (fresh) file->second = file_of_(file->first);
    return file->second;
  }

  Functions functions_;
  const std::function<std::string(std::string_view)>& file_of_;
  const std::function<bool(const std::string&, std::uint32_t)>& wanted_;
  std::map<std::string, std::string> files_;
  std::vector<SourceLine> found_;
  std::size_t rows_ = 0;
};

}  // namespace

std::vector<SourceLine> source_lines(std::span<const std::uint8_t> file_bytes,
                                     const std::function<std::string(std::string_view name)>& file_of,
                                     const std::function<bool(const std::string& file, std::uint32_t line)>& wanted) {
  if (file_bytes.size() > max_debug_file_bytes) return {};
  const auto image = parse(file_bytes);
  if (!image || image->functions.empty()) return {};
  const DwarfFile dwarf(file_bytes);
  if (dwarf.get() == nullptr) return {};
  LineWalker walker(*image, file_of, wanted);
  walker.walk(dwarf.get());
  return walker.result();
}

}  // namespace cyclegate::elf
