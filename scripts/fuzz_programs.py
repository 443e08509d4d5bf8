"""The programs of the fuzz run: each is decided by the seed and its number alone."""
# ruff: noqa: INP001, PLR2004 - stands beside the script that uses it; chances are numbers

from __future__ import annotations

import ast
import warnings
from collections.abc import Callable, Sequence
from functools import lru_cache
from pathlib import Path
from random import Random

import fuzz_grown

#: Words that bring a file through the gate, so that what follows is analysed.
_HEAD = "import asyncio\n\n\nasync def work():\n    return 1\n\n\n"
_BATCH = 25
_LARGEST = 25_000
_TRIES = 8


class Programs:
    """A sequence without end."""

    def __init__(self, seed: int, folders: Sequence[Path]) -> None:
        """folders: where the files lie that are mutated."""
        self._seed = seed
        self._files = [path for folder in folders for path in _sources(folder)]

    @property
    def files(self) -> int:
        """How many files there are to mutate."""
        return len(self._files)

    def program(self, number: int) -> tuple[str, bytes]:
        """The kind and the content of a program."""
        chance = Random(f"{self._seed}:{number}")  # noqa: S311 - a repeatable choice
        kinds = {"grown": 4, "mutated": 12, "bytes": 3, "hypothesmith": 1}
        make: dict[str, Callable[[Random, int], bytes]] = {
            "grown": self._grown,
            "mutated": self._mutated,
            "bytes": self._bytes,
            "hypothesmith": self._hypothesmith,
        }
        (kind,) = chance.choices(list(kinds), list(kinds.values()))
        return kind, make[kind](chance, number)

    def _grown(self, chance: Random, _: int) -> bytes:
        return fuzz_grown.program(chance).encode()

    def _mutated(self, chance: Random, _: int) -> bytes:
        """A file with lines that are not where they were; one that parses, if that comes soon."""
        text = chance.choice(self._files).read_bytes().decode("utf-8", "replace")
        made = ""
        for _try in range(_TRIES):
            lines = text.split("\n")
            for _change in range(chance.randint(1, 6)):
                chance.choice(_MUTATIONS)(chance, lines)
            made = "\n".join(lines)
            if _parses(made):
                break
        return made.encode()

    def _bytes(self, chance: Random, _: int) -> bytes:
        """A file with bytes that are not text, or that were put in at a wrong place."""
        data = bytearray(chance.choice(self._files).read_bytes())
        for _change in range(chance.randint(1, 8)):
            at = chance.randrange(len(data) + 1)
            match chance.randrange(4):
                case 0:
                    data[at : at + 1] = chance.randbytes(1)
                case 1:
                    data[at:at] = chance.choice(_FRAGMENTS)
                case 2:
                    del data[at : at + chance.randint(1, 40)]
                case _:
                    data[at:at] = data[chance.randrange(len(data) + 1) :][: chance.randint(1, 80)]
        return bytes(data)

    def _hypothesmith(self, chance: Random, number: int) -> bytes:
        """What hypothesmith makes, as statements of a module or of a coroutine function."""
        batch = hypothesmith_batch(self._seed, number // (20 * _BATCH))
        statements = chance.choice(batch)
        if chance.random() < 0.5:
            return f"{_HEAD}{statements}\nwork()\n".encode("utf-8", "replace")
        body = "".join(f"    {line}\n" for line in statements.split("\n"))
        return f"{_HEAD}async def main():\n    work()\n{body}".encode("utf-8", "replace")


@lru_cache(maxsize=2)
def hypothesmith_batch(seed: int, batch: int) -> list[str]:
    """Some programs; hypothesmith gives them one after another only."""
    import hypothesis
    import hypothesmith

    made: list[str] = []
    strategies = (hypothesmith.from_grammar(), hypothesmith.from_node())

    @hypothesis.seed(seed * 1_000_003 + batch)
    @hypothesis.settings(
        max_examples=_BATCH,
        database=None,
        deadline=None,
        phases=[hypothesis.Phase.generate],
        suppress_health_check=list(hypothesis.HealthCheck),
    )
    @hypothesis.given(strategies[batch % 2])
    def collect(program: str) -> None:
        made.append(program)

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        collect()
    return made


def _sources(folder: Path) -> list[Path]:
    """The files below a folder that the analysis would not pass over, in order of path."""
    found = (path for path in sorted(folder.rglob("*.py")) if path.is_file())
    return [path for path in found if _is_of_use(path.read_bytes())]


def _is_of_use(data: bytes) -> bool:
    return b"async" in data and len(data) < _LARGEST


def _parses(text: str) -> bool:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return True


# --- what happens to lines ---------------------------------------------------------------------

_FRAGMENTS = (
    b"\r", b"\r\n", b"\n", b"\x00", b"\x0c", b"\xff", b"\xe2\x80\xa8", b"\xef\xbb\xbf", b"\t",
    b"\\\n", b"'''", b'"', b"(", b")", b"{", b"}", b"#", b"# noqa", b":", b"async ", b"await ",
    b"# coding: latin-1\n", b"yield ", b"lambda: ", b"*", b"**", b"@", b";", b":=", b"=",
    b"\xf0\x9f\x90\x8d",
)  # fmt: skip


def _span(chance: Random, lines: list[str]) -> slice:
    start = chance.randrange(len(lines))
    return slice(start, start + chance.choice([1, 1, 1, 2, 3, 8]))


def _drop(chance: Random, lines: list[str]) -> None:
    if len(lines) > 1:
        del lines[_span(chance, lines)]
    lines[:] = lines or [""]


def _duplicate(chance: Random, lines: list[str]) -> None:
    span = _span(chance, lines)
    lines[span.stop : span.stop] = lines[span]


def _move(chance: Random, lines: list[str]) -> None:
    """Copies lines to another place, with the indentation of the line there."""
    span, to = lines[_span(chance, lines)], chance.randrange(len(lines))
    pad = lines[to][: len(lines[to]) - len(lines[to].lstrip())]
    own = min((len(line) - len(line.lstrip()) for line in span if line.strip()), default=0)
    lines[to:to] = [pad + line[own:] for line in span]


def _swap(chance: Random, lines: list[str]) -> None:
    first, second = chance.randrange(len(lines)), chance.randrange(len(lines))
    lines[first], lines[second] = lines[second], lines[first]


def _truncate(chance: Random, lines: list[str]) -> None:
    if chance.random() < 0.5:
        at = chance.randrange(len(lines))
        lines[at] = lines[at][: chance.randint(0, len(lines[at]))]
    else:
        del lines[max(1, len(lines) - chance.randint(1, 30)) :]


def _reindent(chance: Random, lines: list[str]) -> None:
    span, pad = _span(chance, lines), chance.choice(["    ", "\t", " ", ""])
    lines[span] = [pad + line if pad else line.removeprefix("    ") for line in lines[span]]


def _reword(chance: Random, lines: list[str]) -> None:
    at = chance.randrange(len(lines))
    old, new = chance.choice(_WORDS)
    lines[at] = lines[at].replace(old, new)


_WORDS = (
    ("await ", ""), ("async ", ""), ("def ", "async def "), ("= ", "= await "), ("return", "yield"),
    ("(", "(await "), ("()", ""), ("()", "()()"), (" = ", " := "), ("self.", ""), (":", ": int ="),
    ("with ", "async with "), ("for ", "async for "), ("return ", "return await "), (".", "["),
    ("if ", "while "), ("(", "(*"), ("=", "=="), ("return ", "return lambda: "), ("try:", "if 1:"),
)  # fmt: skip
_MUTATIONS = (_drop, _duplicate, _move, _swap, _truncate, _reindent, _reword, _reword)
