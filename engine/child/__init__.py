"""What runs inside a kernel: the standard library and msgspec, and nothing else of the host's."""
