#include "system/sha256.h"

#include <catch2/catch_test_macros.hpp>
#include <cstdint>
#include <string>
#include <string_view>

#include "model/error.h"
#include "support/temporary_directory.h"

using cyclegate::system::Sha256;
using cyclegate::system::sha256_file;
using cyclegate::system::sha256_hex;

TEST_CASE("SHA-256 gives the digests that NIST publishes") {
  // NIST, Cryptographic Standards and Guidelines: example values SHA256.pdf and "Additional" (SHA2_Additional.pdf).
  CHECK(sha256_hex(std::string_view()) == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  CHECK(sha256_hex("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  CHECK(sha256_hex("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq") ==
        "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  CHECK(sha256_hex(std::string(1'000'000, 'a')) == "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
  CHECK(sha256_hex("\xbd") == "68325720aabd7c82f30f554b313d0570c95accbb7dc4b5aae11204c08ffe732b");
  // 55, 56, 57 and 64 zero bytes: the padding fits, just does not, and starts a block.
  CHECK(sha256_hex(std::string(55, '\0')) == "02779466cdec163811d078815c633f21901413081449002f24aa3e80f0b88ef7");
  CHECK(sha256_hex(std::string(56, '\0')) == "d4817aa5497628e7c77e6b606107042bbba3130888c5f47a375e6179be789fbb");
  CHECK(sha256_hex(std::string(57, '\0')) == "65a16cb7861335d5ace3c60718b5052e44660726da4cd13bb745381b235a1785");
  CHECK(sha256_hex(std::string(64, '\0')) == "f5a5fd42d16a20302798ef6ed309979b43003d2320d9f0e8ea9831a92759fb4b");
  CHECK(sha256_hex(std::string(1000, 'A')) == "c2e686823489ced2017f6059b8b239318b6364f6dcd835d0a519105a1eadd6e4");
}

TEST_CASE("a message has one digest however it is cut into pieces") {
  std::string message;
  for (int i = 0; i < 300; ++i) message += static_cast<char>(i * 7);
  const std::string whole = sha256_hex(message);
  for (std::size_t piece = 1; piece <= 130; ++piece) {
    Sha256 hash;
    for (std::size_t at = 0; at < message.size(); at += piece) hash.update(std::string_view(message).substr(at, piece));
    CHECK(hash.finish_hex() == whole);
  }
}

TEST_CASE("fields that join to the same text have different digests") {
  CHECK(Sha256().field("ab").field("c").finish_hex() != Sha256().field("a").field("bc").finish_hex());
  CHECK(Sha256().field("abc").finish_hex() == sha256_hex(std::string("\0\0\0\0\0\0\0\3abc", 11)));
}

TEST_CASE("a file has the digest of its bytes and a missing one is named") {
  const cyclegate::test::TemporaryDirectory directory;
  const std::string content(700'001, 'x');
  CHECK(sha256_file(directory.write("file", content)) == sha256_hex(content));
  CHECK(sha256_file(directory.write("empty", "")) == sha256_hex(""));
  CHECK_THROWS_AS(sha256_file(directory / "missing"), cyclegate::model::Error);
  CHECK_THROWS_AS(sha256_file(directory.path()), cyclegate::model::Error);
}
