"""The metadata diff: what the index says against what the files say, and bringing either in line.

What a person sees of it, and when it runs, must never enter.
"""
