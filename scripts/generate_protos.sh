#!/usr/bin/env bash
# Regenerates every *_pb2.py and *_pb2.pyi from the *.proto beside it. Needs grpcio-tools (the dev group).
set -euo pipefail
cd "$(dirname "$0")/../src"
"${PYTHON:-../.venv/bin/python}" -m grpc_tools.protoc -I. --python_out=. --pyi_out=. gristmill/proto/*.proto
