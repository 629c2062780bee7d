"""
---
id: "db3e53c8-d0b0-42eb-b27a-ea7f5cef4eae"
projectId: ""
slug: "word_table"
title: "Word table"
kind: "utility"
entrypoint: "report"
enabled: true
version: 1
createdAt: "2026-11-01T09:00:00.000Z"
updatedAt: "2026-11-01T09:00:00.000Z"
---
"""

# Entrypoint "report": the file is run first, then report() is called without arguments.
# What it prints goes to the output line by line; what it returns is shown as the result.
from collections import Counter

TEXT = """
The nib draws the line, the paper keeps the line,
and the ink decides how long the paper keeps it.
"""


def report(limit=5):
    words = [word.strip(".,;:!?").lower() for word in TEXT.split()]
    counts = Counter(words).most_common(limit)

    width = max(len(word) for word, _ in counts)
    for word, count in counts:
        print(f"{word:<{width}}  {count:>2}  {'#' * count}")

    return {"words": len(words), "different": len(set(words)), "top": dict(counts)}
