"""Facts are held against the source of packages: what the script finds, and what it leaves open."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from pathlib import Path
from textwrap import dedent
from types import ModuleType

import pytest
from click.testing import CliRunner

from asynclint.facts.loader import parse_facts
from front_ends import write

ROOT = Path(__file__).parents[1]

PACKAGE = {
    "__init__.py": """
        from typing import TYPE_CHECKING

        from lib.client import Client as Client, connect
        from lib.shapes import *
        from lib.tools import retry
        from .tools import fetch, _hidden

        default = Client()
        again = connect
        try:
            from missing import speed
        except ImportError:
            def speed(way): ...
        if TYPE_CHECKING:
            from .lazy import late
        """,
    "client.py": """
        import abc
        from asyncio import sleep
        from contextlib import asynccontextmanager
        from functools import partial
        from typing import Any, Awaitable, TypeVar, overload

        from outside import Mixin, register

        T = TypeVar("T")

        class Base(abc.ABC):
            label: "Channel"

            async def close(self) -> None: ...
            def send(self, data): return self.write(data)
            def drain(self): return self.close()
            def flush(self) -> Awaitable[None]: return flush_later()
            def stream(self) -> "AsyncIterator[int]": ...
            async def hook(self): ...

        class Client(Base):
            def __init__(self, url=None, *handlers, on_error=None):
                self.url = url
            @overload
            def get(self, key: int) -> bytes: ...
            @overload
            def get(self, key: str) -> bytes: ...
            async def get(self, key): return b""
            async def write(self, data): ...
            async def items(self) -> "AsyncIterator[int]": yield 1
            def names(self): yield ""
            @asynccontextmanager
            async def open(self): yield Channel()
            @property
            def channel(self) -> "Channel": ...
            @staticmethod
            def parse(text): ...
            def clone(self: T) -> T: ...
            @register
            async def watched(self): ...
            aget = get

        class Channel: ...
        @dataclass
        class Options(Client):
            callback: object = None
        class Outer(Mixin): ...
        class Open:
            def __getattr__(self, name): ...
        class Made(metaclass=type): ...
        @register("read")
        class Wrapped: ...
        class Caller:
            async def __call__(self, message): ...

        async def connect(url, *args, retries=3): ...
        def make():
            async def inner(message): ...
            return inner
        made = make()
        told = Caller()
        part = partial(connect, "x")
        noted: Caller
        """,
    "shapes.py": """
        __all__ = ["Square"]
        class Square: ...
        class Circle: ...
        """,
    "tools.py": """
        def fetch(url): ...
        def retry(func, *args): ...
        def _hidden(): ...
        """,
    "lazy.py": "async def late(): ...\n",
    "dynamic.py": "globals().update(run=print)\n",
    "connect.py": "def of_the_module(): ...\n",
    "broken.py": "def (\n",
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with the package `lib` in it."""
    write(tmp_path / "lib", {name: dedent(text) for name, text in PACKAGE.items()})
    return tmp_path


