#include "config/mistakes.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>

#include "model/error.h"

namespace cyclegate::config {
namespace {

constexpr std::size_t most_shown = 20;
constexpr std::size_t most_collected = 200;
constexpr std::size_t most_candidates = 20;
constexpr std::size_t longest_quote = 60;

std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::vector<std::size_t>> d(a.size() + 1, std::vector<std::size_t>(b.size() + 1));
  for (std::size_t i = 0; i <= a.size(); ++i) d[i][0] = i;
  for (std::size_t j = 0; j <= b.size(); ++j) d[0][j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t substitute = d[i - 1][j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      d[i][j] = std::min({d[i - 1][j] + 1, d[i][j - 1] + 1, substitute});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        d[i][j] = std::min(d[i][j], d[i - 2][j - 2] + 1);
    }
  }
  return d[a.size()][b.size()];
}

}  // namespace

void Mistakes::add(SourcePosition position, std::string_view what, std::string_view remedy) {
  const auto later = std::ranges::find_if(found_, [&](const Mistake& other) {
    return other.position.line != position.line ? other.position.line > position.line
                                                : other.position.column > position.column;
  });
  found_.insert(later,
                {position, fmt::format("{}:{}:{}: {}; {}", origin_, position.line, position.column, what, remedy)});
  if (found_.size() >= most_collected) throw_if_any();
}

void Mistakes::throw_if_any() const {
  if (found_.empty()) return;
  std::string message;
  for (std::size_t i = 0; i < std::min(found_.size(), most_shown); ++i) {
    if (i > 0) message += '\n';
    message += found_[i].text;
  }
  if (found_.size() > most_shown) message += fmt::format("\n{}: and {} more", origin_, found_.size() - most_shown);
  throw model::Error(model::ErrorKind::configuration, message);
}

std::string visible(std::string_view text) {
  std::string shown;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7F) {
      shown += fmt::format("\\x{:02x}", byte);
    } else {
      shown += c;
    }
  }
  return shown;
}

std::string in_quotes(std::string_view word) {
  const std::string shown = "'";
  std::string_view cut = word.substr(0, longest_quote);
  if (cut.size() < word.size()) {
    // Never end inside a UTF-8 sequence.
    while (!cut.empty() && (static_cast<unsigned char>(word[cut.size()]) & 0xC0U) == 0x80U) cut.remove_suffix(1);
  }
  return shown + visible(cut) + (cut.size() < word.size() ? "...'" : "'");
}

std::string_view nearest(std::string_view word, const std::vector<std::string_view>& candidates) {
  if (word.size() > longest_quote) return {};
  std::string_view best;
  std::size_t best_distance = std::max<std::size_t>(1, word.size() / 3) + 1;
  for (const std::string_view candidate : candidates) {
    if (candidate.size() > longest_quote) continue;
    if (const std::size_t distance = edit_distance(word, candidate); distance < best_distance) {
      best = candidate;
      best_distance = distance;
    }
  }
  return best;
}

std::string suggestion(std::string_view word, const std::vector<std::string_view>& candidates) {
  std::string text;
  if (const std::string_view best = nearest(word, candidates); !best.empty())
    text = fmt::format("did you mean '{}'? ", best);
  const std::size_t shown = std::min(candidates.size(), most_candidates);
  return text +
         fmt::format("allowed: {}{}",
                     fmt::join(candidates.begin(), candidates.begin() + static_cast<std::ptrdiff_t>(shown), ", "),
                     shown < candidates.size() ? ", ..." : "");
}

}  // namespace cyclegate::config
