"""Attempts to have the standard library read or load a file: modules, databases, native code."""

from __future__ import annotations

from tests.redteam.attempt import Attempt, Harm

_SECRET = Harm.SECRET

LOADING = (
    Attempt(
        "pathlib", _SECRET, "import pathlib; print(pathlib.Path(V.path).read_text())", "folder"
    ),
    Attempt("io.open_code", _SECRET, "import io; print(io.open_code(V.path).read())", "folder"),
    Attempt(
        "codecs.open", _SECRET, 'import codecs; print(codecs.open(V.path, "r").read())', "folder"
    ),
    Attempt(
        "linecache", _SECRET, "import linecache; print(linecache.getline(V.path, 1))", "folder"
    ),
    Attempt(
        "tokenize.open", _SECRET, "import tokenize; print(tokenize.open(V.path).read())", "folder"
    ),
    Attempt("fileinput", _SECRET, "import fileinput; print(*fileinput.input(V.path))", "folder"),
    Attempt(
        "shutil",
        _SECRET,
        "import shutil, sys; shutil.copyfileobj(open(V.path), sys.stdout)",
        "folder",
    ),
    Attempt(
        "urllib and a file: address",
        _SECRET,
        'import urllib.request; print(urllib.request.urlopen("file://" + V.path).read())',
        "folder",
    ),
    Attempt(
        "zipimport",
        _SECRET,
        """
import zipimport
zipimport.zipimporter(V.folder + "/outside.zip").load_module("outside_zipped")
""",
        "library",
    ),
    Attempt(
        "an archive on the import path",
        _SECRET,
        'import sys; sys.path.insert(0, V.folder + "/outside.zip"); import outside_zipped',
        "library",
    ),
    Attempt(
        "runpy", _SECRET, 'import runpy; runpy.run_path(V.folder + "/outside_module.py")', "library"
    ),
    Attempt(
        "importlib",
        _SECRET,
        """
from importlib.util import module_from_spec, spec_from_file_location
spec = spec_from_file_location("outside", V.folder + "/outside_module.py")
spec.loader.exec_module(module_from_spec(spec))
""",
        "library",
    ),
    Attempt(
        "a folder on the import path",
        _SECRET,
        "import sys; sys.path.insert(0, V.folder); import outside_module",
        "library",
    ),
    Attempt(
        "sqlite3",
        _SECRET,
        """
import sqlite3
print(sqlite3.connect(V.folder + "/data.sqlite").execute("select * from secrets").fetchall())
""",
        "library",
    ),
    Attempt(
        "sqlite3, attached read-only",
        _SECRET,
        """
import sqlite3
database = sqlite3.connect(":memory:", uri=True)
database.execute("attach ? as outside", (f"file:{V.folder}/data.sqlite?immutable=1",))
print(database.execute("select * from outside.secrets").fetchall())
""",
        "library",
    ),
    Attempt(
        "shelve",
        _SECRET,
        'import shelve; print(shelve.open(V.folder + "/shelf", "r")["token"])',
        "library",
    ),
    Attempt(
        "dbm",
        _SECRET,
        'import dbm.dumb; print(dbm.dumb.open(V.folder + "/shelf", "r")[b"token"])',
        "library",
    ),
    Attempt(
        "native code of a file",
        Harm.ANSWER,
        'ctypes.CDLL(V.folder + "/library.so"); print(V.proof)',
        "library",
    ),
    Attempt(
        "an extension module of a file",
        Harm.ANSWER,
        """
from importlib.machinery import ExtensionFileLoader
from importlib.util import module_from_spec, spec_from_loader
loader = ExtensionFileLoader(V.extension, V.folder + "/library.so")
module_from_spec(spec_from_loader(V.extension, loader))
print(V.proof)
""",
        "library",
    ),
)
