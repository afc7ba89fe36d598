#include "example_decoder.h"

#include <algorithm>
#include <memory>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "arrow_export.h"
#include "example_format.h"
#include "feature_column.h"
#include "utf8.h"

namespace gristmill {
namespace {

using example::Kind;
using wire::Span;

// Bounds on what discovered features may make us allocate: keys that are data (an id as a key) would cost rows x
// features. 2^29 offsets are 2 GiB: 8,192 features at the usual 65,536 rows. Features that all records hold never get
// there, since each takes at least 6 of the less than 2^31 bytes of an array of records.
constexpr int64_t kMostCells = int64_t{1} << 29;
// A column costs about a kilobyte whatever it holds, here and in pyarrow.
constexpr size_t kMostFeatures = size_t{1} << 17;

bool is_list(uint32_t tag) {
  return tag == example::kListOfBytes || tag == example::kListOfFloats || tag == example::kListOfInts;
}

void read_bytes_list(FeatureColumn& column, Span list) {
  while (!list.empty()) {
    const uint32_t tag = wire::read_tag(list);
    if (tag != example::kItems) {
      wire::skip(list, tag);
      continue;
    }
    const Span value = wire::read_bytes(list);
    column.add_bytes(value.at, value.size());
  }
}

void read_float_list(FeatureColumn& column, Span list) {
  while (!list.empty()) {
    const uint32_t tag = wire::read_tag(list);
    if (tag == example::kItems) {
      const Span packed = wire::read_bytes(list);
      if (packed.size() % sizeof(float) != 0) wire::malformed("packed floats are not a multiple of 4 bytes");
      column.add_floats(packed.at, packed.size() / sizeof(float));
    } else if (tag == example::kOneFloat) {
      column.add_floats(wire::read_fixed(list, sizeof(float)), 1);
    } else {
      wire::skip(list, tag);
    }
  }
}

void read_packed_ints(FeatureColumn& column, Span packed) {
  // Every number ends with the one byte below 0x80, so this many are there; memory is taken for no more.
  column.reserve_ints(static_cast<size_t>(std::count_if(packed.at, packed.end, [](uint8_t b) { return b < 0x80; })));
  while (!packed.empty()) column.add_int(wire::read_varint(packed));
}

void read_int_list(FeatureColumn& column, Span list) {
  while (!list.empty()) {
    const uint32_t tag = wire::read_tag(list);
    if (tag == example::kItems) {
      read_packed_ints(column, wire::read_bytes(list));
    } else if (tag == example::kOneInt) {
      column.add_int(wire::read_varint(list));
    } else {
      wire::skip(list, tag);
    }
  }
}

void read_list(FeatureColumn& column, uint32_t tag, Span list) {
  switch (tag) {
    case example::kListOfBytes: read_bytes_list(column, list); return;
    case example::kListOfFloats: read_float_list(column, list); return;
    default: read_int_list(column, list); return;
  }
}

// What a Feature message says: of a oneof the last member wins, and its repetitions without another between are merged.
struct LastRun {
  uint32_t tag = 0;
  Span from{nullptr, nullptr};
};

LastRun find_last_run(Span feature) {
  LastRun run;
  while (!feature.empty()) {
    const Span here = feature;
    const uint32_t tag = wire::read_tag(feature);
    wire::skip(feature, tag);
    if (is_list(tag) && tag != run.tag) run = {tag, here};
  }
  return run;
}

// False where the Feature has no kind, or another than the column.
bool read_feature(FeatureColumn& column, Span feature) {
  const LastRun run = find_last_run(feature);
  if (run.tag == 0) return false;
  if (!column.set_kind(static_cast<Kind>(run.tag >> 3))) return false;
  for (Span rest{run.from.at, feature.end}; !rest.empty();) {
    const uint32_t tag = wire::read_tag(rest);
    if (tag == run.tag) {
      read_list(column, tag, wire::read_bytes(rest));
    } else {
      wire::skip(rest, tag);
    }
  }
  return true;
}

// One entry of the map: of several keys the last counts; several values are one message in pieces.
struct Entry {
  std::string_view key;
  Span value{nullptr, nullptr};
};

class Decoder {
 public:
  Decoder(int64_t rows, const std::optional<std::vector<std::string>>& features)
      : rows_(rows), discover_(!features.has_value()) {
    if (!discover_) {
      for (const std::string& name : *features) {
        if (index_.count(name) == 0) add_column(name);  // a name asked for twice is one column
      }
    }
  }

  void read_record(int64_t row, Span record) {
    try {
      read_example(row, record);
      if (!disputed_.empty()) settle();
    } catch (Fault& fault) {
      throw fault.in_record(row);
    }
  }

