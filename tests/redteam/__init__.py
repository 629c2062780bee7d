"""The red team: attempts to get out of a kernel, each first seen to succeed without the lockdown.

An attempt is a short script (`attempts/`). A test hands it to a *host* (`host.py`: a process that
opens pools and runs scripts) with the facts about a fresh *victim*, which a *keeper* (`keeper.py`)
has made. What counts is what has become of the victim, never which exception the script saw.

To add an attempt: a row in a table, with what its success looks like (`Harm`). What cannot succeed
without the lockdown either says why in words.
"""
