"""
---
id: "464ebd95-cf88-40fe-9b72-72b56f5f880a"
projectId: ""
slug: "hello"
title: "Hello"
kind: "utility"
entrypoint: "main"
enabled: true
version: 1
createdAt: "2026-11-01T09:00:00.000Z"
updatedAt: "2026-11-01T09:00:00.000Z"
---
"""

# Entrypoint "main" runs this whole file from top to bottom, in an interpreter of its own.
# Change anything and run it again: nothing is left over from the run before.
import sys
import time

name = "newcomer"  # put your own name here

print(f"Hello, {name}!")
print(f"This is Python {sys.version_info.major}.{sys.version_info.minor}, in its own process:")
print("an endless loop in here can be stopped, and your editor never waits for it.")
print()

# A small table. Try another range, or n**3 in place of n**2.
print(f"{'n':>4} {'n squared':>10}")
for n in range(1, 6):
    print(f"{n:>4} {n**2:>10}")
print()

# Output arrives while the script is still running: watch the next lines come in.
for step in ("ink", "paper", "done"):
    time.sleep(0.08)
    print(f"... {step}")
