#include "publish/http.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <catch2/matchers/catch_matchers_exception.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <functional>
#include <string>
#include <thread>

#include "model/error.h"
#include "publish/url.h"

using namespace cyclegate;
using namespace cyclegate::publish;
using namespace std::chrono_literals;
using Catch::Matchers::ContainsSubstring;
using Catch::Matchers::MessageMatches;

namespace {

/// Binds the socket to a free port of 127.0.0.1.
int bound_port(int descriptor) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  REQUIRE(bind(descriptor, reinterpret_cast<sockaddr*>(&address), size) == 0);
  REQUIRE(getsockname(descriptor, reinterpret_cast<sockaddr*>(&address), &size) == 0);
  return ntohs(address.sin_port);
}

/// Takes one connection on 127.0.0.1 and hands it over; what a server library would not let us do.
class RawServer {
 public:
  explicit RawServer(std::function<void(int connection)> serve)
      : listener_(socket(AF_INET, SOCK_STREAM, 0)), port_(bound_port(listener_)) {
    REQUIRE(listen(listener_, 1) == 0);
    thread_ = std::thread([this, serve = std::move(serve)] {
      const int connection = accept(listener_, nullptr, nullptr);
      if (connection < 0) return;
      serve(connection);
      close(connection);
    });
  }
  ~RawServer() {
    shutdown(listener_, SHUT_RDWR);
    thread_.join();
    close(listener_);
  }
  RawServer(const RawServer&) = delete;
  RawServer& operator=(const RawServer&) = delete;

  std::string url(const std::string& path = "/") const { return "http://127.0.0.1:" + std::to_string(port_) + path; }

 private:
  int listener_;
  int port_;
  std::thread thread_;
};

std::string read_head(int connection) {
  std::string text;
  char byte = 0;
  while (text.find("\r\n\r\n") == std::string::npos && read(connection, &byte, 1) == 1) text += byte;
  return text;
}

void say(int connection, const std::string& text) {
  [[maybe_unused]] const auto sent = send(connection, text.data(), text.size(), MSG_NOSIGNAL);
}

HttpResponse fetch(const std::string& url, TransportOptions options = {}) {
  return make_network_transport(std::move(options))->send({.method = "GET", .url = url}, 60s);
}

}  // namespace

TEST_CASE("a server that sends a byte now and then is cut off at the limit of the whole request") {
  const RawServer server([](int connection) {
    read_head(connection);
    say(connection, "HTTP/1.1 200 OK\r\nX-Slow: ");
    for (int index = 0; index < 2000; ++index) {  // until it is hung up on, or 100 s are over
      std::this_thread::sleep_for(50ms);
      const char byte = 'x';
      if (send(connection, &byte, 1, MSG_NOSIGNAL) != 1) return;
    }
  });
  const auto begin = std::chrono::steady_clock::now();
  const HttpResponse response = fetch(server.url(), {.request_limit = 300ms});
  CHECK(response.status == 0);
  CHECK_THAT(response.failure, ContainsSubstring("no whole answer within 300 ms"));
  CHECK(std::chrono::steady_clock::now() - begin < 50s);
}

