"""The tree of the project's scripts."""
