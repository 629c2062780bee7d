"""
---
id: "424ddc58-af81-4a34-875d-bae465e14991"
projectId: ""
slug: "gallery"
title: "Gallery"
kind: "macro"
entrypoint: "render"
enabled: true
version: 1
createdAt: "2026-11-01T09:00:00.000Z"
updatedAt: "2026-11-01T09:00:00.000Z"
---
"""

# [[gallery]]  or  [[gallery columns=2 caption="A week of ink"]]
#
# Shows the images linked to the post, the newest first.
#
# columns  1 to 6, otherwise 3
# caption  a line below the pictures
#
# What it finds in context["data"], the media linked to the post:
# data: linkedMedia
import re
from html import escape

IMAGE_ENDINGS = (".jpg", ".jpeg", ".png", ".gif", ".webp", ".svg", ".bmp", ".avif")


def render(context, post):
    params = context.get("params") or {}
    columns = whole_number(params.get("columns"))
    if columns is None or not 1 <= columns <= 6:
        columns = 3
    caption = text(params.get("caption"))

    post_id = text((post or {}).get("id"))
    images = linked_images(context.get("data") or {}, post_id)
    images.sort(key=lambda item: str(item.get("createdAt") or ""), reverse=True)

    # One group per post: the arrows of the lightbox stay among its own pictures.
    group = escape(f"gallery-{post_id or 'post'}")
    if images:
        inner = "".join(thumbnail(item, group) for item in images)
    else:
        empty = localised(context, "render.gallery.empty", "No linked images found.")
        inner = f'<div class="gallery-empty">{escape(empty)}</div>'
    below = f'<figcaption class="gallery-caption">{escape(caption)}</figcaption>' if caption else ""

    # No line breaks in the HTML: Markdown would end the block at an empty line.
    html = (
        f'<div class="macro-gallery gallery-cols-{columns}" data-post-id="{escape(post_id)}"'
        f' data-columns="{columns}" data-lightbox="true">'
        f'<div class="gallery-container gallery-lightbox">{inner}</div>{below}</div>'
    )
    written = text(params.get("columns"))
    if written and written != str(columns):
        warning = f"gallery: columns should be a whole number between 1 and 6, not {written}"
        return {"html": html, "warnings": [warning]}
    return {"html": html}


def linked_images(data, post_id):
    linked = data.get("linkedMedia")
    if linked is None:  # where only all media are given
        linked = [item for item in data.get("media") or [] if is_linked(item, post_id)]
    return [item for item in linked if is_image(item)]


def thumbnail(item, group):
    title = first_text(item, "caption", "title", "originalName", "filename")
    alt = first_text(item, "alt", "title", "originalName", "filename")
    url = escape(item["url"])
    return (
        f'<a class="gallery-item" href="{url}" data-lightbox="{group}"'
        f' data-title="{escape(title)}"><img src="{url}" alt="{escape(alt)}" loading="lazy"></a>'
    )


def is_linked(item, post_id):
    if item.get("isLinked") is True:
        return True
    return bool(post_id) and post_id in (item.get("linkedPostIds") or ())


def is_image(item):
    if str(item.get("mimeType") or "").lower().startswith("image/"):
        return True
    return str(item.get("filename") or "").lower().endswith(IMAGE_ENDINGS)


def localised(context, key, english):
    """Words in the page's language; English where there are none"""
    texts = (context.get("env") or {}).get("translations") or {}
    return texts.get(key) or english


def first_text(item, *keys):
    return next((found for key in keys if (found := text(item.get(key)))), "")


def whole_number(value):
    """The number a value begins with: 4, "4" and "4abc" -> 4, "abc" and nothing -> None"""
    found = re.match(r"[-+]?[0-9]+", text(value))
    return int(found[0]) if found else None


def text(value):
    """One line of text, whatever was written: 123 -> "123", nothing -> "" """
    return "" if value is None else " ".join(str(value).split())
