"""Operations and blocks: what the CST visitor makes of a function's body.

Values live in slots. An `int` names the result of a sub-expression, alive until the end of its
statement, or the element of a loop, until the end of the first statement in it. A `str` names a
variable or, starting with '%', something that the lowering keeps across statements.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum

import libcst as cst

Slot = int | str


@dataclass(slots=True, eq=False)
class Op:
    """Base of all operations; `node` is the CST node that it stands for."""

    node: cst.CSTNode
    id: int = field(default=-1, init=False)


@dataclass(slots=True, eq=False)
class Const(Op):
    """A constant."""

    dst: Slot
    value: object


@dataclass(slots=True, eq=False)
class Opaque(Op):
    """An expression that is of no interest; `uses` are read by it and so get away."""

    dst: Slot
    uses: tuple[Slot, ...] = ()


@dataclass(slots=True, eq=False)
class Load(Op):
    """Reads a variable."""

    dst: Slot
    name: str


@dataclass(slots=True, eq=False)
class Store(Op):
    """Binds a variable."""

    name: str
    src: Slot


@dataclass(slots=True, eq=False)
class Keep(Op):
    """The result of an expression to which several ways lead: a slot that more than one fills."""

    dst: Slot
    src: Slot


@dataclass(slots=True, eq=False)
class Delete(Op):
    """Unbinds a variable."""

    name: str


@dataclass(slots=True, eq=False)
class Attr(Op):
    """Reads an attribute."""

    dst: Slot
    base: Slot
    name: str


@dataclass(slots=True, eq=False)
class SetAttr(Op):
    """Binds an attribute."""

    base: Slot
    name: str
    src: Slot


@dataclass(slots=True, eq=False)
class Item(Op):
    """Reads `base[key]`."""

    dst: Slot
    base: Slot
    key: Slot


@dataclass(slots=True, eq=False)
class SetItem(Op):
    """Binds `base[key]`."""

    base: Slot
    key: Slot
    src: Slot


@dataclass(slots=True, eq=False)
class DelItem(Op):
    """Unbinds `base[key]`."""

    base: Slot
    key: Slot


@dataclass(frozen=True, slots=True)
class Arg:
    """One argument of a call, or element of a display. `star` is '', '*' or '**'."""

    slot: Slot
    node: cst.BaseExpression
    star: str = ""
    keyword: str = ""


@dataclass(slots=True, eq=False)
class Call(Op):
    """A call."""

    dst: Slot
    func: Slot
    args: tuple[Arg, ...]


@dataclass(slots=True, eq=False)
class Await(Op):
    """An await expression."""

    dst: Slot
    src: Slot


@dataclass(slots=True, eq=False)
class Build(Op):
    """A display or comprehension's container: list, tuple, set, dict or async_generator."""

    dst: Slot
    kind: str
    items: tuple[Arg, ...] = ()
    keys: tuple[Slot | None, ...] = ()


@dataclass(slots=True, eq=False)
class Append(Op):
    """One more element for a comprehension's container."""

    container: Slot
    src: Slot


@dataclass(slots=True, eq=False)
class Binary(Op):
    """A binary operation; `operator` is '*', '+', '+=' or '' for any other."""

    dst: Slot
    operator: str
    left: Slot
    right: Slot


class Using(Enum):
    """How an expression looks at a value; a coroutine object there is a fault."""

    TEST = "tested for truth"
    COMPARE = "compared"
    SEARCH = "searched by `in`"
    FORMAT = "formatted"
    ARITHMETIC = "used in arithmetic"


@dataclass(slots=True, eq=False)
class Use(Op):
    """A value is looked at."""

    src: Slot
    how: Using


@dataclass(slots=True, eq=False)
class Compare(Op):
    """One comparison of two values, not `is` and not `in`."""

    left: Slot
    right: Slot
    is_equality: bool


