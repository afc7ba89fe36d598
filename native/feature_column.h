// One feature's column while it is being decoded.
#pragma once

#include <cstdint>
#include <string>

#include "arrow_export.h"
#include "buffer.h"
#include "example_format.h"

namespace gristmill {

class FeatureColumn {
 public:
  // `rows`: how many rows the batch will have.
  FeatureColumn(std::string name, int64_t rows);

  const std::string& name() const { return name_; }

  // Starts the row; rows between the last one and this are missing. A row started twice is forgotten and starts anew
  // (a map's later entry replaces an earlier one).
  void start(int64_t row) {
    if (rows_ > row) forget_row();
    if (rows_ < row) skip_to(row);
  }

  // The kind of the row's values, to be called before any is added. False where earlier rows had another kind: the row
  // is disputed then and takes no values.
  bool set_kind(example::Kind kind);

  // A Fault where the last row is disputed; to be asked when it can no longer be replaced.
  bool disputed() const { return disputed_ != example::Kind::kNone; }
  void require_one_kind() const;

  void add_bytes(const uint8_t* data, size_t size) {
    bytes_.append(data, size);
    values_.push(static_cast<int32_t>(bytes_.size()));
    ++count_;
  }
  void add_floats(const uint8_t* data, size_t count) {
    values_.append(data, count * sizeof(float));
    count_ += static_cast<int32_t>(count);
  }
  void add_int(uint64_t value) {
    values_.push(value);
    ++count_;
  }
  void reserve_ints(size_t count) { values_.reserve(count * sizeof(int64_t)); }

  // Ends the row that was started.
  void finish(bool present) {
    if (!present) {
      mark_missing(rows_);
    } else if (validity_.size() != 0) {
      validity_.data()[rows_ >> 3] |= static_cast<uint8_t>(1 << (rows_ & 7));
    }
    ++rows_;
    offsets_.push(count_);
  }

  // The finished column; the object is used up.
  TypedArray take(int64_t rows);

 private:
  void forget_row();
  void skip_to(int64_t row);
  void mark_missing(int64_t row);
  OwnedArray take_items();

  std::string name_;
  example::Kind kind_ = example::Kind::kNone;
  example::Kind disputed_ = example::Kind::kNone;  // the last row's kind where it differs
  int64_t kind_row_ = -1;                          // the row that settled the kind
  int64_t capacity_;       // rows that the batch will have
  int64_t rows_ = 0;
  int64_t missing_ = 0;
  int32_t count_ = 0;  // values so far; cannot overflow, each takes a byte of less than 2 GiB of records
  Buffer validity_;    // made when the first row is missing; bits of later rows are 0 until they are present
  Buffer offsets_;
  Buffer values_;  // numbers, or the int32 offsets of bytes_
  Buffer bytes_;
};

}  // namespace gristmill
