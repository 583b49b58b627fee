#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>

#include "render/numbers.h"
#include "render/safe_text.h"
#include "render/svg_histogram.h"

namespace cyclegate::render {
namespace {

using Values = std::vector<std::int64_t>;

constexpr double plot_start = 70;
constexpr double plot_end = picture_width - 24;
constexpr double lane_height = 90;
constexpr double first_lane = 64;
constexpr double dot_radius = 4;
constexpr std::size_t bins = 76;      // as many dots as fit side by side
constexpr std::size_t dots_high = 8;  // beyond that a bin is drawn as a bar

class Axis {
 public:
  Axis(const Values& base, const Values& head) {
    bool first = true;
    for (const Values* values : {&base, &head}) {
      for (const std::int64_t value : *values) {
        low_ = first ? static_cast<double>(value) : std::min(low_, static_cast<double>(value));
        high_ = first ? static_cast<double>(value) : std::max(high_, static_cast<double>(value));
        first = false;
      }
    }
    // Equal values stand in the middle; otherwise the outermost dots keep clear of the edge.
    const double span = high_ - low_;
    const double room = span > 0 ? span * 0.03 : std::max(1.0, high_ * 0.01);
    low_ = std::max(0.0, low_ - room);
    high_ += room;
  }

  double place(double value) const { return plot_start + (plot_end - plot_start) * (value - low_) / (high_ - low_); }

  std::size_t bin(std::int64_t value) const {
    const double share = (static_cast<double>(value) - low_) / (high_ - low_);
    return std::min(bins - 1, static_cast<std::size_t>(std::max(0.0, share) * static_cast<double>(bins)));
  }

  std::vector<double> ticks() const {
    const double rough = (high_ - low_) / 6;
    double step = std::pow(10.0, std::floor(std::log10(rough)));
    for (const double factor : {5.0, 2.0}) {
      if (step * factor <= rough * 1.5) {
        step *= factor;
        break;
      }
    }
    step = std::max(1.0, step);
    std::vector<double> result;
    for (double tick = std::ceil(low_ / step) * step; tick <= high_ && result.size() < 12; tick += step) {
      result.push_back(tick);
    }
    return result;
  }

 private:
  double low_ = 0;
  double high_ = 1;
};

std::string value_text(std::int64_t value, std::string_view unit) {
  return quantity(static_cast<model::Wide>(std::max<std::int64_t>(0, value)), unit);
}

void lane(SvgCanvas& canvas, const Axis& axis, const Values& values, double top, std::string_view side,
          std::string_view css_class, std::string_view unit) {
  const double floor = top + lane_height - 4;
  canvas.text(picture_margin, floor - 22, "strong plain", "start", side);
  canvas.text(picture_margin, floor - 8, "small", "start", counted(values.size(), "run"));
  canvas.line(plot_start, floor, plot_end, floor, "grid");
  if (values.empty()) {
    canvas.text(plot_start + 8, floor - 10, "small", "start", "no runs");
    return;
  }
  std::array<std::size_t, bins> counts{};
  for (const std::int64_t value : values) ++counts.at(axis.bin(value));
  const std::size_t highest = *std::ranges::max_element(counts);
  const double pitch = (plot_end - plot_start) / static_cast<double>(bins);
  for (std::size_t i = 0; i < bins; ++i) {
    if (counts.at(i) == 0) continue;
    const double left = plot_start + pitch * static_cast<double>(i);
    if (highest > dots_high) {
      const double height = (lane_height - 38) * static_cast<double>(counts.at(i)) / static_cast<double>(highest);
      canvas.rectangle(left + 0.5, floor - height, pitch - 1, height, css_class);
      continue;
    }
    const double rise = std::min(2 * dot_radius, (lane_height - 40) / static_cast<double>(highest));
    for (std::size_t dot = 0; dot < counts.at(i); ++dot) {
      canvas.circle(left + pitch / 2, floor - dot_radius - 1 - rise * static_cast<double>(dot), dot_radius, css_class);
    }
  }
  const std::int64_t middle = median(values);
  const double x = axis.place(static_cast<double>(middle));
  canvas.line(x, top + 14, x, floor, side == "base" ? "median base-line" : "median head-line");
  const bool right = x > (plot_start + plot_end) / 2;
  canvas.text(x + (right ? -6 : 6), top + 22, "strong plain", right ? "end" : "start",
              fmt::format("median {}", value_text(middle, unit)));
}

}  // namespace

std::int64_t median(Values values) {
  if (values.empty()) return 0;
  const auto upper = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::ranges::nth_element(values, upper);
  if (values.size() % 2 == 1) return *upper;
  return std::midpoint(*std::max_element(values.begin(), upper), *upper);
}

std::string distribution_svg(const model::Distribution& distribution, Theme theme) {
  const std::string title =
      fmt::format("{} of {} / {} ({})", clean(distribution.metric, 40),
                  shorten_middle(clean(distribution.cell.guest, name_cap), 30),
                  shorten_middle(clean(distribution.cell.input, name_cap), 30), clean(distribution.cell.executor, 24));
  const std::int64_t base = median(distribution.base);
  const std::int64_t head = median(distribution.head);
  std::string medians = "one side has no runs";
  if (!distribution.base.empty() && !distribution.head.empty()) {
    medians = fmt::format("medians {} \u2192 {}, {}", value_text(base, distribution.unit),
                          value_text(head, distribution.unit),
                          percent_change(static_cast<model::Wide>(std::max<std::int64_t>(0, base)),
                                         static_cast<model::Wide>(std::max<std::int64_t>(0, head))));
  }
  SvgCanvas canvas(title, fmt::format("Every run of base above every run of head on one axis; {}.", medians), theme);
  canvas.text(picture_margin, 28, "title", "start", title);
  canvas.text(picture_margin, 48, "small", "start", medians);
  const Axis axis(distribution.base, distribution.head);
  const double bottom = first_lane + 2 * lane_height;
  for (const double tick : axis.ticks()) {
    canvas.line(axis.place(tick), first_lane, axis.place(tick), bottom, "grid");
    canvas.text(axis.place(tick), bottom + 15, "small axis", "middle",
                without_trailing_zeros(value_text(std::llround(tick), distribution.unit)));
  }
  lane(canvas, axis, distribution.base, first_lane, "base", "base", distribution.unit);
  lane(canvas, axis, distribution.head, first_lane + lane_height, "head", "head", distribution.unit);
  return canvas.finish(bottom + 26);
}

}  // namespace cyclegate::render
