#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "config/config.h"
#include "git/repository.h"
#include "model/comparison.h"
#include "render/templates.h"

namespace cyclegate::app {

/// The entries of a gate's artifact that the report side reads. What else is in it, a report.json above all, is never
/// looked at.
inline constexpr std::string_view reported_base_file = "base.runs.json";
inline constexpr std::string_view reported_head_file = "head.runs.json";

/// What the reporting side knows from GitHub and from its own checkout, not from the artifact.
struct ReportedRun {
  std::string origin;    ///< names the artifact in messages
  std::string head_sha;  ///< the commit that was measured, 40 hex digits
  std::string rules;     ///< the base branch's revision in the checkout: its policy and acknowledgements decide
  std::string base_sha;  ///< what must have been compared with (a merge group's base); empty: an ancestor of `rules`
  bool same_repository = false;  ///< head is a branch of this repository, not a fork's: its acknowledgements count
  std::string today;             ///< ISO date by our own clock: the artifact cannot bring an old acknowledgement back
  std::string configuration_path = std::string(config::file_name);
};

/// The verdict made anew from a reported run.
struct ReportedComparison {
  model::Comparison comparison;
  std::optional<config::Config> base_configuration;  ///< the base branch's, as it decided
  git::Commit rules;                                 ///< the commit it was read from
};

/// Computes the verdict of an artifact that may be forged, with the base branch's word wherever it has one: policy and
/// acknowledgements of `rules`; declared guests, inputs and weights of base's own commit, and exact numbers of its
/// baselines/ where they hold the same artefact and input (a difference is a warning that names the cell). Throws
/// model::Error (configuration) that begins with the origin when the artifact lacks a run set, cannot be read, is of
/// another head or base, or contradicts itself.
ReportedComparison compare_reported(const std::map<std::string, std::string>& files, const git::Repository& repository,
                                    const ReportedRun& run);

/// The same of an artifact's zip file, by publish::read_zip; nothing of it is extracted.
ReportedComparison compare_reported_zip(std::span<const std::uint8_t> zip, const git::Repository& repository,
                                        const ReportedRun& run);

/// The report templates in a directory of a commit, which must be the base branch's; built-in ones where it has none.
render::Templates templates_of(const git::Repository& repository, const git::Commit& commit,
                               const std::string& directory);

}  // namespace cyclegate::app
