// gristmill.io._native: the Python face of the codec. Arrays come and go through the Arrow PyCapsule interface; every
// loop runs without the GIL. https://arrow.apache.org/docs/format/CDataInterface/PyCapsuleInterface.html
#include <nanobind/nanobind.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "arrow_c_data.h"
#include "arrow_view.h"
#include "crc32c.h"
#include "example_decoder.h"
#include "example_encoder.h"
#include "fault.h"
#include "huge_pages.h"
#include "record_frames.h"
#include "sha256.h"

namespace nb = nanobind;
using namespace nb::literals;

namespace gristmill {
namespace {

constexpr const char* kSchemaCapsule = "arrow_schema";
constexpr const char* kArrayCapsule = "arrow_array";

// An array of pyarrow's, borrowed: the capsules own it, and live as long as this.
class Borrowed {
 public:
  explicit Borrowed(nb::handle source) : capsules_(nb::cast<nb::tuple>(source.attr("__arrow_c_array__")())) {
    schema_ = static_cast<ArrowSchema*>(pointer(capsules_[0], kSchemaCapsule));
    array_ = static_cast<ArrowArray*>(pointer(capsules_[1], kArrayCapsule));
  }
  const ArrowSchema& schema() const { return *schema_; }
  const ArrowArray& array() const { return *array_; }

 private:
  static void* pointer(nb::handle capsule, const char* name) {
    void* found = PyCapsule_GetPointer(capsule.ptr(), name);
    if (found == nullptr) throw nb::python_error();
    return found;
  }
  nb::tuple capsules_;
  ArrowSchema* schema_;
  ArrowArray* array_;
};

template <typename Struct>
nb::object to_capsule(Owned<Struct> owned, const char* name, void (*destroy)(PyObject*)) {
  auto holder = std::make_unique<Owned<Struct>>(std::move(owned));
  PyObject* capsule = PyCapsule_New(const_cast<Struct*>(holder->get()), name, destroy);
  if (capsule == nullptr) throw nb::python_error();
  // The struct is the owner's only member, so that the capsule's pointer is the owner's too.
  static_assert(sizeof(Owned<Struct>) == sizeof(Struct), "the owner must be the struct");
  holder.release();
  return nb::steal(capsule);
}

template <typename Struct>
void destroy(PyObject* capsule, const char* name) {
  delete static_cast<Owned<Struct>*>(PyCapsule_GetPointer(capsule, name));
}

// An array of ours on its way to pyarrow, which takes it once through `__arrow_c_array__`.
class Export {
 public:
  explicit Export(TypedArray typed) : typed_(std::move(typed)) {}
  nb::tuple to_capsules(nb::object /*requested_schema: the protocol lets a producer ignore it*/) {
    if (!typed_.array.alive()) throw nb::value_error("this array has been taken already");
    nb::object schema = to_capsule(std::move(typed_.schema), kSchemaCapsule,
                                   [](PyObject* capsule) { destroy<ArrowSchema>(capsule, kSchemaCapsule); });
    nb::object array = to_capsule(std::move(typed_.array), kArrayCapsule,
                                  [](PyObject* capsule) { destroy<ArrowArray>(capsule, kArrayCapsule); });
    return nb::make_tuple(schema, array);
  }

