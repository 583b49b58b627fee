#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace cyclegate::vm {

/// Most parameter words and result words of an fcall (zisk-core fcall.rs).
inline constexpr std::size_t most_fcall_parameters = 386;
inline constexpr std::size_t most_fcall_results = 8193;

using FcallParameters = std::array<std::uint64_t, most_fcall_parameters>;

/// Answers a guest's question outside the proof (an fcall): the inverse, root, quotient or position that the guest then
/// checks. The numbers are those of ZisK 1.4.0-alpha (ziskos fcalls_impl), as the path of a guest depends on them.
/// Returns why there is no answer (ziskemu panics there), empty when `results` has been filled. `id` is one of 1 to 22
/// and 26; the others need the run's state. Words of `parameters` that the guest has not set are those of earlier
/// calls.
std::string_view answer_fcall(std::uint64_t id, const FcallParameters& parameters, std::vector<std::uint64_t>& results);

/// What a run keeps between the instructions of fcalls.
class FcallState {
 public:
  using KeccakState = std::array<std::uint64_t, 25>;
  /// The answer to id 25 for a state that is not known.
  static constexpr std::uint64_t no_index = ~std::uint64_t{0};

  /// Adds parameter words; false when they are too many.
  bool add(std::span<const std::uint64_t> words);
  /// Runs fcall `id`; `input_bytes` is the size of the input file. Returns why it cannot, or empty. Parameters are
  /// forgotten, results replaced.
  std::string_view call(std::uint64_t id, std::uint64_t input_bytes);
  /// The word that the guest's input port shows now; 0 when there is none left.
  std::uint64_t port() const { return taken_ < results_.size() ? results_[taken_] : 0; }
  /// Whether one more result may be taken; ziskemu panics when not.
  bool may_take(std::size_t words) const { return !results_.empty() && taken_ + words <= results_.size(); }
  /// The next results, which may_take() has allowed.
  std::span<const std::uint64_t> take(std::size_t words);
  /// Whether id 24 has asked for the state of the next keccak_f to be remembered.
  bool wants_keccak() const { return pending_index_.has_value(); }
  /// Remembers the state, which wants_keccak() has asked for.
  void remember(const KeccakState& state);
  /// What one remembered state takes.
  static constexpr std::uint64_t bytes_per_state = sizeof(KeccakState) + 64;

 private:
  FcallParameters parameters_{};
  std::size_t parameter_count_ = 0;
  std::vector<std::uint64_t> results_;
  std::size_t taken_ = 0;
  std::optional<std::uint64_t> pending_index_;
  std::map<KeccakState, std::uint64_t> keccak_states_;
};

}  // namespace cyclegate::vm
