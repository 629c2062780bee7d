"""The host's side of a kernel: spawn it, keep some warm, run one script in it, end it."""
