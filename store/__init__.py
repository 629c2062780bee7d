"""The project on disk: files are the truth, the index can be thrown away."""
