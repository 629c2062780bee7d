"""
---
id: "c2ce85f9-f859-4f7f-b985-8470e5a40938"
projectId: ""
slug: "tag_cloud"
title: "Tag cloud"
kind: "macro"
entrypoint: "render"
enabled: true
version: 1
createdAt: "2026-11-01T09:00:00.000Z"
updatedAt: "2026-11-01T09:00:00.000Z"
---
"""

# [[tag_cloud]]  or  [[tag_cloud orientation=hv width=1200 height=500]]
#
# orientation  horizontal, hv (some words upright) or diagonal
# width        320 to 1600, otherwise 900
# height       180 to 900, otherwise 420
#
# What it finds in context["data"], the tags of published posts with their counts:
# data: tags
#
# The words are handed over as data; a script on the page draws them into the empty <svg>.
import json
import re
from functools import lru_cache
from html import escape
from urllib.parse import quote

ORIENTATIONS = {
    "mixed_hv": "mixed-hv",
    "mixed-hv": "mixed-hv",
    "hv": "mixed-hv",
    "horizontal_vertical": "mixed-hv",
    "mixed_diagonal": "mixed-diagonal",
    "mixed-diagonal": "mixed-diagonal",
    "diagonal": "mixed-diagonal",
    "diag": "mixed-diagonal",
}
SMALLEST, LARGEST, ALL_EQUAL = 14, 56, 35


def render(context, post):
    params = context.get("params") or {}
    orientation = ORIENTATIONS.get(text(params.get("orientation")).lower(), "horizontal")
    width = number_within(params.get("width"), 320, 1600, otherwise=900)
    height = number_within(params.get("height"), 180, 900, otherwise=420)

    tags = (context.get("data") or {}).get("tags") or []
    words = words_attribute(tuple((tag["tag"], tag["count"]) for tag in tags))
    if words != "[]":
        label = escape(localised(context, "render.tagCloud.label", "Tag cloud"))
        inner = (
            f'<svg class="tag-cloud-canvas" viewBox="0 0 {width} {height}"'
            f' preserveAspectRatio="xMidYMid meet" aria-label="{label}"></svg>'
        )
    else:
        empty = escape(localised(context, "render.tagCloud.empty", "No tags found."))
        inner = f'<div class="tag-cloud-empty">{empty}</div>'

    return {
        "html": (
            f'<div class="macro-tag-cloud" data-tag-cloud="true" data-orientation="{orientation}"'
            ' data-color-distribution="quantile" data-color-easing="0.7" data-color-theme="pico"'
            f' data-tag-cloud-words="{words}" data-width="{width}" data-height="{height}">'
            f"{inner}</div>"
        )
    }


@lru_cache(maxsize=1)  # every page of a site shows the same tags
def words_attribute(tags):
    # The JSON sits in an attribute: without escape() its first quote would end it.
    return escape(json.dumps(sized_words(tags), ensure_ascii=False, separators=(",", ":")))


def sized_words(tags):
    counted = [(name, int(count)) for tag, count in tags if (name := text(tag))]
    if not counted:
        return []
    counted.sort(key=lambda pair: (-pair[1], pair[0].casefold(), pair[0]))
    most, least = counted[0][1], counted[-1][1]
    return [
        {
            "text": name,
            "size": size_of(count, least, most),
            "count": count,
            # The same characters stay bare as in JavaScript's encodeURIComponent.
            "url": "/tag/" + quote(name, safe="!~*'()") + "/",
        }
        for name, count in counted
    ]


def size_of(count, least, most):
    if least == most:
        return ALL_EQUAL
    share = (count - least) / (most - least)
    return int(SMALLEST + share * (LARGEST - SMALLEST) + 0.5)


def number_within(value, low, high, otherwise):
    found = re.match(r"[-+]?[0-9]+", text(value))
    number = int(found[0]) if found else otherwise
    return number if low <= number <= high else otherwise


def localised(context, key, english):
    """Words in the page's language; English where there are none"""
    texts = (context.get("env") or {}).get("translations") or {}
    return texts.get(key) or english


def text(value):
    """One line of text, whatever was written: 123 -> "123", nothing -> "" """
    return "" if value is None else " ".join(str(value).split())
