#include "config/input_file.h"

#include <fmt/format.h>

#include "model/text.h"

namespace cyclegate::config {

std::optional<std::string> check_input(std::string_view guest, const Input& input, std::string_view bytes,
                                       std::string_view computed_sha256) {
  if (computed_sha256 == input.sha256) return std::nullopt;
  std::string place = input.path;
  if (!input.url.empty()) place = input.url;
  if (input.generate) place = fmt::format("output of `{} {}`", input.generate->run, input.generate->seed);
  if (model::is_lfs_pointer(bytes)) {
    return fmt::format(
        "input {} of guest {}: {} is a Git LFS pointer, not the file itself; run `git lfs pull` (in GitHub Actions: "
        "`lfs: true` for actions/checkout)",
        input.name, guest, place);
  }
  std::string remedy = "restore the file, or write the new sha256 into cyclegate.yaml if the new bytes are meant";
  if (!input.url.empty()) remedy = "the server sends other bytes now: pin a copy that you trust";
  if (input.generate)
    remedy = "the generator is not deterministic, or it changed: pin what it makes now, if that is right";
  return fmt::format("input {} of guest {}: {} ({} bytes) has sha256 {}, but {} is pinned; {}", input.name, guest,
                     place, bytes.size(), computed_sha256, input.sha256, remedy);
}

}  // namespace cyclegate::config