 private:
  TypedArray typed_;
};

Export encode(nb::handle batch) {
  const Borrowed borrowed(batch);
  nb::gil_scoped_release unlocked;
  return Export(encode_examples(borrowed.schema(), borrowed.array()));
}

Export decode(nb::handle records, const std::optional<std::vector<std::string>>& features) {
  const Borrowed borrowed(records);
  nb::gil_scoped_release unlocked;
  return Export(decode_examples(view_records(borrowed.schema(), borrowed.array()), features));
}

// A bytes object of which nobody else knows yet, to be filled without the GIL.
nb::bytes new_bytes(size_t size) {
  PyObject* made = PyBytes_FromStringAndSize(nullptr, static_cast<Py_ssize_t>(size));
  if (made == nullptr) throw nb::python_error();
  advise_huge_pages(PyBytes_AsString(made), size);
  return nb::steal<nb::bytes>(made);
}

template <typename Byte>
Byte* bytes_data(const nb::bytes& bytes) {
  return const_cast<Byte*>(reinterpret_cast<const Byte*>(bytes.c_str()));
}

nb::bytes frame(nb::handle records) {
  const Borrowed borrowed(records);
  const BinaryView view = view_records(borrowed.schema(), borrowed.array());
  nb::bytes framed = new_bytes(framed_size(view));
  auto* out = bytes_data<uint8_t>(framed);
  nb::gil_scoped_release unlocked;
  write_frames(view, out);
  return framed;
}

nb::bytes buckets(nb::handle records, uint32_t total) {
  const Borrowed borrowed(records);
  const BinaryView view = view_records(borrowed.schema(), borrowed.array());
  nb::bytes made = new_bytes(static_cast<size_t>(view.length()) * sizeof(uint32_t));
  auto* out = bytes_data<uint32_t>(made);
  nb::gil_scoped_release unlocked;
  hash_buckets(view, total, out);
  return made;
}

size_t feed(FrameReader& reader, const nb::bytes& piece, size_t start) {
  if (start > piece.size()) throw nb::value_error("start lies behind the end of the piece");
  const uint8_t* data = bytes_data<const uint8_t>(piece) + start;
  const size_t size = piece.size() - start;
  nb::gil_scoped_release unlocked;
  return start + reader.feed(data, size);
}

bool is_header(const nb::bytes& bytes) {
  return bytes.size() >= kFrameHeader && is_frame_header(bytes_data<const uint8_t>(bytes));
}

uint32_t crc(const nb::bytes& bytes, bool portable) {
  const auto* data = bytes_data<const uint8_t>(bytes);
  const size_t size = bytes.size();
  nb::gil_scoped_release unlocked;
  return portable ? crc32c_extend_portable(0, data, size) : crc32c_extend(0, data, size);
}

nb::bytes sha(const nb::bytes& bytes, bool portable) {
  const auto* data = bytes_data<const uint8_t>(bytes);
  const size_t size = bytes.size();
  Digest digest;
  {
    nb::gil_scoped_release unlocked;
    digest = portable ? sha256_portable(data, size) : sha256(data, size);
  }
  uint8_t big_endian[32];
  for (size_t i = 0; i < sizeof big_endian; ++i) {
    big_endian[i] = static_cast<uint8_t>(digest[i / 4] >> (24 - i % 4 * 8));
  }
  return nb::bytes(big_endian, sizeof big_endian);
}

// Raises the module's CodecError(rule, record, offset, feature).
void raise_fault(const std::exception_ptr& thrown, void* type) {
  try {
    std::rethrow_exception(thrown);
  } catch (const Fault& fault) {
    const nb::tuple arguments = nb::make_tuple(fault.rule(), fault.record(), fault.offset(), fault.feature());
    PyErr_SetObject(static_cast<PyObject*>(type), arguments.ptr());
  }
}

void add_error_type(nb::module_& module) {
  PyObject* type = PyErr_NewExceptionWithDoc(
      "gristmill.io._native.CodecError", "What is wrong with the data: args are (rule, record, offset, feature).",
      PyExc_ValueError, nullptr);
  if (type == nullptr) throw nb::python_error();
  module.attr("CodecError") = nb::steal(type);
  nb::register_exception_translator(raise_fault, type);  // the module keeps the type alive
}

}  // namespace
}  // namespace gristmill

NB_MODULE(_native, m) {
  using namespace gristmill;
  m.doc() = "tf.Example codec, TFRecord framing and hash buckets";
  add_error_type(m);
  nb::class_<Export>(m, "Export")
      .def("__arrow_c_array__", &Export::to_capsules, "requested_schema"_a.none() = nb::none());
  nb::class_<FrameReader>(m, "FrameReader")
      .def(nb::init<int64_t>(), "block_rows"_a)
      .def("feed", &feed, "piece"_a, "start"_a)
      .def("take", [](FrameReader& reader) { return Export(reader.take()); })
      .def("finish", &FrameReader::finish)
      .def_prop_ro("full", &FrameReader::full)
      .def_prop_ro("block_records", &FrameReader::block_records)
      .def_prop_ro("records", &FrameReader::records)
      .def_prop_ro("record_offset", &FrameReader::record_offset);
  m.def("encode_examples", &encode, "batch"_a);
  m.def("decode_examples", &decode, "records"_a, "features"_a.none());
  m.def("frame_records", &frame, "records"_a);
  m.def("hash_buckets", &buckets, "records"_a, "total"_a);
  m.def("is_frame_header", &is_header, "data"_a);
  m.def("crc32c", &crc, "data"_a, nb::kw_only(), "portable"_a = false);
  m.def("sha256", &sha, "data"_a, nb::kw_only(), "portable"_a = false);
}
