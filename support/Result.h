//===- support/Result.h - a value or a one-line error ---------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Errors of code that compiler and runtime share. The compiler turns them into
// llvm::Error at its border; the runtime prints them. The message is one line,
// without a final full stop, and says what is wrong, where, and what to do.
//===----------------------------------------------------------------------===//
#ifndef QWENC_SUPPORT_RESULT_H
#define QWENC_SUPPORT_RESULT_H

#include <cassert>
#include <optional>
#include <string>
#include <utility>
#include <variant>

namespace qwenc {

/// What went wrong, for a person.
struct Failure {
  std::string message;
};

/// Holds a T or a Failure. Convert from either; test as a bool before use.
template <typename T> class [[nodiscard]] Result {
public:
  Result(T value) : state(std::in_place_index<0>, std::move(value)) {}
  Result(Failure failure) : state(std::in_place_index<1>, std::move(failure)) {}

  explicit operator bool() const { return state.index() == 0; }
  T &operator*() { return get(); }
  const T &operator*() const { return get(); }
  T *operator->() { return &get(); }
  const T *operator->() const { return &get(); }

  /// The message of a failed result.
  const std::string &error() const {
    assert(!*this && "a value has no error");
    return std::get<1>(state).message;
  }
  Failure takeFailure() {
    assert(!*this && "a value has no error");
    return std::move(std::get<1>(state));
  }

private:
  T &get() {
    assert(*this && "unchecked failure");
    return *std::get_if<0>(&state);
  }
  const T &get() const {
    assert(*this && "unchecked failure");
    return *std::get_if<0>(&state);
  }
  std::variant<T, Failure> state;
};

/// A Result without a value.
template <> class [[nodiscard]] Result<void> {
public:
  Result() = default;
  Result(Failure failure) : failure(std::move(failure)) {}

  explicit operator bool() const { return !failure; }
  const std::string &error() const { return failure->message; }
  Failure takeFailure() { return std::move(*failure); }

private:
  std::optional<Failure> failure;
};

} // namespace qwenc
#endif
