"""Writes `schema.binpb` from the `.proto` files: `python -m mediapipe_anchors.schema.generate`.

Needs grpcio-tools (the extra "dev"); the package itself only reads the result.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from mediapipe_anchors.schema import SCHEMA_PATH


def compile_schema() -> bytes:
    """The serialized FileDescriptorSet of our `.proto` files, without google's `any.proto`."""
    import grpc_tools  # type: ignore[import-untyped]
    from grpc_tools import protoc

    folder = SCHEMA_PATH.parent
    root = folder.parents[1]
    google_protos = Path(grpc_tools.__file__).parent / "_proto"
    with tempfile.TemporaryDirectory() as scratch:
        output = Path(scratch) / "schema.binpb"
        arguments = ["protoc", f"-I{root}", f"-I{google_protos}", f"--descriptor_set_out={output}"]
        sources = [str(path) for path in sorted(folder.glob("*.proto"))]
        if protoc.main(arguments + sources) != 0:
            raise RuntimeError("protoc refused the schema; its messages stand above")
        return output.read_bytes()


if __name__ == "__main__":
    SCHEMA_PATH.write_bytes(compile_schema())
    sys.stderr.write(f"wrote {SCHEMA_PATH}\n")
