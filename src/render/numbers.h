#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "model/comparison.h"
#include "model/policy.h"
#include "model/wide.h"

/// Every number that a report shows is formatted here, so that the terminal, the comment and the page never disagree.
/// Nothing depends on the locale. A relative change of exact values is computed in integers.
namespace cyclegate::render {

using model::thousands;

/// The change from base to head: `+12.34 %`, `-0.05 %`, `+123.4 %`, `+1,234 %`; equal values `0 %`; a change that would
/// round to nothing `+<0.01 %`; a shrink short of everything never `-100 %`; from 0 to anything `from 0`.
std::string percent_change(model::Wide base, model::Wide head);

/// The same digits for an estimated relative change (0.05 is +5 %); `n/a` when it is not finite.
std::string percent_change(double estimate);

/// `+0.52 % to +1.80 % (95 %)`.
std::string interval_text(const model::Interval& interval);

/// `p = 0.032`, `p < 0.001`.
std::string p_value_text(double p_value);

/// A share of a whole: `18.61 %`, `<0.01 %`; a whole of 0 gives `0 %`.
std::string share(model::Wide part, model::Wide whole);

/// A threshold as a percentage with no more digits than it has: `5 %`, `0.5 %`.
std::string percent(model::Millionths value);
/// A threshold as a ratio: `1.10x`.
std::string ratio(model::Millionths value);

/// Nanoseconds with four significant digits: `812 ns`, `12.35 µs`, `45.67 ms`, `1.234 s`.
std::string duration(model::Wide nanoseconds);
/// Bytes with four significant digits: `512 B`, `1.500 KiB`, `12.35 MiB`.
std::string byte_size(model::Wide bytes);

/// A value in its metric's unit: durations for `ns`, sizes for `bytes`, `58.8 Mgas/s` for what is per second, else
/// thousands.
std::string quantity(model::Wide value, std::string_view unit);

/// Three significant digits for the axis of a picture: `950`, `1.25 k`, `45.6 M`, `3.20 G`.
std::string compact(model::Wide value);

/// A round number as an axis shows it: `15 ms` for `15.00 ms`.
std::string without_trailing_zeros(std::string text);

/// `1 cell`, `1,200 cells`.
std::string counted(std::uint64_t number, std::string_view singular);

/// The change of a finding: the estimate of a sampled metric, else base against head; empty where a side is missing.
std::string change_text(const model::Change& change);
/// The change of a bar pair; `new` and `gone` where one side is 0.
std::string change_text(const model::BreakdownRow& row);
/// The change of an aggregate, likewise.
std::string change_text(const model::Aggregate& aggregate);

}  // namespace cyclegate::render
