"""
---
id: "a1b2c3d4-0004-4000-8000-000000000004"
projectId: "3f0c6a52-6f0e-4f35-9a53-0c2b9d7a1e10"
slug: "count_lines"
title: "Count lines"
kind: "utility"
entrypoint: "main"
enabled: true
version: 1
createdAt: "2026-02-27T08:00:00.000Z"
updatedAt: "2026-02-27T08:00:00.000Z"
---
"""
print("lines counted:", 3)