// Writes every report of every sample comparison to a directory, to be looked at:
//   build/release/tests/unit/render/render_samples DIR
#include <filesystem>
#include <fstream>
#include <iostream>

#include "render/comparisons.h"
#include "render/html.h"
#include "render/report.h"
#include "render/summary.h"
#include "render/terminal.h"

int main(int argc, char** argv) {
  namespace render = cyclegate::render;
  if (argc != 2) {
    std::cerr << "usage: render_samples DIR\n";
    return 2;
  }
  const auto write = [](const std::filesystem::path& path, const std::string& bytes) {
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path, std::ios::binary) << bytes;
  };
  auto samples = render::test::golden_comparisons();
  samples.emplace_back("huge", render::test::huge(10'000, 20));
  for (const auto& [name, comparison] : samples) {
    const std::filesystem::path directory = std::filesystem::path(argv[1]) / name;
    render::Options options;
    options.report_location = "out/gate";
    options.picture_link = [](std::string_view picture) {
      return render::PictureLink{"pictures/" + std::string(picture) + ".svg",
                                 "pictures/" + std::string(picture) + ".svg"};
    };
    for (const auto& file : render::render_all(comparison, options)) write(directory / file.name, file.bytes);
    for (const auto& file : render::render_comment_pictures(comparison))
      write(directory / "themes" / file.name, file.bytes);
    const auto summary = render::summarise(comparison);
    write(directory / "terminal.txt",
          render::render_terminal(comparison, summary, options, {.colour = true, .width = 120}));
  }
  return 0;
}
