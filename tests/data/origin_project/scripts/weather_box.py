"""
---
id: "a1b2c3d4-0001-4000-8000-000000000001"
projectId: "3f0c6a52-6f0e-4f35-9a53-0c2b9d7a1e10"
slug: "weather_box"
title: "Weather box"
kind: "macro"
entrypoint: "render"
enabled: true
version: 3
createdAt: "2026-02-23T19:54:58.000Z"
updatedAt: "2026-03-02T20:30:14.453Z"
---
"""
def render(context, post):
	city = context["params"].get("city", "somewhere")
	return {"html": f"<p>Sun over {city}</p>"}