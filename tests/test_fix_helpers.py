from __future__ import annotations

import ast

import pytest

from asynclint.fixes.edits import apply_edits
from asynclint.fixes.helpers import Helper, helper_edit
from asynclint.fixes.imports import import_edit
from asynclint.fixes.names import fresh_name
from asynclint.source.text import Source, decode


def source_of(text: str) -> Source:
    return decode(text.encode(), "app.py")


@pytest.mark.parametrize(
    "text",
    [
        "def wanted(): ...",
        "class wanted: ...",
        "print(wanted)",
        "def f(wanted): ...",
        "def f(*wanted): ...",
        "import wanted.x",
        "import x as wanted",
        "def f():\n    global wanted",
        "try: ...\nexcept OSError as wanted: ...",
        "match x:\n    case {**wanted}: ...",
        "lambda: (wanted := 1)",
    ],
)
def test_a_fresh_name_clashes_with_nothing(text: str) -> None:
    assert fresh_name(ast.parse(text), "wanted") == "wanted_2"
    assert fresh_name(ast.parse(f"{text}\nwanted_2 = 1"), "wanted") == "wanted_3"


@pytest.mark.parametrize("text", ["x.wanted", "f(wanted=1)", "'wanted'", "import x.wanted"])
def test_what_is_no_name_of_a_scope_does_not_clash(text: str) -> None:
    assert fresh_name(ast.parse(text), "wanted") == "wanted"


def test_a_fresh_name_is_no_keyword_and_no_builtin() -> None:
    assert fresh_name(ast.parse(""), "list") == "list_2"
    assert fresh_name(ast.parse(""), "await") == "await_2"


HELPER = '''\
async def consume(agen):
    """Runs an async generator."""
    async for item in agen:
        yield """
    text
"""
'''


def helped(text: str, code: str = HELPER, name: str = "consume") -> str:
    """The text with the helper, which the second call finds in it."""
    source = source_of(text)
    helper = helper_edit(source, ast.parse(text), name, code)
    assert helper.edit is not None
    result = apply_edits(source.text, [helper.edit])
    assert helper_edit(source_of(result), ast.parse(result), name, code) == Helper(
        helper.name, None
    )
    return result


BLOCK = "async def consume(agen):\n    ...\n"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("import os\n\n\nx = 1\n", f"import os\n\n\n{BLOCK}\n\nx = 1\n"),
        ("import os\nx = 1\n", f"import os\n\n\n{BLOCK}\n\nx = 1\n"),
        ("import os\n\n# x\nx = 1\n", f"import os\n\n\n{BLOCK}\n\n# x\nx = 1\n"),
        ("import os\n", f"import os\n\n\n{BLOCK}"),
        ("import os", f"import os\n\n\n{BLOCK}".rstrip("\n")),
        ('"""doc"""\n\nx = 1\n', f'"""doc"""\n\n\n{BLOCK}\n\nx = 1\n'),
        ("x()\n", f"{BLOCK}\n\nx()\n"),
        ("# app\n\n# x\nx()\n", f"# app\n\n\n{BLOCK}\n\n# x\nx()\n"),
        (
            "import os\ntry:\n    import a\nexcept ImportError: ...\nx = 1\nf()\n",
            f"import os\ntry:\n    import a\nexcept ImportError: ...\n\n\n{BLOCK}\n\nx = 1\nf()\n",
        ),
        (
            "if TYPE_CHECKING:\n    import os\nimport io\n\n\nclass A: ...\n",
            f"if TYPE_CHECKING:\n    import os\nimport io\n\n\n{BLOCK}\n\nclass A: ...\n",
        ),
        ("f()\nimport os\n", f"{BLOCK}\n\nf()\nimport os\n"),
    ],
)
def test_where_a_helper_goes(before: str, after: str) -> None:
    assert helped(before, BLOCK) == after
    for newline in ("\r\n", "\r") if "\n" in before else ():
        assert helped(before.replace("\n", newline), BLOCK) == after.replace("\n", newline)


