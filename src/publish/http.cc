#include "publish/http.h"

#include <fmt/format.h>
#include <httplib.h>

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <thread>

#include "model/error.h"
#include "model/text.h"
#include "publish/url.h"
#include "system/interrupt.h"

namespace cyclegate::publish {
namespace {

using std::chrono::nanoseconds;

[[noreturn]] void refuse_request(const std::string& message) {
  throw model::Error(model::ErrorKind::configuration, message);
}

bool is_token_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
}

/// Whether NO_PROXY (`host`, `.suffix`, `*`, separated by commas) names the host.
bool is_exempt(std::string_view list, std::string_view host) {
  while (!list.empty()) {
    const std::size_t end = std::min(list.find(','), list.size());
    std::string entry = lower_case(list.substr(0, end));
    list.remove_prefix(std::min(end + 1, list.size()));
    std::erase(entry, ' ');
    if (entry == "*") return true;
    entry = entry.substr(0, entry.find(':'));
    if (entry.starts_with('.')) entry.erase(0, 1);
    if (!entry.empty() && (host == entry || host.ends_with("." + entry))) return true;
  }
  return false;
}

/// Where requests to `url` go first, if the environment names a proxy for them.
std::optional<Url> proxy_for(const Url& url, const std::map<std::string, std::string>& variables) {
  const auto value_of = [&](const char* lower, const char* upper) -> std::string {
    for (const char* name : {lower, upper}) {
      const auto found = variables.find(name);
      if (found != variables.end() && !found->second.empty()) return found->second;
    }
    return {};
  };
  std::string proxy = url.tls ? value_of("https_proxy", "HTTPS_PROXY") : value_of("http_proxy", "HTTP_PROXY");
  const std::string_view name = url.tls ? "HTTPS_PROXY" : "HTTP_PROXY";
  if (proxy.empty() || is_exempt(value_of("no_proxy", "NO_PROXY"), url.host)) return std::nullopt;
  if (proxy.find("://") == std::string::npos) proxy = "http://" + proxy;
  // The value is not shown: it may hold a password.
  const auto parsed = parse_url(proxy);
  if (!parsed || parsed->tls) {
    refuse_request(
        fmt::format("{}: only a proxy of the form http://HOST:PORT without a user name can be used; exempt {} by "
                    "NO_PROXY, or set such a proxy",
                    name, url.host));
  }
  return parsed;
}

/// Ends the client's connection when time is up or the program is interrupted: the library's own limits are per read,
/// so that a server which sends a byte now and then would hold us for ever.
class Watchdog {
 public:
  Watchdog(httplib::Client& client, nanoseconds limit)
      : thread_([this, &client, ends = std::chrono::steady_clock::now() + limit] {
          std::unique_lock lock(mutex_);
          while (!finished_) {
            const auto now = std::chrono::steady_clock::now();
            if (now >= ends || system::interrupted()) {
              expired_ = now >= ends;
              lock.unlock();
              client.stop();
              lock.lock();
            }
            // Again after a while: the connection may just have been in the making.
            changed_.wait_for(lock,
                              std::min<nanoseconds>(std::chrono::milliseconds(100),
                                                    std::max<nanoseconds>(ends - now, std::chrono::milliseconds(5))));
          }
        }) {}
  Watchdog(const Watchdog&) = delete;
  Watchdog& operator=(const Watchdog&) = delete;
  ~Watchdog() {
    {
      const std::scoped_lock lock(mutex_);
      finished_ = true;
    }
    changed_.notify_all();
    thread_.join();
  }

  bool expired() {
    const std::scoped_lock lock(mutex_);
    return expired_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool finished_ = false;
  bool expired_ = false;
  std::thread thread_;
};

class NetworkTransport final : public HttpTransport {
 public:
  explicit NetworkTransport(TransportOptions options) : options_(std::move(options)) {}