  TypedArray take() {
    std::sort(columns_.begin(), columns_.end(), [](const auto& a, const auto& b) { return a->name() < b->name(); });
    std::vector<OwnedSchema> types;
    std::vector<OwnedArray> arrays;
    for (auto& column : columns_) {
      TypedArray taken = column->take(rows_);
      column.reset();
      types.push_back(std::move(taken.schema));
      arrays.push_back(std::move(taken.array));
    }
    return {make_schema("+s", "", std::move(types)), make_array(rows_, 0, std::vector<Block>(1), std::move(arrays))};
  }

 private:
  void read_example(int64_t row, Span record) {
    guess_ = 0;
    while (!record.empty()) {
      const uint32_t tag = wire::read_tag(record);
      if (tag == example::kFeatures) {
        read_features(row, wire::read_bytes(record));
      } else {
        wire::skip(record, tag);
      }
    }
  }

  void read_features(int64_t row, Span features) {
    while (!features.empty()) {
      const uint32_t tag = wire::read_tag(features);
      if (tag != example::kEntry) {
        wire::skip(features, tag);
        continue;
      }
      const Entry entry = read_entry(wire::read_bytes(features));
      FeatureColumn* column = find_column(entry.key);
      if (column != nullptr) read_value(*column, row, entry.value);
    }
  }

  Entry read_entry(Span span) {
    Entry entry;
    int values = 0;
    for (Span rest = span; !rest.empty();) {
      const uint32_t tag = wire::read_tag(rest);
      if (tag == example::kKey) {
        const Span key = wire::read_bytes(rest);
        entry.key = {reinterpret_cast<const char*>(key.at), key.size()};
      } else if (tag == example::kValue) {
        entry.value = wire::read_bytes(rest);
        ++values;
      } else {
        wire::skip(rest, tag);
      }
    }
    if (values > 1) entry.value = join_values(span);
    return entry;
  }

  Span join_values(Span span) {
    joined_.set_size(0);
    while (!span.empty()) {
      const uint32_t tag = wire::read_tag(span);
      if (tag != example::kValue) {
        wire::skip(span, tag);
        continue;
      }
      const Span piece = wire::read_bytes(span);
      wire::require_fields(piece);  // or a field cut off in one piece would go on in the next
      joined_.append(piece.at, piece.size());
    }
    return {joined_.data(), joined_.data() + joined_.size()};
  }

  void read_value(FeatureColumn& column, int64_t row, Span value) {
    try {
      column.start(row);
      column.finish(read_feature(column, value));
      if (column.disputed()) disputed_.push_back(&column);
    } catch (Fault& fault) {
      throw fault.in_feature(column.name());
    }
  }

  // A kind that differs is no fault as long as a later entry of the record replaces it.
  void settle() {
    for (const FeatureColumn* column : disputed_) column->require_one_kind();
    disputed_.clear();
  }

  // Records of one source mostly hold the same keys in the same order: try the column behind the last one first.
  FeatureColumn* find_column(std::string_view key) {
    if (guess_ < columns_.size() && columns_[guess_]->name() == key) return columns_[guess_++].get();
    const auto found = index_.find(key);
    if (found != index_.end()) {
      guess_ = found->second + 1;
      return columns_[found->second].get();
    }
    if (!discover_) return nullptr;
    if (!is_utf8(reinterpret_cast<const uint8_t*>(key.data()), key.size())) wire::malformed("a key is not UTF-8");
    if (key.find('\0') != key.npos) {
      throw Fault("A feature's name must not hold a NUL: Arrow's C interface ends names there");
    }
    require_room(key);
    add_column(std::string(key));
    guess_ = columns_.size();
    return columns_.back().get();
  }

  void require_room(std::string_view key) const {
    const size_t features = columns_.size() + 1;
    if (features <= kMostFeatures && static_cast<int64_t>(features) <= kMostCells / (rows_ + 1)) return;
    throw Fault("A batch must not hold more features than can be discovered at once; these are " +
                std::to_string(features) + " in " + std::to_string(rows_) + " records")
        .in_feature(std::string(key));
  }

  void add_column(std::string name) {
    columns_.push_back(std::make_unique<FeatureColumn>(std::move(name), rows_));
    index_.emplace(columns_.back()->name(), columns_.size() - 1);
  }

  int64_t rows_;
  bool discover_;
  size_t guess_ = 0;
  std::vector<std::unique_ptr<FeatureColumn>> columns_;
  std::unordered_map<std::string_view, size_t> index_;  // the columns own the names
  Buffer joined_;
  std::vector<const FeatureColumn*> disputed_;  // in the current record
};

}  // namespace

TypedArray decode_examples(const BinaryView& records, const std::optional<std::vector<std::string>>& features) {
  Decoder decoder(records.length(), features);
  for (int64_t row = 0; row < records.length(); ++row) {
    const uint8_t* begin = records.begin(row);
    decoder.read_record(row, {begin, begin + records.size(row)});
  }
  return decoder.take();
}

}  // namespace gristmill
