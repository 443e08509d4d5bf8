"""What the tool knows about callables that it never analyses: the shape of `facts/*.toml`.

A facts file has one table per dotted name, in the name's canonical spelling (`asyncio.run`,
`asyncio.Queue.put`, `builtins.sorted`). Every table names its `source`: the file and version where
the fact was read. Positions of parameters are 0-based and do not count `self`. Some facts may be
written in short, without a table for each: see `Members`.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

#: Position that stands for the function under a decorator: `@click.command()` takes it in no call.
DECORATED = -2

EFFECTS = frozenset(
    {
        "",
        "allows-nested",
        "closes",
        "drives",
        "finishes",
        "gives",
        "needs-done",
        "repeats",
        "sets-loop",
        "suppresses",
        "takes",
        "waits",
    }
)
DECORATES = frozenset(
    {
        "",
        "caches",
        "caches-property",
        "class",
        "context-manager",
        "coroutine",
        "keeps",
        "opaque",
        "property",
        "static",
    }
)


class Kind(Enum):
    """What a callable is; decides what calling it makes."""

    FUNCTION = "function"
    COROUTINE = "coroutine-function"
    ASYNC_GENERATOR = "async-generator-function"
    GENERATOR = "generator-function"
    CLASS = "class"
    ATTRIBUTE = "attribute"  # not called: an attribute of a class that holds an object of `returns`


class How(Enum):
    """How a callable consumes an awaitable that it is given."""

    AWAIT = "await"  # awaits it before it returns its own awaited result (wait_for)
    SCHEDULE = "schedule"  # makes a task of it (create_task, gather, shield)
    RUN = "run"  # drives it to its end on a loop that it starts or that stands idle (asyncio.run)


class Accepts(Enum):
    """What an awaitable parameter takes; everything else raises."""

    COROUTINE = "coroutine"  # coroutine objects only (asyncio.run, create_task)
    AWAITABLE = "awaitable"  # coroutine objects, futures, tasks, objects with __await__
    FUTURE = "future"  # futures and tasks only (asyncio.wait from 3.11)


class Where(Enum):
    """Where a callable that is handed over gets called.

    With the outcome 'awaited' this tells of plain functions only: coroutine functions then run on
    the event loop wherever plain ones are called (a web framework's endpoints).
    """

    HERE = "here"  # on this thread, before the call returns (sorted's key)
    LOOP = "loop"  # later, as a plain callback on the running loop (call_soon)
    THREAD = "thread"
    PROCESS = "process"
    EXIT = "exit"  # when the interpreter shuts down (atexit)
    LATER = "later"  # at some later time on a thread that the facts do not know (signal, weakref)


class Outcome(Enum):
    """What the caller of a handed-over callable does with the result."""

    DROPPED = "dropped"
    USED = "used"  # as a plain value: a coroutine object there is a fault
    AWAITED = "awaited"  # coroutine functions are welcome
    RETURNED = "returned"  # handed back untouched: `map`, `partial`, `run_in_executor`'s future


@dataclass(frozen=True, slots=True)
class Consumes:
    """One awaitable parameter.

    `at` is the 0-based position (-1: keyword only), `name` the keyword ('' : position only).
    `spread` is 'args' where every further positional argument is meant (gather), 'items' where the
    parameter is an iterable of awaitables (as_completed, wait), else ''.
    """

    at: int
    name: str = ""
    how: How = How.AWAIT
    accepts: Accepts = Accepts.AWAITABLE
    spread: str = ""


@dataclass(frozen=True, slots=True)
class Calls:
    """One parameter that is called: where, and what becomes of its result.

    `at` is the 0-based position, -1: keyword only, -2 (`DECORATED`): the decorated function.
    `arguments` is the position of the first argument that is passed on to the callable, -1 if none;
    with `packed` it is the position of one tuple of arguments, whose keyword `packed` names
    (`Thread(target=f, args=(x,))`).
    """

    at: int
    name: str = ""
    where: Where = Where.HERE
    outcome: Outcome = Outcome.DROPPED
    arguments: int = -1
    packed: str = ""


@dataclass(frozen=True, slots=True)
class Fact:
    """All that is known about one callable or class.

    source: the file, and in parentheses the version, where the fact was read.
    returns: canonical name of the class of which a call (of a coroutine function: an awaited call)
        gives an instance, 'argument' where an argument comes back (`typing.cast`; a class: its
        `with` statement binds the argument, as `contextlib.closing` does), '' where unknown. Of the
        method `__await__`: of what awaiting an instance gives; of `__enter__` and `__aenter__`: of
        what `with` and `async with` bind; of an attribute: of what it holds.
    argument: which argument comes back where `returns` is 'argument'.
    returns_items: where a tuple comes back, the classes of its items, '' for an unknown one.
    never_returns: the call always raises or ends the process (`sys.exit`).
    consumes, calls: see those classes.
    iterates: 0-based positions of arguments that are iterated synchronously; -1: all of them.
    elements: positions of iterables whose elements are in the result, or in the object of the
        method, at any depth (`list`, `zip`, `list.extend`); -1: all of them.
    stores: positions of arguments that are themselves in the result, or in the object of the
        method, from then on (`list.append`, `dict.fromkeys`); -1: all of them.
    reads: positions of arguments whose value is looked at, so that a coroutine object there is a
        fault (`len`, `json.dumps`); -1: all of them. Containers are looked into if `deep`.
    starts_loop: the call runs an event loop on the calling thread and raises where one runs.
    unless: keywords that keep the call from that where they are given, whatever their value.
    blocks: the call waits for another thread and so blocks the running loop.
    makes_loop: the call makes a new event loop.
    needs_loop: the call wants a current or a running one.
    loop_bound: instances belong to one event loop, that of their making or of their first wait.
    effect: what a method does to its own object:
        'closes' (loop, coroutine object, executor; a class: its `with` statement closes the
        argument), 'waits' (until the object, a thread or a future, is done), 'finishes' (future),
        'needs-done' (future: raises InvalidStateError before), 'drives' (coroutine object by hand),
        'takes' (container gives an element away; a function: argument 0 does), 'gives' (container
        shows its elements and keeps them); and what a function does:
        'sets-loop' (makes argument 0 the current loop), 'repeats' (the same element comes out more
        than once), 'suppresses' (context manager that swallows exceptions), 'allows-nested' (from
        then on a loop may be started where one runs), '' else.
    decorates: what the callable makes of a function that it decorates: 'keeps' (as it was),
        'caches', 'property', 'caches-property', 'context-manager', 'static', 'class',
        'coroutine', 'opaque' (something of its own: say nothing), '' (is no decorator).
    becomes: for an opaque decorator, canonical name of the class of which the decorated name is
        then an instance (`click.Group`), '' where unknown.
    bases: canonical names of a class's bases, for the look-up of methods.
    sync_hooks: methods that the base class, or what decorates the class, calls as plain functions
        (Thread.run, __post_init__ of a dataclass); coroutine functions there never run.
    async_hooks: methods that the base class awaits (IsolatedAsyncioTestCase.asyncSetUp).
        Both may hold patterns in fnmatch form ('test*'). What a class says of a hook stands before
        what its bases say.
    repeatable: instances may be awaited any number of times (Task, Future).
    aliases: further dotted names of the same object ('asyncio.runners.run').
    twin: dotted name of the async counterpart to await in its place ('' if none).
    since: first Python version that has the name ('3.11'), until: first that has it no longer,
        platform: the only `sys.platform` that has it; '' where that does not matter.
    note: what differs between versions, for people.
    """

    name: str
    source: str
    kind: Kind = Kind.FUNCTION
    returns: str = ""
    argument: int = 0
    returns_items: tuple[str, ...] = ()
    never_returns: bool = False
    consumes: tuple[Consumes, ...] = ()
    calls: tuple[Calls, ...] = ()
    iterates: tuple[int, ...] = ()
    elements: tuple[int, ...] = ()
    stores: tuple[int, ...] = ()
    reads: tuple[int, ...] = ()
    deep: bool = False
    starts_loop: bool = False
    unless: tuple[str, ...] = ()
    blocks: bool = False
    makes_loop: bool = False
    needs_loop: bool = False
    loop_bound: bool = False
    effect: str = ""
    decorates: str = ""
    becomes: str = ""
    bases: tuple[str, ...] = ()
    sync_hooks: tuple[str, ...] = ()
    async_hooks: tuple[str, ...] = ()
    repeatable: bool = False
    aliases: tuple[str, ...] = ()
    twin: str = ""
    since: str = ""
    until: str = ""
    platform: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Members:
    """Short forms: keys of a table that give further facts, with the table's source.

    coroutine_methods: of a class, names of its methods that are coroutine functions of which
        nothing else is known.
    coroutine_results: of a class, a table from the names of methods that are coroutine functions to
        the canonical names of the classes of which an awaited call gives an instance.
    function_results: the same of methods that are plain functions, and of what a call gives.
    attributes: of a class, a table from the names of attributes and properties to the canonical
        names of the classes of what they hold (None aside).
    enters: of a callable `f` whose result is only there to be awaited or entered (the function
        under an `asynccontextmanager`, `aiohttp.ClientSession.get`), the class of what `await`,
        `with` and `async with` give of it. `f` then returns an instance of a class that goes by
        the name `f()` and has the methods `__await__`, `__enter__` and `__aenter__`.
    """

    coroutine_methods: tuple[str, ...] = ()
    coroutine_results: tuple[tuple[str, str], ...] = ()
    function_results: tuple[tuple[str, str], ...] = ()
    attributes: tuple[tuple[str, str], ...] = ()
    enters: str = ""
