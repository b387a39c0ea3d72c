"""Rules for what belongs to the graph: executors, the profiler, and how nodes take their input."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

from mediapipe_anchors.errors import GraphError
from mediapipe_anchors.graph.rules.finding import Ending, Finding, Severity, rule
from mediapipe_anchors.graph.rules.option_ranges import MAX_THREADS
from mediapipe_anchors.graph.rules.subject import Subject
from mediapipe_anchors.schema import find_extension, message_class

MAX_HISTOGRAM_INTERVALS = 1_000_000  # each takes 8 bytes, for every node and stream
PLACE = "input_stream_handler.batch_size"
APPLICATION_THREAD = "ApplicationThreadExecutor"


@rule(
    "too-many-executor-threads",
    Severity.ERROR,
    Ending.DIES,
    effect="MediaPipe ends the process where the system has no room for so many threads.",
    cause="`num_threads`, of the graph or of an executor, is more than a system starts.",
    cure="Leave it out: MediaPipe takes as many as there are processors.",
    before="num_threads: 100000",
    after="num_threads: 4",
    says=("Check failed: res == 0 (11 vs. 0) pthread_create failed",),
)
def executor_threads_fit(subject: Subject) -> Iterator[Finding]:
    """MediaPipe aborts where the system has no room for an executor's threads."""
    config = subject.once(config_of)
    if config is None:
        return
    counts = [("num_threads", config.num_threads)]
    counts += [
        (f"executor[{index}].num_threads", _threads(executor))
        for index, executor in enumerate(config.executor)
    ]
    for place, count in counts:
        if count > MAX_THREADS:
            expected, fix = f"at most {MAX_THREADS}", "leave it unset"
            yield Finding(None, "num_threads", count, expected, fix, place)


@rule(
    "histogram-size",
    Severity.ERROR,
    Ending.STRAYS,
    effect="MediaPipe writes out of bounds, or ends the process.",
    cause="The profiler takes `num_histogram_intervals` and `histogram_interval_size_usec` as "
    "they are: one is negative, or there are more intervals than memory holds.",
    cure="Leave both out; there is no histogram then beyond one interval.",
    before="profiler_config { num_histogram_intervals: -1 }",
    after="profiler_config { num_histogram_intervals: 100 }",
)
def histograms_fit(subject: Subject) -> Iterator[Finding]:
    """MediaPipe writes out of bounds in the histograms of its profiler, whose size it trusts."""
    config = subject.once(config_of)
    if config is None:
        return
    profiler = config.profiler_config
    if not 0 <= profiler.num_histogram_intervals <= MAX_HISTOGRAM_INTERVALS:
        yield Finding(
            None,
            "profiler_config.num_histogram_intervals",
            profiler.num_histogram_intervals,
            f"0 or more, and at most {MAX_HISTOGRAM_INTERVALS}",
        )
    if profiler.histogram_interval_size_usec < 0 and profiler.enable_profiler:
        yield Finding(
            None,
            "profiler_config.histogram_interval_size_usec",
            profiler.histogram_interval_size_usec,
            "0 or more",
        )


@rule(
    "trace-thread-missing",
    Severity.ERROR,
    Ending.HANGS,
    effect="MediaPipe hangs: the writer of trace logs keeps the only thread.",
    cause="The writer of trace logs takes a thread of the default executor for good, and there "
    "is one only: `num_threads: 1`, a graph of a single node, or an executor of one "
    "thread.",
    cure="Give the graph a second thread, or do without the log.",
    before="num_threads: 1\nprofiler_config { trace_enabled: true }",
    after="num_threads: 2\nprofiler_config { trace_enabled: true }",
)
def tracing_leaves_a_thread(subject: Subject) -> Iterator[Finding]:
    """The writer of trace logs keeps one thread of the default executor: with one, MediaPipe hangs.

    (A graph that still holds subgraphs has more nodes, and so more threads, than it seems to.)
    """
    config = subject.once(config_of)
    if config is None:
        return
    profiler = config.profiler_config
    writes = profiler.trace_enabled and not profiler.trace_log_disabled
    if writes and profiler.trace_log_interval_usec != -1 and _default_threads(config) == 1:
        yield Finding(
            None,
            "profiler_config.trace_enabled",
            True,
            "a second thread for the graph, since trace logs take one",
            "set num_threads: 2, or profiler_config { trace_log_disabled: true }",
        )


@rule(
    "batch-size",
    Severity.ERROR,
    Ending.DIES,
    effect="MediaPipe ends the process when the graph starts.",
    cause="`batch_size` of DefaultInputStreamHandler is 0 or less, or more than 1 on a node "
    "that runs in parallel (`max_in_flight`).",
    cure="Leave it out; it is 1 then.",
    before='input_stream_handler { input_stream_handler: "DefaultInputStreamHandler"\n  options '
    "{ [mediapipe.DefaultInputStreamHandlerOptions.ext] { batch_size: 0 } } }",
    after='input_stream_handler { input_stream_handler: "DefaultInputStreamHandler" }',
    says=(
        "Check failed: batch_size >= 1 (0 vs. 1) Batch size has to be greater than or equal to 1.",
        "Batching cannot be combined with parallel execution.",
    ),
)
def batches_fit(subject: Subject) -> Iterator[Finding]:
    """MediaPipe aborts on batches of no packets, and on batches for nodes that run in parallel."""
    config = subject.once(config_of)
    if config is None:
        return
    extension = find_extension("mediapipe.DefaultInputStreamHandlerOptions.ext")
    for index, node in enumerate(config.node):
        own = node.HasField("input_stream_handler")
        handler = node.input_stream_handler if own else config.input_stream_handler
        size = handler.options.Extensions[extension].batch_size
        if handler.input_stream_handler != "DefaultInputStreamHandler":
            continue
        if size < 1:
            yield Finding(subject.graph.nodes[index], "batch_size", size, "at least 1", place=PLACE)
        elif size > 1 and node.max_in_flight > 1:
            yield Finding(
                subject.graph.nodes[index],
                "batch_size",
                size,
                f"1, since max_in_flight is {node.max_in_flight}",
                place=PLACE,
            )


def config_of(subject: Subject) -> Any | None:
    """The graph as a message; None where a text graph holds what the schema does not.

    Ask for it with `subject.once(config_of)`.
    """
    try:
        data = subject.graph.to_binary()
    except GraphError:  # MediaPipe may know it: then its expanded form, in binary, is checked
        return None
    return message_class("mediapipe.CalculatorGraphConfig").FromString(data)


def _threads(executor: Any) -> int:
    extension = find_extension("mediapipe.ThreadPoolExecutorOptions.ext")
    return int(executor.options.Extensions[extension].num_threads)


def _default_threads(config: Any) -> int:
    """How many threads run the nodes that name no executor; 0 if there are no such nodes."""
    if all(node.executor for node in config.node):
        return 0
    count = config.num_threads
    for executor in config.executor:
        if executor.name == "":
            if executor.type == APPLICATION_THREAD:
                return 1
            count = _threads(executor) or count
    if count not in (0, -1):
        return int(count)
    if not all(node.calculator.endswith("Calculator") for node in config.node):
        return 2  # at the least, as far as can be seen
    work = max(len(config.node), len(config.packet_generator), 1)
    return min(_processors(), work)


def _processors() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