  HttpResponse send(const HttpRequest& request, nanoseconds time_left) override {
    check_request(request);
    const Url url = *parse_url(request.url);
    const nanoseconds limit = std::min(options_.request_limit, time_left);
    HttpResponse response;
    if (limit <= nanoseconds::zero()) {
      response.failure = "no time was left";
      return response;
    }
    httplib::Client client(origin(url));
    if (!client.is_valid()) {
      response.failure = "TLS could not be set up";
      return response;
    }
    client.set_keep_alive(false);
    client.set_follow_location(false);
    client.set_url_encode(false);
    client.set_decompress(false);
    client.set_connection_timeout(std::min(options_.connect_limit, limit));
    client.set_read_timeout(limit);
    client.set_write_timeout(limit);
    if (const auto proxy = proxy_for(url, options_.variables)) client.set_proxy(proxy->host, proxy->port);

    httplib::Request message;
    message.method = request.method;
    message.path = url.target;
    for (const HttpHeader& header : request.headers) message.headers.emplace(header.name, header.value);
    message.headers.emplace("Accept-Encoding", "identity");
    message.body = request.body;
    message.content_receiver = [&](const char* data, std::size_t size, std::uint64_t, std::uint64_t) {
      response.too_large = size > request.body_cap - std::min<std::uint64_t>(request.body_cap, response.body.size());
      if (!response.too_large) response.body.append(data, size);
      return !response.too_large;
    };
    Watchdog watchdog(client, limit);
    const httplib::Result result = client.send(message);
    if (response.too_large) {
      response.failure = fmt::format("the answer is larger than {} bytes", request.body_cap);
    } else if (!result) {
      response.failure = watchdog.expired()
                             ? fmt::format("no whole answer within {} ms",
                                           std::chrono::duration_cast<std::chrono::milliseconds>(limit).count())
                             : describe(result.error());
    } else {
      take(*result, response);
    }
    return response;
  }

 private:
  static std::string describe(httplib::Error error) {
    switch (error) {
      case httplib::Error::Connection:
      case httplib::Error::BindIPAddress:
        return "no connection could be made";
      case httplib::Error::Read:
        return "the connection broke while the answer was read";
      case httplib::Error::Write:
        return "the connection broke while the request was sent";
      case httplib::Error::SSLConnection:
      case httplib::Error::SSLLoadingCerts:
        return "the TLS handshake failed";
      case httplib::Error::SSLServerVerification:
        return "the server's certificate is not valid for its name; a server with a CA of its own needs SSL_CERT_FILE";
      default:
        return fmt::format("the connection failed ({})", httplib::to_string(error));
    }
  }

  static void take(const httplib::Response& result, HttpResponse& response) {
    // A body that is shorter than announced ends a connection early; the library does not always tell.
    const auto announced = result.get_header_value("Content-Length");
    if (!announced.empty() && result.status != 304 && announced != std::to_string(response.body.size())) {
      response.failure = "the answer was cut off";
      return;
    }
    response.status = result.status;
    for (const auto& [name, value] : result.headers) {
      std::string lower = lower_case(name);
      std::string text = lower == "location" ? encode_decoded_location(value) : value;
      response.headers.push_back({.name = std::move(lower), .value = std::move(text)});
    }
  }

  TransportOptions options_;
};

}  // namespace

const std::string* HttpResponse::header(std::string_view name) const {
  const auto found = std::ranges::find(headers, name, &HttpHeader::name);
  return found == headers.end() ? nullptr : &found->value;
}

void check_request(const HttpRequest& request) {
  if (request.method.empty() || !std::ranges::all_of(request.method, [](char c) { return c >= 'A' && c <= 'Z'; })) {
    refuse_request("an HTTP method must consist of capital letters");
  }
  if (!parse_url(request.url)) {
    refuse_request(fmt::format("{}: not an http or https URL that can be requested", model::to_line(request.url, 200)));
  }
  for (const HttpHeader& header : request.headers) {
    if (header.name.empty() || !std::ranges::all_of(header.name, is_token_character)) {
      refuse_request(fmt::format("`{}` is not the name of an HTTP header field", model::to_line(header.name, 100)));
    }
    // The value may be a secret: it is not shown.
    if (header.value.find_first_of(std::string_view("\r\n\0", 3)) != std::string::npos) {
      refuse_request(fmt::format("the HTTP header field {} has a line break or a NUL byte in its value", header.name));
    }
  }
}

std::unique_ptr<HttpTransport> make_network_transport(TransportOptions options) {
  return std::make_unique<NetworkTransport>(std::move(options));
}

}  // namespace cyclegate::publish
