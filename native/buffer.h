// Memory for arrays: a Buffer grows while it is filled, a Block is finished and can be handed to Arrow.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <new>
#include <utility>

namespace gristmill {

struct Free {
  void operator()(uint8_t* memory) const { std::free(memory); }
};
using Memory = std::unique_ptr<uint8_t, Free>;

// Bytes that do not change any more; they may begin anywhere in the memory that holds them.
struct Block {
  Memory memory;
  const uint8_t* data = nullptr;
};

// Bytes that are never cleared, only written.
class Buffer {
 public:
  Buffer() = default;
  Buffer(Buffer&& other) noexcept { swap(other); }
  Buffer& operator=(Buffer&& other) noexcept {
    swap(other);
    return *this;
  }
  Buffer(const Buffer&) = delete;
  Buffer& operator=(const Buffer&) = delete;

  uint8_t* data() { return data_.get(); }
  const uint8_t* data() const { return data_.get(); }
  size_t size() const { return size_; }

  // Makes room for `more` bytes behind size().
  void reserve(size_t more) {
    if (more <= capacity_ - size_) return;
    size_t wanted = size_ + more;
    if (wanted < size_) throw std::bad_alloc();
    if (wanted < 2 * capacity_) wanted = 2 * capacity_;
    if (wanted < kSmallest) wanted = kSmallest;
    auto* moved = static_cast<uint8_t*>(std::realloc(data_.get(), wanted));
    if (moved == nullptr) throw std::bad_alloc();
    static_cast<void>(data_.release());  // realloc has freed it, or it is the same
    data_.reset(moved);
    capacity_ = wanted;
  }
  void append(const void* bytes, size_t count) {
    reserve(count);
    if (count != 0) std::memcpy(data_.get() + size_, bytes, count);
    size_ += count;
  }
  template <typename Value>
  void push(Value value) {
    append(&value, sizeof value);
  }
  // After a reserve(): the bytes up to `size` have been written, or are to be dropped.
  void set_size(size_t size) { size_ = size; }

  template <typename Value>
  Value at(size_t index) const {
    Value value;
    std::memcpy(&value, data_.get() + index * sizeof value, sizeof value);
    return value;
  }

  // The bytes as a Block, which has an address even where there are none; the buffer is used up.
  Block finish() {
    reserve(1);
    const uint8_t* start = data_.get();
    return {std::move(data_), start};
  }

 private:
  void swap(Buffer& other) noexcept {
    std::swap(data_, other.data_);
    std::swap(size_, other.size_);
    std::swap(capacity_, other.capacity_);
  }
  static constexpr size_t kSmallest = 64;  // a cache line: what malloc would round to anyway
  Memory data_;
  size_t size_ = 0;
  size_t capacity_ = 0;
};

}  // namespace gristmill
