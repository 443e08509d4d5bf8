"""Heirs of a class, and those that bind a name: texts are passed over only where neither can be."""

from __future__ import annotations

import ast
import sysconfig
from pathlib import Path

import pytest

from asynclint.model.bound_words import may_bind
from asynclint.model.heads import Families, class_heads
from asynclint.model.index import index_module
from asynclint.model.shapes import identifiers

#: Modules of the standard library in which classes are written in many ways.
_WRITTEN_IN_MANY_WAYS = (
    *("_pydecimal.py", "argparse.py", "calendar.py", "ctypes/wintypes.py", "dataclasses.py"),
    *("email/_header_value_parser.py", "enum.py", "http/cookies.py", "inspect.py", "ipaddress.py"),
    *("multiprocessing/managers.py", "multiprocessing/synchronize.py", "pickle.py", "random.py"),
    *("socketserver.py", "tarfile.py", "threading.py", "tkinter/__init__.py", "turtle.py"),
    *("typing.py", "unittest/mock.py", "xml/dom/minidom.py", "zipfile.py", "asyncio/events.py"),
)


def _texts() -> list[bytes]:
    folder = Path(sysconfig.get_path("stdlib"))
    found = [folder / name for name in _WRITTEN_IN_MANY_WAYS if (folder / name).is_file()]
    assert len(found) > len(_WRITTEN_IN_MANY_WAYS) // 2
    return [file.read_bytes() for file in found]


def test_no_name_that_a_class_binds_is_overlooked() -> None:
    for data in _texts():
        module = index_module(ast.parse(data), "m", "m.py")
        names = {n for cls in module.classes for n in (*cls.scope.bindings, *cls.attributes)}
        assert [name for name in sorted(names) if not may_bind(name, data)] == []


def test_no_head_of_a_class_is_overlooked() -> None:
    for data in _texts():
        heads: dict[str, set[str]] = {}
        for name, bases in class_heads(data):
            heads.setdefault(name, set()).update(bases)
        for cls in index_module(ast.parse(data), "m", "m.py").classes:
            named = {word for base in cls.bases for word in identifiers(base)}
            assert named <= heads.get(cls.name, set()), cls


@pytest.mark.parametrize(
    "line",
    [
        "    def run(self): ...",
        "    async  def run(self): ...",
        "    class run: ...",
        "    run = 1",
        "    run: int",
        "    run, other = 1, 2",
        "    (other, run) = 1, 2",
        "    a = 1; run = 2",
        "    for run in (): ...",
        "    import other as run",
        "        self.run = 1",
        "        self.run += 1",
        "        self.run: int = 1",
        "        first, self.run = pair",
        "        (a, (b, self.run)) = nested",
        "        with other as self.run: ...",
        "        other = self.run = call(1)",
        "        if other: self.run = 1",
        "        (\n            self.other,\n            self.run,  # both\n        ) = pair",
        "        self.other, \\\n            self.run = pair",
    ],
)
def test_what_binds(line: str) -> None:
    assert may_bind("run", f"class Job:\n{line}\n".encode())


@pytest.mark.parametrize(
    "line",
    [
        "        self.run()",
        "        self.run.stop()",
        "        call(self.run, other)",
        "        call(run=1)",
        "        call(\n            run=run,\n        )",
        "        if self.run: ...",
        "        if self.run == 1: ...",
        "        return self.run",
        "        self.run[1] = 2",
        "    def other(\n        self,\n        run: int,\n    ): ...",
        "        self.rerun = self.running = 1",
        '        call({"run": 1})',
    ],
)
def test_what_does_not_bind(line: str) -> None:
    assert not may_bind("run", f"class Job:\n{line}\n".encode())


def test_names_beyond_ascii_may_stand_anywhere() -> None:
    assert may_bind("läuft", b"")  # it may be written as `la\u0308uft`


def test_heads_have_the_other_names_of_their_bases() -> None:
    text = """\
import jobs.base as b
from jobs import Job as J, Other
Mine: type = 1
Base = b.Base
Named = Base

class One(J): ...
class Two[T](
    Named, metaclass=Meta,
): ...
class Three: ...
    class Four(Other[int]): ...
# class Five(Job):
"""
    found = dict(class_heads(text.encode()))
    assert found.keys() == {"One", "Two", "Four"}
    assert found["One"] == {"J", "Job"}
    assert {"Named", "Base", "Meta"} <= found["Two"]
    assert found["Four"] == {"Other", "int"}


def test_heirs_of_heirs_belong_to_the_family() -> None:
    files = (
        ("a.py", b"class Base: ...\n"),
        ("b.py", b"from a import Base as B\nclass Child(B): ...\nclass Alone(Other): ...\n"),
        ("c.py", b"import b\nclass Grandchild(b.Child): ...\n"),
        ("d.py", b"class Else(Alone): ...\n"),
    )
    families = Families(files)
    assert families.heirs("Base") == ("b.py", "c.py")
    assert families.heirs("Grandchild") == ()


def test_an_indentation_is_of_some_length_only() -> None:
    assert class_heads(b"   class A(B):\n") != frozenset()
    assert class_heads(b" " * 300 + b"class A(B):\n") == frozenset()
    assert class_heads(b"\n" + b" " * 300 + b"class A(B):\n") == frozenset()


def test_a_long_line_may_bind_any_name_that_stands_in_it() -> None:
    assert not may_bind("run", b"call(run)\n")
    assert may_bind("run", b"call(" + b"x, " * 1_000 + b"run)\n")
    assert may_bind("run", b"call(run" + b", x" * 1_000 + b")\n")
