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
# title  read out by screen readers; without it a text in the post's language is used
from html import escape
from urllib.parse import quote

TITLES = {
    "en": "Vimeo video",
    "de": "Vimeo-Video",
    "fr": "Vidéo Vimeo",
    "it": "Video di Vimeo",
    "es": "Vídeo de Vimeo",
}
ALLOW = "autoplay; fullscreen; picture-in-picture"


def render(context, post):
    params = context.get("params") or {}
    video = text(params.get("id"))
    if not video:
        return {"html": "", "warnings": ["vimeo: the id is missing"]}

    title = text(params.get("title")) or default_title(context.get("env") or {})
    html = (
        '<div class="macro-vimeo">'
        f'<iframe src="https://player.vimeo.com/video/{quote(video, safe="")}"'
        f' title="{escape(title)}" frameborder="0" allow="{ALLOW}" allowfullscreen></iframe>'
        "</div>"
    )
    if not (video.isascii() and video.isdigit()):
        return {"html": html, "warnings": [f"vimeo: the id {video} should be a number"]}
    return {"html": html}


def default_title(env):
    own = (env.get("translations") or {}).get("render.vimeo.title")
    return own or TITLES.get(str(env.get("mainLanguage"))[:2].lower(), TITLES["en"])


def text(value):
    """One line of text, whatever was written: 123 -> "123", nothing -> "" """
    return "" if value is None else " ".join(str(value).split())
