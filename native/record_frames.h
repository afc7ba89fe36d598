// TFRecord framing. A record is
//   uint64 length | uint32 masked CRC-32C of the length | length bytes | uint32 masked CRC-32C of these bytes
// all little-endian. https://www.tensorflow.org/tutorials/load_data/tfrecord
#pragma once

#include <cstddef>
#include <cstdint>

#include "arrow_c_data.h"
#include "arrow_view.h"
#include "buffer.h"

namespace gristmill {

constexpr size_t kFrameHeader = 12;
constexpr size_t kFrameFooter = 4;

// The largest record that is read. Protobuf messages end at 2 GiB, and so do the 32-bit offsets of a block: half of
// that leaves room for the records that the block already holds.
constexpr uint64_t kLongestRecord = uint64_t{1} << 30;

// A block ends when it holds this many bytes, however few its rows: it bounds the memory of a reader, and with
// kLongestRecord stays below 2 GiB.
constexpr size_t kBlockBytes = size_t{64} << 20;

// Do these kFrameHeader bytes begin a record?
bool is_frame_header(const uint8_t* header);

// Size of the records with their frames, and the writing of exactly so many bytes.
size_t framed_size(const BinaryView& records);
void write_frames(const BinaryView& records, uint8_t* out);

// Cuts a stream that arrives in pieces into records, and gathers these into blocks. Memory grows with the bytes that
// have arrived, never with a length that a header claims.
class FrameReader {
 public:
  explicit FrameReader(int64_t block_rows);

  // Takes bytes up to the end of the piece or until the block is full; the number of bytes taken.
  size_t feed(const uint8_t* data, size_t size);
  bool full() const { return block_records() >= block_rows_ || (filled_ == 0 && data_.size() >= kBlockBytes); }
  int64_t block_records() const { return static_cast<int64_t>(offsets_.size() / sizeof(int32_t)) - 1; }

  // The block's records as a `binary` array; the reader goes on with an empty block. Only between records.
  TypedArray take();

  // The stream has ended: a Fault unless it did so between two records.
  void finish() const;

  // Where a fault lies that the stream itself (decompression) reports.
  int64_t records() const { return records_; }
  int64_t record_offset() const { return record_offset_; }

 private:
  size_t fill_header(const uint8_t* data, size_t size);
  size_t fill_data(const uint8_t* data, size_t size);
  size_t fill_footer(const uint8_t* data, size_t size);
  void start_block();
  [[noreturn]] void fail(const char* rule) const;

  int64_t block_rows_;
  Buffer offsets_;
  Buffer data_;
  uint8_t frame_[kFrameHeader] = {};  // the header or footer that is being gathered
  uint64_t filled_ = 0;               // bytes of the current record that have arrived, frame included
  uint64_t length_ = 0;               // what the current record's header says
  uint32_t crc_ = 0;                  // of the current record's data so far
  int64_t records_ = 0;               // complete records
  int64_t record_offset_ = 0;         // where the current record began
};

}  // namespace gristmill
