from __future__ import annotations

import ast
from textwrap import dedent

import pytest

from asynclint.fixes.edits import apply_edits
from asynclint.fixes.imports import NameTaken, Reached, how_to_name, import_edit, reach
from asynclint.source.text import Source, decode


def source_of(text: str) -> Source:
    return decode(text.encode(), "app.py")


def added(text: str, statement: str = "import asyncio") -> str:
    """The text with the statement imported."""
    source = source_of(text)
    edit = import_edit(source, ast.parse(text), statement)
    assert edit is not None
    result = apply_edits(source.text, [edit])
    assert import_edit(source_of(result), ast.parse(result), statement) is None
    return result


@pytest.mark.parametrize(
    ("code", "name", "spelling"),
    [
        ("import asyncio", "asyncio", "asyncio"),
        ("import asyncio", "asyncio.run", "asyncio.run"),
        ("import asyncio as aio", "asyncio", "aio"),
        ("import asyncio as aio", "asyncio.run", "aio.run"),
        ("from asyncio import run", "asyncio.run", "run"),
        ("from asyncio import run as go", "asyncio.run", "go"),
        ("from asyncio import run", "asyncio.gather", None),
        ("from asyncio import run", "asyncio", None),
        ("import os, asyncio", "asyncio.run", "asyncio.run"),
        ("import asyncio.subprocess", "asyncio.run", "asyncio.run"),
        ("import asyncio\nimport asyncio", "asyncio.run", "asyncio.run"),
        ("", "asyncio.run", None),
        ("from .asyncio import run", "asyncio.run", None),
        ("from . import asyncio", "asyncio.run", None),
        ("from asyncio import *", "asyncio.run", None),
        ("import asynciox as asyncio", "asyncio.run", None),
    ],
)
def test_how_code_names_a_thing(code: str, name: str, spelling: str | None) -> None:
    assert how_to_name(ast.parse(code), name) == spelling


@pytest.mark.parametrize(
    ("code", "spelling"),
    [
        ("import concurrent.futures", "concurrent.futures.wait"),
        ("import concurrent.futures.thread", "concurrent.futures.wait"),
        ("import concurrent.futures as cf", "cf.wait"),
        ("from concurrent import futures", "futures.wait"),
        ("from concurrent import futures as f", "f.wait"),
        ("from concurrent.futures import wait", "wait"),
        ("import concurrent", None),
        ("import concurrent as c", None),
        ("import concurrent\nimport concurrent.futures", "concurrent.futures.wait"),
    ],
)
def test_a_module_in_a_package_must_have_been_loaded(code: str, spelling: str | None) -> None:
    assert how_to_name(ast.parse(code), "concurrent.futures.wait") == spelling


def test_a_module_in_a_package_can_be_asked_for_itself() -> None:
    name = "concurrent.futures"
    assert how_to_name(ast.parse("import concurrent"), name, module=name) is None
    assert how_to_name(ast.parse("import concurrent.futures"), name, module=name) == name
    assert how_to_name(ast.parse("from concurrent import futures"), name, module=name) == "futures"


@pytest.mark.parametrize(
    "rebinding",
    [
        "asyncio = None",
        "del asyncio",
        "def asyncio(): ...",
        "class asyncio: ...",
        "for asyncio in []: ...",
        "with open('x') as asyncio: ...",
        "try: ...\nexcept OSError as asyncio: ...",
        "import trio as asyncio",
        "from x import asyncio",
        "if (asyncio := 3): ...",
        "try:\n    import asyncio\nexcept ImportError:\n    asyncio = None",
        "def f():\n    global asyncio\n    asyncio = 3",
        "match 3:\n    case asyncio: ...",
        "match []:\n    case [*asyncio]: ...",
        "match {}:\n    case {**asyncio}: ...",
    ],
)
def test_a_name_that_is_rebound_is_unusable(rebinding: str) -> None:
    text = f"import asyncio\n{rebinding}\n"
    tree = ast.parse(text)
    assert how_to_name(tree, "asyncio.run") is None
    reached = reach(source_of(text), tree, "asyncio.run")
    assert reached.spelling is None
    assert not reached.edits
    assert reached.reason.startswith("line ")
    assert reached.reason.endswith(" binds `asyncio` to something else")


@pytest.mark.parametrize("inner", ["def f():\n    asyncio = 3", "def f(asyncio): ..."])
def test_names_of_other_functions_do_not_matter(inner: str) -> None:
    assert how_to_name(ast.parse(f"import asyncio\n{inner}\n"), "asyncio") == "asyncio"


LOCALS = """\
import asyncio
from asyncio import run

async def outer(run, other):
    asyncio = other
    def inner():
        pass

def by_comprehension():
    return [asyncio for asyncio in other]

class C:
    asyncio = 3
    pass

    def method(self):
        pass

def imports():
    import asyncio as local
    pass
"""


