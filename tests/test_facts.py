"""The facts about the standard library are what the running interpreter says of itself."""

from __future__ import annotations

import asyncio
import inspect
import sys
from dataclasses import replace

import pytest

from asynclint.facts import Accepts, Fact, Facts, How, Kind, standard_facts
from asynclint.facts.loader import parse_facts
from facts_proofs.claims import (
    AWAITABLE_BY_CALL,
    all_facts,
    complaints,
    facts_files,
    kind_complaints,
    parameters,
    resolve,
    signature_complaints,
    stdlib_facts,
)

HERE = stdlib_facts()
LOOP = "asyncio.AbstractEventLoop."


@pytest.mark.parametrize("name", facts_files())
def test_every_file_parses_and_stands_under_its_package(name: str) -> None:
    facts = parse_facts(facts_files()[name], name)
    assert facts
    package = name.removesuffix(".toml").partition("-")[0]
    assert {spelling.partition(".")[0] for spelling in facts} == {package}


def test_no_name_is_described_in_two_files() -> None:
    spellings = [s for name, text in facts_files().items() for s in parse_facts(text, name)]
    assert len(spellings) == len(set(spellings))


@pytest.mark.parametrize("name", HERE)
def test_the_interpreter_agrees(name: str) -> None:
    assert complaints(HERE[name]) == []


def test_the_signatures_of_most_names_are_known() -> None:
    """The check of positions would be empty if the interpreter showed no signatures."""
    wanted = [f for f in HERE.values() if f.consumes or f.calls or f.iterates or f.reads]
    known = [f for f in wanted if parameters(f, resolve(f.name)) is not None]
    assert len(known) > 0.7 * len(wanted)


@pytest.mark.parametrize("name", [name for name in HERE if name.startswith(LOOP)])
def test_the_loop_that_people_get_does_as_the_abstract_one(name: str) -> None:
    fact = HERE[name]
    real = resolve(f"asyncio.SelectorEventLoop.{name.removeprefix(LOOP)}")
    assert [*kind_complaints(fact, real), *signature_complaints(fact, real)] == []


def _public_coroutine_functions() -> list[tuple[str, str]]:
    """Owner and name of every public coroutine function and method of asyncio."""
    found = []
    owners = {f"asyncio.{name}": getattr(asyncio, name) for name in asyncio.__all__}
    owners["asyncio.subprocess.Process"] = asyncio.subprocess.Process
    for name, thing in owners.items():
        if not inspect.isclass(thing):
            if inspect.iscoroutinefunction(thing):
                found.append(tuple(name.rsplit(".", 1)))
            continue
        for method in dir(thing):
            is_coroutine = inspect.iscoroutinefunction(inspect.getattr_static(thing, method))
            if is_coroutine and not method.startswith("_"):
                found.append((name, method))
    return [(owner, name) for owner, name in found]


@pytest.mark.parametrize(("owner", "name"), _public_coroutine_functions())
def test_no_coroutine_function_of_asyncio_is_missing(owner: str, name: str) -> None:
    fact = standard_facts().method(owner, name)
    assert fact is not None
    assert fact.kind is Kind.COROUTINE


def test_names_that_came_and_went_are_marked() -> None:
    facts = all_facts()
    assert ("asyncio.TaskGroup" in HERE) == (sys.version_info >= (3, 11))
    assert ("asyncio.Queue.shutdown" in HERE) == (sys.version_info >= (3, 13))
    assert ("asyncio.coroutine" in HERE) == (sys.version_info < (3, 11))
    assert facts["asyncio.ProactorEventLoop"].platform == "win32"


# The look-up --------------------------------------------------------------------------------------


def test_methods_are_found_through_bases_and_aliases() -> None:
    facts = Facts()
    put = facts.get("asyncio.Queue.put")
    assert put is not None
    assert facts.method("asyncio.PriorityQueue", "put") is put
    assert facts.get("asyncio.queues.Queue.put") is put
    assert facts.get("asyncio.queues.Queue.nothing") is None
    assert facts.get("asyncio.nothing") is None
    assert facts.get("no_such_package.run") is None
    done = facts.get("asyncio.Future.done")
    assert done is not None
    assert facts.method("asyncio.Task", "done") is done
    loop = facts.get("asyncio.AbstractEventLoop.run_forever")
    assert loop is not None
    assert facts.method("uvloop.Loop", "run_forever") is loop


