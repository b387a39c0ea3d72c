"""Reference of `anchors_from_tensor`: how MediaPipe reads the anchors that a model puts out."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt


def anchors_from_tensor(tensor: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Rows y_center, x_center, h, w become x_center, y_center, w, h."""
    y_center, x_center, h, w = tensor.T
    return np.stack([x_center, y_center, w, h], axis=1)
