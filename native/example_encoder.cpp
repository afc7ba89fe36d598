#include "example_encoder.h"

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "arrow_export.h"
#include "arrow_view.h"
#include "backward_writer.h"
#include "example_format.h"

namespace gristmill {
namespace {

using example::Kind;

// Tags and lengths around one feature's values: far less than this many bytes.
constexpr size_t kAround = 64;

// Numbers written between two looks at the room left: bounds what is reserved for one look to 40 KiB.
constexpr int64_t kChunk = 4096;

struct Column {
  std::string name;
  std::string key;  // the entry's key field, tag and length included, and the tag of the value field
  Kind kind = Kind::kNone;
  int64_t first = 0;  // slot of the batch's first row, on top of the arrays' own offsets
  Validity present;
  Validity items_present;
  const int32_t* offsets = nullptr;
  const int64_t* ints = nullptr;
  const float* floats = nullptr;
  BinaryView bytes;
};

std::string key_field(const std::string& name) {
  uint8_t length[wire::kLongestValue];
  const uint8_t* end = wire::write_varint(length, name.size());
  std::string field(1, static_cast<char>(example::kKey));
  field.append(reinterpret_cast<const char*>(length), static_cast<size_t>(end - length));
  return field + name + static_cast<char>(example::kValue);
}

[[noreturn]] void refuse(const ArrowSchema& field) {
  throw Fault(std::string("A feature column must be a list of int64, float32 or bytes, or null; its format is ") +
              field.format)
      .in_feature(field.name);
}

void view_items(Column& column, const ArrowSchema& item, const ArrowArray& items) {
  const std::string_view format = item.format;
  column.items_present = Validity(items);
  if (format == "l") {
    column.kind = Kind::kInts;
    column.ints = static_cast<const int64_t*>(items.buffers[1]) + items.offset;
  } else if (format == "f") {
    column.kind = Kind::kFloats;
    column.floats = static_cast<const float*>(items.buffers[1]) + items.offset;
  } else {
    column.kind = Kind::kBytes;
    column.bytes = BinaryView(items);
  }
}

Column view_column(const ArrowSchema& field, const ArrowArray& array, int64_t first) {
  Column column;
  column.name = field.name;
  column.key = key_field(column.name);
  column.first = first;
  const std::string_view format = field.format;
  if (format == "n") return column;
  if (format != "+l" || field.n_children != 1) refuse(field);
  const std::string_view item = field.children[0]->format;
  if (item != "l" && item != "f" && item != "z" && item != "u") refuse(field);
  column.present = Validity(array);
  if (array.length > 0) column.offsets = static_cast<const int32_t*>(array.buffers[1]) + array.offset;
  view_items(column, *field.children[0], *array.children[0]);
  return column;
}

// Ordered by key as protobuf orders them: bytewise.
std::vector<Column> view_columns(const ArrowSchema& schema, const ArrowArray& batch) {
  if (std::string_view(schema.format) != "+s") throw Fault("A batch must be a struct array");
  std::vector<Column> columns;
  for (int64_t i = 0; i < schema.n_children; ++i) {
    columns.push_back(view_column(*schema.children[i], *batch.children[i], batch.offset));
  }
  std::sort(columns.begin(), columns.end(), [](const Column& a, const Column& b) { return a.name < b.name; });
  const auto twice = std::adjacent_find(columns.begin(), columns.end(),
                                        [](const Column& a, const Column& b) { return a.name == b.name; });
  if (twice != columns.end()) throw Fault("A batch must not have two columns of one name").in_feature(twice->name);
  return columns;
}

void require_items(const Column& column, int64_t begin, int64_t end) {
  if (column.items_present.all()) return;
  for (int64_t i = begin; i < end; ++i) {
    if (!column.items_present[i]) throw Fault("A feature's values must not be null").in_feature(column.name);
  }
}

void write_bytes(BackwardWriter& out, const BinaryView& values, int64_t begin, int64_t end) {
  for (int64_t i = end; i-- > begin;) {
    const size_t size = values.size(i);
    out.reserve(size + kAround);
    const size_t start = out.size();
    out.put(values.begin(i), size);
    out.close(example::kItems, start);
  }
}

void write_floats(BackwardWriter& out, const float* values, int64_t begin, int64_t end) {
  if (begin == end) return;
  const size_t size = static_cast<size_t>(end - begin) * sizeof(float);
  out.reserve(size + kAround);
  const size_t start = out.size();
  out.put(values + begin, size);
  out.close(example::kItems, start);
}

void write_ints(BackwardWriter& out, const int64_t* values, int64_t begin, int64_t end) {
  if (begin == end) return;
  const size_t start = out.size();
  for (int64_t left = end; left > begin;) {
    const int64_t stop = std::max(begin, left - kChunk);
    out.reserve(static_cast<size_t>(left - stop) * wire::kLongestValue + kAround);
    while (left > stop) out.varint(static_cast<uint64_t>(values[--left]));
  }
  out.close(example::kItems, start);
}

// The Feature message of one row; a column of type null has Features without a kind.
void write_feature(BackwardWriter& out, const Column& column, int64_t slot) {
  if (column.kind == Kind::kNone) return;
  const int64_t begin = column.offsets[slot];
  const int64_t end = column.offsets[slot + 1];
  require_items(column, begin, end);
  const size_t start = out.size();
  switch (column.kind) {
    case Kind::kBytes: write_bytes(out, column.bytes, begin, end); break;
    case Kind::kFloats: write_floats(out, column.floats, begin, end); break;
    default: write_ints(out, column.ints, begin, end); break;
  }
  out.reserve(kAround);
  out.close(wire::tag(static_cast<uint32_t>(column.kind), wire::kBytes), start);
}

void write_entry(BackwardWriter& out, const Column& column, int64_t slot) {
  const size_t start = out.size();
  out.reserve(column.key.size() + kAround);
  write_feature(out, column, slot);
  out.reserve(column.key.size() + kAround);
  out.varint(out.size() - start);
  out.put(column.key.data(), column.key.size());
  out.close(example::kEntry, start);
}

void write_row(BackwardWriter& out, const std::vector<Column>& columns, int64_t row) {
  const size_t start = out.size();
  for (auto column = columns.rbegin(); column != columns.rend(); ++column) {
    const int64_t slot = column->first + row;
    if (!column->present[slot]) continue;
    try {
      write_entry(out, *column, slot);
    } catch (Fault& fault) {
      throw fault.in_record(row);
    }
  }
  out.reserve(kAround);
  out.close(example::kFeatures, start);
}

}  // namespace

TypedArray encode_examples(const ArrowSchema& schema, const ArrowArray& batch) {
  const std::vector<Column> columns = view_columns(schema, batch);
  const int64_t rows = batch.length;
  BackwardWriter out;
  // While going from the last row to the first, each place holds its distance from the end.
  Buffer offsets;
  offsets.reserve(static_cast<size_t>(rows + 1) * sizeof(int32_t));
  offsets.set_size(static_cast<size_t>(rows + 1) * sizeof(int32_t));
  auto* places = reinterpret_cast<int32_t*>(offsets.data());
  places[rows] = 0;
  for (int64_t row = rows; row-- > 0;) {
    write_row(out, columns, row);
    out.reserve(0);
    places[row] = static_cast<int32_t>(out.size());
  }
  const auto total = static_cast<int32_t>(out.size());
  for (int64_t row = 0; row <= rows; ++row) places[row] = total - places[row];
  return make_binary(std::move(offsets), out.take());
}

}  // namespace gristmill
