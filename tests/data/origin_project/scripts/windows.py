"""
---
id: "a1b2c3d4-0005-4000-8000-000000000005"
projectId: "3f0c6a52-6f0e-4f35-9a53-0c2b9d7a1e10"
slug: "windows"
title: "Line ends of another system"
kind: "utility"
entrypoint: "main"
enabled: true
version: 4
createdAt: "2026-02-28T08:00:00.000Z"
updatedAt: "2026-02-28T08:00:00.000Z"
---
"""
print("one")
print("two")