def test_a_helper_goes_below_what_its_definition_needs() -> None:
    code = "@decorate\ndef consume(agen: A, x=DEFAULT):\n    return later\n"
    text = "import os\nf()\ndef decorate(f): ...\nDEFAULT = 1\nclass A: ...\nlater = 1\n"
    assert helped(text, code).endswith(f"class A: ...\n\n\n{code}\n\nlater = 1\n")


@pytest.mark.parametrize("unit", ["\t", "  ", "    "])
def test_a_helper_has_the_indentation_of_the_file(unit: str) -> None:
    result = helped(f"import os\n\n\ndef f():\n{unit}if os:\n{unit}{unit}pass\n")
    assert result.startswith(
        f'import os\n\n\nasync def consume(agen):\n{unit}"""Runs an async generator."""\n'
        f'{unit}async for item in agen:\n{unit}{unit}yield """\n    text\n"""\n\n\ndef f():'
    )


def test_a_docstring_of_several_lines_moves_along() -> None:
    code = 'def consume():\n    """Runs\n\n    it.\n    """\n    return 1\n'
    text = "def f():\n\tpass\n"
    assert helped(text, code).startswith(code.replace("    ", "\t"))


def test_the_same_helper_is_found_under_any_name() -> None:
    text = "async def run_through(agen: object) -> None:\n  '''Mine.'''\n  ...\n"
    assert helper_edit(source_of(text), ast.parse(text), "consume", BLOCK) == Helper(
        "run_through", None
    )


@pytest.mark.parametrize(
    "text",
    [
        "async def consume(agen):\n    pass\n",
        "async def consume(a):\n    ...\n",
        "async def consume(agen=1):\n    ...\n",
        "async def consume(*agen):\n    ...\n",
        "@d\nasync def consume(agen):\n    ...\n",
        "def consume(agen):\n    ...\n",
        "class A:\n    async def consume(agen):\n        ...\n",
        f"{BLOCK}consume = 3\n",
        "def f(consume): ...\n",
    ],
)
def test_another_thing_of_that_name_makes_a_new_one(text: str) -> None:
    helper = helper_edit(source_of(text), ast.parse(text), "consume", BLOCK)
    assert helper.name == "consume_2"
    assert helper.edit is not None
    tree = ast.parse(apply_edits(text, [helper.edit]))
    assert "consume_2" in [getattr(node, "name", "") for node in tree.body]


def test_a_helper_that_calls_itself_is_renamed_throughout() -> None:
    code = "def consume(x):\n    return consume(x.consume) or consumed\n"
    result = helped("consume = 3\n", code)
    assert result.startswith("def consume_2(x):\n    return consume_2(x.consume) or consumed\n")


def test_fixes_of_one_round_share_a_helper() -> None:
    text = "import os\nconsume = 1\n"
    tree = ast.parse(text)
    first = helper_edit(source_of(text), tree, "consume", HELPER)
    assert first == helper_edit(source_of(text), tree, "consume", HELPER)


@pytest.mark.parametrize("code", ["x = 1\n", "def other(): ...\n", f"{BLOCK}x = 1\n"])
def test_only_one_function_of_the_name_is_a_helper(code: str) -> None:
    with pytest.raises(ValueError, match="not one function called 'consume'"):
        helper_edit(source_of(""), ast.parse(""), "consume", code)


def test_an_import_and_a_helper_that_needs_it_go_in_together() -> None:
    text = "import os\n\n\nasync def main():\n    pass\n"
    source, tree = source_of(text), ast.parse(text)
    helper = helper_edit(source, tree, "consume", BLOCK)
    imported = import_edit(source, tree, "from zlib import crc32")
    assert helper.edit is not None
    assert imported is not None
    assert apply_edits(text, [imported, helper.edit]) == (
        f"import os\nfrom zlib import crc32\n\n\n{BLOCK}\n\nasync def main():\n    pass\n"
    )