def test_run_is_read_as_it_is_written() -> None:
    fact = standard_facts().get("asyncio.run")
    assert fact is not None
    assert fact.starts_loop
    (consumes,) = fact.consumes
    assert (consumes.at, consumes.name) == (0, "main")
    assert (consumes.how, consumes.accepts) == (How.RUN, Accepts.COROUTINE)


def test_members_and_results_in_short() -> None:
    text = """
    ["a.C"]
    kind = "class"
    source = "a.py (a 1)"
    coroutine-methods = ["get"]
    coroutine-results = { open = "a.D" }
    function-results = { clone = "a.C" }
    attributes = { inner = "a.D" }
    ["a.connect"]
    source = "a.py (a 1)"
    enters = "a.C"
    """
    facts = parse_facts(text, "made-up")
    shown = {name: (fact.kind, fact.returns) for name, fact in facts.items()}
    assert shown == {
        "a.C": (Kind.CLASS, ""),
        "a.C.get": (Kind.COROUTINE, ""),
        "a.C.open": (Kind.COROUTINE, "a.D"),
        "a.C.clone": (Kind.FUNCTION, "a.C"),
        "a.C.inner": (Kind.ATTRIBUTE, "a.D"),
        "a.connect": (Kind.FUNCTION, "a.connect()"),
        "a.connect()": (Kind.CLASS, ""),
        "a.connect().__await__": (Kind.FUNCTION, "a.C"),
        "a.connect().__enter__": (Kind.FUNCTION, "a.C"),
        "a.connect().__aenter__": (Kind.COROUTINE, "a.C"),
    }
    assert {fact.source for fact in facts.values()} == {"a.py (a 1)"}


# The checks can fail ------------------------------------------------------------------------------


def _fact(table: str) -> Fact:
    (fact,) = {f.name: f for f in parse_facts(table, "made-up").values()}.values()
    return fact


WRONG = {
    "kind": (
        """
        ["asyncio.sleep"]
        source = "Lib/asyncio/tasks.py (3.13)"
        """,
        "is a coroutine-function",
    ),
    "kind of a method": (
        """
        ["asyncio.Queue.put_nowait"]
        kind = "coroutine-function"
        source = "Lib/asyncio/queues.py (3.13)"
        """,
        "is a function, not a coroutine-function",
    ),
    "class": (
        """
        ["asyncio.run"]
        kind = "class"
        source = "Lib/asyncio/runners.py (3.13)"
        """,
        "not a class",
    ),
    "name": (
        """
        ["asyncio.rnu"]
        source = "Lib/asyncio/runners.py (3.13)"
        """,
        "there is no asyncio.rnu",
    ),
    "method": (
        """
        ["asyncio.Queue.push"]
        source = "Lib/asyncio/queues.py (3.13)"
        """,
        "there is no asyncio.Queue.push",
    ),
    "position": (
        """
        ["threading.Thread"]
        kind = "class"
        source = "Lib/threading.py (3.13)"
        calls = [{ at = 0, name = "target", where = "thread" }]
        """,
        "parameter 0 is called group",
    ),
    "position out of range": (
        """
        ["asyncio.to_thread"]
        kind = "coroutine-function"
        source = "Lib/asyncio/threads.py (3.13)"
        consumes = [{ at = 0, spread = "args" }]
        """,
        "has no *args at 0",
    ),
    "position of what is read": (
        """
        ["builtins.len"]
        source = "Python/bltinmodule.c (3.13)"
        reads = [1]
        """,
        "has no parameter 1",
    ),
    "keyword": (
        """
        ["builtins.sorted"]
        source = "Python/bltinmodule.c (3.13)"
        calls = [{ at = -1, name = "keys" }]
        """,
        "no keyword-only parameter keys",
    ),
    "arguments": (
        """
        ["asyncio.to_thread"]
        kind = "coroutine-function"
        source = "Lib/asyncio/threads.py (3.13)"
        calls = [{ at = 0, arguments = 0 }]
        """,
        "has no *args at 0",
    ),
    "packed": (
        """
        ["threading.Thread"]
        kind = "class"
        source = "Lib/threading.py (3.13)"
        calls = [{ at = 1, name = "target", arguments = 2, packed = "args" }]
        """,
        "parameter 2 is not args",
    ),
    "alias": (
        """
        ["asyncio.run"]
        source = "Lib/asyncio/runners.py (3.13)"
        aliases = ["asyncio.sleep"]
        """,
        "asyncio.sleep is not the same object",
    ),
    "base": (
        """
        ["asyncio.Queue"]
        kind = "class"
        source = "Lib/asyncio/queues.py (3.13)"
        bases = ["asyncio.Lock"]
        """,
        "asyncio.Lock is no base",
    ),
    "result": (
        """
        ["asyncio.new_event_loop"]
        source = "Lib/asyncio/events.py (3.13)"
        returns = "asyncio.run"
        """,
        "asyncio.run is no class",
    ),
    "hook": (
        """
        ["threading.Thread"]
        kind = "class"
        source = "Lib/threading.py (3.13)"
        sync-hooks = ["walk"]
        """,
        "has no method walk",
    ),
    "attribute": (
        """
        ["asyncio.subprocess.Process.stdlog"]
        kind = "attribute"
        source = "Lib/asyncio/subprocess.py (3.13)"
        """,
        "sets no attribute stdlog",
    ),
    "source": ('["asyncio.run"]\nsource = "somewhere"', "names no file of CPython"),
}


