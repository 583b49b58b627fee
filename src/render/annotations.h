#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "model/comparison.h"
#include "render/summary.h"

namespace cyclegate::render {

enum class AnnotationLevel { notice, warning, failure };

/// A remark on a line of the change, as a check run or a workflow command carries it. All of it is plain, cleaned text.
struct Annotation {
  std::string path;  ///< relative to the repository's root, in head
  std::uint32_t line = 1;
  AnnotationLevel level = AnnotationLevel::notice;
  std::string title;    ///< one line, at most 255 bytes (GitHub's limit)
  std::string message;  ///< several lines, at most 8,000 bytes (GitHub allows 64 KiB)

  bool operator==(const Annotation&) const = default;
};

/// Most annotations of one report; findings beyond that are in the comment alone.
inline constexpr std::size_t max_annotations = 100;

/// The findings that gate, or of a deciding metric that got worse, by guest, executor and metric: the worst first. Each
/// lands on the changed line of the function that grew most among those the change touches (Artifact's
/// changed_functions), else on the guest's entry in the configuration at `configuration_path`. What artefacts say about
/// places is hostile: a path that is not a plain one within the repository, or a line beyond ten million, does not
/// count.
std::vector<Annotation> annotations(const model::Comparison& comparison, const Summary& summary,
                                    std::string_view configuration_path = "cyclegate.yaml");

/// Whether a path may be shown as one of the repository: relative, without `.`, `..` and empty parts, at most 300
/// bytes, of characters that clean() leaves as they are and without backslash, colon, quotes and < > | ? * ` &.
bool is_repository_path(std::string_view path);

/// `notice`, `warning`, `failure`.
std::string_view to_string(AnnotationLevel level);

}  // namespace cyclegate::render
