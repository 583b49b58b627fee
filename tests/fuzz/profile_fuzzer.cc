// libFuzzer target: any bytes are a profile that holds every invariant and survives each format, or end in
// model::Error.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <sstream>
#include <string>
#include <string_view>

#include "model/error.h"
#include "profile/blame.h"
#include "profile/check.h"
#include "profile/read.h"

namespace {

using namespace cyclegate;

model::Profile again(const std::string& bytes) {
  std::istringstream stream(bytes);
  return profile::read(stream, "f");
}

}  // namespace

// libFuzzer chose the name.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data,
                                      std::size_t size) {  // NOLINT(bugprone-reserved-identifier)
  model::Profile read;
  try {
    read = again({reinterpret_cast<const char*>(data), size});
  } catch (const model::Error& error) {
    if (!std::string_view(error.what()).starts_with("f: ")) std::abort();
    return 0;
  }
  profile::check(read);
  const std::string& column = read.columns.front().name;
  for (const auto& row : profile::blame(read, read, column).rows) {
    if (row.base_self != row.head_self) std::abort();
  }
  const std::string folded = profile::write(read, profile::Format::folded);
  if (folded.empty()) return 0;  // nothing weighs anything
  if (profile::write(again(profile::write(read, profile::Format::firefox)), profile::Format::folded) != folded)
    std::abort();
  try {
    if (profile::write(again(profile::write(read, profile::Format::pprof)), profile::Format::folded) != folded)
      std::abort();
  } catch (const model::Error& error) {
    if (error.kind() != model::ErrorKind::usage) std::abort();  // beyond what pprof can say
  }
  return 0;
}
