"""Images and video frames from files."""

from __future__ import annotations

import builtins

import numpy as np
import pytest
from PIL import Image

from mediapipe_anchors import MediaPipeAnchorsError, MissingExtraError
from mediapipe_anchors.images import (
    VideoFrame,
    _frames,
    count_frames,
    is_video,
    list_images,
    read_image,
    read_video,
)

RGB = np.random.default_rng(1).integers(0, 256, (6, 9, 3), np.uint8)
GREY = RGB[:, :, 0]


def test_rgb_comes_back(tmp_path):
    path = tmp_path / "a.png"
    Image.fromarray(RGB).save(path)
    image = read_image(path)
    assert image.dtype == np.uint8
    np.testing.assert_array_equal(image, RGB)
    image[:] = 0  # of its own memory
    np.testing.assert_array_equal(read_image(str(path)), RGB)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_exif_orientation(tmp_path, orientation):
    path = tmp_path / "turned.png"
    exif = Image.Exif()
    exif[0x0112] = orientation
    turned = {  # what a camera stores, held so
        1: RGB,
        2: RGB[:, ::-1],
        3: RGB[::-1, ::-1],
        4: RGB[::-1],
        5: RGB.transpose(1, 0, 2),
        6: np.rot90(RGB),
        7: np.rot90(RGB, 2).transpose(1, 0, 2),
        8: np.rot90(RGB, -1),
    }[orientation]
    Image.fromarray(np.ascontiguousarray(turned)).save(path, exif=exif)
    np.testing.assert_array_equal(read_image(path), RGB)


@pytest.mark.parametrize(
    ("image", "expected"),
    [
        (Image.fromarray(GREY), GREY),
        (Image.fromarray(GREY.astype(np.uint16) * 257), GREY),
        (Image.fromarray(np.where(GREY > 127, 255, 0).astype(np.uint8)).convert("1"), None),
        (Image.fromarray(RGB).convert("RGBA"), RGB),
        (Image.fromarray(GREY).convert("LA"), GREY),
        (Image.fromarray(GREY).convert("P"), GREY),
    ],
    ids=["grey", "16 bits", "black and white", "RGBA", "LA", "palette"],
)
def test_other_modes_become_rgb(tmp_path, image, expected):
    path = tmp_path / "image.png"
    image.save(path)
    result = read_image(path)
    assert result.shape == (6, 9, 3)
    if expected is None:
        expected = np.where(GREY > 127, 255, 0)
    if expected.ndim == 2:
        expected = np.repeat(expected[:, :, None], 3, axis=2)
    np.testing.assert_array_equal(result, expected)


def test_animation_gives_its_first_frame(tmp_path):
    path = tmp_path / "two.gif"
    frames = [Image.new("RGB", (4, 4), colour) for colour in ("red", "blue")]
    frames[0].save(path, save_all=True, append_images=frames[1:])
    assert read_image(path)[0, 0].tolist() == [255, 0, 0]


@pytest.mark.parametrize(
    "content",
    [b"", b"text", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff\xe0 cut short", b"II*\x00" + b"\xff" * 40],
)
def test_what_is_no_image(tmp_path, content):
    path = tmp_path / "broken.png"
    path.write_bytes(content)
    with pytest.raises(MediaPipeAnchorsError, match=r"broken\.png: cannot be read"):
        read_image(path)


def test_image_cut_short(tmp_path):
    whole, path = tmp_path / "whole.png", tmp_path / "cut.png"
    Image.fromarray(np.random.default_rng(0).integers(0, 256, (99, 99, 3), np.uint8)).save(whole)
    path.write_bytes(whole.read_bytes()[:5000])
    with pytest.raises(MediaPipeAnchorsError, match=r"cut\.png: cannot be read"):
        read_image(path)


def test_decompression_bomb(tmp_path, monkeypatch):
    path = tmp_path / "bomb.png"
    Image.fromarray(RGB).save(path)
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 5)
    with pytest.raises(MediaPipeAnchorsError, match="exceeds limit"):
        read_image(path)


def test_no_such_image(tmp_path):
    with pytest.raises(FileNotFoundError):
        read_image(tmp_path / "none.png")
    with pytest.raises(IsADirectoryError):
        read_image(tmp_path)


