// A growable block of bytes that is never cleared and can be handed to Arrow.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <new>
#include <utility>

namespace gristmill {

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
  ~Buffer() { std::free(data_); }

  uint8_t* data() { return data_; }
  const uint8_t* data() const { return data_; }
  size_t size() const { return size_; }

  // Makes room for `more` bytes behind size().
  void reserve(size_t more) {
    if (more <= capacity_ - size_) return;
    size_t wanted = size_ + more;
    if (wanted < size_) throw std::bad_alloc();
    if (wanted < 2 * capacity_) wanted = 2 * capacity_;
    if (wanted < kSmallest) wanted = kSmallest;
    void* moved = std::realloc(data_, wanted);
    if (moved == nullptr) throw std::bad_alloc();
    data_ = static_cast<uint8_t*>(moved);
    capacity_ = wanted;
  }
  void append(const void* bytes, size_t count) {
    reserve(count);
    if (count != 0) std::memcpy(data_ + size_, bytes, count);
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
    std::memcpy(&value, data_ + index * sizeof value, sizeof value);
    return value;
  }

 private:
  void swap(Buffer& other) noexcept {
    std::swap(data_, other.data_);
    std::swap(size_, other.size_);
    std::swap(capacity_, other.capacity_);
  }
  static constexpr size_t kSmallest = 64;  // a cache line: what malloc would round to anyway
  uint8_t* data_ = nullptr;
  size_t size_ = 0;
  size_t capacity_ = 0;
};

}  // namespace gristmill
