"""Finds boxes that a source states twice: same image, same corners, same label.

Kept is a key of 64 bits for each box, a mixture of its fields, so that ten million boxes take 80 MB
and no name has to be remembered. That two different boxes share a key is as likely as 1 in 350,000
for any pair among ten million boxes. The keys are the same on every run and machine.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from hashlib import blake2b

import numpy as np
import numpy.typing as npt

from mediapipe_anchors.boxes.batch import Batch, Mask
from mediapipe_anchors.boxes.names import NO_NAME

Keys = npt.NDArray[np.uint64]

_SHIFT = np.uint64(32)
_FACTOR = np.uint64(0x9E3779B97F4A7C15)  # 2**64 divided by the golden ratio, made odd


class Duplicates:
    """Takes the boxes of a source batch by batch; remembers their keys and those of the images."""

    def __init__(self) -> None:
        self._images = KeySet()
        self._boxes = KeySet()

    @property
    def images(self) -> int:
        """How many images there were so far."""
        return len(self._images)

    def find(self, batch: Batch) -> Mask:
        """Which boxes, bool [n], equal an earlier one, here or in an earlier batch."""
        repeated = np.zeros(len(batch), bool)
        batch = dataclasses.replace(batch, images=batch.images.compact())
        images = name_keys(batch.images.distinct)
        known_images = self._images.contains(images)
        self._images.add(np.unique(images[~known_images]))
        named = np.flatnonzero(batch.images.codes != NO_NAME)
        if not len(named):
            return repeated
        keys = _box_keys(batch, images)[named]
        order = np.argsort(keys, kind="stable")
        rows, keys = named[order], keys[order]
        is_first = np.append(True, keys[1:] != keys[:-1])
        first_rows, keys = rows[is_first], keys[is_first]
        # Only a box of an image that was there before can repeat a box from before.
        is_known = known_images[batch.images.codes[first_rows]]
        is_known[is_known] = self._boxes.contains(keys[is_known])
        repeated[rows] = ~is_first | is_known[np.cumsum(is_first) - 1]
        self._boxes.add(keys[~is_known])
        return repeated


class KeySet:
    """A set of 64-bit keys that grows by sorted runs, merged so that few and long ones are left."""

    def __init__(self) -> None:
        self._runs: list[Keys] = []

    def __len__(self) -> int:
        return sum(map(len, self._runs))

    def add(self, keys: Keys) -> None:
        """Add keys that are sorted, distinct and not there yet."""
        while self._runs and len(self._runs[-1]) <= 2 * len(keys):
            keys = np.concatenate([self._runs.pop(), keys])
            keys.sort(kind="stable")  # which merges sorted runs in linear time
        if len(keys):
            self._runs.append(keys)

    def contains(self, keys: Keys) -> Mask:
        """Which keys are there, bool [n]."""
        found = np.zeros(len(keys), bool)
        for run in self._runs:
            places = np.searchsorted(run, keys)
            found |= run[np.minimum(places, len(run) - 1)] == keys
        return found


def name_keys(names: Sequence[str]) -> Keys:
    """A key for each name; the same on every run and machine."""
    digests = b"".join(
        blake2b(name.encode("utf-8", "surrogatepass"), digest_size=8).digest() for name in names
    )
    return np.frombuffer(digests, "<u8").astype(np.uint64)


def _box_keys(batch: Batch, images: Keys) -> Keys:
    """A key for each box; of a box without a label, that of no name."""
    labels = np.append(name_keys(batch.labels.distinct), np.uint64(0))[batch.labels.codes]
    keys = _mixed(np.append(images, np.uint64(0))[batch.images.codes], labels)
    for corner in (batch.xyxy + 0.0).T:  # which makes -0 a 0
        keys = _mixed(keys, np.ascontiguousarray(corner).view(np.uint64))
    return keys


def _mixed(keys: Keys, values: Keys) -> Keys:
    """Both in one; which is which counts, so that no two fields can be exchanged or cancel out."""
    mixed = keys * _FACTOR ^ values
    for _ in range(2):
        mixed *= _FACTOR
        mixed ^= mixed >> _SHIFT
    return mixed
