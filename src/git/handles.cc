#include "git/handles.h"

#include <fmt/format.h>
#include <git2.h>

#include "model/error.h"
#include "model/text.h"

namespace cyclegate::git {

void Free::operator()(git_blob* handle) const {
  git_blob_free(handle);
}
void Free::operator()(git_commit* handle) const {
  git_commit_free(handle);
}
void Free::operator()(git_index* handle) const {
  git_index_free(handle);
}
void Free::operator()(git_object* handle) const {
  git_object_free(handle);
}
void Free::operator()(git_reference* handle) const {
  git_reference_free(handle);
}
void Free::operator()(git_repository* handle) const {
  git_repository_free(handle);
}
void Free::operator()(git_status_list* handle) const {
  git_status_list_free(handle);
}
void Free::operator()(git_tree* handle) const {
  git_tree_free(handle);
}

void start_library() {
  struct Library {
    Library() { git_libgit2_init(); }
    ~Library() { git_libgit2_shutdown(); }
  };
  static const Library library;
}

std::string last_reason() {
  const git_error* const error = git_error_last();
  if (error == nullptr || error->message == nullptr) return "unknown reason";
  return model::to_line(error->message, 500);
}

void refuse(std::string_view what, std::string_view remedy) {
  throw model::Error(model::ErrorKind::configuration, fmt::format("{}: {}; {}", what, last_reason(), remedy));
}

void require(int result, std::string_view what, std::string_view remedy) {
  if (result >= 0) return;
  if (const git_error* const error = git_error_last();
      result == GIT_ENOTFOUND && error != nullptr && error->klass == GIT_ERROR_ODB)
    remedy = "fetch the missing object with `git fetch --refetch` (a partial clone does not have all of them)";
  refuse(what, remedy);
}

}  // namespace cyclegate::git
