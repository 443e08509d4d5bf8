"""The story of a function: what happened in it, in plain lists that the rules read.

Nodes are CST nodes; a rule marks them and never looks inside. Things and values are those of the
model.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING

import libcst as cst

from asynclint.facts import Accepts, Fact, Outcome, Where
from asynclint.model.declared import Class, Function, Module
from asynclint.model.values import Thing, Value
from asynclint.visitor.ops import Op, Using

if TYPE_CHECKING:
    from asynclint.flow.file import Spot, Unit
    from asynclint.flow.program import Program
    from asynclint.flow.registries import Stored


#: How an object is consumed by `async for`; all other ways take an awaitable.
ITERATE = "iterate"


@dataclass(slots=True, eq=False)
class Subject:
    """A tracked object as rules see it: what it is, who made it and where.

    kept: where it was put into the table from which it comes.
    """

    cls: str
    by: Thing | None
    made: cst.CSTNode | None
    origin: str = "made"
    kept: tuple[Spot, ...] = ()


@dataclass(slots=True, eq=False)
class Consumption:
    """An awaitable is consumed: awaited, made a task of, run, or its items iterated to the end.

    node: the expression consumed; by: the operation that does it. again: where it was spent before,
    on some path. shared: it stands more than once among what is consumed here. inside: where the
    function that is called here does it, the outermost first. replayed: that does it more than
    once at one call. held: that gets at it through something that holds it: the node is the call.
    """

    node: cst.BaseExpression
    by: Op
    how: str
    subject: Subject
    callee: str = ""
    accepts: Accepts = Accepts.AWAITABLE
    again: dict[int, Op] = field(default_factory=dict)
    failed_before: bool = False
    shared: bool = False
    picked: bool = False
    element: bool = False
    inside: tuple[Spot, ...] = ()
    replayed: bool = False
    held: bool = False


@dataclass(slots=True, eq=False)
class Life:
    """An object that this function made: how it ended on the paths that reach an end.

    dropped: on some path nobody consumed it or got to know it. used: on some path somebody did.
    unclosed, closed: a loop, on some path. asked_to_close: by a parameter that the caller sets.
    left_set: a loop that is not closed, but is the thread's current one for others to use.
    set_current: `set_event_loop` got the loop. maybe_dropped: dropped, if a loop statement ends so.
    remade: the same operation makes another one later on the same path.
    kept_in: the class and the name of the attribute that keeps it. lent: a context manager hands it
    out.
    """

    subject: Subject
    op: Op
    dropped: bool = False
    used: bool = False
    unclosed: bool = False
    left_set: bool = False
    set_current: bool = False
    maybe_dropped: bool = False
    closed: bool = False
    asked_to_close: bool = False
    remade: bool = False
    kept_in: tuple[Class, str] | None = None
    lent: bool = False


@dataclass(slots=True, eq=False)
class Reading:
    """An object is looked at as if it were a plain value.

    soft: by printing or formatting, or an attribute by a test, which may be on purpose where the
        object is awaited elsewhere.
    """

    node: cst.CSTNode
    subject: Subject
    how: str
    life: Life | None = None
    soft: bool = False

    @property
    def counts(self) -> bool:
        """Whether it is a fault."""
        return not self.soft or self.life is None or not self.life.used


@dataclass(slots=True, eq=False)
class Iteration:
    """An object is iterated, entered by `with`, or driven by `next` or `send`.

    foreseen: a handler for TypeError stands around it, which knows what to do if that cannot be.
    """

    node: cst.CSTNode
    op: Op
    subject: Subject
    how: str
    is_async: bool
    callee: str = ""
    inside: tuple[Spot, ...] = ()
    foreseen: bool = False


@dataclass(slots=True, eq=False)
class Handover:
    """A callable is handed to somebody who will call it.

    makes: what calling it makes (`coroutine`, `async_generator`).
    """

    node: cst.BaseExpression
    call: cst.CSTNode
    makes: Subject
    where: Where
    outcome: Outcome
    callee: str
    direct: bool
    inside: tuple[Spot, ...] = ()


class Reach(Enum):
    """How a place of the code leads to the start of a loop elsewhere."""

    CALL = "call"  # it calls, or reads a property of, what starts it
    ITERATION = "iteration"  # it goes through a generator
    SYNTAX = "syntax"  # `with`, a subscript or the like calls a method


@dataclass(slots=True, eq=False)
class LoopStart:
    """An event loop is run on the calling thread.

    callee: what starts it. repeated: it happens again on the same path. kept: its result
    is kept for later runs. chain: the functions of the program through which it is reached.
    by_loop: it is a running event loop that calls the first of them, whoever hands it over.
    refused: a handler for RuntimeError stands around it, which knows what to do where a loop runs.
    reach: what it is at this place that leads there, if there is a chain. sure: on all paths, and
    whatever is called, it is the start of a loop. always: so does the function called here,
    on all of its ordinary paths.
    """

    node: cst.CSTNode
    op: Op
    callee: str
    fact: Fact | None
    value: Value
    argument: cst.BaseExpression | None = None
    repeated: bool = False
    chain: tuple[Step, ...] = ()
    loop: Life | None = None
    kept: bool = False
    by_loop: bool = False
    refused: bool = False
    reach: Reach = Reach.CALL
    sure: bool = True
    always: bool = True


@dataclass(frozen=True, slots=True)
class Step:
    """One hop of a call chain: where in the file, and what is called."""

    unit: Unit
    node: cst.CSTNode
    text: str


def reached(first: Step, start: LoopStart, unit: Unit) -> tuple[Step, ...]:
    """The chain to a start in another unit, of which the call `first` leads there."""
    inner = start.chain or (Step(unit, start.node, start.callee),)
    return (first, *inner)


@dataclass(slots=True, eq=False)
class Waiting:
    """A future is asked for its result: `task.result()`, or a thread's future that blocks.

    early: on some path the loop cannot have run since the future was made.
    guarded: an exception handler stands around it.
    own_loop: the future waits for the very loop that runs this code.
    """

    node: cst.CSTNode
    op: Op
    subject: Subject
    method: str
    early: bool = False
    guarded: bool = False
    own_loop: bool = False


@dataclass(slots=True, eq=False)
class LoopUse:
    """What is done with a loop, or with an object that belongs to one.

    what: 'closed' (used after `closed_by`), 'asked' (for the current one), 'run' (that one is run),
    'kept' (that one is put into the attribute `kept_in` of a class) or 'foreign' (a loop is given a
    future that `closed_by` made for another one).
    """

    node: cst.CSTNode
    op: Op
    what: str
    closed_by: Op | None = None
    guarded: bool = False
    kept_in: tuple[Class, str] | None = None


@dataclass(slots=True, eq=False)
class Story:
    """All that happened in one unit, in source order of first sight.

    asked_of: attributes read of instances of the file's classes, and where. given: functions that
    it hands to others or stores, uncalled. logs: calls that hand a record to `logging`.
    stored: coroutine objects that are put into tables of modules, and `emptied` the sites of those
    of which entries are taken out.
    complete: whether all paths were followed. always: whether the ordinary ones start a loop.
    rich: it leaves more behind than `returned` can tell: objects in containers, attributes or
    closures. falls_off: some path comes to the end without a `return`. on_loop: whether a running
    event loop calls it. lazy: generator expressions that it returns: they run where they are gone
    through.
    """

    unit: Unit
    program: Program
    on_loop: bool
    consumptions: list[Consumption] = field(default_factory=list)
    lives: list[Life] = field(default_factory=list)
    readings: list[Reading] = field(default_factory=list)
    iterations: list[Iteration] = field(default_factory=list)
    handovers: list[Handover] = field(default_factory=list)
    starts: list[LoopStart] = field(default_factory=list)
    waitings: list[Waiting] = field(default_factory=list)
    loop_uses: list[LoopUse] = field(default_factory=list)
    given: set[Function] = field(default_factory=set)
    asked_of: list[tuple[Class, str, cst.CSTNode]] = field(default_factory=list)
    logs: list[cst.CSTNode] = field(default_factory=list)
    stored: list[Stored] = field(default_factory=list)
    emptied: set[int] = field(default_factory=set)
    returned: Value = frozenset()
    falls_off: bool = False
    complete: bool = True
    always: bool = False
    rich: bool = False
    lazy: list[cst.CSTNode] = field(default_factory=list)

    @property
    def module(self) -> Module:
        """The module in which it happens."""
        return self.unit.file.module

    def told(self) -> set[int]:
        """Makers (`id` of the node) of objects of which worse is known than that they are lost."""
        subjects = [r.subject for r in self.readings if r.counts] + [
            i.subject for i in self.iterations
        ]
        return {id(subject.made) for subject in subjects}


YIELD_FROM = "handed on by `yield from`"
READ_BY = {how: how.value for how in Using}
