// Writes flame graphs into a directory, to be looked at and to be driven in a browser.
#include <fstream>
#include <iostream>
#include <string>

#include "render/flamegraph.h"
#include "render/flamegraph_difference.h"
#include "render/profiles.h"

int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "usage: flamegraph_samples DIRECTORY\n";
    return 2;
  }
  using namespace cyclegate;
  const auto write = [&](const std::string& name, const std::string& bytes) {
    std::ofstream(std::string(argv[1]) + "/" + name, std::ios::binary) << bytes;
  };
  const model::Profile base = test::sample_base();
  render::FlamegraphOptions options;
  write("plain.svg", render::flamegraph_svg(base, options));
  const model::Profile head = test::sample_head();
  write("difference.svg", render::flamegraph_difference_svg(base, head, options));
  write("difference-self.svg", render::flamegraph_difference_svg(base, head, options, render::DifferenceColour::self));
  write("pair.html", render::flamegraph_pair_page(base, head, options));
  const model::Profile before = test::profile_of("main;work;old 300\nmain;work;x 100\n");
  const model::Profile after = test::profile_of("main;work;x 100\nmain;work;n 700\n");
  write("scale.svg", render::flamegraph_difference_svg(before, after, options));
  write("scale.html", render::flamegraph_pair_page(before, after, options));
  std::string narrow = "main;hot 60000\nmain;memcpy 18000\n";
  for (int i = 0; i < 12'000; ++i) {
    const std::string caller = "main;caller_" + std::to_string(i);
    narrow.append(caller).append(" 7\n").append(caller).append(";memcpy 3\n");
  }
  write("narrow.svg", render::flamegraph_svg(test::profile_of(narrow), options));
  // Two functions of one name, and names that only look the same.
  model::Profile same = test::profile_of("main;work 300\nmain;other;kid 700\n");
  for (auto& frame : same.frames) {
    if (frame.name == "other") frame.name = "work";
  }
  write("same-name.svg", render::flamegraph_svg(same, options));
  const std::string prefix(700, 'n');
  const model::Profile alike = test::profile_of("main;" + prefix + "1;a 100\nmain;" + prefix + "2;b 300\nmain;x\x01 " +
                                                "400\nmain;x\x02;gone 200\n");
  write("alike.svg",
        render::flamegraph_difference_svg(
            alike, test::profile_of("main;" + prefix + "2;b 600\nmain;x\x01 400\nmain;x\x02 10\n"), options));
  const model::Profile hostile = test::profile_of(
      "<script>window.pwned=1</script>;\"><img src=x onerror=\"window.pwned=1\"> 70\n"
      "<script>window.pwned=1</script>;]]></script><svg onload='window.pwned=1'><a href='javascript:window.pwned=1'>x "
      "20\n"
      "{{{x}}};${window.pwned=1};</title></style></svg><script>window.pwned=1</script> 10\n",
      "]]></title><script>window.pwned=1</script>");
  write("hostile.svg", render::flamegraph_svg(hostile, options));
  write("hostile.html", render::flamegraph_pair_page(hostile, hostile, options));
  options.interactive = false;
  write("plain-still.svg", render::flamegraph_svg(base, options));
  options.interactive = true;
  options.palette = render::FlamePalette::kind;
  options.direction = render::FlameDirection::up;
  write("kind-up.svg", render::flamegraph_svg(base, options));
  options.palette = render::FlamePalette::module;
  options.direction = render::FlameDirection::down;
  options.interactive = false;
  write("module-still.svg", render::flamegraph_svg(base, options));
  options.palette = render::FlamePalette::cool;
  options.width = 800;
  write("cool-still.svg", render::flamegraph_svg(base, options));
}
