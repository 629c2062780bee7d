"""What a person writes, as the workspace offers it: one module per kind of entry."""
