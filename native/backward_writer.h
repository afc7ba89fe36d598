// Writes from the end to the front, so that a message's length is known when its turn to be written comes: one pass,
// no sizes computed beforehand.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <new>

#include "buffer.h"
#include "fault.h"
#include "wire.h"

namespace gristmill {

class BackwardWriter {
 public:
  BackwardWriter() = default;
  BackwardWriter(const BackwardWriter&) = delete;
  BackwardWriter& operator=(const BackwardWriter&) = delete;
  ~BackwardWriter() { std::free(base_); }

  // Bytes written so far.
  size_t size() const { return static_cast<size_t>(end_ - at_); }

  // Makes room for `count` more bytes; the writes below do not check. The bound is that of 32-bit Arrow offsets.
  void reserve(size_t count) {
    if (size() > kMost || count > kMost) {
      throw Fault("A batch must encode to less than 2 GiB of tf.Examples (32-bit Arrow offsets)");
    }
    if (count > static_cast<size_t>(at_ - base_)) grow(count);
  }
  void put(const void* bytes, size_t count) {
    at_ -= count;
    if (count != 0) std::memcpy(at_, bytes, count);
  }
  void varint(uint64_t value) {
    if (value < 0x80) {
      *--at_ = static_cast<uint8_t>(value);
      return;
    }
    at_ -= wire::varint_size(value);
    wire::write_varint(at_, value);
  }

  // Writes the tag (of one byte) and the length before everything that was written since size() was `start`.
  void close(uint32_t tag, size_t start) {
    varint(size() - start);
    *--at_ = static_cast<uint8_t>(tag);
  }

  static constexpr size_t kMost = std::numeric_limits<int32_t>::max();

  // What was written, moved to the start of a buffer of its own.
  Buffer take() {
    Buffer taken;
    taken.append(at_, size());
    return taken;
  }

 private:
  void grow(size_t count) {
    const size_t used = size();
    const size_t wanted = std::max(used + count, 2 * static_cast<size_t>(end_ - base_));
    auto* fresh = static_cast<uint8_t*>(std::malloc(wanted));
    if (fresh == nullptr) throw std::bad_alloc();
    if (used != 0) std::memcpy(fresh + wanted - used, at_, used);
    std::free(base_);
    base_ = fresh;
    end_ = fresh + wanted;
    at_ = end_ - used;
  }
  uint8_t* base_ = nullptr;
  uint8_t* at_ = nullptr;
  uint8_t* end_ = nullptr;
};

}  // namespace gristmill
