"""Posts and macros as a reader would see them, in a terminal."""
