// Writes from the end to the front, so that a message's length is known when its turn to be written comes: one pass,
// no sizes computed beforehand.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <new>
#include <utility>

#include "buffer.h"
#include "fault.h"
#include "huge_pages.h"
#include "wire.h"

namespace gristmill {

// Where the next byte goes: in front of this. Unchecked: room has been reserved. A value of its own, so that the
// compiler can keep it in a register.
class BackwardCursor {
 public:
  explicit BackwardCursor(uint8_t* at) : at_(at) {}
  uint8_t* at() const { return at_; }

  void put(const void* bytes, size_t count) {
    at_ -= count;
    if (count != 0) std::memcpy(at_, bytes, count);
  }
  // The last `count` of `Window` bytes that end at `end`. A copy of fixed size is much faster than one of any size;
  // what it leaves in front is written over later.
  template <size_t Window>
  void put_last(const uint8_t* end, size_t count) {
    std::memcpy(at_ - Window, end - Window, Window);
    at_ -= count;
  }
  void varint(uint64_t value) {
    if (value < 0x80) {
      *--at_ = static_cast<uint8_t>(value);
      return;
    }
    at_ -= wire::varint_size(value);
    wire::write_varint(at_, value);
  }
  // Writes the tag (of one byte) and the length in front of a message that ends at `end`.
  void close(uint32_t tag, const uint8_t* end) {
    varint(static_cast<uint64_t>(end - at_));
    *--at_ = static_cast<uint8_t>(tag);
  }

 private:
  uint8_t* at_;
};

class BackwardWriter {
 public:
  // What 32-bit Arrow offsets can say.
  static constexpr size_t kMost = std::numeric_limits<int32_t>::max();
  [[noreturn]] static void refuse() { throw Fault("A batch must encode to less than 2 GiB of tf.Examples"); }

  // Bytes written so far.
  size_t size() const { return static_cast<size_t>(end_ - at_); }

  // Makes room for `count` more bytes; the cursor is good until the next call.
  BackwardCursor reserve(size_t count) {
    if (size() > kMost || count > kMost) refuse();
    if (count > static_cast<size_t>(at_ - base_.get())) grow(count);
    return BackwardCursor(at_);
  }
  // What the cursor wrote counts.
  void commit(const BackwardCursor& cursor) { at_ = cursor.at(); }

  // What was written, where it lies; the writer is used up.
  Block finish() {
    reserve(1);
    return {std::move(base_), at_};
  }

 private:
  void grow(size_t count) {
    const size_t used = size();
    const size_t wanted = std::max(used + count, 2 * static_cast<size_t>(end_ - base_.get()));
    auto* fresh = static_cast<uint8_t*>(std::malloc(wanted));
    if (fresh == nullptr) throw std::bad_alloc();
    advise_huge_pages(fresh, wanted);
    if (used != 0) std::memcpy(fresh + wanted - used, at_, used);
    base_.reset(fresh);
    end_ = fresh + wanted;
    at_ = end_ - used;
  }
  Memory base_;
  uint8_t* at_ = nullptr;
  uint8_t* end_ = nullptr;
};

}  // namespace gristmill
