// libFuzzer: any bytes as a stream of TFRecord frames, in pieces of any size. However the stream is cut, the records
// are the same; and any bytes framed as records are read back.
#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <string>
#include <utility>
#include <vector>

#include "../arrow_view.h"
#include "../fault.h"
#include "../record_frames.h"

namespace {

using gristmill::BinaryView;

void require(bool condition) {
  if (!condition) std::abort();
}

struct Outcome {
  std::vector<std::string> records;
  std::string fault;
  bool operator==(const Outcome& other) const { return records == other.records && fault == other.fault; }
};

void take(gristmill::FrameReader& reader, Outcome& outcome) {
  const gristmill::TypedArray block = reader.take();
  const BinaryView view(*block.array.get());
  for (int64_t i = 0; i < view.length(); ++i) {
    outcome.records.emplace_back(reinterpret_cast<const char*>(view.begin(i)), view.size(i));
  }
}

Outcome read(const uint8_t* data, size_t size, size_t piece, int64_t block_rows) {
  Outcome outcome;
  gristmill::FrameReader reader(block_rows);
  try {
    for (size_t start = 0; start < size;) {
      const size_t end = std::min(size, start + piece);
      while (start < end) {
        start += reader.feed(data + start, end - start);
        if (reader.full()) take(reader, outcome);
      }
    }
    reader.finish();
    take(reader, outcome);
  } catch (const gristmill::Fault& fault) {
    outcome.fault = fault.what();
  }
  return outcome;
}

std::vector<uint8_t> frame(const uint8_t* data, size_t size, size_t records) {
  std::vector<int32_t> offsets;
  for (size_t i = 0; i <= records; ++i) offsets.push_back(static_cast<int32_t>(size * i / records));
  const BinaryView view(offsets.data(), data, static_cast<int64_t>(records));
  std::vector<uint8_t> framed(gristmill::framed_size(view));
  gristmill::write_frames(view, framed.data());
  return framed;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 2) return 0;
  const size_t piece = 1 + data[0];
  const int64_t rows = 1 + data[1] % 4;
  data += 2;
  size -= 2;
  // One block for the whole stream, so that a fault drops the same records in both: none are taken before it.
  const int64_t all = static_cast<int64_t>(size) + 1;
  require(read(data, size, piece, all) == read(data, size, size + 1, all));

  // A header's checksum is hard to guess: start from valid frames, then damage one byte.
  std::vector<uint8_t> framed = frame(data, size, static_cast<size_t>(rows));
  const Outcome whole = read(framed.data(), framed.size(), piece, rows);
  require(whole.fault.empty() && whole.records.size() == static_cast<size_t>(rows));
  if (size == 0) return 0;
  framed[data[0] % framed.size()] ^= static_cast<uint8_t>(1 | data[size - 1]);
  require(!read(framed.data(), framed.size(), piece, rows).fault.empty());
  return 0;
}
