#pragma once

#include <string>
#include <string_view>

#include "figures.h"

namespace cyclegate::error_rates {

/// All figures as Markdown tables, each with its Monte-Carlo standard error.
std::string as_markdown(const Figures& figures);

/// What reports say of the product's two methodologies (src/compare/error-rates.tsv): name, tab, one sentence a line.
/// Both are as the product measures, in randomised blocks; of `classic` also what it gives when base is measured before
/// head.
std::string as_notes(const Figures& figures);

/// `document` with what lies between the lines `<!-- error-rates -->` and `<!-- /error-rates -->` replaced. Throws
/// std::runtime_error where there is not exactly one such place.
std::string with_tables(std::string_view document, std::string_view tables);

}  // namespace cyclegate::error_rates
