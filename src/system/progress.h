#pragma once

#include <cstddef>
#include <iosfwd>
#include <memory>
#include <string_view>

namespace cyclegate::system {

class Clock;

/// Tells people what goes on. All functions may be called from several threads.
class Progress {
 public:
  Progress() = default;
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;
  virtual ~Progress() = default;

  /// A phase of `total` items starts; `what` names it ("builds", "runs"). 0: not known how many. Ends the phase before.
  virtual void begin(std::size_t total, std::string_view what) = 0;
  /// The next item of the phase starts; `what` names it. More items than said simply raise the total.
  virtual void step(std::string_view what) = 0;
  /// A line that people should see now, whatever else is shown.
  virtual void note(std::string_view line) = 0;
  /// Time has passed within an item; redraws where that means something.
  virtual void tick() = 0;
  /// The phase is over.
  virtual void end() = 0;
};

/// One line, redrawn in place: phase, item, done/total, elapsed time and time left. Only for a terminal. `columns` is
/// its width; longer lines are cut, control characters are shown as `?`.
std::unique_ptr<Progress> terminal_progress(std::ostream& out, Clock& clock, std::size_t columns = 80);
/// Whole lines for CI logs: the start and end of each phase, items at most every ten seconds, every note.
std::unique_ptr<Progress> line_progress(std::ostream& out, Clock& clock);
/// Says nothing, not even notes.
std::unique_ptr<Progress> quiet_progress();

}  // namespace cyclegate::system
