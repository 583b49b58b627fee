#include "app/services.h"

namespace cyclegate::app {

std::filesystem::path located(const Services& services, const std::string& path) {
  return (services.directory / path).lexically_normal();
}

std::filesystem::path output_directory(const Services& services, const Invocation& invocation) {
  return located(services, invocation.get("--out").value_or("out"));
}

}  // namespace cyclegate::app
