"""
---
id: "7c9e78e5-5dbb-424a-8709-4bdcc3ab89e5"
projectId: "42146a02-c56e-41dd-b124-3fbe5b3c55bb"
slug: "reading_time"
title: "Reading time"
kind: "macro"
entrypoint: "render"
enabled: true
version: 1
createdAt: "2026-11-01T09:00:00.000Z"
updatedAt: "2026-11-01T09:00:00.000Z"
---
"""

# [[reading_time]]  or  [[reading_time words_per_minute=150]]
#
# "2 minutes", counted from the post that the macro stands in.
import re

# A fence is looked at more than read, and a macro is not read at all.
NOT_PROSE = re.compile(r"^```.*?^```|\[\[.*?\]\]", re.DOTALL | re.MULTILINE)


def render(context, post):
    pace = context["params"].get("words_per_minute", 220)
    if not isinstance(pace, int) or pace < 1:
        # An exception is shown beside the post, with this text and the line of the macro.
        raise ValueError(f"words_per_minute should be a number like 220, not {pace!r}")

    words = len(NOT_PROSE.sub(" ", post["content"]).split())
    minutes = max(1, round(words / pace))
    unit = "minute" if minutes == 1 else "minutes"
    # A span, not a div: the macro may stand in the middle of a sentence.
    return {
        "html": f'<span class="reading-time">{minutes} {unit}</span>',
        "data": {"words": words, "minutes": minutes},
    }
