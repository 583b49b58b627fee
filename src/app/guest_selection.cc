#include "app/guest_selection.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "config/mistakes.h"
#include "model/error.h"

namespace cyclegate::app {
namespace {

std::string listed(const std::set<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : ", ") + name;
  return text;
}

[[noreturn]] void refuse_unknown(const std::string& what, const std::string& name, const std::set<std::string>& known) {
  const std::string_view meant = config::nearest(name, {known.begin(), known.end()});
  throw model::Error(model::ErrorKind::usage,
                     fmt::format("there is no {} '{}'; {}there are: {}", what, name,
                                 meant.empty() ? "" : fmt::format("did you mean '{}'? ", meant), listed(known)));
}

void keep(config::Config& config, const std::vector<std::string>& guests, const std::vector<std::string>& inputs) {
  const auto named = [](const std::vector<std::string>& names, const std::string& name) {
    return names.empty() || std::ranges::find(names, name) != names.end();
  };
  std::erase_if(config.guests, [&](const auto& guest) { return !named(guests, guest.first); });
  // Of guests that nobody asked for nothing is said; of the others, that they have few inputs and not that few are
  // asked for.
  config.warnings = config::weaknesses(config);
  for (auto& [name, guest] : config.guests) {
    std::erase_if(guest.inputs, [&](const config::Input& input) { return !named(inputs, input.name); });
  }
  std::erase_if(config.guests, [](const auto& guest) { return guest.second.inputs.empty(); });
}

}  // namespace

void select_guests(const Invocation& invocation, config::Config& config, config::Config* other) {
  const std::vector<std::string> guests = invocation.all("--guest");
  const std::vector<std::string> inputs = invocation.all("--input");
  std::set<std::string> known_guests;
  std::set<std::string> known_inputs;
  for (const config::Config* each :
       {static_cast<const config::Config*>(&config), static_cast<const config::Config*>(other)}) {
    if (each == nullptr) continue;
    for (const auto& [name, guest] : each->guests) {
      known_guests.insert(name);
      if (!guests.empty() && std::ranges::find(guests, name) == guests.end()) continue;
      for (const config::Input& input : guest.inputs) known_inputs.insert(input.name);
    }
  }
  for (const std::string& name : guests) {
    if (!known_guests.contains(name)) refuse_unknown("guest", name, known_guests);
  }
  const std::string of = guests.size() == 1 ? " of " + guests.front() : "";
  for (const std::string& name : inputs) {
    if (!known_inputs.contains(name)) refuse_unknown("input" + of, name, known_inputs);
  }
  keep(config, guests, inputs);
  if (other != nullptr) keep(*other, guests, inputs);
}

const config::Guest& guest_named(const config::Config& config, const std::string& name) {
  const auto found = config.guests.find(name);
  if (found == config.guests.end()) {
    std::set<std::string> known;
    for (const auto& [each, guest] : config.guests) known.insert(each);
    refuse_unknown("guest", name, known);
  }
  return found->second;
}

const config::Input& input_named(const config::Guest& guest, const std::string& guest_name, const std::string& name) {
  const auto found = std::ranges::find(guest.inputs, name, &config::Input::name);
  if (found == guest.inputs.end()) {
    std::set<std::string> known;
    for (const config::Input& input : guest.inputs) known.insert(input.name);
    refuse_unknown("input of " + guest_name, name, known);
  }
  return *found;
}

const std::pair<const std::string, config::GuestBuild>* build_for(const config::Guest& guest,
                                                                  const std::string& executor) {
  for (const auto& build : guest.builds) {
    if (std::ranges::find(build.second.executors, executor) != build.second.executors.end()) return &build;
  }
  return nullptr;
}

}  // namespace cyclegate::app
