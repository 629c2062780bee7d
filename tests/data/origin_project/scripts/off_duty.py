"""
---
id: "a1b2c3d4-0002-4000-8000-000000000002"
projectId: "3f0c6a52-6f0e-4f35-9a53-0c2b9d7a1e10"
slug: "off_duty"
title: "A title with \"quotes\" and \\"
kind: "macro"
entrypoint: "render"
enabled: false
version: 12
createdAt: "2026-02-24T08:00:00.000Z"
updatedAt: "2026-02-24T08:00:00.000Z"
---
"""
def render(context, post):
    return {"html": ""}