"""The walk through each operator, against what the operator does to an array of indices."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tflite_builder import ModelBuilder

from mediapipe_anchors.errors import ModelError
from mediapipe_anchors.inspection.movement import origins
from mediapipe_anchors.inspection.sizes import constant_tensors
from mediapipe_anchors.inspection.step import Step, UnmovedError
from mediapipe_anchors.inspection.walk import FILLING, MAX_WORK, walk_back
from mediapipe_anchors.tflite import Model, read_model

Array = np.ndarray


def indices_of(shape: Sequence[int]) -> Array:
    return np.arange(int(np.prod(shape))).reshape(shape)


def followed(model: Model, output: int = 0) -> dict[int, Array]:
    """For each source where the elements of an output come from; -1 where from another one."""
    tensor = model.outputs[output]
    size = int(np.prod(tensor.shape))
    walk = walk_back(model, constant_tensors(model), tensor.index, np.arange(size))
    found = {}
    for source, pieces in walk.sources.items():
        places = np.full(size, -1)
        for which, flat in pieces:
            places[which] = flat
        found[source] = places
    return found


def one_step(
    name: str,
    shape: Sequence[int],
    out: Sequence[int],
    constants: Sequence[Any] = (),
    options: dict[int, tuple[str, Any]] | None = None,
    before: Sequence[Any] = (),
) -> Array:
    """Where the elements of an operator's output stood in its input."""
    model = ModelBuilder()
    source = model.tensor(shape)
    inputs = [*map(model.constant, before), source, *map(model.constant, constants)]
    end = model.tensor(out)
    model.operator(name, inputs, [end], options)
    found = followed(read_model(model.build([source], [end])))
    assert list(found) == [source]
    return found[source]


shapes = st.lists(st.integers(1, 4), min_size=1, max_size=4)


@given(shapes, st.randoms(use_true_random=False))
def test_transpose(shape, random):
    order = list(range(len(shape)))
    random.shuffle(order)
    expected = indices_of(shape).transpose(order)
    found = one_step("TRANSPOSE", shape, expected.shape, [order])
    np.testing.assert_array_equal(found, expected.ravel())


@given(shapes, st.data())
def test_slice_and_strided_slice(shape, data):
    begin = [data.draw(st.integers(0, size - 1)) for size in shape]
    sizes = [data.draw(st.integers(1, size - b)) for size, b in zip(shape, begin, strict=True)]
    cut = tuple(slice(b, b + s) for b, s in zip(begin, sizes, strict=True))
    expected = indices_of(shape)[cut]
    found = one_step("SLICE", shape, expected.shape, [begin, sizes])
    np.testing.assert_array_equal(found, expected.ravel())
    steps = [data.draw(st.integers(1, 3)) for _ in shape]
    end = [b + s for b, s in zip(begin, sizes, strict=True)]
    cut = tuple(slice(b, e, s) for b, e, s in zip(begin, end, steps, strict=True))
    expected = indices_of(shape)[cut]
    found = one_step("STRIDED_SLICE", shape, expected.shape, [begin, end, steps])
    np.testing.assert_array_equal(found, expected.ravel())


@given(shapes, st.data())
def test_strided_slice_with_masks(shape, data):
    """Open beginnings, axes taken away, negative steps and negative beginnings."""
    begin, end, steps, cut = [], [], [], []
    begin_mask = end_mask = shrink = 0
    for axis, size in enumerate(shape):
        kind = data.draw(st.sampled_from(["open", "one", "back", "from the end"]))
        place = data.draw(st.integers(0, size - 1))
        begin.append(place), end.append(place + 1), steps.append(1)
        if kind == "open":
            begin_mask |= 1 << axis
            end_mask |= 1 << axis
            cut.append(slice(None))
        elif kind == "one":
            shrink |= 1 << axis
            cut.append(place)
        elif kind == "back":
            begin_mask |= 1 << axis
            end_mask |= 1 << axis
            steps[-1] = -1
            cut.append(slice(None, None, -1))
        else:
            begin[-1] = place - size
            end_mask |= 1 << axis
            cut.append(slice(place - size, None))
    expected = indices_of(shape)[tuple(cut)]
    options = {0: ("int32", begin_mask), 1: ("int32", end_mask), 4: ("int32", shrink)}
    found = one_step("STRIDED_SLICE", shape, expected.shape, [begin, end, steps], options)
    np.testing.assert_array_equal(found, expected.ravel())


