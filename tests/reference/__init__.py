"""Slow, plain references, one file a kernel: what each kernel computes, a step a line.

They are written from MediaPipe's semantics and share no code with the compiled kernels. Arithmetic
is float32 with one rounding an operation, as MediaPipe's x86-64 build does it.
"""
