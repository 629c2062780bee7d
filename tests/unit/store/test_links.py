"""Links in posts: every way to write them, code left out, and no text that takes long."""

import pytest

from store.links import links_in, media_target, post_target


@pytest.mark.parametrize(
    ("text", "targets"),
    [
        ("[a](/posts/one)", ["post:one"]),
        ("[a](/post/two.html)", ["post:two"]),
        ("[a](/posts/2026/3/three)", ["post:three"]),
        ("[a](/post/2026/03/four/)", ["post:four"]),
        ("[a](/2026/03/01/Five)", ["post:five"]),
        ("[a](/2026/03/01/five#part)", ["post:five"]),
        ("[a](<posts/six?x=1> 'title')", ["post:six"]),
        ("[a]: /posts/seven\n\n[text][a]", ["post:seven"]),
        ('<a class="x" HREF="/posts/eight">', ["post:eight"]),
        ("<a href=/posts/nine>", ["post:nine"]),
        ("![a](/media/2026/03/Pic.PNG)", ["media:2026/03/pic.png"]),
        ('<img src="media/2026/03/b.png">', ["media:2026/03/b.png"]),
        ("[a](/posts/%C3%BCber)", ["post:über"]),
        ("[a](/posts/x) and [b](/posts/x)", ["post:x"]),
        ("[a](https://blog.example/posts/ten)", ["post:ten"]),
        ("[a](https://elsewhere.example/posts/ten)", []),
        ("[a](/tags/ten) [b](mailto:a@b) [c](#here)", []),
        ("`[a](/posts/x)`\n\n```\n[a](/posts/y)\n```\n[a](/posts/z)", ["post:z"]),
        ("~~~\n[a](/posts/y)\n~~~~\n", []),
        ("`` [a](/posts/x) ` `` [b](/posts/y) `", ["post:y"]),
        ("``` py\n[a](/posts/x)\n~~~\n``` x\n[b](/posts/y)\n````\n[c](/posts/z)", ["post:z"]),
        ("```\n[a](/posts/never-closed)", []),
        ("just words", []),
    ],
)
def test_a_link(text: str, targets: list[str]) -> None:
    assert list(links_in(text, "https://blog.example/")) == targets


def test_targets_are_compared_in_lower_case() -> None:
    assert post_target("One") == links_in("[a](/posts/ONE)")[0]
    assert media_target("media/2026/03/A.png") == links_in("![a](/media/2026/03/a.PNG)")[0]


@pytest.mark.timeout(20)
@pytest.mark.parametrize(
    "piece", ["`", "``` ", "` `` ", "[", "](", "]:", "<a href=", "~~~\n", "[a](", "](<", "src = "]
)
def test_no_text_takes_long(piece: str) -> None:
    assert links_in(f"{piece * (1_000_000 // len(piece))}\n\n[a](/posts/x)") in ((), ("post:x",))
