#pragma once

#include <utility>

namespace cyclegate::system {

/// Owns a file descriptor of the kernel and closes it.
class Descriptor {
 public:
  Descriptor() = default;
  /// Takes over what open(2) and the like returned; negative: none.
  explicit Descriptor(int descriptor) : descriptor_(descriptor) {}
  ~Descriptor() { reset(); }
  Descriptor(Descriptor&& other) noexcept : descriptor_(other.release()) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    if (this != &other) {
      reset();
      descriptor_ = other.release();
    }
    return *this;
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;

  int get() const { return descriptor_; }
  explicit operator bool() const { return descriptor_ >= 0; }
  /// Gives it up without closing it.
  int release() { return std::exchange(descriptor_, -1); }
  /// Closes it now.
  void reset();

 private:
  int descriptor_ = -1;
};

}  // namespace cyclegate::system
