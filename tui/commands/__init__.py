"""The commands that need no screen. Nothing in here imports Textual."""
