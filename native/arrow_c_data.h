// The Arrow C Data Interface: the two structs as the Arrow specification defines them (its ABI is stable), and owners
// that release them. https://arrow.apache.org/docs/format/CDataInterface.html
#pragma once

#include <cstdint>
#include <utility>

extern "C" {

#ifndef ARROW_C_DATA_INTERFACE
#define ARROW_C_DATA_INTERFACE

#define ARROW_FLAG_DICTIONARY_ORDERED 1
#define ARROW_FLAG_NULLABLE 2
#define ARROW_FLAG_MAP_KEYS_SORTED 4

struct ArrowSchema {
  const char* format;
  const char* name;
  const char* metadata;
  int64_t flags;
  int64_t n_children;
  struct ArrowSchema** children;
  struct ArrowSchema* dictionary;
  void (*release)(struct ArrowSchema*);
  void* private_data;
};

struct ArrowArray {
  int64_t length;
  int64_t null_count;
  int64_t offset;
  int64_t n_buffers;
  int64_t n_children;
  const void** buffers;
  struct ArrowArray** children;
  struct ArrowArray* dictionary;
  void (*release)(struct ArrowArray*);
  void* private_data;
};

#endif  // ARROW_C_DATA_INTERFACE
}

namespace gristmill {

// Owns one struct of the interface; moving it follows the specification (copy, then clear `release` in the source).
template <typename Struct>
class Owned {
 public:
  Owned() : raw_{} {}
  explicit Owned(Struct raw) : raw_(raw) {}
  Owned(Owned&& other) noexcept : raw_(other.give_up()) {}
  Owned& operator=(Owned&& other) noexcept {
    if (this != &other) {
      reset();
      raw_ = other.give_up();
    }
    return *this;
  }
  Owned(const Owned&) = delete;
  Owned& operator=(const Owned&) = delete;
  ~Owned() { reset(); }

  const Struct* get() const { return &raw_; }
  bool alive() const { return raw_.release != nullptr; }
  Struct give_up() {
    Struct raw = raw_;
    raw_.release = nullptr;
    return raw;
  }

 private:
  void reset() {
    if (raw_.release != nullptr) raw_.release(&raw_);
    raw_.release = nullptr;
  }
  Struct raw_;
};

using OwnedSchema = Owned<ArrowSchema>;
using OwnedArray = Owned<ArrowArray>;

// An array together with its type, as `__arrow_c_array__` hands them over.
struct TypedArray {
  OwnedSchema schema;
  OwnedArray array;
};

}  // namespace gristmill