@given(shapes, st.data())
def test_gather(shape, data):
    axis = data.draw(st.integers(0, len(shape) - 1))
    chosen = data.draw(st.lists(st.integers(0, shape[axis] - 1), min_size=1, max_size=5))
    expected = indices_of(shape).take(chosen, axis)
    found = one_step("GATHER", shape, expected.shape, [chosen], {0: ("int32", axis)})
    np.testing.assert_array_equal(found, expected.ravel())


@given(shapes, st.data())
def test_reverse(shape, data):
    axis = data.draw(st.integers(-len(shape), len(shape) - 1))
    expected = np.flip(indices_of(shape), axis)
    found = one_step("REVERSE_V2", shape, expected.shape, [[axis]])
    np.testing.assert_array_equal(found, expected.ravel())


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("RESHAPE", None),
        ("SQUEEZE", None),
        ("EXPAND_DIMS", None),
        ("LOGISTIC", None),
        ("CAST", None),
        ("DEQUANTIZE", None),
    ],
)
def test_what_leaves_elements_where_they_are(name, options):
    found = one_step(name, (2, 3, 4), (2, 3, 4) if name in ("CAST", "LOGISTIC") else (6, 4))
    np.testing.assert_array_equal(found, np.arange(24))


@given(shapes, st.data())
def test_parts_of_a_concatenation(shape, data):
    axis = data.draw(st.integers(0, len(shape) - 1))
    lengths = data.draw(st.lists(st.integers(1, 3), min_size=1, max_size=4))
    model = ModelBuilder()
    sources = [model.tensor([*shape[:axis], n, *shape[axis + 1 :]]) for n in lengths]
    end = model.concatenation(sources, axis)
    found = followed(read_model(model.build(sources, [end])))
    arrays = [indices_of(model.shape(source)) for source in sources]
    for number, source in enumerate(sources):
        parts = [a if n == number else np.full_like(a, -1) for n, a in enumerate(arrays)]
        np.testing.assert_array_equal(found[source], np.concatenate(parts, axis).ravel())


def test_pack_and_unpack():
    model = ModelBuilder()
    sources = [model.tensor((2, 3)) for _ in range(4)]
    end = model.tensor((2, 4, 3))
    model.operator("PACK", sources, [end], {0: ("int32", 4), 1: ("int32", 1)})
    found = followed(read_model(model.build(sources, [end])))
    for number, source in enumerate(sources):
        expected = np.full((2, 4, 3), -1)
        expected[:, number] = indices_of((2, 3))
        np.testing.assert_array_equal(found[source], expected.ravel())
    model = ModelBuilder()
    source = model.tensor((2, 4, 3))
    ends = [model.tensor((2, 3)) for _ in range(4)]
    model.operator("UNPACK", [source], ends, {0: ("int32", 4), 1: ("int32", 1)})
    unpacked = read_model(model.build([source], ends))
    for number in range(4):
        expected = indices_of((2, 4, 3))[:, number]
        np.testing.assert_array_equal(followed(unpacked, number)[source], expected.ravel())


def test_both_splits():
    model = ModelBuilder()
    source = model.tensor((2, 6, 2))
    even = [model.tensor((2, 3, 2)) for _ in range(2)]
    model.operator("SPLIT", [model.constant(1), source], even, {0: ("int32", 2)})
    uneven = model.split(source, [1, 2, 3], 1)
    found = read_model(model.build([source], [*even, *uneven]))
    cuts = [slice(0, 3), slice(3, 6), slice(0, 1), slice(1, 3), slice(3, 6)]
    for number, cut in enumerate(cuts):
        expected = indices_of((2, 6, 2))[:, cut]
        np.testing.assert_array_equal(followed(found, number)[source], expected.ravel())


