#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "model/wide.h"

namespace cyclegate::model {

/// An amount of cost of both guests under both cost models: the four cells of a 2x2 factorial design whose factors are
/// the guest and the model. Cost is a sum of prices times counts, so that the three effects are exact integers and
///
///     guest       = head_guest - base                               new counts at old prices
///     model       = head_model - base                               old counts at new prices
///     interaction = (head - head_model) - (head_guest - base)       new counts at new prices beyond both
///     guest + model + interaction = head - base
///
/// The effects are taken at the level `base` of the other factor (treatment coding), because base's model is the one
/// that decides. Interaction is the factorial design's difference of differences (R. A. Fisher, The Design of
/// Experiments, 1935, chapter VI; D. C. Montgomery, Design and Analysis of Experiments, section 5.1).
struct AttributionRow {
  std::string name;     ///< `cost`, `cost_total`, or a part: `main`, `opcode:mul`, `precompile:keccak`, `memory:...`
  Wide base = 0;        ///< base's guest under base's model
  Wide head_guest = 0;  ///< head's guest under base's model: what is judged, against `base`
  Wide head_model = 0;  ///< base's guest under head's model
  Wide head = 0;        ///< head's guest under head's model

  /// Without overflow whatever the values are; right where they are below 2^125.
  WideChange guest_effect() const { return static_cast<WideChange>(head_guest - base); }
  WideChange model_effect() const { return static_cast<WideChange>(head_model - base); }
  WideChange interaction() const { return static_cast<WideChange>(head - head_model - head_guest + base); }
  WideChange change() const { return static_cast<WideChange>(head - base); }

  bool operator==(const AttributionRow&) const = default;
};

/// How a change of cost splits into guest, cost model and both together, where head brings another cost model.
struct Attribution {
  std::string guest;
  std::string input;  ///< empty: all inputs of the guest together, each as often as its weight says
  std::string executor;
  std::string base_model;      ///< identity of base's cost model, by which the change is judged
  std::string head_model;      ///< identity of head's
  std::uint64_t cells = 0;     ///< what is added up here
  std::uint64_t of_cells = 0;  ///< of so many of the guest; both 0 for one cell
  AttributionRow cost;         ///< `cost`: VARIABLE
  AttributionRow total;        ///< `cost_total`: with what every run costs
  /// What `cost` is the sum of but for what is the same in all four, so that effects sum to those of `cost`; by size of
  /// model and interaction together, then of the change, then name. Empty where the parts are not known.
  std::vector<AttributionRow> parts;

  bool operator==(const Attribution&) const = default;
};

}  // namespace cyclegate::model
