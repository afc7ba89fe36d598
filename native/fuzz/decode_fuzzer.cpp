// libFuzzer: any bytes as records of tf.Example. What decodes must be valid Arrow, and must survive encoding and
// decoding.
#include <cstdlib>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "../arrow_view.h"
#include "../example_decoder.h"
#include "../example_encoder.h"
#include "../fault.h"

namespace {

using gristmill::BinaryView;
using gristmill::TypedArray;

void require(bool condition) {
  if (!condition) std::abort();
}

// The first byte says how many records the rest is cut into, evenly.
std::vector<int32_t> cut(const uint8_t* data, size_t size) {
  const size_t records = 1 + data[0] % 4;
  std::vector<int32_t> offsets;
  for (size_t i = 0; i <= records; ++i) offsets.push_back(static_cast<int32_t>((size - 1) * i / records));
  return offsets;
}

void check_offsets(const ArrowArray& array, int64_t most) {
  const auto* offsets = static_cast<const int32_t*>(array.buffers[1]);
  require(offsets[0] == 0);
  for (int64_t i = 0; i < array.length; ++i) require(offsets[i] <= offsets[i + 1]);
  require(offsets[array.length] <= most);
}

void check_column(const ArrowSchema& field, const ArrowArray& column, int64_t rows, int64_t record_bytes) {
  require(column.length == rows);
  if (std::string_view(field.format) == "n") return;
  const ArrowArray& items = *column.children[0];
  check_offsets(column, items.length);
  require(static_cast<const int32_t*>(column.buffers[1])[rows] == items.length);
  if (std::string_view(field.children[0]->format) == "z" && items.length > 0) check_offsets(items, record_bytes);
  int64_t nulls = 0;
  const gristmill::Validity valid(column);
  for (int64_t i = 0; i < rows; ++i) nulls += !valid[i];
  require(nulls == column.null_count);
}

std::vector<std::string> check_batch(const TypedArray& batch, int64_t rows, int64_t record_bytes) {
  std::vector<std::string> names;
  require(batch.array.get()->length == rows);
  for (int64_t i = 0; i < batch.schema.get()->n_children; ++i) {
    const ArrowSchema& field = *batch.schema.get()->children[i];
    check_column(field, *batch.array.get()->children[i], rows, record_bytes);
    require(names.empty() || names.back() < field.name);
    names.emplace_back(field.name);
  }
  return names;
}

bool same_bytes(const BinaryView& a, const BinaryView& b) {
  if (a.length() != b.length()) return false;
  for (int64_t i = 0; i < a.length(); ++i) {
    if (a.size(i) != b.size(i)) return false;
    if (a.size(i) != 0 && std::memcmp(a.begin(i), b.begin(i), a.size(i)) != 0) return false;
  }
  return true;
}

TypedArray encode(const TypedArray& batch) {
  return gristmill::encode_examples(*batch.schema.get(), *batch.array.get());
}

void run(const uint8_t* data, size_t size) {
  const std::vector<int32_t> offsets = cut(data, size);
  const auto rows = static_cast<int64_t>(offsets.size()) - 1;
  const BinaryView records(offsets.data(), data + 1, rows);
  const TypedArray batch = gristmill::decode_examples(records, std::nullopt);
  const auto bytes = static_cast<int64_t>(size);
  const std::vector<std::string> names = check_batch(batch, rows, bytes);
  check_batch(gristmill::decode_examples(records, names), rows, bytes);

  const TypedArray encoded = encode(batch);
  const BinaryView canonical(*encoded.array.get());
  const TypedArray again = encode(gristmill::decode_examples(canonical, std::nullopt));
  require(same_bytes(canonical, BinaryView(*again.array.get())));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  try {
    run(data, size);
  } catch (const gristmill::Fault&) {
    // What malformed records are meant to end in.
  }
  return 0;
}
