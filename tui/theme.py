"""How the whole app looks: its colours, which of them this terminal shows, where toasts go."""

from __future__ import annotations

from collections.abc import Mapping

from textual.theme import Theme

INK = Theme(
    name="ink",
    primary="#7c9fd6",
    secondary="#8fb8a8",
    accent="#e3b26b",
    warning="#e3b26b",
    error="#e07a72",
    success="#93c48b",
    foreground="#d6d9e0",
    background="#12151b",
    surface="#171b22",
    panel="#20262f",
    boost="#2a313c",
    dark=True,
    variables={
        "block-cursor-background": "#3a4c6b",
        "block-cursor-foreground": "#ffffff",
        "block-cursor-text-style": "none",
        "block-cursor-blurred-background": "#2a313c",
        "footer-key-foreground": "#e3b26b",
        "footer-background": "#12151b",
        "scrollbar": "#343d4a",
        "scrollbar-hover": "#46525f",
        "scrollbar-active": "#7c9fd6",
        "scrollbar-background": "#171b22",
        "scrollbar-corner-color": "#171b22",
    },
)
"""Ours, for terminals with 256 colours and more."""

SIXTEEN_COLOURS = "ansi-dark"
"""Textual's own, which uses the terminal's palette and nothing else."""

TOASTS = "ToastRack { margin-bottom: 3; }"
"""Above status bar and key bar, and above the line in which a script's question is answered."""

_POOR_TERMS = ("linux", "screen", "vt100", "vt220", "xterm", "xterm-16color", "ansi", "cons25")


def theme_for(environment: Mapping[str, str]) -> str:
    """Return the name of the theme for the terminal that the environment describes."""
    if environment.get("COLORTERM") in ("truecolor", "24bit"):
        return INK.name
    return SIXTEEN_COLOURS if environment.get("TERM", "") in _POOR_TERMS else INK.name
