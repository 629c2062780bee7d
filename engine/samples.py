"""What a macro or transform is given when it is run by itself, from the editor or the command line.

Owns the sample arguments. They have the form of a real call, with data of the open project where it
has some, so that a run shows what a page would.
"""

from __future__ import annotations

from typing import Any

from store.project import Project
from store.scripts import Script, ScriptKind

MAX_SAMPLE_MEDIA = 200
"""Sidecars that are read for one sample run; a project may have tens of thousands."""

_LINK = "https://www.example.org/articles/fountain-pens"


def sample_arguments(project: Project, script: Script, kind: ScriptKind) -> tuple[Any, ...]:
    """Return the positional arguments for a run of `script` as `kind`; reads files of the project."""
    if kind == "macro":
        return _macro_context(project, script), _sample_post(project)
    if kind == "transform":
        post = {
            "title": "A short history of fountain pens - Articles | Example Site",
            "content": f"[A short history of fountain pens]({_LINK})",
            "tags": [],
            "categories": ["article"],
        }
        return post, {"source": "blogmark", "url": _LINK}
    return ()


def _macro_context(project: Project, script: Script) -> dict[str, Any]:
    language = project.settings.get("mainLanguage")
    return {
        "env": {
            "isPreview": True,
            "mainLanguage": language if isinstance(language, str) else "en",
            "languagePrefix": "",
            "hook": script.fields.slug,
            "source": {"kind": "macro", "id": script.fields.id},
            "translations": {},
        },
        "params": {},
        "data": {"media": _sample_media(project), "tags": []},
    }


def _sample_post(project: Project) -> dict[str, Any] | None:
    """Return the project's last post by path, in the form a page's macros get it."""
    raise NotImplementedError


def _sample_media(project: Project) -> list[dict[str, Any]]:
    raise NotImplementedError
