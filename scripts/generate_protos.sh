#!/usr/bin/env bash
# Regenerates every *_pb2.py and *_pb2.pyi from the *.proto beside it. Needs grpcio-tools (the dev group).
set -euo pipefail
cd "$(dirname "$0")/../src"
python="${PYTHON:-../.venv/bin/python}"
# tensorflow-metadata installs generated modules without their .proto sources: hand protoc their descriptors.
descriptors="$(mktemp)"
trap 'rm -f "$descriptors"' EXIT
"$python" - "$descriptors" <<'PYTHON'
import pathlib
import sys

from google.protobuf import any_pb2, descriptor_pb2, field_mask_pb2, struct_pb2, wrappers_pb2
from tensorflow_metadata.proto.v0 import path_pb2, schema_pb2

found, waiting = {}, [module.DESCRIPTOR for module in (any_pb2, field_mask_pb2, struct_pb2, wrappers_pb2, path_pb2, schema_pb2)]
while waiting:
    file = waiting.pop()
    if file.name not in found:
        waiting.extend(file.dependencies)
        found[file.name] = descriptor_pb2.FileDescriptorProto.FromString(file.serialized_pb)
pathlib.Path(sys.argv[1]).write_bytes(descriptor_pb2.FileDescriptorSet(file=found.values()).SerializeToString())
PYTHON
"$python" -m grpc_tools.protoc -I. --descriptor_set_in="$descriptors" --python_out=. --pyi_out=. gristmill/proto/*.proto
