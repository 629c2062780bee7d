"""What a person sees and types at, and the `inkstand` command."""
