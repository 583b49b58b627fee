#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace cyclegate::publish {

/// Base64 (RFC 4648) with padding.
std::string base64(std::string_view bytes);
/// The bytes of base64 text; line breaks are skipped, as GitHub's contents API wraps its lines. Throws
/// model::Error{measurement} for anything else.
std::string from_base64(std::string_view text);

/// Takes secrets out of texts before they go anywhere: the secret itself, its base64 in all three alignments (so also
/// within `x-access-token:SECRET`), the URL-safe alphabet, and its percent-encoding.
class Redactor {
 public:
  Redactor() = default;
  explicit Redactor(const std::vector<std::string>& secrets);

  /// The text with `***` in place of every secret.
  std::string operator()(std::string_view text) const;

 private:
  std::vector<std::string> forms_;  ///< longest first
};

/// Reads a token: one line of 8 to 1024 visible ASCII characters; the line break at the end is no part of it. Throws
/// model::Error{usage} that names `origin` and never the token.
std::string checked_token(std::string_view text, std::string_view origin);

}  // namespace cyclegate::publish
