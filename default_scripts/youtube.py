"""
---
id: "446b2331-8b49-40c5-815c-ae82844425e1"
projectId: ""
slug: "youtube"
title: "YouTube video"
kind: "macro"
entrypoint: "render"
enabled: true
version: 1
createdAt: "2026-11-01T09:00:00.000Z"
updatedAt: "2026-11-01T09:00:00.000Z"
---
"""

# [[youtube id="aqz-KE-bpKQ" title="Big Buck Bunny"]]
#
# id     the eleven characters behind "watch?v="; quote it, because an unquoted id
#        that looks like a number arrives as one
# title  read out by screen readers; without it words in the page's language are used
import re
from html import escape
from urllib.parse import quote

ALLOW = "accelerometer; autoplay; clipboard-write; encrypted-media; gyroscope; picture-in-picture"
LOOKS_RIGHT = re.compile(r"[A-Za-z0-9_-]{11}")


def render(context, post):
    params = context.get("params") or {}
    video = text(params.get("id"))
    if not video:
        return {"html": "", "warnings": ["youtube: the id is missing"]}

    title = text(params.get("title")) or localised(context, "render.youtube.title", "YouTube video")
    # quote() keeps a stray "?" or "/" inside the id, escape() keeps a stray quote inside the title.
    # rel=0 asks for related videos of the same channel; add &start=30 to skip half a minute.
    html = (
        '<div class="macro-youtube">'
        f'<iframe src="https://www.youtube.com/embed/{quote(video, safe="")}?rel=0"'
        f' title="{escape(title)}" frameborder="0" allow="{ALLOW}" allowfullscreen></iframe>'
        "</div>"
    )
    if not LOOKS_RIGHT.fullmatch(video):
        return {"html": html, "warnings": [f"youtube: {video} is not an id of 11 characters"]}
    return {"html": html}


def localised(context, key, english):
    """Words in the page's language; English where there are none"""
    texts = (context.get("env") or {}).get("translations") or {}
    return texts.get(key) or english


def text(value):
    """One line of text, whatever was written: 123 -> "123", nothing -> "" """
    return "" if value is None else " ".join(str(value).split())
