"""What a rule is: one class in one file, found by walking this package."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from inspect import cleandoc
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    import libcst as cst

    from asynclint.findings import Fix
    from asynclint.fixes.kit import Kit
    from asynclint.flow.file import Spot
    from asynclint.flow.story import Story


@dataclass(frozen=True, slots=True)
class Report:
    """What a rule says of one place, before positions are known.

    at: the CST node that is marked. message: names the object and both places.
    related: further nodes with a message each, in the order in which things happen; a Spot where
    the node may stand in another unit.
    fix: makes the cure when it is asked for; returns None where none can be made.
    root: the node of the cause, if it is not the one that is marked: reports with one cause are
    told as one story.
    """

    at: cst.CSTNode
    message: str
    related: tuple[tuple[cst.CSTNode | Spot, str], ...] = ()
    fix: Callable[[Kit], Fix | None] | None = None
    root: cst.CSTNode | Spot | None = None


class Rule:
    """Base of all rules. A subclass sets `code` and `name`; its docstring is its page.

    The docstring's first line is the summary. Its sections, headed by `##`, are `What it does`,
    `Why is this bad?`, `Example` (a program that shows the fault), `Use instead` (the repaired
    program) and, where the rule has a fix, `Fix safety`. tests/test_rule_pages.py holds the form.
    """

    code: ClassVar[str]
    name: ClassVar[str]
    #: Off rules run only when they are selected by their full code.
    default: ClassVar[bool] = True
    #: Names of the exceptions and warnings that the fault raises: a test that expects one of them
    #: makes the fault on purpose.
    shown: ClassVar[frozenset[str]] = frozenset(
        {"AttributeError", "RuntimeError", "RuntimeWarning", "TypeError"}
    )

    def check(self, story: Story) -> Iterator[Report]:
        """Reports on one function (or module body), read from what happens in it."""
        raise NotImplementedError

    @classmethod
    def page(cls) -> str:
        """The rule's page as Markdown, without its title."""
        return cleandoc(cls.__doc__ or "")

    @classmethod
    def summary(cls) -> str:
        """The first line of the page, without a final full stop."""
        return re.split(r"\n", cls.page(), maxsplit=1)[0].rstrip(".")
