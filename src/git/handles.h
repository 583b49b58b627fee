#pragma once

#include <memory>
#include <string>
#include <string_view>

// libgit2's own forward declarations, so that its headers stay in .cc files.
struct git_blob;
struct git_commit;
struct git_index;
struct git_object;
struct git_reference;
struct git_repository;
struct git_status_list;
struct git_tree;

namespace cyclegate::git {

/// Frees what libgit2 allocated.
struct Free {
  void operator()(git_blob* handle) const;
  void operator()(git_commit* handle) const;
  void operator()(git_index* handle) const;
  void operator()(git_object* handle) const;
  void operator()(git_reference* handle) const;
  void operator()(git_repository* handle) const;
  void operator()(git_status_list* handle) const;
  void operator()(git_tree* handle) const;
};

template <typename T>
using Handle = std::unique_ptr<T, Free>;

/// Starts libgit2 once per process.
void start_library();

/// Throws model::Error{configuration}: `what`, libgit2's reason, `remedy`.
[[noreturn]] void refuse(std::string_view what, std::string_view remedy);

/// refuse() when `result` is one of libgit2's negative codes; a missing object is told as that of a partial clone.
void require(int result, std::string_view what, std::string_view remedy);

/// What libgit2 says about its last error; `unknown reason` when it says nothing.
std::string last_reason();

}  // namespace cyclegate::git
