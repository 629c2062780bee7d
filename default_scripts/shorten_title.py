"""
---
id: "bda56318-2119-42be-bc47-6c4b71c29bef"
projectId: ""
slug: "shorten_title"
title: "Shorten a link's title"
kind: "transform"
entrypoint: "transform"
enabled: true
version: 1
createdAt: "2026-11-01T09:00:00.000Z"
updatedAt: "2026-11-01T09:00:00.000Z"
---
"""

# Runs when a link arrives as a new post: "Name | Site - Long trailer" becomes "Name",
# and the host becomes a tag, so that all links of one site can be listed.
import re
from urllib.parse import urlsplit

# A bar, dot, hyphen, dash (\u2013 and \u2014) or double colon, each with a space on either side:
# "Wi-Fi" and "4:3" stay whole.
SEPARATOR = re.compile(r"\s+(?:[|·•»\u2013\u2014-]|::)\s+")
# The post's text begins with the link itself, [title](address); a \] belongs to the title.
LINK_TEXT = re.compile(r"\A\[(?:\\.|[^\]\\])*\](?=\()")


def transform(post, context):
    host = (urlsplit(context.get("url") or "").hostname or "").removeprefix("www.")

    title = shorten(post["title"], host)
    if title != post["title"]:
        post["title"] = title
        escaped = re.sub(r"([\\\[\]])", r"\\\1", title)
        # A function as replacement: in a plain string the backslashes would be read again.
        post["content"] = LINK_TEXT.sub(lambda _: f"[{escaped}]", post["content"])

    if host and host not in post["tags"]:
        post["tags"].append(host)
    return post


def shorten(title, host):
    parts = [part for part in SEPARATOR.split(title.strip()) if part]
    # Some sites put their own name first: "Example - An article" from example.org.
    if len(parts) > 1 and parts[0].casefold() == host.split(".")[0]:
        parts.pop(0)
    # A very short beginning says too little alone: "C - a reference" stays as it is.
    return parts[0] if parts and len(parts[0]) > 2 else title
