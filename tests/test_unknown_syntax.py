"""Python that CPython takes and libcst does not: that body is left out, the others are checked."""

from __future__ import annotations

import pytest

from asynclint.engine.check import check_source
from asynclint.engine.settings import Settings
from asynclint.source.text import decode

FUNCTION = b"""\
async def go():
    return 1


async def odd():
    (x): int = await go()
    return x


async def forgets():
    go()
"""

MODULE = FUNCTION.replace(b"    (x): int = await go()\n    return x\n", b"    return 2\n") + (
    b"\n\n(y): int = 1\nprint(go)\n"
)


def test_function_is_left_out() -> None:
    found = check_source(decode(FUNCTION, "odd.py"), Settings.defaults())
    assert [(f.code, f.start.row) for f in found] == [("ASL501", 11)]


@pytest.mark.parametrize(
    "statement", [b"x = await go()if FUNCTION else 0", b"x = [y async\n    for y in FUNCTION]"]
)
def test_function_whose_nodes_libcst_refuses_is_left_out(statement: bytes) -> None:
    text = FUNCTION.replace(b"(x): int = await go()", statement)
    found = check_source(decode(text, "odd.py"), Settings.defaults())
    assert [f.code for f in found] == ["ASL501"]


def test_module_body_is_left_out() -> None:
    found = check_source(decode(MODULE, "odd.py"), Settings.defaults())
    assert [(f.code, f.start.row) for f in found] == [("ASL501", 10)]