@pytest.fixture
def script(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The script."""
    monkeypatch.syspath_prepend(str(ROOT / "scripts"))
    return importlib.import_module("check_facts")


Judge = Callable[[str], tuple[list[str], list[str]]]


@pytest.fixture
def judge(script: ModuleType, folder: Path) -> Judge:
    """Holds the one fact of a table against the package; what is wrong, and what is not clear."""

    def judge(table: str) -> tuple[list[str], list[str]]:
        if "source" not in table:
            table += '\nsource = "lib/client.py (lib 1.0)"'
        (fact, *_) = parse_facts(table, "made-up").values()
        package = script.package_of(fact)
        ((_, verdict),) = script.judged([fact], {package: folder})
        return verdict.wrong, verdict.unclear

    return judge


RIGHT = {
    "class through a re-export": '["lib.Client"]\nkind = "class"\naliases = ["lib.client.Client"]',
    "base": '["lib.Client"]\nkind = "class"\nbases = ["lib.client.Base"]',
    "coroutine function": '["lib.connect"]\nkind = "coroutine-function"',
    "another name": '["lib.again"]\nkind = "coroutine-function"\naliases = ["lib.client.connect"]',
    "module that a function hides": '["lib.connect.of_the_module"]',
    "type checking": '["lib.late"]\nkind = "coroutine-function"',
    "after a failed import": '["lib.speed"]',
    "star import": '["lib.Square"]\nkind = "class"',
    "hidden name": '["lib._hidden"]',
    "method behind overloads": '["lib.Client.get"]\nkind = "coroutine-function"',
    "method under another name": '["lib.Client.aget"]\nkind = "coroutine-function"',
    "inherited method": '["lib.Client.close"]\nkind = "coroutine-function"',
    "method of an object": '["lib.default.close"]\nkind = "coroutine-function"',
    "async generator": '["lib.Client.items"]\nkind = "async-generator-function"',
    "generator": '["lib.Client.names"]\nkind = "generator-function"',
    "context manager": '["lib.Client.open"]\nenters = "lib.client.Channel"',
    "property": '["lib.Client.channel"]\nkind = "attribute"\nreturns = "lib.client.Channel"',
    "annotated": '["lib.Client.label"]\nkind = "attribute"\nreturns = "lib.client.Channel"',
    "set attribute": '["lib.Client.url"]\nkind = "attribute"',
    "type of self": '["lib.Client.clone"]\nreturns = "lib.Client"',
    "hands a coroutine object on": '["lib.Client.send"]\nkind = "coroutine-function"',
    "callable object": '["lib.client.told"]\nkind = "coroutine-function"',
    "annotated object": '["lib.client.noted"]\nkind = "coroutine-function"',
    "made by a function": '["lib.client.made"]\nkind = "coroutine-function"',
    "partial": '["lib.client.part"]\nkind = "coroutine-function"',
    "unknown decorator": '["lib.Client.watched"]\nkind = "coroutine-function"',
    "name of a class": '["lib.connect"]\nkind = "coroutine-function"\nreturns = "lib.Client"',
    "result of the standard library": '["lib.retry"]\nreturns = "asyncio.Task"',
    "twin": '["lib.retry"]\ntwin = "lib.connect"',
    "parameter": '["lib.retry"]\ncalls = [{ at = 0, name = "func", arguments = 1 }]',
    "parameter of a class": '["lib.Client"]\nkind = "class"\n'
    'calls = [{ at = -1, name = "on_error" }]',
    "parameter of a static method": '["lib.Client.parse"]\nreads = [0]',
    "field of a dataclass": '["lib.client.Options"]\nkind = "class"\n'
    'calls = [{ at = 0, name = "callback" }]',
    "plain hook": '["lib.Client"]\nkind = "class"\nsync-hooks = ["send"]',
}
WRONG = {
    "no such function": ('["lib.conect"]', "does not exist"),
    "no such method": ('["lib.Client.put"]', "does not exist"),
    "no such class": ('["lib.Kind"]\nkind = "class"', "does not exist"),
    "not exported": ('["lib.Circle"]\nkind = "class"', "does not exist"),
    "no such attribute": ('["lib.Client.port"]\nkind = "attribute"', "does not exist"),
    "plain function": (
        '["lib.retry"]\nkind = "coroutine-function"',
        "is a function, not a coroutine-function",
    ),
    "coroutine function": ('["lib.Client.get"]', "is a coroutine-function, not a function"),
    "generator": (
        '["lib.Client.items"]\nkind = "coroutine-function"',
        "is a async-generator-function, not a coroutine-function",
    ),
    "no class": ('["lib.connect"]\nkind = "class"', "is a coroutine-function, not a class"),
    "context manager": (
        '["lib.Client.open"]\nkind = "coroutine-function"',
        "is a function, not a coroutine-function",
    ),
    "position": (
        '["lib.retry"]\ncalls = [{ at = 0, name = "function" }]',
        "parameter 0 is called func, not 'function'",
    ),
    "position of a method": ('["lib.Client.close"]\nkind = "coroutine-function"\nreads = [0]',
        "has no parameter 0"),
    "keyword": (
        '["lib.Client"]\nkind = "class"\ncalls = [{ at = -1, name = "error" }]',
        "has no keyword-only parameter error",
    ),
    "alias": (
        '["lib.retry"]\naliases = ["lib.fetch"]',
        "lib.fetch is something else",
    ),
    "alias that is none": ('["lib.retry"]\naliases = ["lib.redo"]', "lib.redo is something else"),
    "base": (
        '["lib.Client"]\nkind = "class"\nbases = ["lib.Square"]',
        "lib.Square is no base",
    ),
    "result": ('["lib.fetch"]\nreturns = "lib.connect"', "lib.connect is no class"),
    "what a decorator makes": ('["lib.retry"]\nbecomes = "lib.fetch"', "lib.fetch is no class"),
    "twin": ('["lib.retry"]\ntwin = "lib.aretry"', "lib.aretry does not exist"),
    "hook": (
        '["lib.Client"]\nkind = "class"\nsync-hooks = ["hook"]',
        "the hook hook is a coroutine function",
    ),
    "file": (
        '["lib.retry"]\nsource = "lib/retries.py (lib 1.0)"',
        "there is no lib/retries.py",
    ),
}  # fmt: skip
UNCLEAR = {
    "names made at run time": ('["lib.dynamic.run"]\nsource = "lib/tools.py (lib 1.0)"',
        "lib.dynamic makes names at run time"),
    "base outside": ('["lib.client.Outer.run"]', "a base stands outside"),
    "getattr": ('["lib.client.Open.run"]', "Open has a __getattr__"),
    "metaclass": ('["lib.client.Made.run"]', "Made has a metaclass"),
    "decorated class": ('["lib.client.Wrapped.read"]', "Wrapped has a decorator"),
    "decorated function": (
        '["lib.Client.watched"]\nkind = "async-generator-function"',
        "has the decorator register",
    ),
    "some awaitable": (
        '["lib.Client.flush"]\nkind = "coroutine-function"',
        "is a plain function that gives Awaitable[None]",
    ),
    "some async iterator": (
        '["lib.Client.stream"]\nkind = "async-generator-function"',
        "is a plain function that gives AsyncIterator[int]",
    ),
    "other annotation": (
        '["lib.Client.channel"]\nkind = "attribute"\nreturns = "lib.Square"',
        "gives Channel, which does not name lib.Square",
    ),
    "no such package": (
        '["lib.fetch"]\nreturns = "other.Thing"',
        "other.Thing is in no package that was looked at",
    ),
    "no valid syntax": ('["lib.broken.run"]', "broken.py does not parse"),
}  # fmt: skip


@pytest.mark.parametrize("table", RIGHT.values(), ids=RIGHT)
def test_nothing_is_said_of_what_is_right(judge: Judge, table: str) -> None:
    assert judge(table) == ([], [])


@pytest.mark.parametrize(("table", "complaint"), WRONG.values(), ids=WRONG)
def test_what_is_wrong_is_found(judge: Judge, table: str, complaint: str) -> None:
    assert judge(table) == ([complaint], [])


@pytest.mark.parametrize(("table", "doubt"), UNCLEAR.values(), ids=UNCLEAR)
def test_what_the_source_does_not_show_is_left_open(judge: Judge, table: str, doubt: str) -> None:
    wrong, unclear = judge(table)
    assert wrong == []
    assert len(unclear) == 1
    assert doubt in unclear[0]


def test_what_is_entered_must_be_a_class(script: ModuleType, folder: Path) -> None:
    table = '["lib.Client.open"]\nsource = "lib/client.py (lib 1.0)"\nenters = "lib.Chanel"'
    facts = list(parse_facts(table, "made-up").values())
    package = script.package_of(facts[0])
    found = {fact.name: v.wrong for fact, v in script.judged(facts, {package: folder})}
    assert found == {
        "lib.Client.open": [],
        "lib.Client.open()": [],
        "lib.Client.open().__await__": ["lib.Chanel is no class"],
        "lib.Client.open().__enter__": ["lib.Chanel is no class"],
        "lib.Client.open().__aenter__": ["lib.Chanel is no class"],
    }


def test_the_file_of_the_source_helps_where_names_are_made_at_run_time(judge: Judge) -> None:
    source = 'source = "lib/client.py (lib 1.0)"'
    assert judge(f'["lib.dynamic.connect"]\nkind = "coroutine-function"\n{source}') == ([], [])
    assert judge(f'["lib.dynamic.connect"]\n{source}')[0] == [
        "is a coroutine-function, not a function"
    ]


def test_every_fact_names_a_file_a_distribution_and_a_version(script: ModuleType) -> None:
    facts = script.third_party_facts()
    assert len(facts) > 1000
    assert [fact.name for fact in facts if script.package_of(fact) is None] == []
    assert not any(fact.name.startswith(("asyncio.", "builtins.")) for fact in facts)


Run = Callable[..., tuple[int, str]]


@pytest.fixture
def run(script: ModuleType, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs the script where the given facts are the only ones: exit status and output."""

    def provide(package: object, cache: Path) -> Path:
        if "gone" in str(package):
            raise script.AlarmsError("no such version")
        assert cache == folder / "cache"
        return folder

    def run(text: str, *names: str) -> tuple[int, str]:
        facts = [*parse_facts(text, "made-up").values()]
        monkeypatch.setattr(script, "third_party_facts", lambda: facts)
        monkeypatch.setattr(script, "provide", provide)
        result = CliRunner().invoke(script.main, [*names, "--cache", str(folder / "cache")])
        return result.exit_code, result.output

    return run


GOOD = '["lib.fetch"]\nsource = "lib/tools.py (lib 1.0)"\n'
BAD = '["lib.retry"]\nkind = "class"\nsource = "lib/tools.py (lib 1.0)"\n'
OPEN = '["lib.client.Open.run"]\nsource = "lib/client.py (lib 1.0)"\n'
GONE = '["gone.run"]\nsource = "gone.py (gone 1.0)"\n'
VAGUE = '["lib.speed"]\nsource = "somewhere"\n'
RUNS = {
    "right": (GOOD, 0, "facts: 1, wrong: 0, not verified: 0"),
    "open": (GOOD + OPEN, 0, "  not verified: lib.client.Open.run: Open has a __getattr__"),
    "wrong": (GOOD + BAD, 1, "lib.retry: is a function, not a class"),
    "counted": (GOOD + BAD, 1, "facts: 2, wrong: 1, not verified: 0"),
    "not to be had": (GOOD + GONE, 2, "gone 1.0: no such version"),
    "no source": (
        GOOD + VAGUE,
        1,
        "lib.speed: source 'somewhere' names no file, distribution and version",
    ),
}


@pytest.mark.parametrize(("text", "status", "output"), RUNS.values(), ids=RUNS)
def test_exit_status_and_output(run: Run, text: str, status: int, output: str) -> None:
    found, shown = run(text)
    assert output in shown
    assert found == status


def test_one_distribution_can_be_chosen(run: Run) -> None:
    other = '["lib.shapes.Square"]\nsource = "lib/shapes.py (shapes 2.0)"\n'
    assert run(BAD + other, "lib")[0] == 1
    status, shown = run(GOOD + other, "shapes")
    assert status == 1
    assert "lib.shapes.Square: is a class, not a function\nfacts: 1, wrong: 1" in shown
    assert run(BAD + GOOD.replace("(lib", "(tools"), "tools")[0] == 0
    status, shown = run(GOOD, "other")
    assert status == 2
    assert "no fact was read in other" in shown
