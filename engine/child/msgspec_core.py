"""msgspec's compiled core, without what surrounds it: all that the messages need of it.

Owns how msgspec is imported here. It is a third of a kernel's start, and half of that is for what
nobody asks of it: schemas, TOML and YAML (5 ms), `platform` by way of `uuid` (5 ms), and
`typing_extensions`, which is looked for first and not missed (15 ms and 2 MB). Whoever imports
msgspec afterwards gets all of it, with this core.
"""

from __future__ import annotations

import os
import sys
from importlib import import_module
from importlib.machinery import PathFinder
from types import ModuleType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from msgspec import DecodeError as DecodeError
    from msgspec import Meta as Meta
    from msgspec import Raw as Raw
    from msgspec import Struct as Struct
    from msgspec.msgpack import Decoder as Decoder
    from msgspec.msgpack import Encoder as Encoder
    from msgspec.msgpack import decode as decode
    from msgspec.msgpack import encode as encode

    INSTALLED_IN = ""
    """The folder that msgspec is installed in."""
else:

    def _import_core() -> ModuleType:
        if "msgspec" in sys.modules:
            from msgspec import _core

            return _core
        spec = PathFinder.find_spec("msgspec")
        if spec is None:
            raise ModuleNotFoundError("No module named 'msgspec'", name="msgspec")
        package = ModuleType("msgspec")
        package.__path__ = spec.submodule_search_locations
        platform = ModuleType("platform")
        platform.system = lambda: os.uname().sysname
        stand_ins = {"msgspec": package, "platform": platform, "typing_extensions": None}
        stand_ins = {name: it for name, it in stand_ins.items() if name not in sys.modules}
        sys.modules.update(stand_ins)
        try:
            return import_module("msgspec._core")
        finally:
            for name in stand_ins:
                del sys.modules[name]

    _core = _import_core()
    INSTALLED_IN = os.path.dirname(os.path.dirname(_core.__file__))
    DecodeError, Meta, Raw, Struct = _core.DecodeError, _core.Meta, _core.Raw, _core.Struct
    Decoder, Encoder = _core.MsgpackDecoder, _core.MsgpackEncoder
    decode, encode = _core.msgpack_decode, _core.msgpack_encode
