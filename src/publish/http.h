#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace cyclegate::publish {

/// One header field as it is sent.
struct HttpHeader {
  std::string name;
  std::string value;

  bool operator==(const HttpHeader&) const = default;
};

/// One request. Nothing is added but Host, Content-Length and Connection.
struct HttpRequest {
  std::string method;               ///< `GET`, `POST`, `PATCH`, `PUT`, `DELETE`
  std::string url;                  ///< absolute, http or https, already percent-encoded; sent as it is
  std::vector<HttpHeader> headers;  ///< names are tokens; values without CR, LF and NUL
  std::string body;
  std::uint64_t body_cap = 32 << 20;  ///< most bytes of the answer's body; more is a failure
};

/// What came back. `status` 0: no whole answer, and `failure` says why; whether the request took effect is unknown.
struct HttpResponse {
  int status = 0;
  std::string failure;
  std::vector<HttpHeader> headers;  ///< names in lower case, in the order of the answer
  std::string body;
  bool too_large = false;  ///< the failure is that the body was over its cap: repeating it is no use

  /// The first header field of that lower-case name, or nullptr.
  const std::string* header(std::string_view name) const;
};

/// The seam to the network: one request, one answer, no retries, no redirects followed.
class HttpTransport {
 public:
  HttpTransport() = default;
  HttpTransport(const HttpTransport&) = delete;
  HttpTransport& operator=(const HttpTransport&) = delete;
  virtual ~HttpTransport() = default;

  /// Sends it and waits for the whole answer, `time_left` at most. Throws model::Error{configuration} for a request
  /// that must not be sent: a URL that is none, a header value with a line break.
  virtual HttpResponse send(const HttpRequest& request, std::chrono::nanoseconds time_left) = 0;
};

/// What the network transport may be told.
struct TransportOptions {
  std::chrono::nanoseconds connect_limit = std::chrono::seconds(20);
  std::chrono::nanoseconds request_limit = std::chrono::seconds(60);  ///< one request from connecting to the last byte
  /// Our own environment: HTTPS_PROXY, HTTP_PROXY (lower case first) and NO_PROXY are respected.
  std::map<std::string, std::string> variables;
};

/// HTTP/1.1 over TCP or TLS (certificates and names are always verified) by cpp-httplib. Each request has a connection
/// of its own. A proxy that cannot be used (an https:// or socks proxy) is refused with model::Error{configuration}.
std::unique_ptr<HttpTransport> make_network_transport(TransportOptions options);

/// Throws model::Error{configuration} unless method, URL and headers are fit to be sent.
void check_request(const HttpRequest& request);

}  // namespace cyclegate::publish
