#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace cyclegate::publish {

/// The parts of an absolute http or https URL that a request needs.
struct Url {
  bool tls = true;
  std::string host;  ///< lower case; an IPv6 address without its brackets
  std::uint16_t port = 443;
  std::string target = "/";  ///< path and query, percent-encoded; begins with '/'

  bool operator==(const Url&) const = default;
};

/// Parses `http[s]://host[:port][/path][?query]`. nullopt for anything else: other schemes, user information, blanks,
/// control characters, bytes beyond ASCII, an empty host, a port that is none. A fragment is dropped.
std::optional<Url> parse_url(std::string_view text);

/// ASCII letters in lower case; other bytes as they are.
std::string lower_case(std::string_view text);

/// The URL as text again; default ports are left out.
std::string to_string(const Url& url);
/// `https://host[:port]`, by which it is decided who may see a token.
std::string origin(const Url& url);
bool same_origin(const Url& left, const Url& right);

/// Where a redirect leads, from the URL it came from: absolute, or a path on the same origin. nullopt for an address
/// that must not be followed: not http(s), or from https to http.
std::optional<Url> redirect_target(const Url& from, std::string_view location);

/// Percent-encodes everything but unreserved characters (RFC 3986): one path segment or one query value.
std::string encode_component(std::string_view text);

/// cpp-httplib before 0.15 percent-decodes header values, which breaks the signatures in the addresses of artifact
/// downloads. This encodes the query of such an address again. In a value that consists of base64 characters only, '+'
/// was %2B; elsewhere it was a blank's '+' and stays.
std::string encode_decoded_location(std::string_view location);

}  // namespace cyclegate::publish
