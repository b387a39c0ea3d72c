"""The metadata that are embedded: as mediapipe reads them, beside what was there before."""

from __future__ import annotations

import copy

import numpy as np
import pytest
from embed_samples import (
    ANCHORS,
    DECODE,
    FILES,
    FILLED,
    embedded,
    raw_model,
)
from mediapipe_schemas import needs_mediapipe, schema_module

from mediapipe_anchors import (
    embed_anchors,
    extract_anchors,
)
from mediapipe_anchors.tflite import read_model
from mediapipe_anchors.tflite.associated_files import ZippedFile, split_files
from mediapipe_anchors.tflite.metadata import read_metadata


@pytest.mark.parametrize("scores_first", [False, True])
@needs_mediapipe
def test_metadata_are_what_mediapipe_reads(scores_first):
    """Field by field, in MediaPipe's own generated modules."""
    data = embedded(raw_model(scores_first=scores_first), labels=["a", "b", "c"])
    schema, module = schema_module("schema"), schema_module("metadata_schema")
    model = schema.ModelT.InitFromPackedBuf(data, 0)
    assert [entry.name for entry in model.metadata] == [b"TFLITE_METADATA"]
    packed = bytes(model.buffers[model.metadata[0].buffer].data)
    assert module.ModelMetadata.ModelMetadataBufferHasIdentifier(packed, 0)
    metadata = module.ModelMetadataT.InitFromPackedBuf(packed, 0)
    assert metadata.minParserVersion == b"1.5.0"
    (graph,) = metadata.subgraphMetadata
    (image,) = graph.inputTensorMetadata
    assert image.content.contentPropertiesType == module.ContentProperties.ImageProperties
    assert image.content.contentProperties.colorSpace == module.ColorSpaceType.RGB
    (unit,) = image.processUnits
    assert unit.optionsType == module.ProcessUnitOptions.NormalizationOptions
    assert (unit.options.mean.tolist(), unit.options.std.tolist()) == ([127.5], [127.5])
    boxes, scores = graph.outputTensorMetadata[:: -1 if scores_first else 1]
    assert (boxes.name, scores.name) == (b"location", b"score")
    assert boxes.content.contentPropertiesType == module.ContentProperties.BoundingBoxProperties
    box = boxes.content.contentProperties
    assert (box.type, box.coordinateType) == (
        *(module.BoundingBoxType.BOUNDARIES, module.CoordinateType.RATIO),
    )
    (labels,) = scores.associatedFiles
    assert labels.type == module.AssociatedFileType.TENSOR_AXIS_LABELS
    assert bytes(split_files(data)[1][0].data) == b"a\nb\nc\n"
    assert labels.name == split_files(data)[1][0].name == b"labels.txt"
    (custom,) = graph.customMetadata
    assert custom.name == b"DETECTOR_METADATA"
    detector = schema_module("object_detector_metadata_schema")
    options = detector.ObjectDetectorOptionsT.InitFromPackedBuf(bytes(custom.data), 0)
    assert options.minParserVersion == b"1.0.0"
    found = options.ssdAnchorsOptions.fixedAnchorsSchema.anchors
    rows = [(anchor.xCenter, anchor.yCenter, anchor.width, anchor.height) for anchor in found]
    assert np.array_equal(np.float32(rows), ANCHORS)
    assert vars(options.tensorsDecodingOptions) == {
        "numClasses": 3,
        "numBoxes": 12,
        "numCoords": 4,
        "keypointCoordOffset": 0,
        "numKeypoints": 0,
        "numValuesPerKeypoint": 2,
        "xScale": 10.0,
        "yScale": 10.0,
        "wScale": 5.0,
        "hScale": 5.0,
        "applyExponentialOnBoxSize": True,
        "sigmoidScore": True,
    }


