"""Wherever `await` may stand, the cure writes it so that it takes the value's place; nowhere else.

Each place is run twice: with the value itself in the hole, and with `asyncio.run(...)`, repaired.
"""

from __future__ import annotations

import asyncio
import textwrap

import pytest

from asynclint.engine.fixing import fix_source
from asynclint.engine.settings import Settings
from asynclint.source.text import from_text

SETTINGS = Settings.defaults()
HEAD = """\
import asyncio


async def f(x):
    await asyncio.sleep(0)
    return x


async def main():
    show = []
    made = f([3])
"""
#: Statements with a hole for an expression that gives `[3]`.
PLACES = [
    "show.append(HOLE)",
    "show.append((HOLE))",
    "show.append(HOLE[0] ** 2)",
    "show.append(-HOLE[0])",
    "show.append(2 ** HOLE[0])",
    "show.append(HOLE.index(3))",
    "show.append((HOLE).index(3))",
    "show.append(HOLE.copy().index(3))",
    "show.append(HOLE if HOLE else 0)".replace("if HOLE", "if show"),
    "show.append(HOLEif True else 0)",
    "show.append((1)if HOLEelse 0)",
    "show.append(HOLE if True else 0)",
    "show.append(HOLE+[1])",
    "show.append([1]+HOLE)",
    "show.append(not HOLE)",
    "show.append(0 or HOLE)",
    "show.append(3 in HOLE)",
    "show.append(HOLE == [3])",
    "show.append([*HOLE, 1])",
    "show.append({**{str(HOLE): 1}})",
    "show.append(max(*HOLE, 1))",
    "show.append(dict(key=HOLE))",
    "show.append(f'{HOLE}')",
    "show.append(f'{HOLE!r:>10}')",
    "show.append(f'{HOLE[0]:{5}}')",
    "show.append([x for x in HOLE])",
    "show.append({x: 1 for x in HOLE})",
    "show.append(list(x for x in HOLE))",
    "show.append([y for x in [1] for y in HOLE])",
    "show.append([HOLE for _ in [1]])",
    "show.append([x for x in [1] if HOLE])",
    "show.append((lambda x=HOLE: x)())",
    "show.append((yielded := HOLE))",
    "show.append([1, 2, 3, 4][HOLE[0]])",
    "show.append([1, 2, 3, 4][:HOLE[0]])",
    "show.append((HOLE, 1))",
    "show.append(HOLE is None)",
    "show.append(len(HOLE)if True else 0)",
    "show.append(HOLEin ([3],))",
    "show += HOLE",
    "show[:] = HOLE",
    "show.append(0); show += HOLE; show.append(1)",
    "x: list = HOLE; show.append(x)",
    "x = y = HOLE; show.append(x)",
    "(x,) = HOLE; show.append(x)",
    "assert HOLE, 'no'",
    "assert(HOLE)",
    "for x in HOLE: show.append(x)",
    "for x in(HOLE): show.append(x)",
    "if HOLE: show.append(1)",
    "if(HOLE): show.append(1)",
    "while HOLE: show.append(1); break",
    "del HOLE[0]",
    "HOLE.append(4)",
    "return show, HOLE",
    "return(show, HOLE)",
    "return HOLE[0]",
    "return(HOLE)[0]",
    "@(lambda g, x=HOLE: x)\ndef g(): pass\nshow.append(g)",
    "def g(x=HOLE): return x\nshow.append(g())",
    "class A(type(HOLE)): pass\nshow.append(A())",
    "match HOLE:\n    case [x] if HOLE: show.append(x)".replace("if HOLE", "if x"),
    "try: raise KeyError(HOLE)\nexcept KeyError as error: show.append(error.args)",
    "show.append(HOLE  # what it is\n)",
    "show.append(\n    HOLE\n    .index(3)\n)",
]
#: Places where it cannot stand, or would make another thing of what is around it.
CLOSED = [
    "show.append((lambda: HOLE)())",
    "class A:\n    x = HOLE\nshow.append(A.x)",
    "def g(): return asyncio.run(f([3]))\nshow.append(g())",
    "show.append(next(iter(HOLE for _ in [1])))",
    "show.append([[HOLE for _ in [1]] for _ in [1]])",
    "x: HOLE = 1",
]
CALLS = {
    "name": "asyncio.run(made)",
    "call": "asyncio.run(f([3]))",
    "either": "asyncio.run(f([3]) if show == [] else f([3]))",
    "spaced": "asyncio . run ( made )",
    "comma": "asyncio.run(made,)",
    "broken": "asyncio.run(\n    f(\n        [3],\n    )\n)",
}


def program(place: str, value: str) -> str:
    body = place.replace("HOLE", value)
    return f"{HEAD}{textwrap.indent(body, '    ')}\n    return show\n"


def outcome(text: str) -> object:
    names: dict[str, object] = {}
    exec(compile(text, "app.py", "exec", dont_inherit=True), names)  # noqa: S102 - our own
    main = names["main"]
    assert callable(main)
    return asyncio.run(main())


def broken_in_string(place: str, value: str) -> bool:
    """Whether a value of several lines would stand in a string: no Python until 3.12."""
    return "\n" in value and "f'" in place


#: Each place with a name, and with the other calls in turns.
PAIRS = [
    (place, call)
    for number, place in enumerate(PLACES)
    for call in ("name", [*CALLS][1:][number % (len(CALLS) - 1)])
]


@pytest.mark.filterwarnings("ignore:coroutine 'f' was never awaited")
@pytest.mark.parametrize(("place", "call"), PAIRS)
def test_await_takes_the_place_of_the_value(place: str, call: str) -> None:
    value = CALLS[call]
    if broken_in_string(place, value):
        pytest.skip("is no Python")
    before = program(place, value)
    result = fix_source(from_text(before, "app.py"), SETTINGS, unsafe=True)
    assert (result.findings, result.notes) == ((), ()), result.text
    assert outcome(result.text) == outcome(program(place, "[3]"))


@pytest.mark.parametrize("place", CLOSED)
def test_await_is_not_written_where_it_cannot_stand(place: str) -> None:
    before = program(place, CALLS["name"])
    result = fix_source(from_text(before, "app.py"), SETTINGS, unsafe=True)
    assert (result.notes, "await made" in result.text) == ((), False), result.text
