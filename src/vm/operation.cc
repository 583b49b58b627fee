#include "vm/operation.h"

#include <algorithm>
#include <array>

namespace cyclegate::vm {
namespace {

constexpr std::array<std::string_view, operation_count> operation_names = {
#define X(enumerator, text) text,
    CYCLEGATE_VM_OPERATIONS(X) CYCLEGATE_VM_PRECOMPILES(X)
#undef X
};

constexpr std::array<std::string_view, access_count> access_names = {
    "aligned 8B read",
    "unaligned 1B read",
    "unaligned 2B single read",
    "unaligned 2B double read",
    "unaligned 4B single 32-align read",
    "unaligned 4B single non 32-align read",
    "unaligned 4B double read",
    "unaligned 8B double read",
    "aligned 8B write",
    "unaligned 1B clean write",
    "unaligned 1B dirty write",
    "unaligned 2B single write",
    "unaligned 2B double write",
    "unaligned 4B single 32-align clean write",
    "unaligned 4B single 32-align dirty write",
    "unaligned 4B single non 32-align write",
    "unaligned 4B double write",
    "unaligned 8B double write",
};

constexpr std::array<std::string_view, zone_count> zone_names = {"RAM STACK", "RAM NO STACK", "ROM", "INPUT"};

}  // namespace

std::string_view name(Operation operation) {
  return operation_names[index(operation)];
}

std::optional<Operation> operation_from(std::string_view word) {
  const auto found = std::ranges::find(operation_names, word);
  if (found == operation_names.end()) return std::nullopt;
  return static_cast<Operation>(found - operation_names.begin());
}

std::string_view name(Access access) {
  return access_names[static_cast<std::size_t>(access)];
}

std::string_view name(Zone zone) {
  return zone_names[static_cast<std::size_t>(zone)];
}

}  // namespace cyclegate::vm
