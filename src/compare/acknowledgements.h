#pragma once

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "model/policy.h"

namespace cyclegate::compare {

/// The acknowledgements that count today: base's, and head's own ones where head is trusted.
class Acknowledgements {
 public:
  /// One that counts, and whether only head's rules have it.
  struct Entry {
    const model::Acknowledgement* acknowledgement = nullptr;
    bool from_head = false;
  };

  /// `head` is nullptr where head's are not trusted. Keeps pointers into both policies. `today` is an ISO date; an
  /// entry counts through the day of its `until`.
  Acknowledgements(const model::Policy& base, const model::Policy* head, std::string_view today);

  /// The one with the largest `up_to` for that guest and metric; acknowledgement is nullptr where there is none.
  Entry growth(const std::string& guest, const std::string& metric) const;

  /// All that expect an output of that guest.
  const std::vector<Entry>& outputs(const std::string& guest) const;

  /// Those of base whose day has passed, in the order of the file.
  const std::vector<const model::Acknowledgement*>& expired() const { return expired_; }

 private:
  std::map<std::pair<std::string, std::string>, Entry> growth_;
  std::map<std::string, std::vector<Entry>> outputs_;
  std::vector<const model::Acknowledgement*> expired_;
};

}  // namespace cyclegate::compare
