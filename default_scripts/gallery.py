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
import re
from html import escape

EMPTY = {
    "en": "No linked images found.",
    "de": "Keine verknüpften Bilder gefunden.",
    "fr": "Aucune image liée trouvée.",
    "it": "Nessuna immagine collegata trovata.",
    "es": "No se encontraron imágenes vinculadas.",
}
IMAGE_ENDINGS = (".jpg", ".jpeg", ".png", ".gif", ".webp", ".svg", ".bmp", ".avif")


def render(context, post):
    params = context.get("params") or {}
    columns = whole_number(params.get("columns"))
    if columns is None or not 1 <= columns <= 6:
        columns = 3
    caption = text(params.get("caption"))

    post_id = text((post or {}).get("id"))
    # Linked is asked before "is it an image": most media belong to another post.
    media = (context.get("data") or {}).get("media") or []
    images = [item for item in media if is_linked(item, post_id) and is_image(item)]
    images.sort(key=lambda item: str(item.get("createdAt") or ""), reverse=True)

    # One group per post: the arrows of the lightbox stay among its own pictures.
    group = escape(f"gallery-{post_id or 'post'}")
    if images:
        inner = "".join(thumbnail(item, group) for item in images)
    else:
        inner = f'<div class="gallery-empty">{escape(empty_text(context.get("env") or {}))}</div>'
    below = f'<figcaption class="gallery-caption">{escape(caption)}</figcaption>' if caption else ""

    # No line breaks in the HTML: Markdown would end the block at an empty line.
    return {
        "html": (
            f'<div class="macro-gallery gallery-cols-{columns}" data-post-id="{escape(post_id)}"'
            f' data-columns="{columns}" data-lightbox="true">'
            f'<div class="gallery-container gallery-lightbox">{inner}</div>{below}</div>'
        )
    }


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


def empty_text(env):
    own = (env.get("translations") or {}).get("render.gallery.empty")
    return own or EMPTY.get(str(env.get("mainLanguage"))[:2].lower(), EMPTY["en"])


def first_text(item, *keys):
    return next((found for key in keys if (found := text(item.get(key)))), "")


def whole_number(value):
    """The number a value begins with: 4, "4" and "4abc" -> 4, "abc" and nothing -> None"""
    found = re.match(r"[-+]?[0-9]+", text(value))
    return int(found[0]) if found else None


def text(value):
    """One line of text, whatever was written: 123 -> "123", nothing -> "" """
    return "" if value is None else " ".join(str(value).split())
