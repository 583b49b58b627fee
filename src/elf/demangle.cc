#include "elf/demangle.h"

#include <libiberty/demangle.h>

#include <cstdlib>
#include <memory>

namespace cyclegate::elf {
namespace {

constexpr std::size_t longest_name = 4096;

struct Free {
  void operator()(char* text) const { std::free(text); }  // NOLINT(cppcoreguidelines-no-malloc): libiberty mallocs
};

}  // namespace

std::string demangle(const std::string& name) {
  if (name.size() > longest_name || name.find('\0') != std::string::npos) return name;
  // Without DMGL_VERBOSE rust_demangle drops the hash of legacy names. DMGL_NO_RECURSE_LIMIT is left out on purpose.
  if (const std::unique_ptr<char, Free> rust{rust_demangle(name.c_str(), DMGL_NO_OPTS)}) return rust.get();
  if (const std::unique_ptr<char, Free> cxx{cplus_demangle_v3(name.c_str(), DMGL_PARAMS | DMGL_ANSI)}) return cxx.get();
  return name;
}

}  // namespace cyclegate::elf
