"""The `inkstand` command."""


def main() -> int:
    """Run the command."""
    return 0
