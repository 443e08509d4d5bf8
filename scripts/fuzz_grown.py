"""Grows programs that mean nothing out of the words that the analysis listens for."""
# ruff: noqa: INP001, PLR2004 - stands beside the script that uses it; chances are numbers

from __future__ import annotations

from collections.abc import Callable, Sequence
from random import Random
from typing import TypeVar

Made = TypeVar("Made")

_NAMES = ("a", "b", "work", "ticks", "loop", "task", "self", "Thing", "runner")
_CALLED = (
    "work", "ticks", "Thing", "a", "self.work", "b.go", "task.result", "loop.run_until_complete",
    "loop.close", "loop.run_forever", "loop.create_task", "loop.run_in_executor", "runner.run",
    "asyncio.run", "asyncio.gather", "asyncio.create_task", "asyncio.wait_for", "asyncio.wait",
    "asyncio.shield", "asyncio.to_thread", "asyncio.sleep", "asyncio.as_completed",
    "asyncio.new_event_loop", "asyncio.get_event_loop", "asyncio.set_event_loop", "asyncio.Lock",
    "asyncio.Runner", "asyncio.TaskGroup", "asyncio.run_coroutine_threadsafe", "asyncio.Queue",
    "functools.partial", "contextlib.aclosing", "threading.Thread", "map", "list", "dict", "iter",
    "next", "anext", "aiter", "zip", "sorted", "isinstance", "print", "getattr", "type", "super",
    "a.append", "a.pop", "a.send", "task.add_done_callback", "inspect.iscoroutine", "lambda: work",
)  # fmt: skip
_DECORATORS = (
    "functools.lru_cache", "functools.cache", "functools.wraps(work)", "staticmethod", "property",
    "classmethod", "contextlib.contextmanager", "contextlib.asynccontextmanager", "a(b)", "app.get",
    "pytest.fixture", "overload", "typing.overload", "work",
)  # fmt: skip
_NOTES = (
    "int", "Thing", "'Thing'", "list[Thing]", "Coroutine[None, None, int]", "AsyncIterator[int]",
    "Callable[[], Awaitable[int]] | None", "asyncio.AbstractEventLoop", "Thing | None",
)  # fmt: skip
_OPERATORS = ("+", "-", "@", "**", "//", "<<", "|", "and", "or", "is", "is not", "in", "<", "==")
_METHODS = (
    "work", "ticks", "__init__", "__aenter__", "__aexit__", "__await__", "__aiter__", "__anext__",
    "__iter__", "__enter__", "__exit__", "__call__", "__del__", "__getattr__", "run", "close",
)  # fmt: skip
_HEAD = "import asyncio, contextlib, functools, inspect, threading, typing\n"


def program(chance: Random) -> str:
    """A program of some ten to fifty lines."""
    return _HEAD + "\n".join(_Grower(chance).body(0, chance.randint(2, 8))) + "\n"


