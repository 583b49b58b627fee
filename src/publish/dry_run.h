#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "publish/http.h"

namespace cyclegate::publish {

/// A network that sends nothing: each request is told as text, with its body and with `***` for the token, and is
/// answered as GitHub would where nothing of ours stands yet. `head_sha` is what the pull request's head is taken to
/// be.
std::unique_ptr<HttpTransport> make_dry_run_transport(std::function<void(std::string_view)> tell, std::string head_sha);

}  // namespace cyclegate::publish
