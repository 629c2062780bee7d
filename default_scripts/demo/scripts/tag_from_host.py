"""
---
id: "de0067e9-1452-4038-bd41-8ff7c4ae6ae9"
projectId: "42146a02-c56e-41dd-b124-3fbe5b3c55bb"
slug: "tag_from_host"
title: "Tags for known hosts"
kind: "transform"
entrypoint: "transform"
enabled: true
version: 1
createdAt: "2026-11-01T09:00:00.000Z"
updatedAt: "2026-11-01T09:00:00.000Z"
---
"""

# Runs when a link arrives as a new post. Hosts we link to often are known by what they are about:
# their posts get our own tags and the right category at once. Unknown hosts are left alone.
from urllib.parse import urlsplit

# host: (tags, category). A subdomain counts as its host: "blog.archive.org" is "archive.org".
KNOWN = {
    "archive.org": (["paper", "craft"], "article"),
    "flickr.com": ([], "picture"),
    "vimeo.com": (["film"], "aside"),
    "youtube.com": (["film"], "aside"),
}


def transform(post, context):
    host = urlsplit(context["url"]).hostname or ""
    for known, (tags, category) in KNOWN.items():
        if host == known or host.endswith("." + known):
            # dict.fromkeys keeps the order and drops what is there already.
            post["tags"] = list(dict.fromkeys([*post["tags"], *tags]))
            post["categories"] = [category]
    return post
