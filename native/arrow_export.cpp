#include "arrow_export.h"

#include <memory>

namespace gristmill {
namespace {

// The storage of a node's children lives as long as the node; a consumer that moves a child out clears its `release`.
template <typename Struct>
struct Children {
  explicit Children(std::vector<Owned<Struct>> owned) : nodes(std::move(owned)) {
    for (auto& node : nodes) pointers.push_back(const_cast<Struct*>(node.get()));
  }
  std::vector<Owned<Struct>> nodes;
  std::vector<Struct*> pointers;
};

struct SchemaStorage {
  std::string format;
  std::string name;
  Children<ArrowSchema> children;
};

struct ArrayStorage {
  std::vector<Block> blocks;
  std::vector<const void*> pointers;
  Children<ArrowArray> children;
};

template <typename Storage, typename Struct>
void release(Struct* node) {
  delete static_cast<Storage*>(node->private_data);
  node->release = nullptr;
}

}  // namespace

OwnedSchema make_schema(std::string format, std::string name, std::vector<OwnedSchema> children) {
  auto storage = std::unique_ptr<SchemaStorage>(
      new SchemaStorage{std::move(format), std::move(name), Children<ArrowSchema>(std::move(children))});
  ArrowSchema raw{};
  raw.format = storage->format.c_str();
  raw.name = storage->name.c_str();
  raw.flags = ARROW_FLAG_NULLABLE;
  raw.n_children = static_cast<int64_t>(storage->children.pointers.size());
  raw.children = storage->children.pointers.data();
  raw.release = &release<SchemaStorage, ArrowSchema>;
  raw.private_data = storage.release();
  return OwnedSchema(raw);
}

OwnedArray make_array(int64_t length, int64_t null_count, std::vector<Block> blocks,
                      std::vector<OwnedArray> children) {
  auto storage = std::unique_ptr<ArrayStorage>(
      new ArrayStorage{std::move(blocks), {}, Children<ArrowArray>(std::move(children))});
  for (const Block& block : storage->blocks) storage->pointers.push_back(block.data);
  ArrowArray raw{};
  raw.length = length;
  raw.null_count = null_count;
  raw.n_buffers = static_cast<int64_t>(storage->pointers.size());
  raw.buffers = storage->pointers.data();
  raw.n_children = static_cast<int64_t>(storage->children.pointers.size());
  raw.children = storage->children.pointers.data();
  raw.release = &release<ArrayStorage, ArrowArray>;
  raw.private_data = storage.release();
  return OwnedArray(raw);
}

TypedArray make_binary(int64_t length, Block offsets, Block data) {
  std::vector<Block> blocks(3);
  blocks[1] = std::move(offsets);
  blocks[2] = std::move(data);
  return {make_schema("z", ""), make_array(length, 0, std::move(blocks))};
}

}  // namespace gristmill
