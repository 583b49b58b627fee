#pragma once

#include <optional>

#include "vm/operation.h"
#include "vm/riscv.h"

namespace cyclegate::vm {

// Which ZisK operation computes an instruction (zisk-riscv 1.4.0-alpha, riscv2zisk_context.rs), for those that are one
// operation on registers and immediates; nullopt for all others.

/// rd = operation(rs1, rs2)
std::optional<Operation> register_operation(Mnemonic mnemonic);
/// rd = operation(rs1, immediate)
std::optional<Operation> immediate_operation(Mnemonic mnemonic);
/// rd = operation(0, rs1)
std::optional<Operation> unary_operation(Mnemonic mnemonic);

}  // namespace cyclegate::vm
