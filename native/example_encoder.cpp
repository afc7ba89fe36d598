#include "example_encoder.h"

#include <algorithm>
#include <cstring>
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

// Keys, with the tags around them, of up to this size are copied as one piece of this size.
constexpr size_t kKeyWindow = 32;

// The tags and lengths around one entry's key and values take less than this many bytes.
constexpr size_t kAround = 64;

// One value's tag and length take no more.
constexpr size_t kAroundItem = 8;

// Room made at the start, at most: an ordinary block of 65,536 rows of 2 KB; larger batches grow into what they need.
constexpr size_t kMostExpected = size_t{128} << 20;

// Lists of more numbers than this are measured before room is made for them, instead of assuming ten bytes for each.
constexpr int64_t kLongList = 4096;

struct Column {
  std::string name;
  std::string key;  // kKeyWindow bytes to copy from, then the entry's key field and the tag of its value field
  size_t key_size = 0;  // without the window
  Kind kind = Kind::kNone;
  int64_t first = 0;  // slot of the batch's first row, on top of the arrays' own offsets
  Validity present;
  Validity items_present;
  const int32_t* offsets = nullptr;
  const int64_t* ints = nullptr;
  const float* floats = nullptr;
  BinaryView bytes;
};

void set_key(Column& column) {
  uint8_t length[wire::kLongestValue];
  const uint8_t* end = wire::write_varint(length, column.name.size());
  column.key.assign(kKeyWindow, '\0');
  column.key += static_cast<char>(example::kKey);
  column.key.append(reinterpret_cast<const char*>(length), static_cast<size_t>(end - length));
  column.key += column.name;
  column.key += static_cast<char>(example::kValue);
  column.key_size = column.key.size() - kKeyWindow;
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
  set_key(column);
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

// The order of keys in Python protobuf's deterministic serialisation (upb, 4.21 to 7.34 alike): bytewise, but a key
// that another begins with comes behind that other. Splits hash these bytes, so the order is part of what TFX users
// have.
bool comes_first(const Column& a, const Column& b) {
  const int order = std::memcmp(a.name.data(), b.name.data(), std::min(a.name.size(), b.name.size()));
  return order != 0 ? order < 0 : a.name.size() > b.name.size();
}

std::vector<Column> view_columns(const ArrowSchema& schema, const ArrowArray& batch) {
  if (std::string_view(schema.format) != "+s") throw Fault("A batch must be a struct array");
  std::vector<Column> columns;
  for (int64_t i = 0; i < schema.n_children; ++i) {
    columns.push_back(view_column(*schema.children[i], *batch.children[i], batch.offset));
  }
  std::sort(columns.begin(), columns.end(), comes_first);
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

// At most so many bytes do the values take, with their own tags and lengths.
size_t values_room(const Column& column, int64_t begin, int64_t end) {
  const auto count = static_cast<size_t>(end - begin);
  if (column.kind == Kind::kBytes) return column.bytes.size_of(begin, end) + count * kAroundItem;
  if (column.kind == Kind::kFloats) return count * sizeof(float);
  if (end - begin <= kLongList) return count * wire::kLongestValue;
  size_t size = 0;
  for (int64_t i = begin; i < end; ++i) size += wire::varint_size(static_cast<uint64_t>(column.ints[i]));
  return size;
}

void write_bytes(BackwardCursor& out, const BinaryView& values, int64_t begin, int64_t end) {
  for (int64_t i = end; i-- > begin;) {
    const uint8_t* value_end = out.at();
    out.put(values.begin(i), values.size(i));
    out.close(example::kItems, value_end);
  }
}

void write_floats(BackwardCursor& out, const float* values, int64_t begin, int64_t end) {
  const uint8_t* items_end = out.at();
  out.put(values + begin, static_cast<size_t>(end - begin) * sizeof(float));
  out.close(example::kItems, items_end);
}

void write_ints(BackwardCursor& out, const int64_t* values, int64_t begin, int64_t end) {
  const uint8_t* items_end = out.at();
  for (int64_t i = end; i-- > begin;) out.varint(static_cast<uint64_t>(values[i]));
  out.close(example::kItems, items_end);
}

void write_list(BackwardCursor& out, const Column& column, int64_t begin, int64_t end) {
  const uint8_t* list_end = out.at();
  if (begin != end) {
    switch (column.kind) {
      case Kind::kBytes: write_bytes(out, column.bytes, begin, end); break;
      case Kind::kFloats: write_floats(out, column.floats, begin, end); break;
      default: write_ints(out, column.ints, begin, end); break;
    }
  }
  out.close(wire::tag(static_cast<uint32_t>(column.kind), wire::kBytes), list_end);
}

void write_key(BackwardCursor& out, const Column& column) {
  const auto* key_end = reinterpret_cast<const uint8_t*>(column.key.data() + column.key.size());
  if (column.key_size <= kKeyWindow) {
    out.put_last<kKeyWindow>(key_end, column.key_size);
  } else {
    out.put(key_end - column.key_size, column.key_size);
  }
}

// The values are at [begin, end). A column of type null has Features without a kind.
void write_entry(BackwardWriter& writer, const Column& column, int64_t begin, int64_t end) {
  BackwardCursor out = writer.reserve(values_room(column, begin, end) + column.key_size + kAround);
  const uint8_t* entry_end = out.at();
  if (column.kind != Kind::kNone) write_list(out, column, begin, end);
  out.varint(static_cast<uint64_t>(entry_end - out.at()));
  write_key(out, column);
  out.close(example::kEntry, entry_end);
  writer.commit(out);
}

void write_feature(BackwardWriter& writer, const Column& column, int64_t slot) {
  if (column.kind == Kind::kNone) {
    write_entry(writer, column, 0, 0);
  } else if (column.present[slot]) {
    require_items(column, column.offsets[slot], column.offsets[slot + 1]);
    write_entry(writer, column, column.offsets[slot], column.offsets[slot + 1]);
  }
}

void write_row(BackwardWriter& writer, const std::vector<Column>& columns, int64_t row) {
  const size_t before = writer.size();
  for (auto column = columns.rbegin(); column != columns.rend(); ++column) {
    try {
      write_feature(writer, *column, column->first + row);
    } catch (Fault& fault) {
      throw fault.in_record(row);
    }
  }
  BackwardCursor out = writer.reserve(kAround);
  out.close(example::kFeatures, out.at() + (writer.size() - before));
  writer.commit(out);
}

// Enough room for the batch, or nearly; what is not written to stays untouched address space.
size_t expected_size(const std::vector<Column>& columns, int64_t rows) {
  size_t size = 0;
  for (const Column& column : columns) {
    size += static_cast<size_t>(rows) * (column.key_size + kAround);
    if (column.kind == Kind::kNone || rows == 0) continue;
    const int64_t begin = column.offsets[column.first];
    const int64_t end = column.offsets[column.first + rows];
    size += static_cast<size_t>(end - begin) * wire::kLongestValue;
    if (column.kind == Kind::kBytes) size += column.bytes.size_of(begin, end);
  }
  return std::min(size, kMostExpected);
}

// The byte values alone can be too much; then there is no need to find out by writing 2 GiB of them.
void require_encodable(const std::vector<Column>& columns, int64_t rows) {
  size_t size = 0;
  for (const Column& column : columns) {
    if (rows == 0 || column.kind != Kind::kBytes || !column.present.all()) continue;
    size += column.bytes.size_of(column.offsets[column.first], column.offsets[column.first + rows]);
  }
  if (size > BackwardWriter::kMost) BackwardWriter::refuse();
}

}  // namespace

TypedArray encode_examples(const ArrowSchema& schema, const ArrowArray& batch) {
  const std::vector<Column> columns = view_columns(schema, batch);
  const int64_t rows = batch.length;
  require_encodable(columns, rows);
  BackwardWriter writer;
  writer.reserve(expected_size(columns, rows));
  // While going from the last row to the first, each place holds its distance from the end.
  Buffer offsets;
  offsets.reserve(static_cast<size_t>(rows + 1) * sizeof(int32_t));
  auto* places = reinterpret_cast<int32_t*>(offsets.data());
  places[rows] = 0;
  for (int64_t row = rows; row-- > 0;) {
    write_row(writer, columns, row);
    writer.reserve(0);  // refuses what no longer fits the offsets
    places[row] = static_cast<int32_t>(writer.size());
  }
  const auto total = static_cast<int32_t>(writer.size());
  for (int64_t row = 0; row <= rows; ++row) places[row] = total - places[row];
  return make_binary(rows, offsets.finish(), writer.finish());
}

}  // namespace gristmill
