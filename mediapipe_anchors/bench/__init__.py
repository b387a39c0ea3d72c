"""Side-by-side measurements, each in a process of its own."""
