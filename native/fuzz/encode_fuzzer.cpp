// libFuzzer: any batch of columns as tf.Examples. What was encoded must decode, and encode to the same bytes again; and
// the rows behind the first must encode alone as they do among all.
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "../arrow_export.h"
#include "../arrow_view.h"
#include "../buffer.h"
#include "../example_decoder.h"
#include "../example_encoder.h"

namespace {

using namespace gristmill;

void require(bool condition) {
  if (!condition) std::abort();
}

// The fuzzer's bytes, and zeros behind them.
class Bytes {
 public:
  Bytes(const uint8_t* data, size_t size) : data_(data), left_(size) {}
  uint8_t next() {
    if (left_ == 0) return 0;
    --left_;
    return *data_++;
  }
  void fill(Buffer& buffer, size_t count) {
    for (size_t i = 0; i < count; ++i) buffer.push(next());
  }

 private:
  const uint8_t* data_;
  size_t left_;
};

struct Column {
  OwnedSchema schema;
  OwnedArray array;
};

OwnedArray make_items(char kind, int32_t count, Bytes& bytes) {
  std::vector<Block> blocks(1);
  Buffer values;
  if (kind == 'z') {
    Buffer offsets;
    offsets.push(int32_t{0});
    for (int32_t i = 0; i < count; ++i) {
      bytes.fill(values, bytes.next() % 5);
      offsets.push(static_cast<int32_t>(values.size()));
    }
    blocks.push_back(offsets.finish());
  } else {
    bytes.fill(values, static_cast<size_t>(count) * (kind == 'l' ? 8 : 4));
  }
  blocks.push_back(values.finish());
  return make_array(count, 0, std::move(blocks));
}

// A column of lists; `skipped` rows before the first are hidden by the array's offset, as in a slice.
Column make_column(std::string name, int64_t rows, int64_t skipped, Bytes& bytes) {
  const char kind = "nlfz"[bytes.next() % 4];
  if (kind == 'n') return {make_schema("n", std::move(name)), make_array(rows - skipped, rows - skipped, {})};
  Buffer offsets;
  Buffer validity;
  validity.push(uint64_t{0});  // a bit for each row: there are at most 8
  offsets.push(int32_t{0});
  int32_t items = 0;
  int64_t nulls = 0;
  for (int64_t row = 0; row < rows; ++row) {
    const uint8_t choice = bytes.next();
    if (choice % 4 == 0) {
      if (row >= skipped) ++nulls;
    } else {
      validity.data()[0] |= static_cast<uint8_t>(1 << row);
      items += choice / 4 % 4;
    }
    offsets.push(items);
  }
  std::vector<Block> blocks;
  blocks.push_back(validity.finish());
  blocks.push_back(offsets.finish());
  std::vector<OwnedSchema> item_schemas;
  item_schemas.push_back(make_schema(std::string(1, kind), "item"));
  std::vector<OwnedArray> item_arrays;
  item_arrays.push_back(make_items(kind, items, bytes));
  ArrowArray lists = make_array(rows - skipped, nulls, std::move(blocks), std::move(item_arrays)).give_up();
  lists.offset = skipped;
  return {make_schema("+l", std::move(name), std::move(item_schemas)), OwnedArray(lists)};
}

TypedArray encode_slice(const uint8_t* data, size_t size, int64_t skipped) {
  Bytes bytes(data, size);
  const int64_t rows = 1 + bytes.next() % 8;
  if (skipped > rows) skipped = rows;
  std::vector<OwnedSchema> schemas;
  std::vector<OwnedArray> arrays;
  for (int columns = bytes.next() % 5; columns > 0; --columns) {
    // Names of which one begins with another are the ones with an order of their own.
    Column column = make_column(std::string(static_cast<size_t>(columns), 'a'), rows, skipped, bytes);
    schemas.push_back(std::move(column.schema));
    arrays.push_back(std::move(column.array));
  }
  std::vector<Block> no_validity(1);
  const OwnedSchema schema = make_schema("+s", "", std::move(schemas));
  const OwnedArray batch = make_array(rows - skipped, 0, std::move(no_validity), std::move(arrays));
  return encode_examples(*schema.get(), *batch.get());
}

// Whether `part` holds the values of `whole` from `first` on.
bool ends_with(const BinaryView& whole, int64_t first, const BinaryView& part) {
  if (whole.length() - first != part.length()) return false;
  for (int64_t i = 0; i < part.length(); ++i) {
    if (whole.size(first + i) != part.size(i)) return false;
    if (part.size(i) != 0 && std::memcmp(whole.begin(first + i), part.begin(i), part.size(i)) != 0) return false;
  }
  return true;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const TypedArray whole = encode_slice(data, size, 0);
  const BinaryView records(*whole.array.get());
  const TypedArray decoded = decode_examples(records, std::nullopt);
  const TypedArray again = encode_examples(*decoded.schema.get(), *decoded.array.get());
  require(ends_with(records, 0, BinaryView(*again.array.get())));
  const TypedArray part = encode_slice(data, size, 1);
  require(ends_with(records, 1, BinaryView(*part.array.get())));
  return 0;
}
