#pragma once

namespace cyclegate::profile {

/// Whether it is one of the ten ASCII digits, whatever the locale says.
inline bool is_digit(char character) {
  return character >= '0' && character <= '9';
}

}  // namespace cyclegate::profile
