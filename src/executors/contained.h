#pragma once

#include <memory>

#include "executors/executor.h"

namespace cyclegate::executors {

/// The executor with one difference: what one execution could not do (a full disk, a log that cannot be written, a
/// program that vanished) is not thrown but is that execution's outcome, `crashed` with the error's text, so that one
/// cell fails and the others go on. An interruption is still thrown, and so is what describe() throws.
std::unique_ptr<Executor> contained(std::unique_ptr<Executor> executor);

}  // namespace cyclegate::executors
