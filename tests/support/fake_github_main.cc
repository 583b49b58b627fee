// The fake GitHub as a program: `cyclegate_fake_github [STATE.json]` prints its two addresses and serves until its
// standard input ends. Everything else is asked and told under /_fake/ (support/fake_github.h).
#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>

#include "support/fake_github.h"

int main(int argc, char** argv) {
  try {
    cyclegate::test::FakeGitHub fake;
    if (argc > 1) {
      std::ifstream file(argv[1]);
      if (!file) throw std::runtime_error(std::string(argv[1]) + " cannot be read");
      fake.configure(nlohmann::json::parse(file));
    }
    std::cout << fake.api_url() << '\n' << fake.storage_url() << std::endl;
    std::string line;
    while (std::getline(std::cin, line)) {
    }
    return 0;
  } catch (const std::exception& error) {
    std::cerr << "cyclegate_fake_github: " << error.what() << '\n';
    return 1;
  }
}
