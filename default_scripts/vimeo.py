"""
---
id: "2725e3f8-008d-49ba-9352-d6abb7cd682b"
projectId: ""
slug: "vimeo"
title: "Vimeo video"
kind: "macro"
entrypoint: "render"
enabled: true
version: 1
createdAt: "2026-11-01T09:00:00.000Z"
updatedAt: "2026-11-01T09:00:00.000Z"
---
"""

# [[vimeo id=1084537 title="Big Buck Bunny"]]
#
# id     the number at the end of the video's address
# title  read out by screen readers; without it words in the page's language are used
from html import escape
from urllib.parse import quote

ALLOW = "autoplay; fullscreen; picture-in-picture"


def render(context, post):
    params = context.get("params") or {}
    video = text(params.get("id"))
    if not video:
        return {"html": "", "warnings": ["vimeo: the id is missing"]}

    title = text(params.get("title")) or localised(context, "render.vimeo.title", "Vimeo video")
    html = (
        '<div class="macro-vimeo">'
        f'<iframe src="https://player.vimeo.com/video/{quote(video, safe="")}"'
        f' title="{escape(title)}" frameborder="0" allow="{ALLOW}" allowfullscreen></iframe>'
        "</div>"
    )
    if not (video.isascii() and video.isdigit()):
        return {"html": html, "warnings": [f"vimeo: the id {video} should be numeric"]}
    return {"html": html}


def localised(context, key, english):
    """Words in the page's language; English where there are none"""
    texts = (context.get("env") or {}).get("translations") or {}
    return texts.get(key) or english


def text(value):
    """One line of text, whatever was written: 123 -> "123", nothing -> "" """
    return "" if value is None else " ".join(str(value).split())
