#include "system/progress.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <mutex>
#include <optional>
#include <ostream>
#include <string>

#include "system/clock.h"

namespace cyclegate::system {
namespace {

using std::chrono::nanoseconds;

/// Names come from configuration files and other people's programs; no escape sequence of theirs reaches a terminal.
std::string harmless(std::string_view text) {
  std::string result(text);
  std::ranges::replace_if(result, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }, '?');
  return result;
}

/// At most `columns` characters of UTF-8, each counted as one column.
std::string cut(std::string text, std::size_t columns) {
  std::size_t seen = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if ((static_cast<unsigned char>(text[i]) & 0xC0U) == 0x80U) continue;
    if (seen++ == columns) {
      text.resize(i);
      break;
    }
  }
  return text;
}

/// `7s`, `3m07s`, `2h05m`.
std::string show_elapsed(nanoseconds duration) {
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(duration).count();
  if (seconds < 60) return fmt::format("{}s", seconds);
  if (seconds < 3600) return fmt::format("{}m{:02}s", seconds / 60, seconds % 60);
  return fmt::format("{}h{:02}m", seconds / 3600, seconds / 60 % 60);
}

/// What both visible kinds know of the phase under way.
struct Phase {
  std::string what;
  std::string item;
  std::size_t total = 0;
  std::size_t started = 0;
  nanoseconds since{0};

  std::string count() const {
    return total == 0 ? fmt::format("{}", started) : fmt::format("{}/{}", started, std::max(started, total));
  }
  /// From the mean of the items that are done; the one that runs counts as not done.
  std::optional<nanoseconds> time_left(nanoseconds now) const {
    if (total == 0 || started < 2) return std::nullopt;
    const auto done = static_cast<std::int64_t>(started - 1);
    const auto open = static_cast<std::int64_t>(std::max(started, total) - (started - 1));
    return nanoseconds(static_cast<std::int64_t>(static_cast<double>((now - since).count()) /
                                                 static_cast<double>(done) * static_cast<double>(open)));
  }
};

class TerminalProgress final : public Progress {
 public:
  TerminalProgress(std::ostream& out, Clock& clock, std::size_t columns)
      : out_(out), clock_(clock), columns_(columns) {}
  ~TerminalProgress() override { erase(); }

  void begin(std::size_t total, std::string_view what) override {
    const std::lock_guard guard(mutex_);
    phase_ = Phase{.what = harmless(what), .item = {}, .total = total, .started = 0, .since = clock_.monotonic()};
    draw();
  }
  void step(std::string_view what) override {
    const std::lock_guard guard(mutex_);
    if (!phase_) return;
    ++phase_->started;
    phase_->item = harmless(what);
    draw();
  }
  void note(std::string_view line) override {
    const std::lock_guard guard(mutex_);
    erase();
    out_ << harmless(line) << '\n';
    draw();
  }
  void tick() override {
    const std::lock_guard guard(mutex_);
    draw();
  }
  void end() override {
    const std::lock_guard guard(mutex_);
    erase();
    phase_.reset();
  }

 private:
  void erase() {
    if (!drawn_) return;
    // Carriage return, then "erase to the end of the line" (ECMA-48, EL).
    out_ << "\r\x1b[K" << std::flush;
    drawn_ = false;
  }
  void draw() {
    if (!phase_) return;
    const nanoseconds now = clock_.monotonic();
    std::string line = fmt::format("{} {}  {}", phase_->what, phase_->count(), show_elapsed(now - phase_->since));
    if (const auto left = phase_->time_left(now)) line += fmt::format(", {} left", show_elapsed(*left));
    if (!phase_->item.empty()) line += "  " + phase_->item;
    // One column stays free, because some terminals wrap after the last one.
    out_ << "\r\x1b[K" << cut(std::move(line), columns_ - 1) << std::flush;
    drawn_ = true;
  }

  std::ostream& out_;
  Clock& clock_;
  std::size_t columns_;
  std::mutex mutex_;
  std::optional<Phase> phase_;
  bool drawn_ = false;
};

class LineProgress final : public Progress {
 public:
  LineProgress(std::ostream& out, Clock& clock) : out_(out), clock_(clock) {}

  void begin(std::size_t total, std::string_view what) override {
    const std::lock_guard guard(mutex_);
    finish();
    phase_ = Phase{.what = harmless(what), .item = {}, .total = total, .started = 0, .since = clock_.monotonic()};
    last_line_ = phase_->since;
    out_ << phase_->what << (total == 0 ? std::string(": start") : fmt::format(": {} to do", total)) << '\n'
         << std::flush;
  }
  void step(std::string_view what) override {
    const std::lock_guard guard(mutex_);
    if (!phase_) return;
    ++phase_->started;
    phase_->item = harmless(what);
    say_sometimes();
  }
  void note(std::string_view line) override {
    const std::lock_guard guard(mutex_);
    out_ << harmless(line) << '\n' << std::flush;
  }
  void tick() override {
    const std::lock_guard guard(mutex_);
    if (phase_) say_sometimes();
  }
  void end() override {
    const std::lock_guard guard(mutex_);
    finish();
  }

 private:
  static constexpr nanoseconds pause = std::chrono::seconds{10};

  void finish() {
    if (!phase_) return;
    out_ << fmt::format("{}: {} done in {}", phase_->what, phase_->started,
                        show_elapsed(clock_.monotonic() - phase_->since))
         << '\n'
         << std::flush;
    phase_.reset();
  }
  void say_sometimes() {
    const nanoseconds now = clock_.monotonic();
    if (now - last_line_ < pause) return;
    last_line_ = now;
    out_ << fmt::format("{} {} after {}: {}", phase_->what, phase_->count(), show_elapsed(now - phase_->since),
                        phase_->item)
         << '\n'
         << std::flush;
  }

  std::ostream& out_;
  Clock& clock_;
  std::mutex mutex_;
  std::optional<Phase> phase_;
  nanoseconds last_line_{0};
};

class QuietProgress final : public Progress {
 public:
  void begin(std::size_t, std::string_view) override {}
  void step(std::string_view) override {}
  void note(std::string_view) override {}
  void tick() override {}
  void end() override {}
};

}  // namespace

std::unique_ptr<Progress> terminal_progress(std::ostream& out, Clock& clock, std::size_t columns) {
  return std::make_unique<TerminalProgress>(out, clock, std::max<std::size_t>(columns, 20));
}

std::unique_ptr<Progress> line_progress(std::ostream& out, Clock& clock) {
  return std::make_unique<LineProgress>(out, clock);
}

std::unique_ptr<Progress> quiet_progress() {
  return std::make_unique<QuietProgress>();
}

}  // namespace cyclegate::system
