#pragma once

#include <array>
#include <cmath>
#include <cstdint>
#include <string_view>

#include "noise.h"

namespace cyclegate::error_rates {

enum class Method : std::uint8_t { robust, classic, classic_in_blocks, mann_whitney, mean_and_sigma, paired_t };

inline constexpr std::array<Method, 6> methods{Method::robust,       Method::classic,        Method::classic_in_blocks,
                                               Method::mann_whitney, Method::mean_and_sigma, Method::paired_t};

std::string_view name(Method method);

/// A pull request has four guests of five inputs with weights 4, 2, 2, 1, 1: twenty cells and four aggregates.
inline constexpr std::size_t guests = 4;
inline constexpr std::size_t inputs = 5;
inline constexpr std::size_t cells = guests * inputs;

/// What one pull request does to its cells.
struct Scenario {
  Noise noise = Noise::lognormal;
  double cv = 0.01;          ///< coefficient of variation of the run times
  double effect = 0;         ///< head/base - 1 of the affected cells
  std::size_t affected = 0;  ///< the first cells
  double margin = 0.02;      ///< PASS: proven to be worse by less
};

/// How often something happened.
struct Count {
  std::uint64_t yes = 0;
  std::uint64_t of = 0;

  void add(bool happened) {
    yes += happened ? 1 : 0;
    ++of;
  }
  double rate() const { return of == 0 ? 0 : static_cast<double>(yes) / static_cast<double>(of); }
  /// The Monte-Carlo standard error, from the share with half a case added to either side, so that it is not 0 where
  /// nothing happened.
  double error() const {
    const double share = (static_cast<double>(yes) + 0.5) / (static_cast<double>(of) + 1);
    return std::sqrt(share * (1 - share) / (static_cast<double>(of) + 1));
  }
  Count& operator+=(const Count& other) {
    yes += other.yes;
    of += other.of;
    return *this;
  }
};

/// Timed runs of a cell, base and head together.
struct Runs {
  std::uint64_t sum = 0;
  std::uint64_t sum_of_squares = 0;
  std::uint64_t of = 0;
  std::uint64_t most = 0;

  void add(std::uint64_t runs);
  double mean() const { return static_cast<double>(sum) / static_cast<double>(of); }
  double error() const;  ///< of the mean
  Runs& operator+=(const Runs& other);
};

struct Tally {
  std::array<Count, methods.size()> alarms;  ///< pull requests with a regression in a cell or guest that has none
  std::array<Count, methods.size()> hits;    ///< affected cells that were called regressions
  std::array<Runs, methods.size()> runs;
  Count passes;   ///< affected cells that passed, or all where none is affected (robust)
  Count covered;  ///< intervals at the end that hold the true change (robust)

  Tally& operator+=(const Tally& other);
};

/// Simulates `pull_requests` pull requests on all processors. Equal arguments give equal tallies, on any number of
/// them. `with_rivals`: all methods, else robust alone.
Tally simulate(const Scenario& scenario, std::uint64_t pull_requests, bool with_rivals);

}  // namespace cyclegate::error_rates