@pytest.mark.parametrize("what", WRONG)
def test_a_wrong_fact_is_found(what: str) -> None:
    table, complaint = WRONG[what]
    assert complaint in "\n".join(complaints(_fact(table)))


def test_a_wrong_file_of_the_source_is_found() -> None:
    here = ".".join(map(str, sys.version_info[:2]))
    fact = replace(HERE["asyncio.run"], source=f"Lib/asyncio/tasks.py ({here})")
    assert "asyncio/runners.py" in "\n".join(complaints(fact))
    fact = replace(HERE["asyncio.run"], source=f"Lib/asyncio/nowhere.py ({here})")
    assert "there is no Lib/asyncio/nowhere.py" in complaints(fact)


REFUSED = {
    "unknown key 'consume'": '["a.b"]\nsource = "x"\nconsume = []',
    "consumes: unknown key 'att'": '["a.b"]\nsource = "x"\nconsumes = [{ att = 0 }]',
    "calls has no 'at'": '["a.b"]\nsource = "x"\ncalls = [{ name = "f" }]',
    "blocks wants bool": '["a.b"]\nsource = "x"\nblocks = "yes"',
    "wants a list of int": '["a.b"]\nsource = "x"\nreads = ["0"]',
    "wants a list of dict": '["a.b"]\nsource = "x"\ncalls = [0]',
    "wants a list of str": '["a.b"]\nsource = "x"\nbases = "a.c"',
    "wants int": '["a.b"]\nsource = "x"\nargument = true',
    "unknown how 'never'": '["a.b"]\nsource = "x"\nconsumes = [{ at = 0, how = "never" }]',
    "unknown kind 'method'": '["a.b"]\nsource = "x"\nkind = "method"',
    "unknown kind ''": '["a.b"]\nsource = "x"\nkind = ""',
    "kind wants str": '["a.b"]\nsource = "x"\nkind = 3',
    "unknown effect": '["a.b"]\nsource = "x"\neffect = "explodes"',
    "unknown decorates": '["a.b"]\nsource = "x"\ndecorates = "nicely"',
    "names no source": '["a.b"]\nsource = " "',
    "'a.c': names no source": '["a.c"]\nblocks = true',
    "expected a table": '"a.b" = 3',
    "described twice": '["a.b"]\nsource = "x"\naliases = ["a.c"]\n["a.c"]\nsource = "x"',
    "a.b.c is described twice": '["a.b"]\nsource = "x"\nkind = "class"\n'
    'coroutine-methods = ["c"]\n["a.b.c"]\nsource = "x"',
    "a function has no 'attributes'": '["a.b"]\nsource = "x"\nattributes = { c = "a.d" }',
    "a class has no 'enters'": '["a.b"]\nsource = "x"\nkind = "class"\nenters = "a.d"',
    "exclude each other": '["a.b"]\nsource = "x"\nreturns = "a.c"\nenters = "a.d"',
    "attributes wants a table of str": '["a.b"]\nsource = "x"\nkind = "class"\nattributes = ["c"]',
    "made-up: Expected": '["a.b"]\nsource x',
}


@pytest.mark.parametrize("message", REFUSED)
def test_the_loader_refuses_what_it_cannot_read(message: str) -> None:
    with pytest.raises(ValueError, match="made-up") as raised:
        parse_facts(REFUSED[message], "made-up")
    assert message in str(raised.value)


def test_the_exceptions_of_the_check_are_still_needed() -> None:
    for name in AWAITABLE_BY_CALL:
        assert not inspect.iscoroutinefunction(resolve(name))
