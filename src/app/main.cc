#include <iostream>

#include "app/run.h"

int main(int count, char** words) {
  return cyclegate::app::run({words + 1, words + count}, std::cout, std::cerr);
}