@dataclass(slots=True, eq=False)
class Start(Op):
    """Begins an iteration: `it` names the iterator.

    is_late: an async generator expression does it, when somebody goes through that.
    """

    it: str
    src: Slot
    is_async: bool
    is_late: bool = False


@dataclass(slots=True, eq=False)
class Leave(Op):
    """An iteration is left before its end (break)."""

    it: str


@dataclass(slots=True, eq=False)
class Unpack(Op):
    """Takes a value apart into several."""

    src: Slot
    dsts: tuple[Slot, ...]
    star: int = -1  # index of the starred target, -1 if none


@dataclass(slots=True, eq=False)
class Enter(Op):
    """Enters a context manager."""

    dst: Slot
    src: Slot
    is_async: bool


@dataclass(slots=True, eq=False)
class LeaveWith(Op):
    """The end of a `with` block."""

    is_async: bool


@dataclass(slots=True, eq=False)
class Yield(Op):
    """A yield expression."""

    dst: Slot
    src: Slot


@dataclass(slots=True, eq=False)
class Return(Op):
    """The function returns."""

    src: Slot


@dataclass(slots=True, eq=False)
class Raise(Op):
    """A raise statement."""

    src: Slot | None


@dataclass(slots=True, eq=False)
class Discard(Op):
    """An expression statement: its value is thrown away."""

    src: Slot


@dataclass(slots=True, eq=False)
class Lambda(Op):
    """A lambda expression."""

    dst: Slot


@dataclass(slots=True, eq=False)
class Define(Op):
    """A nested `def` or `class` statement binds its name; `captures` are the names it reads."""

    name: str
    captures: frozenset[str]


@dataclass(slots=True, eq=False)
class Forget(Op):
    """The end of a statement: intermediate results are gone."""


# how a block ends ---------------------------------------------------------------------------------


@dataclass(slots=True)
class Jump:
    """Goes on in another block."""

    target: int


@dataclass(frozen=True, slots=True)
class Test:
    """What a branch asks. `kind` is 'truth', 'is' or 'eq' (against `const`).

    `name` is the variable that is asked about, if it is one; `key` the expression's text where it
    is call-free and so gives the same answer again until a name in it is rebound. `loop` is the
    variable of which `.is_running()` is asked.
    """

    kind: str = "truth"
    const: object = None
    name: str = ""
    key: str = ""
    loop: str = ""


@dataclass(slots=True)
class Branch:
    """Goes on in one of two blocks."""

    slot: Slot
    test: Test
    yes: int
    no: int


@dataclass(slots=True)
class Next:
    """The head of a loop: one more element into `dst`, or the end."""

    node: cst.CSTNode
    it: str
    dst: Slot
    is_async: bool
    body: int
    done: int


@dataclass(slots=True)
class Dispatch:
    """An exception arrives: any of the handlers may take it."""

    targets: tuple[int, ...]


@dataclass(slots=True)
class Exit:
    """The function ends: 'return' or 'raise'."""

    how: str


End = Jump | Branch | Next | Dispatch | Exit


@dataclass(slots=True)
class Block:
    """A straight run of operations; `handler` is the block to which an exception in it leads.

    guarded: an `except` clause of the function itself may take the exception. caught: the names of
    exceptions in such clauses, or of the clause itself if it is for where no loop runs. asked:
    the name on whose truth it hangs (`if close:`), "" for other conditions and for none.
    """

    ops: list[Op] = field(default_factory=list)
    end: End = field(default_factory=lambda: Exit("return"))
    handler: int | None = None
    guarded: bool = False
    caught: frozenset[str] = frozenset()
    asked: str = ""


@dataclass(eq=False)
class Graph:
    """A function's control-flow graph. Block 0 is the entry.

    captured: local names that nested functions read. keys: for each name, the call-free tests that
    mention it.
    tested: the variables that some test reads.
    """

    blocks: list[Block]
    captured: frozenset[str]
    keys: dict[str, tuple[str, ...]]
    tested: frozenset[str]