TEST_CASE("an answer that ends before its announced length is no answer") {
  const RawServer server([](int connection) {
    read_head(connection);
    say(connection, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf of it");
  });
  const HttpResponse response = fetch(server.url());
  CHECK(response.status == 0);
  CHECK_FALSE(response.failure.empty());
}

TEST_CASE("a body over its cap is a failure, announced or not") {
  const bool announced = GENERATE_COPY(true, false);
  const RawServer server([announced](int connection) {
    read_head(connection);
    say(connection, "HTTP/1.1 200 OK\r\n" +
                        std::string(announced ? "Content-Length: 5000\r\n" : "Connection: close\r\n") + "\r\n" +
                        std::string(5000, 'x'));
  });
  const HttpResponse response =
      make_network_transport({})->send({.method = "GET", .url = server.url(), .body_cap = 4999}, 60s);
  CHECK(response.too_large);
  CHECK(response.status == 0);
}

TEST_CASE("nobody listening is a failure that says so") {
  // Bound and not listening, so that nobody else can come to listen there.
  const int closed = socket(AF_INET, SOCK_STREAM, 0);
  CHECK(fetch("http://127.0.0.1:" + std::to_string(bound_port(closed))).failure == "no connection could be made");
  close(closed);
}

TEST_CASE("path and headers go out as they are given") {
  std::string seen;
  {
    const RawServer server([&](int connection) {
      seen = read_head(connection);
      say(connection, "HTTP/1.1 204 No Content\r\n\r\n");
    });
    const HttpResponse response = make_network_transport({})->send(
        {.method = "GET", .url = server.url("/a%2Fb?q=%2B+%20"), .headers = {{"X-One", "1"}}}, 60s);
    CHECK(response.status == 204);
  }
  CHECK_THAT(seen, ContainsSubstring("GET /a%2Fb?q=%2B+%20 HTTP/1.1"));
  CHECK_THAT(seen, ContainsSubstring("X-One: 1\r\n"));
}

TEST_CASE("a header value with a line break is refused before anything is sent, and not shown") {
  const auto transport = make_network_transport({});
  for (const std::string& bad :
       {std::string("a\r\nInjected: 1"), std::string("a\nb"), std::string("a\rb"), std::string("a\0b", 3)}) {
    const HttpRequest request{
        .method = "GET", .url = "http://127.0.0.1:1/", .headers = {{"Authorization", "Bearer hidden" + bad}}};
    CHECK_THROWS_MATCHES(
        transport->send(request, 1s), model::Error,
        MessageMatches(ContainsSubstring("Authorization has a line break") && !ContainsSubstring("hidden")));
  }
  CHECK_THROWS_AS(transport->send({.method = "GET", .url = "http://127.0.0.1:1/", .headers = {{"Bad Name", "x"}}}, 1s),
                  model::Error);
  CHECK_THROWS_AS(transport->send({.method = "GET\r\n", .url = "http://127.0.0.1:1/"}, 1s), model::Error);
  CHECK_THROWS_AS(transport->send({.method = "GET", .url = "ftp://127.0.0.1/"}, 1s), model::Error);
}

TEST_CASE("a proxy from the environment gets the request, NO_PROXY exempts a host, other proxies are refused") {
  std::string seen;
  {
    const RawServer proxy([&](int connection) {
      seen = read_head(connection);
      say(connection, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
    });
    const HttpResponse response = fetch("http://api.example.org/x", {.variables = {{"HTTP_PROXY", proxy.url()}}});
    CHECK(response.body == "ok");
  }
  CHECK_THAT(seen, ContainsSubstring("GET http://api.example.org") && ContainsSubstring("Host: api.example.org"));

  const RawServer direct([](int connection) {
    read_head(connection);
    say(connection, "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\ndirect");
  });
  CHECK(
      fetch(direct.url(), {.variables = {{"http_proxy", "http://127.0.0.1:1"}, {"NO_PROXY", "example.org, 127.0.0.1"}}})
          .body == "direct");
  CHECK_THROWS_MATCHES(
      fetch("https://api.example.org/", {.variables = {{"HTTPS_PROXY", "socks5://user:hidden@proxy:1080"}}}),
      model::Error, MessageMatches(ContainsSubstring("HTTPS_PROXY") && !ContainsSubstring("hidden")));
}

TEST_CASE("TLS through a proxy asks it to connect to the server") {
  std::string seen;
  {
    const RawServer proxy([&](int connection) {
      seen = read_head(connection);
      say(connection, "HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n");
    });
    CHECK(fetch("https://api.example.org/x", {.variables = {{"https_proxy", proxy.url()}}}).status != 200);
  }
  CHECK_THAT(seen, ContainsSubstring("CONNECT api.example.org:443"));
  CHECK_THAT(seen, !ContainsSubstring("Authorization"));
}

TEST_CASE("URLs are read strictly") {
  CHECK(parse_url("https://api.github.com") == Url{.tls = true, .host = "api.github.com", .port = 443, .target = "/"});
  CHECK(parse_url("http://GHE.example.org:8080/api/v3?x=1#y") ==
        Url{.tls = false, .host = "ghe.example.org", .port = 8080, .target = "/api/v3?x=1"});
  CHECK(parse_url("https://[::1]:8443/x")->host == "::1");
  for (const char* bad :
       {"", "github.com", "ftp://x", "https://", "https://user@host/", "https://a b/", "https://host:0/",
        "https://host:99999/", "https://host:/", "https://h\\ost/", "https://host/\x01", "https://h\xC3\xB6st/"}) {
    INFO(bad);
    CHECK_FALSE(parse_url(bad));
  }
}

TEST_CASE("a redirect leads to where it says, but never from https to http") {
  const Url from = *parse_url("https://api.github.com/x");
  CHECK(to_string(*redirect_target(from, "/y?z=1")) == "https://api.github.com/y?z=1");
  CHECK(to_string(*redirect_target(from, "//other.example/y")) == "https://other.example/y");
  CHECK_FALSE(redirect_target(from, "http://api.github.com/x"));
  CHECK_FALSE(redirect_target(from, "file:///etc/passwd"));
  CHECK_FALSE(same_origin(from, *parse_url("https://api.github.com.evil.example/x")));
  CHECK_FALSE(same_origin(from, *parse_url("https://api.github.com:444/x")));
}

TEST_CASE("the signature of a decoded download address is encoded again") {
  const std::string original =
      "https://s.example/"
      "a.zip?sv=2024-05-04&se=2026-01-01T00%3A00%3A00Z&rscd=attachment%3B+filename%3D%22a.zip%22&sig=ab%2Bcd%2Fef%3D";
  const std::string decoded =
      "https://s.example/a.zip?sv=2024-05-04&se=2026-01-01T00:00:00Z&rscd=attachment;+filename=\"a.zip\"&sig=ab+cd/ef=";
  CHECK(encode_decoded_location(decoded) == original);
  CHECK(encode_decoded_location(original) == original);
  CHECK(encode_decoded_location("/plain/path") == "/plain/path");
}
