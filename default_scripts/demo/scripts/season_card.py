"""
---
id: "3173d199-e9e8-4cf1-9b59-cfbc0af3439b"
projectId: "42146a02-c56e-41dd-b124-3fbe5b3c55bb"
slug: "season_card"
title: "Season's greetings"
kind: "macro"
entrypoint: "render"
enabled: false
version: 1
createdAt: "2026-11-01T09:00:00.000Z"
updatedAt: "2026-11-01T09:00:00.000Z"
---
"""

# [[season_card name="dear reader"]]
#
# Switched off: "enabled: false" above keeps the macro's text on the page as it was written.
# Switch it on in December.
from html import escape


def render(context, post):
    name = escape(str(context["params"].get("name", "dear reader")))
    # With nothing to say besides the HTML, a macro may return just that.
    return f'<p class="season-card">A quiet winter and a full inkwell, {name}!</p>'
