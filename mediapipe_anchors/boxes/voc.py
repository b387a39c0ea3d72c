"""Pascal VOC XML: one file an image, alone or in a folder with everything below it.

Corners are taken as written: width = xmax - xmin. `<difficult>` sets the flag "difficult". Images
are named after their XML file. A document type declaration is refused: annotations need none, and
entity bombs live there.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree
from xml.parsers import expat

import numpy as np

from mediapipe_anchors.boxes.batch import Batch, Format, ImageSize
from mediapipe_anchors.boxes.names import Names
from mediapipe_anchors.boxes.source_files import files_named
from mediapipe_anchors.boxes.values import known_size, number
from mediapipe_anchors.errors import BoxesError

_LARGEST = 1 << 22  # bytes of one image's file; ten thousand objects take three millions
_CORNERS = ("xmin", "ymin", "xmax", "ymax")


def _detect(path: Path) -> bool:
    return any(_looks_like_voc(file) for file in _files(path))


def _looks_like_voc(path: Path) -> bool:
    if path.suffix.lower() != ".xml":
        return False
    with path.open("rb") as file:
        return b"<annotation" in file.read(1000)


_files = files_named(lambda name: name.endswith(".xml"))


def _read(path: Path, image_size: ImageSize | None) -> Iterator[Batch]:
    for file in _files(path):
        image = file.relative_to(path).with_suffix("").as_posix() if path.is_dir() else file.stem
        yield from _Annotation(file).batches(image, image_size)


class _Annotation:
    """One parsed file that knows on which line each element stands."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lines: dict[ElementTree.Element, int] = {}
        self._root = self._parse()

    def _parse(self) -> ElementTree.Element:
        builder = ElementTree.TreeBuilder()
        parser = expat.ParserCreate()

        def start(tag: str, attributes: dict[str, str]) -> None:
            self._lines[builder.start(tag, attributes)] = parser.CurrentLineNumber

        def refuse(*_: object) -> None:
            raise self._error(
                "a document type declaration (DTD) is refused", parser.CurrentLineNumber
            )

        parser.StartElementHandler = start
        parser.EndElementHandler = builder.end
        parser.CharacterDataHandler = builder.data
        parser.StartDoctypeDeclHandler = refuse
        try:
            with self._path.open("rb") as file:
                text = file.read(_LARGEST + 1)
            if len(text) > _LARGEST:
                raise self._error(f"larger than the {_LARGEST} bytes that are read", None)
            parser.Parse(text, True)
        except expat.ExpatError as error:
            message = f"not XML: {expat.ErrorString(error.code)}"
            raise self._error(message, error.lineno) from error
        except BoxesError:
            raise
        except (ValueError, LookupError) as error:  # the encoding that the first line states
            raise self._error(f"not XML: {error}; write it in UTF-8", 1) from error
        return builder.close()

    def _error(self, message: str, line: int | None) -> BoxesError:
        return BoxesError(message, path=self._path, line=line)

    def batches(self, image: str, image_size: ImageSize | None) -> Iterator[Batch]:
        """One batch, or none where the file holds no object."""
        if self._root.tag != "annotation":
            message = f"not Pascal VOC: the root is <{self._root.tag}>, expected <annotation>"
            if self._root.tag == "annotations":
                message += "; CVAT's own XML is to be exported from it as Pascal VOC or COCO"
            raise self._error(message, self._lines[self._root])
        objects = self._root.findall("object")
        if not objects:
            return
        size = self._size(image_size)
        yield Batch(
            images=Names.same(image, len(objects)),
            image_sizes=np.full((len(objects), 2), size),
            xyxy=np.array([self._corners(each) for each in objects]),
            labels=Names.of((each.findtext("name") or "").strip() or None for each in objects),
            flags={"difficult": np.array([self._is_difficult(each) for each in objects])},
        )

    def _child(self, parent: ElementTree.Element, tag: str) -> ElementTree.Element:
        child = parent.find(tag)
        if child is None:
            raise self._error(f"<{parent.tag}> without <{tag}>", self._lines[parent])
        return child

    def _number(self, parent: ElementTree.Element, tag: str) -> float:
        child = self._child(parent, tag)
        return number(child.text, f"<{tag}>", self._path, self._lines[child])

    def _size(self, image_size: ImageSize | None) -> ImageSize:
        size = self._root.find("size")
        if size is None:
            return known_size(np.nan, np.nan, image_size, self._path, self._lines[self._root])
        width, height = self._number(size, "width"), self._number(size, "height")
        return known_size(width, height, image_size, self._path, self._lines[size])

    def _corners(self, item: ElementTree.Element) -> list[float]:
        box = self._child(item, "bndbox")
        return [self._number(box, tag) for tag in _CORNERS]

    def _is_difficult(self, item: ElementTree.Element) -> bool:
        return (item.findtext("difficult") or "").strip() == "1"


FORMAT = Format("voc", "Pascal VOC XML", _detect, _read)
