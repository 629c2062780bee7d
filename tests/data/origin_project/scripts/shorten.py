"""
---
id: "a1b2c3d4-0003-4000-8000-000000000003"
projectId: "3f0c6a52-6f0e-4f35-9a53-0c2b9d7a1e10"
slug: "shorten"
title: "Shorten a title"
kind: "transform"
entrypoint: "transform"
enabled: true
version: 2
createdAt: "2026-02-25T08:00:00.000Z"
updatedAt: "2026-02-26T08:00:00.000Z"
---
"""
def transform(post, context):
    post["title"] = post["title"].split(" - ")[0]
    return post