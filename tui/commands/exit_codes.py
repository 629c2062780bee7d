"""The exit codes of the `inkstand` command."""

EXIT_OK = 0
EXIT_FAILED = 1
"""The script raised, or something that was asked for failed."""
EXIT_USAGE = 2
"""Wrong arguments, no project, no such script."""
EXIT_TIMED_OUT = 124
EXIT_STOPPED = 130
EXIT_BROKEN_PIPE = 141
"""Whoever read our output went away; what a shell reports for SIGPIPE."""
EXIT_HUNG_UP = 129
EXIT_TERMINATED = 143
"""The screen was told to go by SIGHUP, by SIGTERM."""
