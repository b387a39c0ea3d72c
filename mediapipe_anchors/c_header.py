"""Anchors as a C header, for TensorFlow Lite Micro and other devices without files."""

from __future__ import annotations

import re

import numpy as np
import numpy.typing as npt

from mediapipe_anchors.errors import TensorError

ALIGNMENT = 16  # bytes, of a vector register

# Words of C99 and C++20, and names of the headers that a device is likely to include.
_WORDS = """
alignas alignof and and_eq asm assert auto bitand bitor bool break case catch char char16_t
char32_t char8_t class co_await co_return co_yield compl concept const const_cast consteval
constexpr constinit continue decltype default delete do double dynamic_cast else enum explicit
export extern false float for friend goto if inline int linux long main mutable namespace new
noexcept not not_eq nullptr operator or or_eq private protected public register
reinterpret_cast requires restrict return short signed sizeof static static_assert static_cast
std struct switch template this thread_local throw true try typedef typeid typename union unix
unsigned using virtual void volatile wchar_t while xor xor_eq
"""
_RESERVED = frozenset(_WORDS.split())

_TEMPLATE = """\
/* {count} anchors of an SSD detector, float32 [{count}][4]: x_center, y_center, w, h, as
 * fractions of the model input. Row r decodes row r of the model's output.
 * The array is {size} bytes and begins at a multiple of {alignment}. C99, C11, C++11 and later.
 */
#ifndef {guard}
#define {guard}

#define {upper}_COUNT {count}
#define {upper}_COLUMNS 4
#define {upper}_ALIGNMENT {alignment}

#if defined(__GNUC__) || defined(__clang__) || defined(__ARMCC_VERSION)
#define {upper}_ALIGNED __attribute__((aligned({alignment})))
#elif defined(_MSC_VER)
#define {upper}_ALIGNED __declspec(align({alignment}))
#elif defined(__ICCARM__)
#define {upper}_ALIGNED _Pragma("data_alignment={alignment}")
#else
#error "state how this compiler aligns a variable to {alignment} bytes"
#endif

{upper}_ALIGNED static const float
    {name}[{upper}_COUNT][{upper}_COLUMNS] = {{
{rows}
}};

#endif /* {guard} */
"""


def c_header(anchors: npt.NDArray[np.float32], stem: str) -> str:
    """A header with the anchors as `static const float name[N][4]`.

    Literals have nine significant digits, which give every float32 back in every bit.

    Args:
        anchors: float32 [N, 4], x_center, y_center, w, h.
        stem: where the name comes from, such as the file's; letters that C does not take become _.

    Raises:
        TensorError: no anchor, or a number that C has no literal for.
    """
    if not len(anchors):
        raise TensorError(field="anchors", value="none", expected="one or more, for a C array")
    wrong = np.flatnonzero(~np.isfinite(anchors).all(axis=1))
    if len(wrong):
        expected = "finite numbers: C has no literal for others"
        field = f"anchors[{wrong[0]}]"
        raise TensorError(field=field, value=anchors[wrong[0]].tolist(), expected=expected)
    name = c_name(stem)
    rows = ",\n".join(f"    {{{', '.join(map(_literal, row))}}}" for row in anchors.tolist())
    return _TEMPLATE.format(
        count=len(anchors),
        size=anchors.nbytes,
        alignment=ALIGNMENT,
        guard=f"{name.upper()}_H",
        upper=name.upper(),
        name=name,
        rows=rows,
    )


def c_name(stem: str) -> str:
    """A name that C and C++ take for an array, as close to `stem` as can be."""
    name = re.sub(r"\W+|_+", "_", stem, flags=re.ASCII).strip("_").lower()
    if not name or not name[0].isalpha() or name in _RESERVED:
        name = f"anchors_{name}".rstrip("_")
    return name


def _literal(value: float) -> str:
    text = f"{value:.9g}"
    return f"{text}f" if "." in text or "e" in text else f"{text}.0f"