def test_images_of_a_folder_in_natural_order(tmp_path):
    names = ["10.png", "2.png", "1.JPG", "b2.png", "a10.png", "a9.png", "a9.bmp"]
    for name in [*names, "notes.txt", ".hidden.png", "clip.mp4", "clip.mpg"]:
        (tmp_path / name).touch()
    (tmp_path / "folder.png").mkdir()
    found = [path.name for path in list_images(tmp_path)]
    assert found == ["1.JPG", "2.png", "10.png", "a9.bmp", "a9.png", "a10.png", "b2.png"]


def test_names_of_videos():
    assert is_video("a/b.MP4")
    assert not is_video("a/b.png")


# --- video


def test_without_pyav(monkeypatch):
    real = builtins.__import__

    def without_av(name, *arguments, **keywords):
        if name == "av":
            raise ImportError
        return real(name, *arguments, **keywords)

    monkeypatch.setattr(builtins, "__import__", without_av)
    for use in (count_frames, lambda path: list(read_video(path))):
        with pytest.raises(MissingExtraError, match=r'"mediapipe_anchors\[video\]"'):
            use("clip.mp4")


@pytest.fixture
def av():
    return pytest.importorskip("av", reason="needs the extra 'video'")


@pytest.fixture
def clip(av, tmp_path):
    """Five frames of grey at 25 a second, each 40 lighter than the one before."""
    path = tmp_path / "clip.mp4"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("mpeg4", rate=25)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        for index in range(5):
            grey = np.full((48, 64, 3), 40 * index, np.uint8)
            frame = av.VideoFrame.from_ndarray(grey, format="rgb24")
            for packet in stream.encode(frame):
                container.mux(packet)
        for packet in stream.encode():
            container.mux(packet)
    return path


def test_frames_with_timestamps(clip):
    frames = list(read_video(clip))
    assert [frame.timestamp for frame in frames] == [0, 40_000, 80_000, 120_000, 160_000]
    assert all(frame.image.shape == (48, 64, 3) for frame in frames)
    np.testing.assert_allclose([f.image.mean() for f in frames], np.arange(5) * 40, atol=6)
    assert count_frames(clip) == 5


def test_what_is_no_video(av, tmp_path):
    path = tmp_path / "broken.mp4"
    path.write_bytes(b"text" * 100)
    for use in (count_frames, lambda path: list(read_video(path))):
        with pytest.raises(MediaPipeAnchorsError, match=r"broken\.mp4: cannot be read"):
            use(path)
        with pytest.raises(FileNotFoundError):
            use(tmp_path / "none.mp4")


def test_sound_is_no_video(av, tmp_path):
    path = tmp_path / "sound.mp4"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("aac", rate=44100)
        silence = av.AudioFrame.from_ndarray(
            np.zeros((1, 1024), np.float32), format="fltp", layout="mono"
        )
        silence.sample_rate = 44100
        for packet in [*stream.encode(silence), *stream.encode()]:
            container.mux(packet)
    with pytest.raises(MediaPipeAnchorsError, match="it holds no video"):
        list(read_video(path))


class _Frame:
    """A decoded frame as PyAV gives it: RGB above, turned by `rotation` degrees to the left."""

    def __init__(self, time, rotation):
        self.time, self.rotation = time, rotation

    def to_ndarray(self, format):
        assert format == "rgb24"
        return RGB


def test_turned_frames_and_timestamps_that_stall():
    stream = type("Stream", (), {"average_rate": 10})()
    decoded = [_Frame(0.5, 0), _Frame(0.5, 90), _Frame(None, -90), _Frame(0.1, 180)]
    container = type("Container", (), {"decode": lambda self, stream: decoded})()
    frames = list(_frames(container, stream))
    assert [frame.timestamp for frame in frames] == [500_000, 500_001, 500_002, 500_003]
    for frame, turns in zip(frames, (0, 1, -1, 2), strict=True):
        assert isinstance(frame, VideoFrame)
        np.testing.assert_array_equal(frame.image, np.rot90(RGB, turns))
