"""Draws the demo's pictures; run as `python -m default_scripts.demo_images`."""