@pytest.mark.parametrize(
    ("marked", "spellings"),
    [
        ("def inner", (None, None)),
        ("return [asyncio", (None, "run")),
        ("    asyncio = 3\n    pass", (None, "run")),
        ("def method", ("asyncio", "asyncio.run")),
        ("    import asyncio as local\n    pass", ("local", "local.run")),
        ("    import asyncio as local", ("asyncio", "asyncio.run")),
    ],
)
def test_local_names_hide_those_of_the_module(
    marked: str, spellings: tuple[str | None, str | None]
) -> None:
    line = LOCALS[: LOCALS.index(marked) + len(marked)].count("\n") + 1
    tree = ast.parse(LOCALS)
    assert how_to_name(tree, "asyncio", line=line) == spellings[0]
    assert how_to_name(tree, "asyncio.run", line=line) == spellings[1]


def test_a_local_name_in_the_way_is_the_reason() -> None:
    text = "def f(asyncio):\n    pass\n"
    reached = reach(source_of(text), ast.parse(text), "asyncio.run", line=2)
    assert reached == Reached(None, (), "`asyncio` is a local name here")


def test_a_function_can_use_an_import_of_the_module_further_down() -> None:
    tree = ast.parse("def f():\n    pass\nimport asyncio\n")
    assert how_to_name(tree, "asyncio.run", line=2) == "asyncio.run"


def test_code_of_the_module_cannot_use_an_import_further_down() -> None:
    text = "f()\nimport asyncio\nf()\n"
    tree = ast.parse(text)
    assert reach(source_of(text), tree, "asyncio.run", line=3) == Reached("asyncio.run")
    assert reach(source_of(text), tree, "asyncio.run", line=1).spelling is None


def test_what_is_not_there_is_imported_for_it() -> None:
    text = "import os\n"
    reached = reach(source_of(text), ast.parse(text), "contextlib.aclosing")
    assert reached.spelling == "contextlib.aclosing"
    assert apply_edits(text, reached.edits) == "import contextlib\nimport os\n"


