#include "app/services.h"

#include <system_error>

#include "system/files.h"

namespace cyclegate::app {

std::filesystem::path located(const Services& services, const std::string& path) {
  return (services.directory / path).lexically_normal();
}

std::filesystem::path output_directory(const Services& services, const Invocation& invocation) {
  std::filesystem::path out = located(services, invocation.get("--out").value_or("out"));
  std::error_code ignored;
  if (!std::filesystem::exists(out, ignored)) {
    system::make_directories(out);
    system::write_atomically(out / ".gitignore", "*\n");
  }
  return out;
}

}  // namespace cyclegate::app
