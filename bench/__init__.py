"""Speed and memory, each measured beside a peer in the same run."""
