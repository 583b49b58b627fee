#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "render/flame_union.h"
#include "render/flame_writer.h"
#include "render/flamegraph_difference.h"

/// What differential flame graphs say of their frames.
namespace cyclegate::render {

/// What is appended to: plain text that is escaped later, or XML.
enum class Form { text, xml };

/// Appends `1,000 → 1,050 cost, +50 (+5.00 %)`; in place of the percentage `new` or `gone` where a side is 0, nothing
/// where both are equal.
void append_both(std::string& out, std::uint64_t base, std::uint64_t head, std::string_view unit, Form form);

/// Colours and titles of the frames of one lane. All arguments must outlive it.
class DifferenceText : public FlameText {
 public:
  /// `lane_of_removed`: frames that head's lane shows are only the way to those that it does not.
  DifferenceText(const FlameUnion& both, const FlameTree& tree, std::string_view escaped_unit, DifferenceColour colour,
                 bool lane_of_removed);

  std::string_view css_class(const FlameNode& drawn) const override;
  void append_lines(std::string& out, const FlameNode& drawn) const override;

 private:
  void append_note(std::string& out, std::uint32_t node) const;
  const UnionSelf& self_of(const FlameNode& drawn) const {
    return self_[static_cast<std::size_t>(&drawn - tree_.nodes.data())];
  }

  const FlameUnion& both_;
  const FlameTree& tree_;
  std::vector<UnionSelf> self_;  // by node of the tree
  std::string_view unit_;
  DifferenceColour colour_;
  bool lane_of_removed_;
};

}  // namespace cyclegate::render
