"""Running Python and rendering; `engine.workspace` is the door, everything else is behind it."""