def test_an_import_under_a_condition_does_not_count_and_does_not_clash() -> None:
    code = """\
        from typing import TYPE_CHECKING

        if TYPE_CHECKING:
            import asyncio
        """
    assert how_to_name(ast.parse(dedent(code)), "asyncio.run") is None
    assert added(dedent(code)).startswith("import asyncio\nfrom typing import TYPE_CHECKING\n\nif")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        # In alphabetical order, `import` before `from` as isort and ruff have it by default.
        ("import abc\nimport os\n", "import abc\nimport asyncio\nimport os\n"),
        ("import os\n", "import asyncio\nimport os\n"),
        ("import abc\n", "import abc\nimport asyncio\n"),
        ("import os\nfrom abc import ABC\n", "import asyncio\nimport os\nfrom abc import ABC\n"),
        ("from abc import ABC\n", "import asyncio\nfrom abc import ABC\n"),
        # ... or by module alone, where that is the order.
        (
            "from abc import ABC\nimport os\n",
            "from abc import ABC\nimport asyncio\nimport os\n",
        ),
        # Not sorted: behind the last.
        (
            "import os\nimport abc\nimport io\n",
            "import os\nimport abc\nimport io\nimport asyncio\n",
        ),
        # To the imports of its kind.
        ("import os\n\nimport httpx\n", "import asyncio\nimport os\n\nimport httpx\n"),
        ("import httpx\n", "import asyncio\n\nimport httpx\n"),
        (
            "import httpx\n\nfrom . import a\n",
            "import asyncio\n\nimport httpx\n\nfrom . import a\n",
        ),
        ("import httpx\nfrom . import a\n", "import httpx\nfrom . import a\nimport asyncio\n"),
        ("import abc\nimport httpx\n", "import abc\nimport asyncio\nimport httpx\n"),
        ("from . import a\n\nimport httpx\n", "from . import a\n\nimport httpx\nimport asyncio\n"),
        # Comments stay with what they are on.
        ("# app\nimport os\n", "# app\nimport asyncio\nimport os\n"),
        (
            "import abc\n# the os\nimport os\n",
            "import abc\nimport asyncio\n# the os\nimport os\n",
        ),
        ("import abc  # noqa\nx = 1\n", "import abc  # noqa\nimport asyncio\nx = 1\n"),
        # Statements of several lines, and lines of several statements.
        (
            "from abc import (\n    ABC,\n    abstractmethod,\n)\nx = 1\n",
            "import asyncio\nfrom abc import (\n    ABC,\n    abstractmethod,\n)\nx = 1\n",
        ),
        (
            "import abc, \\\n    os\nimport io\nx = 1\n",
            "import abc, \\\n    os\nimport asyncio\nimport io\nx = 1\n",
        ),
        ("import abc; import os\nx = 1\n", "import abc; import os\nimport asyncio\nx = 1\n"),
        (
            'import abc; x = """\n"""; y = """\n"""\nz = 1\n',
            'import abc; x = """\n"""; y = """\n"""\nimport asyncio\nz = 1\n',
        ),
        ('"""doc"""; import os\n', '"""doc"""; import os\nimport asyncio\n'),
        # A head without imports.
        ("x = 1\n", "import asyncio\n\nx = 1\n"),
        ("def f(): ...\n", "import asyncio\n\n\ndef f(): ...\n"),
        ("@d\nclass A: ...\n", "import asyncio\n\n\n@d\nclass A: ...\n"),
        ("# the app\nx = 1\n", "# the app\nimport asyncio\n\nx = 1\n"),
        ("# app\n\n# the x\nx = 1\n", "# app\n\nimport asyncio\n\n# the x\nx = 1\n"),
        ("#!/bin/x\nx = 1\n", "#!/bin/x\nimport asyncio\n\nx = 1\n"),
        (
            "#!/bin/x\n# coding: utf-8\nx = 1\n",
            "#!/bin/x\n# coding: utf-8\nimport asyncio\n\nx = 1\n",
        ),
        ("\n# coding: utf-8\nx = 1\n", "\n# coding: utf-8\nimport asyncio\n\nx = 1\n"),
        ('"""doc"""\nx = 1\n', '"""doc"""\n\nimport asyncio\n\nx = 1\n'),
        ('"""doc"""\n\n\nx = 1\n', '"""doc"""\n\nimport asyncio\n\n\nx = 1\n'),
        ('"""doc"""\n\ndef f(): ...\n', '"""doc"""\n\nimport asyncio\n\n\ndef f(): ...\n'),
        ('"""doc"""', '"""doc"""\n\nimport asyncio'),
        ('"""doc"""\n', '"""doc"""\n\nimport asyncio\n'),
        (
            '"""doc"""\nfrom __future__ import annotations\n\nx = 1\n',
            '"""doc"""\nfrom __future__ import annotations\n\nimport asyncio\n\nx = 1\n',
        ),
        (
            "from __future__ import annotations\nimport os\n",
            "from __future__ import annotations\nimport asyncio\nimport os\n",
        ),
        # Code before the first import: an assignment is passed over, a call is not.
        ("__all__ = []\nimport os\n", "__all__ = []\nimport asyncio\nimport os\n"),
        ("start()\nimport os\n", "import asyncio\n\nstart()\nimport os\n"),
        (
            "try:\n    import os\nfinally: ...\n",
            "import asyncio\n\ntry:\n    import os\nfinally: ...\n",
        ),
        ("", "import asyncio\n"),
        ("# only this\n", "# only this\nimport asyncio\n"),
    ],
)
def test_where_an_import_goes(before: str, after: str) -> None:
    assert added(before) == after
    for newline in ("\r\n", "\r") if "\n" in before else ():
        assert added(before.replace("\n", newline)) == after.replace("\n", newline)


def test_only_what_is_missing_of_a_statement_is_added() -> None:
    text = "from contextlib import suppress\n"
    result = added(text, "from contextlib import suppress, aclosing as closing")
    assert result == text + "from contextlib import aclosing as closing\n"


@pytest.mark.parametrize(
    ("text", "statement"),
    [
        ("import asyncio\n", "import asyncio"),
        ("import asyncio as aio\n", "import asyncio as aio"),
        ("from asyncio import run\n", "from asyncio import run"),
        ("import concurrent.futures\n", "import concurrent.futures"),
        ("from concurrent import futures\n", "import concurrent.futures as futures"),
        ("x = 1\nf()\nimport asyncio\n", "import asyncio"),
    ],
)
def test_an_import_is_not_made_twice(text: str, statement: str) -> None:
    assert import_edit(source_of(text), ast.parse(text), statement) is None


@pytest.mark.parametrize(
    ("text", "statement", "reason"),
    [
        ("run = 3\n", "from asyncio import run", "line 1 binds `run` to something else"),
        ("import x as asyncio\n", "import asyncio", "line 1 binds `asyncio` to something else"),
        ("open('x')\n", "from aiofiles import open", "`open` is used as a builtin"),
        (
            "from x import *\nrun()\n",
            "from asyncio import run",
            "`run` may come from a star import",
        ),
    ],
)
def test_an_import_never_changes_what_a_name_means(text: str, statement: str, reason: str) -> None:
    with pytest.raises(NameTaken) as caught:
        import_edit(source_of(text), ast.parse(text), statement)
    assert str(caught.value) == reason


def test_only_imports_can_be_imported() -> None:
    with pytest.raises(TypeError, match="not an import statement"):
        import_edit(source_of(""), ast.parse(""), "x = 1")
