"""What runs inside a kernel: the standard library and msgspec, and nothing else of the host's."""

import sys

if "typing_extensions" not in sys.modules:
    # msgspec asks for it first and does without it just as well; found, it takes 15 ms of a
    # kernel's start and 2 MB.
    sys.modules["typing_extensions"] = None  # type: ignore[assignment]
    import msgspec

    del sys.modules["typing_extensions"], msgspec
