// Read-only views of imported Arrow arrays. Arrays come from pyarrow and are trusted to be valid Arrow.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "arrow_c_data.h"
#include "fault.h"

namespace gristmill {

// The validity of `length` slots from an array's own offset on.
class Validity {
 public:
  Validity() = default;
  explicit Validity(const ArrowArray& array)
      : bits_(array.null_count == 0 ? nullptr : static_cast<const uint8_t*>(array.buffers[0])),
        offset_(array.offset) {}
  bool all() const { return bits_ == nullptr; }
  bool operator[](int64_t index) const {
    if (bits_ == nullptr) return true;
    const int64_t bit = offset_ + index;
    return (bits_[bit >> 3] >> (bit & 7)) & 1;
  }

 private:
  const uint8_t* bits_ = nullptr;
  int64_t offset_ = 0;
};

// A `binary` (or `string`) array.
class BinaryView {
 public:
  BinaryView() = default;
  explicit BinaryView(const ArrowArray& array)
      : offsets_(static_cast<const int32_t*>(array.buffers[1]) + array.offset),
        data_(static_cast<const uint8_t*>(array.buffers[2])),
        length_(array.length),
        valid_(array) {}

  // For callers without an Arrow array at hand (fuzz harnesses).
  BinaryView(const int32_t* offsets, const uint8_t* data, int64_t length)
      : offsets_(offsets), data_(data), length_(length) {}

  int64_t length() const { return length_; }
  const uint8_t* begin(int64_t index) const { return data_ + offsets_[index]; }
  size_t size(int64_t index) const { return static_cast<size_t>(offsets_[index + 1] - offsets_[index]); }
  size_t size_of(int64_t first, int64_t last) const {
    return first == last ? 0 : static_cast<size_t>(offsets_[last] - offsets_[first]);
  }
  size_t total_size() const { return size_of(0, length_); }
  void require_valid() const {
    if (valid_.all()) return;
    for (int64_t i = 0; i < length_; ++i) {
      if (!valid_[i]) throw Fault("A record must not be null").in_record(i);
    }
  }

 private:
  const int32_t* offsets_ = nullptr;
  const uint8_t* data_ = nullptr;
  int64_t length_ = 0;
  Validity valid_;
};

// The records of an array; a Fault where it is not of type `binary` or holds nulls.
inline BinaryView view_records(const ArrowSchema& schema, const ArrowArray& array) {
  if (std::string_view(schema.format) != "z") {
    throw Fault(std::string("Records must be of Arrow type binary; the format received is ") + schema.format);
  }
  if (array.length == 0) return {};
  BinaryView records(array);
  records.require_valid();
  return records;
}

}  // namespace gristmill
