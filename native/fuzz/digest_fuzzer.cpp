// libFuzzer: checksums, digests and buckets of any bytes. The processor's own instructions and the portable code agree,
// however the bytes are cut; a bucket is the remainder of its digest by long division.
#include <cstdint>
#include <cstdlib>
#include <vector>

#include "../arrow_view.h"
#include "../crc32c.h"
#include "../sha256.h"

namespace {

using gristmill::BinaryView;
using gristmill::Digest;

void require(bool condition) {
  if (!condition) std::abort();
}

uint32_t remainder(const Digest& digest, uint32_t total) {
  uint64_t rest = 0;
  for (const uint32_t word : digest) {
    for (int bit = 31; bit >= 0; --bit) rest = (rest * 2 + (word >> bit & 1)) % total;
  }
  return static_cast<uint32_t>(rest);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 5) return 0;
  const uint32_t total = 1 + (data[0] | uint32_t{data[1]} << 8 | uint32_t{data[2]} << 16 | uint32_t{data[3]} << 23);
  const size_t cut = data[4] % (size - 4);
  data += 5;
  size -= 5;
  const std::vector<uint8_t> exact(data, data + size);  // of its own, so that reading past its end is found
  const uint8_t* bytes = exact.data();

  const uint32_t crc = gristmill::crc32c_extend(0, bytes, size);
  require(crc == gristmill::crc32c_extend_portable(0, bytes, size));
  if (cut <= size) {
    require(crc == gristmill::crc32c_extend(gristmill::crc32c_extend(0, bytes, cut), bytes + cut, size - cut));
  }
  require(gristmill::sha256(bytes, size) == gristmill::sha256_portable(bytes, size));
  // Records are hashed in pairs: of one size, of different sizes, and the odd one at the end.
  const auto middle = static_cast<int32_t>(cut <= size ? cut : size);
  const auto end = static_cast<int32_t>(size);
  const int32_t offsets[] = {0, middle, end, end};
  uint32_t buckets[] = {total, total, total};
  gristmill::hash_buckets(BinaryView(offsets, bytes, 3), total, buckets);
  for (int i = 0; i < 3; ++i) {
    const size_t length = static_cast<size_t>(offsets[i + 1] - offsets[i]);
    require(buckets[i] == remainder(gristmill::sha256_portable(bytes + offsets[i], length), total));
  }
  return 0;
}
