#include "feature_column.h"

#include <cstring>
#include <utility>

#include "fault.h"

namespace gristmill {

using example::Kind;

FeatureColumn::FeatureColumn(std::string name, int64_t rows) : name_(std::move(name)), capacity_(rows) {
  offsets_.reserve(static_cast<size_t>(rows + 1) * sizeof(int32_t));
  offsets_.push(int32_t{0});
}

bool FeatureColumn::set_kind(Kind kind) {
  if (kind_ == kind) return true;
  if (kind_ != Kind::kNone) {
    disputed_ = kind;
    return false;
  }
  kind_ = kind;
  kind_row_ = rows_;
  if (kind == Kind::kBytes) values_.push(int32_t{0});
  return true;
}

void FeatureColumn::require_one_kind() const {
  if (!disputed()) return;
  throw Fault(std::string("A feature must be of one kind in all records; earlier records of the batch hold ") +
              example::kind_name(kind_) + " values, this one " + example::kind_name(disputed_))
      .in_feature(name_);
}

void FeatureColumn::forget_row() {
  --rows_;
  disputed_ = Kind::kNone;
  offsets_.set_size(offsets_.size() - sizeof(int32_t));
  count_ = offsets_.at<int32_t>(static_cast<size_t>(rows_));
  if (validity_.size() != 0) {
    uint8_t& byte = validity_.data()[rows_ >> 3];
    const auto bit = static_cast<uint8_t>(1 << (rows_ & 7));
    if ((byte & bit) == 0) --missing_;
    byte = static_cast<uint8_t>(byte & ~bit);
  }
  const auto count = static_cast<size_t>(count_);
  if (kind_row_ == rows_) {
    kind_ = Kind::kNone;
    kind_row_ = -1;
    values_.set_size(0);
  } else if (kind_ == Kind::kBytes) {
    values_.set_size((count + 1) * sizeof(int32_t));
    bytes_.set_size(static_cast<size_t>(values_.at<int32_t>(count)));
  } else {
    values_.set_size(count * (kind_ == Kind::kInts ? sizeof(int64_t) : sizeof(float)));
  }
  if (count == 0) bytes_.set_size(0);
}

void FeatureColumn::skip_to(int64_t row) {
  for (; rows_ < row; ++rows_) {
    mark_missing(rows_);
    offsets_.push(count_);
  }
}

void FeatureColumn::mark_missing(int64_t row) {
  ++missing_;
  if (validity_.size() != 0) return;  // the bit is still 0
  const auto size = static_cast<size_t>((capacity_ + 7) / 8);
  validity_.reserve(size);
  validity_.set_size(size);
  std::memset(validity_.data(), 0, size);
  std::memset(validity_.data(), 0xff, static_cast<size_t>(row / 8));
  for (int64_t before = row / 8 * 8; before < row; ++before) {
    validity_.data()[before >> 3] |= static_cast<uint8_t>(1 << (before & 7));
  }
}

OwnedArray FeatureColumn::take_items() {
  std::vector<Block> blocks(2);
  blocks[1] = values_.finish();
  if (kind_ == Kind::kBytes) blocks.push_back(bytes_.finish());
  return make_array(count_, 0, std::move(blocks));
}

TypedArray FeatureColumn::take(int64_t rows) {
  skip_to(rows);
  if (kind_ == Kind::kNone) return {make_schema("n", name_), make_array(rows, rows, {})};
  std::vector<Block> blocks(2);
  if (missing_ != 0) blocks[0] = validity_.finish();
  blocks[1] = offsets_.finish();
  std::vector<OwnedSchema> types;
  types.push_back(make_schema(kind_ == Kind::kBytes ? "z" : kind_ == Kind::kFloats ? "f" : "l", "item"));
  std::vector<OwnedArray> items;
  items.push_back(take_items());
  return {make_schema("+l", name_, std::move(types)), make_array(rows, missing_, std::move(blocks), std::move(items))};
}

}  // namespace gristmill
