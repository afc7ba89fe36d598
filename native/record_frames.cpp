#include "record_frames.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "arrow_export.h"
#include "crc32c.h"
#include "fault.h"

namespace gristmill {
namespace {

constexpr size_t kLengthBytes = 8;

template <typename Value>
Value load(const uint8_t* at) {
  Value value;
  std::memcpy(&value, at, sizeof value);
  return value;
}

template <typename Value>
uint8_t* store(uint8_t* at, Value value) {
  std::memcpy(at, &value, sizeof value);
  return at + sizeof value;
}

uint32_t checksum(const uint8_t* data, size_t size) { return crc32c_mask(crc32c_extend(0, data, size)); }

}  // namespace

bool is_frame_header(const uint8_t* header) {
  return checksum(header, kLengthBytes) == load<uint32_t>(header + kLengthBytes);
}

size_t framed_size(const BinaryView& records) {
  return records.total_size() + static_cast<size_t>(records.length()) * (kFrameHeader + kFrameFooter);
}

void write_frames(const BinaryView& records, uint8_t* out) {
  for (int64_t i = 0; i < records.length(); ++i) {
    const uint8_t* data = records.begin(i);
    const size_t size = records.size(i);
    uint8_t* const header = out;
    out = store(out, uint64_t{size});
    out = store(out, checksum(header, kLengthBytes));
    if (size != 0) std::memcpy(out, data, size);
    out = store(out + size, checksum(data, size));
  }
}

FrameReader::FrameReader(int64_t block_rows) : block_rows_(block_rows) { start_block(); }

void FrameReader::start_block() {
  offsets_ = Buffer();
  data_ = Buffer();
  offsets_.push(int32_t{0});
}

size_t FrameReader::feed(const uint8_t* data, size_t size) {
  size_t taken = 0;
  while (taken < size && !full()) {
    const uint8_t* at = data + taken;
    const size_t left = size - taken;
    if (filled_ < kFrameHeader) {
      taken += fill_header(at, left);
    } else if (filled_ < kFrameHeader + length_) {
      taken += fill_data(at, left);
    } else {
      taken += fill_footer(at, left);
    }
  }
  return taken;
}

size_t FrameReader::fill_header(const uint8_t* data, size_t size) {
  const size_t count = std::min<size_t>(size, kFrameHeader - filled_);
  std::memcpy(frame_ + filled_, data, count);
  filled_ += count;
  if (filled_ < kFrameHeader) return count;
  if (!is_frame_header(frame_)) {
    fail("A record's length must match its checksum; the file is damaged or not a TFRecord file");
  }
  length_ = load<uint64_t>(frame_);
  if (length_ > kLongestRecord) fail("A record must not be longer than 1 GiB");
  crc_ = 0;
  return count;
}

size_t FrameReader::fill_data(const uint8_t* data, size_t size) {
  const auto count = static_cast<size_t>(std::min<uint64_t>(size, kFrameHeader + length_ - filled_));
  data_.append(data, count);
  crc_ = crc32c_extend(crc_, data, count);
  filled_ += count;
  return count;
}

size_t FrameReader::fill_footer(const uint8_t* data, size_t size) {
  const uint64_t have = filled_ - kFrameHeader - length_;
  const size_t count = std::min<size_t>(size, kFrameFooter - have);
  std::memcpy(frame_ + have, data, count);
  filled_ += count;
  if (have + count < kFrameFooter) return count;
  if (crc32c_mask(crc_) != load<uint32_t>(frame_)) fail("A record's data must match its checksum; the file is damaged");
  offsets_.push(static_cast<int32_t>(data_.size()));
  record_offset_ += static_cast<int64_t>(filled_);
  ++records_;
  filled_ = 0;
  return count;
}

TypedArray FrameReader::take() {
  if (filled_ != 0) fail("A block can be taken only between two records");
  TypedArray block = make_binary(block_records(), offsets_.finish(), data_.finish());
  start_block();
  return block;
}

void FrameReader::finish() const {
  if (filled_ != 0) fail("A file must end behind a whole record; this one is cut off");
}

void FrameReader::fail(const char* rule) const {
  throw Fault(rule).in_record(records_).at_offset(record_offset_);
}

}  // namespace gristmill