def test_what_a_model_says_already_stays():
    data = raw_model(record=FILLED, files=FILES)
    written = embed_anchors(data, ANCHORS, DECODE)
    metadata = read_metadata(read_model(written))
    assert (metadata.name, metadata.author, metadata.license) == ("Detector", "me", "Apache")
    assert metadata.min_parser_version == "1.6"
    assert (metadata.inputs[0].name, metadata.inputs[0].description) == ("picture", "of a cat")
    assert (metadata.inputs[0].mean, metadata.inputs[0].std) == ((0.0,), (255.0,))
    graph = metadata.record["subgraph_metadata"][0]
    old = FILLED["subgraph_metadata"][0]
    assert graph["input_tensor_metadata"][0]["stats"] == {"max": [1.0], "min": [-1.0]}
    assert [tensor.name for tensor in metadata.outputs] == ["location", "score"]
    assert metadata.outputs[0].description == "offsets"
    assert (
        graph["output_tensor_metadata"][1]["associated_files"]
        == (old["output_tensor_metadata"][1]["associated_files"])
    )
    names = [entry.get("name") for entry in graph["custom_metadata"]]
    assert names == ["DETECTOR_METADATA", None, "OTHER"]
    assert metadata.custom["OTHER"] == b"kept"
    assert split_files(written)[1] == FILES
    assert extract_anchors(written).labels == ("x", "y", "z")
    tensors = zip(read_model(data).tensors, read_model(written).tensors, strict=True)
    assert all(one == other for one, other in tensors)


def test_new_labels_replace_the_old_file_and_no_other():
    data = raw_model(record=FILLED, files=FILES)
    written = embedded(data, labels=["a", "b", "c"])
    files = {file.name: bytes(file.data) for file in split_files(written)[1]}
    assert files == {b"more.txt": b"more", b"classes.txt": b"a\nb\nc\n", b"calibration.txt": b"1"}
    assert extract_anchors(written).labels == ("a", "b", "c")
    entries = read_metadata(read_model(written)).record["subgraph_metadata"][0]
    kinds = [e["type"] for e in entries["output_tensor_metadata"][1]["associated_files"]]
    assert kinds == [2, 4]
    assert embedded(written, labels=["a", "b", "c"]) == written


def test_labels_do_not_take_the_name_of_another_file():
    record = {"associated_files": [{"name": "labels.txt", "type": 1}]}
    files = [ZippedFile(b"labels.txt", b"other"), ZippedFile(b"labels2.txt", b"more")]
    written = embedded(raw_model(record=record, files=files), labels=["a", "b", "c"])
    names = [file.name for file in split_files(written)[1]]
    assert names == [b"labels.txt", b"labels2.txt", b"labels3.txt"]
    assert embedded(written, labels=["a", "b", "c"]) == written


def test_compressed_labels_are_stored_as_mediapipe_wants_them(tmp_path):
    import zipfile

    path = tmp_path / "model.tflite"
    path.write_bytes(raw_model(record=FILLED))
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive:
        for file in FILES:
            archive.writestr(file.name.decode(), bytes(file.data))
    written = embed_anchors(path, ANCHORS, DECODE, output=tmp_path / "out.tflite")
    assert (tmp_path / "out.tflite").read_bytes() == written
    assert all(file.is_stored for file in split_files(written)[1])


def test_labels_that_another_tensor_names_too_stay():
    record = copy.deepcopy(FILLED)
    graph = record["subgraph_metadata"][0]
    graph["associated_files"] = [{"name": "classes.txt", "type": 1}]
    written = embedded(raw_model(record=record, files=FILES), labels=["a", "b", "c"])
    files = {file.name: bytes(file.data) for file in split_files(written)[1]}
    assert files[b"classes.txt"] == b"x\ny\nz\n"
    assert files[b"klassen.txt"] == b"a\nb\nc\n"
    assert extract_anchors(written).labels == ("a", "b", "c")


def test_other_process_units_stay():
    units = [
        {"options_type": 3, "options": {"global_score_threshold": 0.5}},
        {"options_type": 1, "options": {"mean": [0.0], "std": [255.0]}},
    ]
    record = {"subgraph_metadata": [{"input_tensor_metadata": [{"process_units": units}]}]}
    found = read_metadata(read_model(embedded(raw_model(record=record)))).record
    image = found["subgraph_metadata"][0]["input_tensor_metadata"][0]
    normalization = {"options_type": 1, "options": {"mean": [127.5], "std": [127.5]}}
    assert image["process_units"] == [normalization, units[0]]
    kept = read_metadata(read_model(embed_anchors(raw_model(record=record), ANCHORS, DECODE)))
    graph = kept.record["subgraph_metadata"][0]
    assert graph["input_tensor_metadata"][0]["process_units"] == units
