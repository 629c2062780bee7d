"""Posts on their whole way: calls found, contexts made, scripts run in kernels, results put in."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from engine.kernel.pool import Pool
from engine.render.context import Page
from engine.render.expand import Expanded
from engine.workspace import Workspace
from store.posts import read_post
from tests.unit.engine.conftest import put, with_header
from tests.unit.engine.render.conftest import expanded as pages_expanded

DOCUMENTATION = Path(__file__).parents[4] / "docs/macros.md"
IFRAME = '<div class="macro-youtube"><iframe src="https://www.youtube.com/embed/aqz-KE-bpKQ?rel=0"'


async def expanded(workspace: Workspace, forks: Pool, body: str, **fields: str) -> Expanded:
    """Expand a post with the project's macros and the default ones."""
    path = workspace.project.root / "posts/trip.md"
    more = "".join(f"{key}: {value}\n" for key, value in fields.items())
    path.write_text(
        f"---\nid: id-trip\ntitle: Trip\nslug: trip\nstatus: published\n{more}---\n{body}"
    )
    page = Page.of(read_post(path), "posts/trip.md")
    (made,) = await pages_expanded(workspace, forks, [page])
    return made.expanded


def macro(workspace: Workspace, slug: str, body: str) -> None:
    text = with_header(slug, body, kind="macro").decode()
    put(workspace.project.root, slug, text.replace('entrypoint: "main"', 'entrypoint: "run"'))


async def test_a_video_and_a_macro_of_ones_own_in_one_text(
    kernelless: Workspace, forks: Pool
) -> None:
    macro(kernelless, "my_custom_macro", "def run(context):\n    return '<b>mine</b>'\n")
    made = await expanded(
        kernelless, forks, 'Before [[youtube id="aqz-KE-bpKQ"]] between [[my_custom_macro]] after\n'
    )
    assert made.text.startswith(f"Before {IFRAME}")
    assert made.text.endswith("</iframe></div> between <b>mine</b> after\n")
    assert (made.failures, made.warnings) == ((), ())


async def test_a_script_sees_the_call_as_it_is_written(kernelless: Workspace, forks: Pool) -> None:
    macro(
        kernelless,
        "x",
        "import json\n"
        "def run(context, post):\n"
        "    env = context['env']\n"
        "    seen = [context['params'], env['hook'], env['source'], env['mainLanguage']]\n"
        "    texts = env['translations']\n"
        "    seen += [env['languagePrefix'], texts['render.month.2'], post['title']]\n"
        "    return json.dumps(seen)\n",
    )
    made = await expanded(kernelless, forks, '[[X name="Alice" count="5" size=3]]', language="fr")
    assert json.loads(made.text) == [
        {"name": "Alice", "count": "5", "size": 3},
        "x",
        {"kind": "macro", "id": "id-x"},
        "fr",
        "",
        "février",
        "Trip",
    ]


@pytest.mark.parametrize(
    "body", ["No macro at all.\r\n", "See [[python_report month=3 name='x']].\n", ""]
)
async def test_what_no_macro_answers_is_the_same_text(
    kernelless: Workspace, forks: Pool, body: str
) -> None:
    made = await expanded(kernelless, forks, body)
    assert (made.text, made.failures) == (body, ())


async def test_a_macro_that_raises_leaves_a_comment_and_the_others_are_shown(
    kernelless: Workspace, forks: Pool
) -> None:
    macro(kernelless, "bad", "def run(context):\n    return 1 / context['params']['by']\n")
    made = await expanded(
        kernelless, forks, "One\n\nBefore [[bad by=0]] After [[bad]] [[vimeo id=x]]"
    )
    lines = made.text.split("\n")
    assert lines[2].startswith(
        "Before <!-- macro bad failed: ZeroDivisionError --> After "
        '<!-- macro bad failed: KeyError --> <div class="macro-vimeo">'
    )
    assert [str(failure) for failure in made.failures] == [
        "posts/trip.md:9:8: [[bad]] failed: ZeroDivisionError: division by zero "
        "(scripts/bad.py:16:12)",
        "posts/trip.md:9:27: [[bad]] failed: KeyError: 'by' (scripts/bad.py:16:16)",
    ]
    assert [str(warning) for warning in made.warnings] == [
        "posts/trip.md:9:35: [[vimeo]]: vimeo: the id x should be numeric"
    ]


async def test_a_return_value_that_is_no_html_is_told(kernelless: Workspace, forks: Pool) -> None:
    macro(kernelless, "bad", "def run(context):\n    return None\n")
    made = await expanded(kernelless, forks, "[[bad]]")
    (failure,) = made.failures
    assert failure.script_path == "scripts/bad.py"
    assert "returned" in failure.words
    assert made.text.startswith("<!-- macro bad failed: ")


async def test_the_example_of_the_documentation_shows_pictures(
    kernelless: Workspace, forks: Pool
) -> None:
    example = DOCUMENTATION.read_text().partition("```python\n")[2].partition("```")[0]
    put(
        kernelless.project.root,
        "newest_pictures",
        with_header("newest_pictures", example, kind="macro").replace(b'"main"', b'"render"'),
    )
    folder = kernelless.project.root / "media/2025/02"
    folder.mkdir(parents=True)
    for name in ("a", "b", "c"):
        (folder / f"{name}.png.meta").write_text(
            f'---\nid: {name}\noriginalName: "x"\nmimeType: image/png\n'
            f"createdAt: 2025-02-0{ord(name) - 96}T10:00:00.000Z\ntags: []\n---"
        )
    made = await expanded(kernelless, forks, "[[newest_pictures count=2]]")
    assert made.text == (
        '<img src="/media/2025/02/c.png" alt=""><img src="/media/2025/02/b.png" alt="">'
    )


async def test_the_documentation_names_every_key(kernelless: Workspace, forks: Pool) -> None:
    text = DOCUMENTATION.read_text()
    macro(
        kernelless,
        "keys",
        "# data: linkedMedia, media, tags\nimport json\n"
        "def run(context, post):\n"
        "    data = context['data']\n"
        "    return json.dumps([*context, *context['env'], *post, *data, *data['media'][0]])\n",
    )
    folder = kernelless.project.root / "media/2025/02"
    folder.mkdir(parents=True)
    (folder / "a.png.meta").write_text(
        '---\nid: a\noriginalName: "x"\nmimeType: image/png\ntags: []\n---'
    )
    made = await expanded(kernelless, forks, "[[keys]]")
    keys = json.loads(made.text)
    assert len(keys) == 3 + 6 + 13 + 3 + 17
    assert [key for key in keys if f"`{key}`" not in text and f'["{key}"]' not in text] == []


async def test_an_album_is_an_archive_of_all_images(kernelless: Workspace, forks: Pool) -> None:
    folder = kernelless.project.root / "media/2025/02"
    folder.mkdir(parents=True)
    (folder / "a.png.meta").write_text(
        '---\nid: a\noriginalName: "a.png"\nmimeType: image/png\n'
        "createdAt: 2025-02-03T10:00:00.000Z\ntags: []\n---"
    )
    made = await expanded(
        kernelless, forks, '[[photo_album year="2025" month="2"]] [[tag_cloud]]', tags="[ink]"
    )
    assert 'data-lightbox="photo-archive-2025-02"' in made.text
    assert "&quot;text&quot;:&quot;ink&quot;" in made.text
