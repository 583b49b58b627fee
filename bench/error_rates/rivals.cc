#include "rivals.h"

#include <algorithm>
#include <array>
#include <boost/math/distributions/students_t.hpp>
#include <cmath>
#include <map>
#include <mutex>
#include <numeric>
#include <utility>
#include <vector>

#include "compare/classic_cell.h"
#include "stats/summary.h"

namespace cyclegate::error_rates {
namespace {

constexpr std::size_t batch = 10;
constexpr std::size_t most_pairs = 40;
constexpr double level = 0.05;

struct Batches {
  std::vector<double> base;
  std::vector<double> head;
};

Batches in_batches(const Run& run) {
  Batches batches;
  for (std::size_t index = 0; index < batch; ++index) batches.base.push_back(run(false));
  for (std::size_t index = 0; index < batch; ++index) batches.head.push_back(run(true));
  return batches;
}

// Number of arrangements of `base` and `head` values by U, the number of pairs with head above base.
std::vector<double> arrangements(std::size_t base, std::size_t head) {
  if (base == 0 || head == 0) return {1};
  std::vector<double> counts(base * head + 1);
  const auto last_is_head = arrangements(base, head - 1);
  const auto last_is_base = arrangements(base - 1, head);
  for (std::size_t u = 0; u < last_is_head.size(); ++u) counts[u + base] += last_is_head[u];
  for (std::size_t u = 0; u < last_is_base.size(); ++u) counts[u] += last_is_base[u];
  return counts;
}

// P(U* >= U).
const std::vector<double>& upper_tails(std::size_t base, std::size_t head) {
  static std::mutex mutex;
  static std::map<std::pair<std::size_t, std::size_t>, std::vector<double>> known;
  const std::scoped_lock lock(mutex);
  auto& tails = known[{base, head}];
  if (tails.empty()) {
    tails = arrangements(base, head);
    const double all = std::accumulate(tails.begin(), tails.end(), 0.0);
    for (std::size_t u = tails.size() - 1; u-- > 0;) tails[u] += tails[u + 1];
    for (double& tail : tails) tail /= all;
  }
  return tails;
}

// Critical values of |t| at the two-sided level, by degrees of freedom.
double critical_t(std::size_t degrees) {
  static const std::array<double, most_pairs> values = [] {
    std::array<double, most_pairs> all{};
    for (std::size_t index = 1; index < all.size(); ++index)
      all.at(index) = boost::math::quantile(
          boost::math::complement(boost::math::students_t(static_cast<double>(index)), level / 2));
    return all;
  }();
  return values.at(degrees);
}

// In nanoseconds, as the product has them.
struct Samples {
  std::vector<std::int64_t> base;
  std::vector<std::int64_t> head;
};

Answer classic(const std::function<void(Samples&)>& make_runs) {
  Samples samples;
  const auto judge = [&] {
    return compare::judge_classic(samples.base, samples.head, batch, 2 * batch, model::Better::lower,
                                  model::Thresholds{});
  };
  make_runs(samples);
  compare::ClassicCell cell = judge();
  if (cell.flaky) {
    make_runs(samples);
    cell = judge();
  }
  return {cell.worse || cell.killed, static_cast<std::uint32_t>(2 * samples.base.size())};
}

std::int64_t whole(double time) {
  return std::llround(time);
}

}  // namespace

Answer classic_in_batches(const Run& run) {
  return classic([&](Samples& samples) {
    for (std::size_t index = 0; index < batch; ++index) samples.base.push_back(whole(run(false)));
    for (std::size_t index = 0; index < batch; ++index) samples.head.push_back(whole(run(true)));
  });
}

Answer classic_in_blocks(const std::function<stats::Block()>& block) {
  return classic([&](Samples& samples) {
    for (std::size_t index = 0; index < batch / 2; ++index) {
      const stats::Block next = block();
      for (const double time : next.base) samples.base.push_back(whole(time));
      for (const double time : next.head) samples.head.push_back(whole(time));
    }
  });
}

double mann_whitney_p(std::span<const double> base, std::span<const double> head) {
  std::size_t above = 0;
  std::size_t ties = 0;
  for (const double one : base) {
    above += static_cast<std::size_t>(std::ranges::count_if(head, [&](double other) { return other > one; }));
    ties += static_cast<std::size_t>(std::ranges::count(head, one));
  }
  return upper_tails(base.size(), head.size())[above + ties / 2];
}

Answer mann_whitney_in_batches(const Run& run) {
  const Batches batches = in_batches(run);
  return {2 * mann_whitney_p(batches.base, batches.head) < level, 2 * batch};
}

Answer mean_and_sigma(const Run& run) {
  const Batches batches = in_batches(run);
  const double ratio = stats::mean(batches.head) / stats::mean(batches.base);
  const double sigma =
      ratio * std::hypot(stats::coefficient_of_variation(batches.base), stats::coefficient_of_variation(batches.head));
  return {ratio - 1 > sigma, 2 * batch};
}

Answer paired_t_until_significant(const Run& run) {
  double sum = 0;
  double squares = 0;
  for (std::size_t pairs = 1; pairs <= most_pairs; ++pairs) {
    const double base = run(false);
    const double difference = std::log(run(true) / base);
    sum += difference;
    squares += difference * difference;
    if (pairs < batch) continue;
    const auto count = static_cast<double>(pairs);
    const double mean = sum / count;
    const double error = std::sqrt(std::max(squares - count * mean * mean, 0.0) / (count - 1) / count);
    if (std::abs(mean) > critical_t(pairs - 1) * error) return {mean > 0, static_cast<std::uint32_t>(2 * pairs)};
  }
  return {false, 2 * most_pairs};
}

}  // namespace cyclegate::error_rates
