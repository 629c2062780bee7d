"""What arguments should have been, in the house's words and not in the decoder's."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Any, Literal

import msgspec
import pytest
from msgspec import Meta

from engine.api.expectations import expected, misfit
from engine.api.functions import registry
from engine.api.registry import ApiError, Parameter

Names = Annotated[list[str], Meta(max_length=2)]
Pixel = Annotated[list[Annotated[int, Meta(ge=0, le=255)]], Meta(min_length=3, max_length=3)]


@pytest.mark.parametrize(
    ("annotation", "value", "words", "kind"),
    [
        (str, 5, "x should be text (str), not 5 (int)", "TypeError"),
        (str, None, "x should be text (str), not None", "TypeError"),
        (str | None, [1, 2], "x should be text (str) or None, not a list of 2", "TypeError"),
        (int, True, "x should be a whole number (int), not True", "TypeError"),
        (bool, "yes", "x should be True or False, not 'yes' (str)", "TypeError"),
        (float, {}, "x should be a number (float), not a dict", "TypeError"),
        (bytes, "a" * 50, f"x should be bytes, not '{'a' * 40}'... (str)", "TypeError"),
        (list[int], b"ab", "x should be a list of whole numbers (int), not 2 bytes", "TypeError"),
        (
            Annotated[int, Meta(ge=0)],
            -1,
            "x should be a whole number (int) of at least 0, not -1",
            "ValueError",
        ),
        (
            Annotated[str, Meta(max_length=3)],
            "four",
            "x should be text (str) of at most 3 characters, not one of 4",
            "ValueError",
        ),
        (
            Literal["a", "b"] | None,
            "c",
            "x should be 'a', 'b' or None, not 'c'",
            "ValueError",
        ),
        (Literal[24, 8], "8", "x should be 24 or 8, not '8' (str)", "TypeError"),
        (
            Names | None,
            ["a", "b", "c"],
            "x should be a list of at most 2 texts (str) or None, not a list of 3",
            "ValueError",
        ),
        (Names, ["a", 1], "x[1] should be text (str), not 1 (int)", "TypeError"),
        (
            list[Pixel] | str,
            [[0, 0, 0], [0, 256, 0]],
            "x[1][1] should be a whole number (int) from 0 to 255, not 256",
            "ValueError",
        ),
        (
            list[Pixel],
            [[]],
            "x[0] should be a list of 3 whole numbers (int) from 0 to 255, not an empty list",
            "ValueError",
        ),
    ],
)
def test_what_does_not_fit_is_told_with_its_place(
    annotation: Any, value: object, words: str, kind: str
) -> None:
    with pytest.raises(msgspec.ValidationError):  # it is no misfit that only this module sees
        msgspec.msgpack.decode(msgspec.msgpack.encode(value), type=annotation)
    found = misfit(annotation, value, "x")
    assert (str(found), found.kind) == (words, kind)


def test_no_message_about_any_parameter_is_the_decoders() -> None:
    checked = 0
    for function in registry():
        for parameter in function.parameters:
            alone = replace(function, parameters=(parameter,))
            with pytest.raises(ApiError) as caught:
                alone.bind(_packed([]), _packed({parameter.name: {"a": b"b"}}))
            words, name = str(caught.value), parameter.name
            assert words == f"{function.name}(): {name} should be {told(parameter)}, not a dict"
            assert caught.value.kind == "TypeError"
            checked += 1
    assert checked > 100


def told(parameter: Parameter) -> str:
    words = expected(parameter.annotation)
    assert not any(foreign in words for foreign in ("typing", "Meta", "`", "<class"))
    return words


def _packed(value: object) -> bytes:
    return msgspec.msgpack.encode(value)


def test_what_cannot_be_read_at_all_is_told_without_the_decoders_words() -> None:
    function = registry().get("posts.get")
    for arguments, words in (
        (b"\xc1", "its arguments cannot be read; they should be a list, and a dict by name"),
        (b"\x91\xa1\xff", "name cannot be read; it should be text (str)"),
    ):
        with pytest.raises(ApiError) as caught:
            function.bind(arguments, msgspec.msgpack.encode({}))
        assert str(caught.value) == f"posts.get(): {words}"
