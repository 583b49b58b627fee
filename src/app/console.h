#pragma once

#include <cstddef>
#include <iosfwd>
#include <memory>
#include <string_view>

#include "app/command_line.h"

namespace cyclegate::system {
class Clock;
class Progress;
}  // namespace cyclegate::system

namespace cyclegate::app {

/// Where results and remarks go, and how: colour only on a terminal (NO_COLOR respected), progress on a terminal,
/// line-based where there is none, nothing with --quiet.
class Console {
 public:
  /// `out` takes results, `err` takes progress, notes and errors.
  Console(const Invocation& invocation, std::ostream& out, std::ostream& err, system::Clock& clock);
  ~Console();
  Console(const Console&) = delete;
  Console& operator=(const Console&) = delete;

  std::ostream& out() { return out_; }
  system::Progress& progress() { return *progress_; }
  bool color() const { return color_; }  ///< whether results on `out` may be coloured
  bool json() const { return json_; }
  bool verbose() const { return verbose_; }
  std::size_t columns() const { return columns_; }  ///< width of the terminal, 100 without one
  /// A line for people on `err`, unless --quiet.
  void note(std::string_view line);
  /// A line on `err` with --verbose only.
  void detail(std::string_view line);

 private:
  std::ostream& out_;
  bool quiet_;
  bool verbose_;
  bool json_;
  bool color_ = false;
  std::size_t columns_ = 100;
  std::unique_ptr<system::Progress> progress_;
};

}  // namespace cyclegate::app
