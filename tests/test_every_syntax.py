"""Every form of the language in one file: none breaks the analysis, or hides a fault beside it."""
# ruff: noqa: E501 - a form is easier to read on one line

from __future__ import annotations

import ast
import sys
from pathlib import Path

import pytest

from front_ends import asynclint, write

#: Forms by the oldest Python that parses them; the grammar is that of the reference, chapter 10.
FORMS: dict[tuple[int, int], list[str]] = {
    (3, 10): [
        "x = y = 1; x += 1; x: int; x: int = 2; (x) = 3; x, *y = z; [x, y] = z; x.a = x[0] = 1",
        "x @= y; x **= y; x //= y; x >>= y; x <<= y; x |= y; x &= y; x ^= y; x %= y; x -= y",
        "assert x, y\ndel x, y[0], z.a\npass\nraise\nraise x from y\nglobal g\n",
        "import a.b.c as d, e\nfrom . import f\nfrom ..g import (h as i, j,)\n",
        "if x: pass\nelif y: pass\nelse: pass\nwhile x:\n    break\nelse:\n    pass\n",
        "for a, *b in x, *y:\n    continue\nelse:\n    pass\nasync for a in x: pass\nelse: pass\n",
        "with x as y, z as (a, b): pass\nwith (x as y, z,): pass\nasync with x as y.a, z as y[0]: pass",
        "try: pass\nexcept A: pass\nexcept (B, C) as e: pass\nexcept: pass\nelse: pass\nfinally: pass",
        "def f(a, /, b: int = 1, *c: str, d, e=2, **g) -> None: return\ndef f(*, a): ...\n",
        "@a.b[0](c)\n@(lambda f: f)\nasync def f():\n    return await x, [await y async for y in z]",
        "def f():\n    nonlocal_ = yield\n    x = yield from y\n    (yield)\n    return (yield x), 1\n",
        "async def f():\n    yield 1\n    x = await (yield)\n    return\n",
        "@a\nclass A(B, *c, metaclass=D, **e):\n    '''Doc.'''\n    x: int\n    class F: pass\n",
        "x = lambda: (yield)\nx = lambda a, /, b=1, *c, d=2, **e: (a, b)\nx = lambda *, k: k",
        "x = a if b else c or d and not e < f <= g != h is not i not in j | k ^ l & m << n + o * -p ** ~q",
        "x = [*a, *b], (*a,), {*a, 1}, {**a, 'b': 1}, {}, (), [], f(*a, b, *c, k=1, **d, **e)",
        "x = [a for b in c if d if e for f in g], {a for b in c}, {a: b for c, d in e}, (a for b in c)",
        "x = a[1], a[1:2], a[1:2:3], a[:, ..., 1], a[::], a.b.c().d[0](e)(f := 1)",
        "if (n := len(a)) > 1: print([y := 1, y ** 2])\n",
        "x = 1_000, 0x_ff, 0o17, 0b1, 1.5e-3, 2j, 'a' \"b\" r'\\c', b'd' rb'e', '''f''', ...",
        "x = f'{a!r:>{w}} {b=} {{}} {c:%Y}' f\"{d['e']}\" rf'\\{f}'",
        ("match x:\n    case 1 | -2 | 1+2j | 'a' | None | True: pass\n    case a.b: pass\n"
        "    case [a, *_, b] | (a, b): pass\n    case {'k': v, **rest}: pass\n"
        "    case A(b, c=d) as e if f: pass\n    case _: pass\n"),
        "match = case = type = _ = 1; print(match, case, type); match[0]; case(1)\n",
        "async def f():\n    async with a as b: return [c async for d in e if await g]\n",
        "if 1:\n\tx = 1 # tab\nx = (\n  1 +\\\n  2\n)\n\x0c\n\n# é 日本 🐍\nñ = 'é'\n",
        "print(*a, sep=''); print((yield_ := 1)); not_ = not a; ~a; +a; -a; await_ = 1\n",
    ],
    (3, 11): ["try: pass\nexcept* A: pass\nexcept* (B, C) as e: pass\n", "x[*a]; def_ = x[*a, 1]",
              "def f(*args: *Ts): pass\n"],
    (3, 12): [
        "type A = int\ntype B[T, *Ts, **P] = C[T]\n",
        "def f[T: (int, str), *Ts, **P](a: T) -> T: return a\nclass A[T: int](B[T]): pass\n",
        "async def f[T](a: T): await a\n",
        "x = f'{f'{f'{1}'}'} {'a' + \"b\"} {x # comment\n}'\n",
    ],
    (3, 13): ["type A[T = int, *Ts = *tuple[int], **P = [int]] = T\nclass B[T = int]: pass\n"],
    (3, 14): ["x = t'{a!r:>{w}} {b=}'\n", "try: pass\nexcept A, B: pass\n"],
}  # fmt: skip
KNOWN = [form for version, forms in FORMS.items() if version <= sys.version_info for form in forms]
FORGETS = "async def go():\n    return 1\n\n\nasync def forgets():\n    go()  # here\n\n\n"


@pytest.fixture(autouse=True)
def _in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_the_forms_are_valid() -> None:
    for form in KNOWN:
        ast.parse(form)


def within(form: str) -> str:
    """A form as a body of a coroutine function that could hold a fault."""
    rows = "".join(f"    {row}\n" if row.strip() else "\n" for row in form.split("\n"))
    return f"async def body():\n    go()\n{rows}"


@pytest.mark.parametrize("where", ["module", "function"])
def test_no_form_breaks_the_analysis(where: str) -> None:
    """Each in a file of its own: a fault stands beside it, and is found and repaired."""
    forms = KNOWN if where == "module" else [within(form) for form in KNOWN]
    write(Path(), {f"f{n}.py": f"{FORGETS}{form}\n\ngo\n" for n, form in enumerate(forms)})
    for form in forms:
        ast.parse(form)
    done = asynclint("check", "--no-cache", "-q", "--output-format", "concise", ".")
    assert (done.status, done.err) == (1, "")
    found = {line.partition(":")[0] for line in done.out.splitlines() if ":6:5: ASL501" in line}
    assert found == {f"f{n}.py" for n in range(len(forms))}
    assert asynclint("fix", "--unsafe-fixes", "-q", ".").err == ""
    for n in range(len(forms)):
        text = Path(f"f{n}.py").read_text(encoding="utf-8")
        assert "await go()  # here" in text
        ast.parse(text)


def test_all_forms_in_one_file() -> None:
    parts = [f"{FORGETS}go\n", *(f"{form}\n" for form in KNOWN), *(within(f) for f in KNOWN)]
    write(Path(), {"all.py": "".join(parts)})
    done = asynclint("check", "-q", "--no-cache", "--output-format", "concise", "all.py")
    assert done.status == 1
    assert done.err == ""
    assert "ASL0" not in done.out
