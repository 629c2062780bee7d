"""
---
id: "a480190b-7f3c-49b5-bbaa-14f965dab78f"
projectId: ""
slug: "photo_archive"
title: "Photo archive"
kind: "macro"
entrypoint: "render"
enabled: true
version: 1
createdAt: "2026-11-01T09:00:00.000Z"
updatedAt: "2026-11-01T09:00:00.000Z"
---
"""

# [[photo_archive]]                     the ten newest months that have pictures
# [[photo_archive year=2026]]           every month of a year
# [[photo_archive year=2026 month=3]]   one month
# [[photo_archive month=3]]             every March, at most ten of them
#
# [[photo_album]] is another name for the same macro.
import re
from html import escape

RECENT = 10

EMPTY = {
    "en": "No photos found for this archive.",
    "de": "Keine Fotos für dieses Archiv gefunden.",
    "fr": "Aucune photo trouvée pour ces archives.",
    "it": "Nessuna foto trovata per questo archivio.",
    "es": "No se encontraron fotos para este archivo.",
}
MONTHS = {
    "en": "January February March April May June July August September October November December",
    "de": "Januar Februar März April Mai Juni Juli August September Oktober November Dezember",
    "fr": "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
    "it": "gennaio febbraio marzo aprile maggio giugno luglio"
    " agosto settembre ottobre novembre dicembre",
    "es": "enero febrero marzo abril mayo junio julio"
    " agosto septiembre octubre noviembre diciembre",
}
IMAGE_ENDINGS = (".jpg", ".jpeg", ".png", ".gif", ".webp", ".svg", ".bmp", ".avif")
YEAR_MONTH = re.compile(r"/media/([0-9]{4})/([0-9]{1,2})/")


def render(context, post):
    params = context.get("params") or {}
    env = context.get("env") or {}
    # What is no number counts as not written at all.
    year = whole_number(params.get("year"))
    month = whole_number(params.get("month"))

    buckets = {}
    for item in (context.get("data") or {}).get("media") or []:
        when = year_and_month(item) if is_image(item) else None
        if when and year in (None, when[0]) and month in (None, when[1]):
            buckets.setdefault(when, []).append(item)

    newest_first = sorted(buckets, reverse=True)
    if year is None:
        newest_first = newest_first[:RECENT]
        scope, facts = "recent-months", f'data-recent="{RECENT}"'
    elif month is None:
        scope, facts = "full-year", f'data-year="{year}"'
    else:
        scope, facts = "single-month", f'data-year="{year}" data-month="{month}"'

    inner = "".join(month_html(when, buckets[when], env) for when in newest_first)
    if not inner:
        empty = own_text(env, "render.photoArchive.empty") or EMPTY[language(env)]
        inner = f'<div class="photo-archive-empty">{escape(empty)}</div>'
    return {
        "html": (
            f'<div class="macro-photo-archive photo-archive-{scope}" {facts}>'
            f'<div class="photo-archive-container">{inner}</div></div>'
        )
    }


def month_html(when, items, env):
    year, month = when
    name = own_text(env, f"render.month.{month}") or MONTHS[language(env)].split()[month - 1]
    group = f"photo-archive-{year:04}-{month:02}"
    items.sort(key=created, reverse=True)
    pictures = "".join(thumbnail(item, group) for item in items)
    return (
        '<div class="photo-archive-month-wrapper"><div class="photo-archive-month">'
        f'<div class="photo-archive-month-label"><span>{escape(name)} {year}</span></div>'
        f'<div class="photo-archive-gallery">{pictures}</div></div></div>'
    )


def thumbnail(item, group):
    title = first_text(item, "caption", "title", "originalName", "filename")
    alt = first_text(item, "alt", "title", "originalName", "filename")
    url = escape(item["url"])
    return (
        f'<a class="photo-archive-item" href="{url}" data-lightbox="{group}"'
        f' data-title="{escape(title)}"><img src="{url}" alt="{escape(alt)}" loading="lazy"></a>'
    )


def year_and_month(item):
    # The address carries the month in the author's own time zone; createdAt is in UTC, where a
    # picture taken late on the last evening of March may already belong to April.
    found = YEAR_MONTH.search(item["url"]) or re.match("([0-9]{4})-([0-9]{2})", created(item))
    if found and 1 <= int(found[2]) <= 12:
        return int(found[1]), int(found[2])
    return None


def is_image(item):
    if str(item.get("mimeType") or "").lower().startswith("image/"):
        return True
    return str(item.get("filename") or "").lower().endswith(IMAGE_ENDINGS)


def language(env):
    code = str(env.get("mainLanguage"))[:2].lower()
    return code if code in MONTHS else "en"


def own_text(env, key):
    return (env.get("translations") or {}).get(key)


def first_text(item, *keys):
    return next((found for key in keys if (found := text(item.get(key)))), "")


def created(item):
    return str(item.get("createdAt") or "")


def whole_number(value):
    """The number a value begins with: 3, "3" and "3rd" -> 3, "abc" and nothing -> None"""
    found = re.match(r"[-+]?[0-9]+", text(value))
    return int(found[0]) if found else None


def text(value):
    """One line of text, whatever was written: 123 -> "123", nothing -> "" """
    return "" if value is None else " ".join(str(value).split())