def test_padding():
    model = ModelBuilder()
    source = model.tensor((2, 3))
    end = model.pad(source, [(1, 0), (2, 1)])
    found = followed(read_model(model.build([source], [end])))
    expected = np.pad(indices_of((2, 3)), [(1, 0), (2, 1)], constant_values=-1)
    np.testing.assert_array_equal(found[source], expected.ravel())
    assert (found[FILLING] >= 0).sum() == (expected == -1).sum()


@pytest.mark.parametrize(
    ("shape", "other", "expected"),
    [
        ((2, 3), (3,), indices_of((2, 3))),
        ((2, 3), (2, 1), indices_of((2, 3))),
        ((2, 1), (1, 3), np.repeat([[0], [1]], 3, axis=1)),  # the constant is the larger one
        ((3,), (2, 3), np.tile(np.arange(3), (2, 1))),
    ],
)
def test_arithmetic_with_a_constant(shape, other, expected):
    model = ModelBuilder()
    source = model.tensor(shape)
    constant = model.constant(np.ones(other), "float32")
    end = model.tensor(expected.shape)
    model.operator("ADD", [constant, source], [end])
    found = followed(read_model(model.build([source], [end])))
    np.testing.assert_array_equal(found[source], expected.ravel())


def step(name: str, shape, out, constants=(), options=None) -> Callable[[], Any]:
    model = ModelBuilder()
    source = model.tensor(shape)
    end = model.tensor(out)
    model.operator(name, [source, *map(model.constant, constants)], [end], options)
    read = read_model(model.build([source], [end]))
    made = Step(read, read.operators[0], constant_tensors(read), 0)
    return lambda: origins(made, np.arange(int(np.prod(out))))


@pytest.mark.parametrize(
    "unsound",
    [
        step("RESHAPE", (2, 3), (2, 4)),
        step("TRANSPOSE", (2, 3), (3, 2), [[0, 0]]),
        step("TRANSPOSE", (2, 3), (3, 2), [[0, 1, 2]]),
        step("TRANSPOSE", (2, 3), (3, 2)),
        step("SLICE", (2, 3), (2, 2), [[0, 2], [2, 2]]),
        step("SLICE", (2, 3), (2, 2), [[0, -1], [2, 2]]),
        step("STRIDED_SLICE", (4,), (2,), [[0], [4], [0]]),
        step("STRIDED_SLICE", (4,), (2,), [[3], [9], [1]]),
        step("STRIDED_SLICE", (4,), (2,), [[0], [2], [1]], {2: ("int32", 1)}),
        step("CONCATENATION", (2, 3), (2, 4), (), {0: ("int32", 1)}),
        step("CONCATENATION", (2, 3), (2, 3), (), {0: ("int32", 5)}),
        step("GATHER", (2, 3), (2, 1), [[7]], {0: ("int32", 1)}),
        step("GATHER", (2, 3), (2, 1), [[-1]], {0: ("int32", 1)}),
        step("REVERSE_V2", (2, 3), (2, 3), [[4]]),
        step("PAD", (2, 3), (2, 3), [[0, 0, 0]]),
        step("LOGISTIC", (2, 3), (3, 3)),
        step("CONV_2D", (2, 3), (2, 3)),
        step("SomethingOfMine", (2, 3), (2, 3)),
    ],
)
def test_what_cannot_be_followed_is_not(unsound):
    with pytest.raises(UnmovedError):
        unsound()


def test_a_circle_comes_to_an_end():
    model = ModelBuilder()
    one, other = model.tensor((4, 4)), model.tensor((4, 4))
    model.operator("LOGISTIC", [one], [other])
    model.operator("TANH", [other], [one])
    read = read_model(model.build([], [one]))
    walk = walk_back(read, set(), one, np.arange(16))
    assert walk.is_cut
    assert MAX_WORK < 2**27  # a second or two of work
    assert walk.names() == {"LOGISTIC", "TANH"}


def test_a_damaged_option_is_an_error():
    model = ModelBuilder()
    source = model.tensor((1, 2))
    data = model.build([source], [model.concatenation([source, source], 1)])
    read = read_model(data)
    place = read.operators[0].table.place(4)
    broken = bytearray(data)
    broken[place : place + 4] = (2**31 - 1).to_bytes(4, "little")
    with pytest.raises(ModelError):
        read_model(bytes(broken))
