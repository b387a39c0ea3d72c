"""What published SSD detectors use, the most common first."""

from __future__ import annotations

INPUT_SIZES = (128, 192, 224, 256, 300, 320, 384, 416, 448, 512, 640, 160, 96, 480, 768, 1024)
STRIDES = (
    (8, 16, 16, 16),
    (8, 16, 32, 32, 32),
    (4,),
    (16, 32, 64, 128, 256, 512),
    (8, 16, 32, 64, 128),
    (8, 16, 32),
)
ASPECT_RATIOS = ((1.0,), (1.0, 2.0, 0.5), (1.0, 2.0, 0.5, 3.0, 0.3333))
LEVELS = ((3, 7), (3, 6), (2, 6), (4, 7), (3, 5))  # lowest and highest, of feature pyramids
