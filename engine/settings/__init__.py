"""What a person can set, for a project or for themselves: a registry, and the values in files."""
