"""Executors, the profiler, and how nodes take their input."""

from __future__ import annotations

from mediapipe_graphs import pass_through_graph
from scratch import scratch_folder

from rule_cases import Danger, Safe, plain_node

ONE = pass_through_graph().replace("in0", "image")
TWO = ONE + plain_node("PassThroughCalculator", 'input_stream: "image" output_stream: "out1"')
LOGS = scratch_folder("trace_logs_")
TRACED = f'profiler_config {{ trace_enabled: true trace_log_path: "{LOGS}/" %s }}'
HANDLER = (
    'input_stream_handler { input_stream_handler: "%s" options { '
    "[mediapipe.DefaultInputStreamHandlerOptions.ext] { batch_size: %d } } }"
)


def executor(threads: int, name: str = "") -> str:
    return (
        f'executor {{ name: "{name}" type: "ThreadPoolExecutor" options {{ '
        f"[mediapipe.ThreadPoolExecutorOptions.ext] {{ num_threads: {threads} }} }} }}"
    )


def traced(rest: str = "", options: str = "", graph: str = ONE) -> str:
    return f"{graph} {TRACED % options} {rest}"


def profiled(options: str) -> str:
    return f"{ONE} profiler_config {{ {options} }}"


def with_handler(name: str, batch_size: int, rest: str = "") -> str:
    return ONE.replace("calculator:", f"{HANDLER % (name, batch_size)} {rest} calculator:")


NO_TRACE_THREAD = "profiler_config.trace_enabled"
INTERVALS = "profiler_config.num_histogram_intervals"
DEFAULT_HANDLER = "DefaultInputStreamHandler"

DANGERS = {
    "more threads than a system has": Danger(ONE + "num_threads: 3000000", "num_threads"),
    "an executor of too many threads": Danger(ONE + executor(3000000), "num_threads"),
    "less than no histogram": Danger(profiled("num_histogram_intervals: -1"), INTERVALS),
    "a histogram whose size overflows": Danger(
        profiled("num_histogram_intervals: 4294967296 enable_profiler: true"), INTERVALS
    ),
    "a histogram that goes backwards": Danger(
        profiled("histogram_interval_size_usec: -1 enable_profiler: true"),
        "profiler_config.histogram_interval_size_usec",
        None,  # writes out of bounds where a node takes a microsecond or more
    ),
    "trace logs on the only thread": Danger(
        traced("num_threads: 1", graph=TWO), NO_TRACE_THREAD, "hung"
    ),
    "trace logs beside a single node": Danger(traced(), NO_TRACE_THREAD, "hung"),
    "trace logs on an executor of one thread": Danger(traced(executor(1)), NO_TRACE_THREAD, "hung"),
    "trace logs on the application's thread": Danger(
        traced('executor { type: "ApplicationThreadExecutor" }'), NO_TRACE_THREAD, "hung"
    ),
    "batches of no packets": Danger(with_handler(DEFAULT_HANDLER, 0), "batch_size"),
    "batches of no packets for all nodes": Danger(
        ONE + HANDLER % (DEFAULT_HANDLER, 0), "batch_size"
    ),
    "batches of a handler without name": Danger(
        with_handler(DEFAULT_HANDLER, 0).replace(f'input_stream_handler: "{DEFAULT_HANDLER}"', ""),
        "batch_size",
    ),
    "batches in parallel": Danger(
        with_handler(DEFAULT_HANDLER, 2, "max_in_flight: 2"), "batch_size"
    ),
}

SAFE = {
    "eight threads": Safe(ONE + "num_threads: 8"),
    "a histogram": Safe(profiled("num_histogram_intervals: 1000 enable_profiler: true")),
    "a histogram that nobody fills": Safe(profiled("histogram_interval_size_usec: -1")),
    "trace logs on one of two threads": Safe(traced("num_threads: 2", graph=TWO)),
    "trace logs on one of an executor's threads": Safe(traced(executor(2))),
    "trace logs beside nodes that run elsewhere": Safe(
        traced("num_threads: 1 " + executor(1, "other")).replace(
            "node {", 'node { executor: "other" '
        )
    ),
    "traces without logs": Safe(traced(options="trace_log_disabled: true")),
    "trace logs at the end": Safe(traced(options="trace_log_interval_usec: -1")),
    "batches": Safe(with_handler(DEFAULT_HANDLER, 2)),
    "batches of one in parallel": Safe(with_handler(DEFAULT_HANDLER, 1, "max_in_flight: 2")),
    "batches of a handler that makes none": Safe(with_handler("ImmediateInputStreamHandler", 0)),
    "batches for nodes that have their own": Safe(
        with_handler("ImmediateInputStreamHandler", 0) + HANDLER % (DEFAULT_HANDLER, 0)
    ),
}
