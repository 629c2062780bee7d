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
#
# What it finds in context["data"], all images of the project:
# data: media
import re
from html import escape

RECENT = 10

MONTHS = "January February March April May June July August September October November December"
IMAGE_ENDINGS = (".jpg", ".jpeg", ".png", ".gif", ".webp", ".svg", ".bmp", ".avif")
YEAR_MONTH = re.compile(r"/media/([0-9]{4})/([0-9]{1,2})/")

# Every page of a site is handed the same list of images: it is sorted into months once, and what
# a month looks like is kept.
latest = {"media": None, "months": {}, "html": {}}


def render(context, post):
    params = context.get("params") or {}
    # What is no number counts as not written at all.
    year = whole_number(params.get("year"))
    month = whole_number(params.get("month"))

    months = by_month((context.get("data") or {}).get("media") or [])
    newest_first = [when for when in months if year in (None, when[0]) and month in (None, when[1])]
    if year is None:
        newest_first = newest_first[:RECENT]
        scope, facts = "recent-months", f'data-recent="{RECENT}"'
    elif month is None:
        scope, facts = "full-year", f'data-year="{year}"'
    else:
        scope, facts = "single-month", f'data-year="{year}" data-month="{month}"'

    inner = "".join(month_html(when, months[when], context) for when in newest_first)
    if not inner:
        empty = localised(context, "render.photoArchive.empty", "No photos found for this archive.")
        inner = f'<div class="photo-archive-empty">{escape(empty)}</div>'
    html = (
        f'<div class="macro-photo-archive photo-archive-{scope}" {facts}>'
        f'<div class="photo-archive-container">{inner}</div></div>'
    )
    warnings = warnings_about(text(params.get("year")), text(params.get("month")))
    return {"html": html, "warnings": warnings} if warnings else {"html": html}


def by_month(media):
    """Images by (year, month), months and images the newest first"""
    if latest["media"] is not media:
        found = {}
        for item in media:
            when = year_and_month(item) if is_image(item) else None
            if when:
                found.setdefault(when, []).append(item)
        for items in found.values():
            items.sort(key=created, reverse=True)
        latest.update(media=media, months=dict(sorted(found.items(), reverse=True)), html={})
    return latest["months"]


def warnings_about(year, month):
    found = []
    if year and not re.fullmatch("[1-9][0-9]{3}", year):
        found.append(f"photo_archive: the year should have 4 digits, not {year}")
    if month and not year:
        found.append("photo_archive: a month needs a year")
    if month and not re.fullmatch("[1-9]|1[0-2]", month):
        found.append(f"photo_archive: the month should be between 1 and 12, not {month}")
    return found


def month_html(when, items, context):
    year, month = when
    name = localised(context, f"render.month.{month}", MONTHS.split()[month - 1])
    group = f"photo-archive-{year:04}-{month:02}"
    label = f"{escape(name)} {year}"
    if (group, label) in latest["html"]:
        return latest["html"][group, label]
    pictures = "".join(thumbnail(item, group) for item in items)
    html = latest["html"][group, label] = (
        '<div class="photo-archive-month-wrapper"><div class="photo-archive-month">'
        f'<div class="photo-archive-month-label"><span>{label}</span></div>'
        f'<div class="photo-archive-gallery">{pictures}</div></div></div>'
    )
    return html


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


def localised(context, key, english):
    """Words in the page's language; English where there are none"""
    texts = (context.get("env") or {}).get("translations") or {}
    return texts.get(key) or english


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
