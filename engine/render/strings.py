"""The words that pages show by themselves, in the languages there are: `env.translations`.

Owns the texts of the `render.*` keys. Words of the screen must never enter.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

_KEYS = (
    "render.archive",
    "render.youtube.title",
    "render.vimeo.title",
    "render.gallery.empty",
    "render.photoArchive.empty",
    "render.tagCloud.label",
    "render.tagCloud.empty",
)
_TEXTS = {
    "en": (
        "Archive",
        "YouTube video",
        "Vimeo video",
        "No linked images found.",
        "No photos found for this archive.",
        "Tag cloud",
        "No tags found.",
        "January February March April May June July August September October November December",
    ),
    "de": (
        "Archiv",
        "YouTube-Video",
        "Vimeo-Video",
        "Keine verknüpften Bilder gefunden.",
        "Keine Fotos für dieses Archiv gefunden.",
        "Schlagwortwolke",
        "Keine Schlagwörter gefunden.",
        "Januar Februar März April Mai Juni Juli August September Oktober November Dezember",
    ),
    "fr": (
        "Archives",
        "Vidéo YouTube",
        "Vidéo Vimeo",
        "Aucune image liée trouvée.",
        "Aucune photo trouvée pour ces archives.",
        "Nuage d\u2019étiquettes",
        "Aucune étiquette trouvée.",
        "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
    ),
    "it": (
        "Archivio",
        "Video di YouTube",
        "Video di Vimeo",
        "Nessuna immagine collegata trovata.",
        "Nessuna foto trovata per questo archivio.",
        "Nuvola di tag",
        "Nessun tag trovato.",
        "gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre "
        "dicembre",
    ),
    "es": (
        "Archivo",
        "Vídeo de YouTube",
        "Vídeo de Vimeo",
        "No se encontraron imágenes vinculadas.",
        "No se encontraron fotos para este archivo.",
        "Nube de etiquetas",
        "No se encontraron etiquetas.",
        "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
    ),
}

FALLBACK = "en"
"""The language of projects that name none, and of texts that are in no other."""


def _table(texts: tuple[str, ...]) -> Mapping[str, str]:
    months = enumerate(texts[-1].split(), 1)
    return MappingProxyType(
        dict(zip(_KEYS, texts[:-1], strict=True))
        | {f"render.month.{number}": name for number, name in months}
    )


STRINGS: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {language: _table(texts) for language, texts in _TEXTS.items()}
)
"""By language: every key with its text."""


def translations(language: str) -> Mapping[str, str]:
    """Return the texts of a language: `de`, `de-AT` and `DE` are German, unknown ones English."""
    code = language.strip().replace("_", "-").partition("-")[0].lower()
    return STRINGS.get(code, STRINGS[FALLBACK])
