"""libstdc++'s `std::sort`: where it leaves equal elements is part of MediaPipe's result.

An introsort: quicksort with a median-of-three pivot down to runs of 16, heapsort where that
recursion gets too deep, and one insertion sort at the end. It is not stable above 16 elements.
"""

from __future__ import annotations

from collections.abc import Callable, MutableSequence, Sequence
from typing import Any

Before = Callable[[Any, Any], bool]

_RUN = 16  # quicksort leaves runs of this length to the insertion sort


def order_by_score(scores: Sequence[float]) -> list[int]:
    """The indices of `scores` in the order that MediaPipe's suppression visits them: best first."""
    pairs = list(enumerate(float(score) for score in scores))
    std_sort(pairs, lambda a, b: a[1] > b[1])
    return [index for index, _ in pairs]


def std_sort(items: MutableSequence[Any], before: Before) -> None:
    """Sort in place as `std::sort(begin, end, before)`."""
    if len(items) > 1:
        _introsort(items, 0, len(items), 2 * (len(items).bit_length() - 1), before)
        _insertion_sort(items, before)


def _introsort(a: MutableSequence[Any], first: int, last: int, depth: int, before: Before) -> None:
    while last - first > _RUN:
        if depth == 0:
            _heapsort(a, first, last, before)
            return
        depth -= 1
        cut = _partition(a, first, last, before)
        _introsort(a, cut, last, depth, before)
        last = cut


def _partition(a: MutableSequence[Any], first: int, last: int, before: Before) -> int:
    middle = first + (last - first) // 2
    median = _median_of_three(a, first + 1, middle, last - 1, before)
    a[first], a[median] = a[median], a[first]
    pivot, left, right = a[first], first + 1, last
    while True:
        while before(a[left], pivot):
            left += 1
        right -= 1
        while before(pivot, a[right]):
            right -= 1
        if left >= right:
            return left
        a[left], a[right] = a[right], a[left]
        left += 1


def _median_of_three(a: MutableSequence[Any], i: int, j: int, k: int, before: Before) -> int:
    if before(a[i], a[j]):
        if before(a[j], a[k]):
            return j
        return k if before(a[i], a[k]) else i
    if before(a[i], a[k]):
        return i
    return k if before(a[j], a[k]) else j


def _insertion_sort(a: MutableSequence[Any], before: Before) -> None:
    for i in range(1, len(a)):
        value, hole = a[i], i
        while hole > 0 and before(value, a[hole - 1]):
            a[hole] = a[hole - 1]
            hole -= 1
        a[hole] = value


def _heapsort(a: MutableSequence[Any], first: int, last: int, before: Before) -> None:
    heap = a[first:last]
    for parent in range(len(heap) // 2 - 1, -1, -1):
        _sift(heap, parent, len(heap), heap[parent], before)
    for end in range(len(heap) - 1, 0, -1):
        value, heap[end] = heap[end], heap[0]
        _sift(heap, 0, end, value, before)
    a[first:last] = heap


def _sift(heap: MutableSequence[Any], hole: int, size: int, value: Any, before: Before) -> None:
    """Move the hole down to a leaf, always to the larger child, then `value` up from there."""
    top = hole
    while (child := 2 * hole + 2) <= size:
        if child == size or before(heap[child], heap[child - 1]):
            child -= 1
        heap[hole] = heap[child]
        hole = child
    while hole > top and before(heap[parent := (hole - 1) // 2], value):
        heap[hole] = heap[parent]
        hole = parent
    heap[hole] = value
