"""Writes docs/settings.md out of the registry: `python -m engine.settings.reference`.

No word about a single setting is written here.
"""

from __future__ import annotations

import json

from engine.settings.registry import SECTION_TITLES, Setting, of_section

_INTRO = """\
# Settings

<!-- Made from engine/settings/registry.py by `make docs`; change it there. -->

The Preferences screen (`F12`) shows and changes them. Settings of the *project* are kept in its
`meta/project.json` and go where the project goes; your *personal* ones are kept in
`~/.config/inkstand/settings.json` (or below `$XDG_CONFIG_HOME`) and are the same in every project.

Both files are JSON and can be edited by hand: a change by the screen touches only the value that is
changed. What is missing, or cannot be used, counts as the default; for what cannot be used the
screen names file, line and column. Objects stand in objects: `editor.indentWidth` is
`{"editor": {"indentWidth": 4}}`. No limit, `none` on the screen, is `null` in the file.
"""


def reference() -> str:
    """Return the text of docs/settings.md."""
    parts = [_INTRO]
    for section, title in SECTION_TITLES.items():
        parts.append(f"\n## {title}\n")
        group = ""
        for setting in of_section(section):
            if setting.group != group:
                group = setting.group
                parts.append(f"\n### {group}\n")
            parts.append(_entry(setting))
    return "".join(parts)


def _entry(setting: Setting) -> str:
    default = json.dumps(setting.default, ensure_ascii=False)
    return (
        f"\n**{setting.label}** `{'.'.join(setting.path)}` ({setting.home})  \n"
        f"{setting.help}  \n"
        f"Can be {setting.kind.words}. Default: `{default}`. "
        f"Takes effect {setting.takes_effect}.\n"
    )


if __name__ == "__main__":
    print(reference(), end="")
