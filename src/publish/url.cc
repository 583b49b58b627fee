#include "publish/url.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <system_error>

namespace cyclegate::publish {
namespace {

constexpr std::size_t longest_url = 8000;

bool is_visible_ascii(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c > ' ' && c < '\x7f'; });
}

bool is_unreserved(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
         c == '_' || c == '~';
}

bool is_host(std::string_view host) {
  const auto plain = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.'; };
  return !host.empty() && host.size() <= 253 && std::ranges::all_of(host, plain);
}

bool is_ipv6(std::string_view host) {
  const auto plain = [](char c) { return (c >= 'a' && c <= 'f') || (c >= '0' && c <= '9') || c == ':' || c == '.'; };
  return host.size() >= 2 && host.size() <= 45 && std::ranges::all_of(host, plain) &&
         host.find(':') != std::string_view::npos;
}

std::uint16_t default_port(bool tls) {
  return tls ? 443 : 80;
}

/// Host and port out of `host`, `host:port`, `[v6]` or `[v6]:port`.
bool read_authority(std::string_view authority, Url& url) {
  std::string_view port;
  bool has_port = false;
  if (authority.starts_with('[')) {
    const std::size_t end = authority.find(']');
    if (end == std::string_view::npos) return false;
    url.host = lower_case(authority.substr(1, end - 1));
    const std::string_view rest = authority.substr(end + 1);
    if (!rest.empty() && !rest.starts_with(':')) return false;
    has_port = !rest.empty();
    if (has_port) port = rest.substr(1);
    if (!is_ipv6(url.host)) return false;
  } else {
    const std::size_t colon = authority.find(':');
    has_port = colon != std::string_view::npos;
    if (has_port) port = authority.substr(colon + 1);
    url.host = lower_case(authority.substr(0, colon));
    if (!is_host(url.host)) return false;
  }
  url.port = default_port(url.tls);
  if (!has_port) return true;
  const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), url.port);
  return error == std::errc() && end == port.data() + port.size() && url.port != 0;
}

}  // namespace

std::string lower_case(std::string_view text) {
  std::string result(text);
  for (char& c : result) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return result;
}

std::optional<Url> parse_url(std::string_view text) {
  if (text.size() > longest_url || !is_visible_ascii(text)) return std::nullopt;
  Url url;
  if (text.starts_with("https://")) {
    text.remove_prefix(8);
  } else if (text.starts_with("http://")) {
    url.tls = false;
    text.remove_prefix(7);
  } else {
    return std::nullopt;
  }
  text = text.substr(0, text.find('#'));
  const std::size_t end = text.find_first_of("/?");
  const std::string_view authority = text.substr(0, end);
  if (authority.find_first_of("@\\") != std::string_view::npos || !read_authority(authority, url)) return std::nullopt;
  if (end != std::string_view::npos) {
    const std::string_view rest = text.substr(end);
    url.target = rest.starts_with('/') ? std::string(rest) : "/" + std::string(rest);
  }
  return url;
}

std::string origin(const Url& url) {
  const std::string host = url.host.find(':') == std::string::npos ? url.host : "[" + url.host + "]";
  return fmt::format("{}://{}{}", url.tls ? "https" : "http", host,
                     url.port == default_port(url.tls) ? "" : fmt::format(":{}", url.port));
}

std::string to_string(const Url& url) {
  return origin(url) + url.target;
}

bool same_origin(const Url& left, const Url& right) {
  return left.tls == right.tls && left.host == right.host && left.port == right.port;
}

std::optional<Url> redirect_target(const Url& from, std::string_view location) {
  std::optional<Url> target;
  if (location.starts_with("//")) {
    target = parse_url(std::string(from.tls ? "https:" : "http:") + std::string(location));
  } else if (location.starts_with('/')) {
    target = parse_url(origin(from) + std::string(location));
  } else {
    target = parse_url(location);
  }
  if (target && from.tls && !target->tls) return std::nullopt;
  return target;
}

std::string encode_component(std::string_view text) {
  std::string result;
  for (const char c : text) {
    if (is_unreserved(c)) {
      result += c;
    } else {
      result += fmt::format("%{:02X}", static_cast<unsigned>(static_cast<unsigned char>(c)));
    }
  }
  return result;
}

std::string encode_decoded_location(std::string_view location) {
  // Where something is still encoded, or nothing needs it, the library has not touched it.
  const std::size_t question = location.find('?');
  if (question == std::string_view::npos) return std::string(location);
  std::string result(location.substr(0, question + 1));
  std::string_view rest = location.substr(question + 1);
  for (bool first = true; !rest.empty() || first; first = false) {
    const std::size_t end = std::min(rest.find('&'), rest.size());
    const std::string_view parameter = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    if (!first) result += '&';
    const std::size_t equals = parameter.find('=');
    result += parameter.substr(0, equals);
    if (equals == std::string_view::npos) continue;
    result += '=';
    const std::string_view value = parameter.substr(equals + 1);
    const bool base64_only = std::ranges::all_of(value, [](char c) {
      return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '+' || c == '/' ||
             c == '=';
    });
    for (const char c : value) {
      if (c == '%' || (c == '+' && !base64_only)) {
        result += c;
      } else {
        result += encode_component(std::string_view(&c, 1));
      }
    }
  }
  return result;
}

}  // namespace cyclegate::publish
