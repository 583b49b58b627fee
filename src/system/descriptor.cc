#include "system/descriptor.h"

#include <unistd.h>

namespace cyclegate::system {

void Descriptor::reset() {
  if (descriptor_ >= 0) close(descriptor_);
  descriptor_ = -1;
}

}  // namespace cyclegate::system
