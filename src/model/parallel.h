#pragma once

#include <cstddef>
#include <functional>

namespace cyclegate::model {

/// Calls `work(first, last)` for parts of at most `part` consecutive indices that together make up 0..count-1, on all
/// processors (up to eight) and on the calling thread. `work` must be safe to call for different parts at once; what it
/// writes for an index depends on that index alone, so that results do not depend on the number of processors. When
/// parts throw, the exception of the first of them is thrown again after all threads have ended. `part` is at least 1.
void for_each_part(std::size_t count, std::size_t part,
                   const std::function<void(std::size_t first, std::size_t last)>& work);

}  // namespace cyclegate::model