class _Grower:
    """Chooses; what can stand inside itself does so less and less."""

    def __init__(self, chance: Random) -> None:
        self._chance = chance
        self._room = 40

    def body(self, level: int, most: int = 4) -> list[str]:
        """The lines of a block."""
        lines: list[str] = []
        for _ in range(self._chance.randint(1, most)):
            lines += self._statement(level) if self._room > 0 else ["pass"]
        pad = "    " if level else ""
        return [pad + line for line in lines]

    def _statement(self, level: int) -> list[str]:
        self._room -= 1
        if level < 6 and self._chance.random() < (0.85 if level == 0 else 0.4):
            return self._compound(level + 1)
        return [self._simple()]

    def _simple(self) -> str:
        e = self._expression
        return self._made([
            e, lambda: f"await ({e()})", lambda: f"{self._target()} = {e()}",
            lambda: f"{self._target()} = {self._target()} = {e()}",
            lambda: f"{self._name()} += {e()}",
            lambda: f"{self._name()}: {self._pick(_NOTES)} = {e()}",
            lambda: f"return {e()}", lambda: f"yield {e()}", lambda: f"raise {e()} from {e()}",
            lambda: f"del {self._target()}", lambda: f"assert {e()}, {e()}",
            lambda: self._pick(["return", "break", "continue", "pass", "raise", "..."]),
            lambda: f"{self._name()}, *{self._name()} = {e()}",
            lambda: f"self.{self._name()} = {e()}",
            lambda: f"global {self._name()}", lambda: f"from {self._name()} import {self._name()}",
            lambda: f"x = yield from {e()}", lambda: f"{e()}; {e()}",
        ])  # fmt: skip

    def _compound(self, level: int) -> list[str]:
        def block(head: str) -> list[str]:
            return [head, *self.body(level)]

        e, n = self._expression, self._name
        also = self._pick(["", "async "])
        return self._made([
            lambda: self._function(level), lambda: self._function(level),
            lambda: self._class(level),
            lambda: [*block(f"if {e()}:"), *block(f"elif {e()}:"), *block("else:")],
            lambda: block(f"if {e()}:"), lambda: block(f"while {e()}:"),
            lambda: [*block(f"while {self._pick(['True', e()])}:"), *block("else:")],
            lambda: block(f"{also}for {self._target()} in {e()}:"),
            lambda: [*block(f"{also}for {n()}, {n()} in {e()}:"), *block("else:")],
            lambda: block(f"{also}with {e()} as {self._target()}, {e()}:"),
            lambda: [*block("try:"), *block(f"except {e()} as {n()}:"), *block("finally:")],
            lambda: [*block("try:"), *block("except (OSError, TypeError):"), *block("else:")],
            lambda: [*block("try:"), *block("finally:")],
            lambda: [*block("try:"), *block(f"except* {n()}:")],
            lambda: [
                f"match {e()}:",
                *(f"    {each}" for each in block(f"case {n()}.{n()}() | [{n()}, *_] if {e()}:")),
                *(f"    {each}" for each in block(f"case {{'k': {n()}, **rest}}:")),
                *(f"    {each}" for each in block("case _:")),
            ],
        ])  # fmt: skip

    def _function(self, level: int) -> list[str]:
        also = self._pick(["", "async ", "async "])
        decorators = [f"@{self._pick(_DECORATORS)}"] if self._chance.random() < 0.25 else []
        note = f" -> {self._pick(_NOTES)}" if self._chance.random() < 0.3 else ""
        head = f"{also}def {self._pick((*_NAMES, *_METHODS))}({self._parameters()}){note}:"
        return [*decorators, head, *self.body(level)]

    def _parameters(self) -> str:
        return self._pick([
            "", "a", "self", "self, a", "a, b=None", "*a, **b", "a, /, b, *, task=None",
            f"a: {self._pick(_NOTES)}", f"self, a={self._atom()}", "*, loop",
        ])  # fmt: skip

    def _class(self, level: int) -> list[str]:
        bases = self._pick(["", "(a)", "(Thing)", "(threading.Thread)", "(Protocol)", "(a.b, c)"])
        return [f"class {self._pick(_NAMES)}{bases}:", *self.body(level)]

    def _pick(self, texts: Sequence[str]) -> str:
        return self._chance.choice(texts)

    def _made(self, makers: Sequence[Callable[[], Made]]) -> Made:
        return self._chance.choice(makers)()

    def _name(self) -> str:
        return self._pick(_NAMES)

    def _target(self) -> str:
        n = self._name
        return self._pick([n(), n(), f"self.{n()}", f"{n()}[{self._atom()}]", f"({n()}, {n()})"])

    def _atom(self) -> str:
        return self._pick(
            [self._name(), self._name(), "None", "1", "'x'", "self.work", "[]", "..."]
        )

    def _expression(self, depth: int = 0) -> str:
        if depth > 3 or self._chance.random() < 0.2:
            return self._atom()

        def e() -> str:
            return self._expression(depth + 1)

        n = self._name
        also = self._pick(["", "async "])
        return self._made([
            lambda: self._call(depth), lambda: self._call(depth), lambda: self._call(depth),
            lambda: f"await {self._call(depth)}", lambda: f"(await ({e()}))",
            lambda: f"({e()} {self._pick(_OPERATORS)} {e()})", lambda: f"[{e()}, *{e()}]",
            lambda: f"({e()}, {e()})", lambda: f"{{{e()}: {e()}, **{e()}}}",
            lambda: f"{{{e()}, {e()}}}", lambda: f"[{e()} {also}for {n()} in {e()} if {e()}]",
            lambda: f"({e()} {also}for {n()} in {e()})", lambda: f"({e()} if {e()} else {e()})",
            lambda: f"{{{n()}: {e()} for {n()}, {n()} in {e()}}}", lambda: f"({e()}).{n()}",
            lambda: f"(lambda {n()}={self._atom()}: {e()})", lambda: f"({n()} := {e()})",
            lambda: f"{n()}.{n()}", lambda: f"{n()}[{e()}:{e()}]", lambda: f"(not {e()})",
            lambda: f"f'{{{n()}!r}} {{{n()}.b}}'", lambda: f"(yield {e()})",
            lambda: f"[{e()}] * {e()}",
        ])  # fmt: skip

    def _call(self, depth: int) -> str:
        def e() -> str:
            return self._expression(depth + 1)

        called = self._pick(_CALLED)
        called = f"({called})" if called.startswith("lambda") else called
        nothing: Callable[[], str] = str
        given = self._made([
            nothing, e, e, lambda: f"{e()}, {e()}", lambda: f"*{e()}", lambda: f"**{e()}",
            lambda: f"{e()}, loop={e()}",
        ])  # fmt: skip
        return f"{called}({given})"
