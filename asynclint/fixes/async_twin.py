"""Cures a blocking facade in async code: awaits what the library offers for that."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import libcst as cst

from asynclint.facts import Fact, Kind
from asynclint.findings import Applicability, Edit, Fix
from asynclint.fixes.awaiting import awaited, awaited_text, room_to_await, trust
from asynclint.fixes.imports import reach
from asynclint.fixes.kit import Kit
from asynclint.fixes.passages import has_comment, rows_of

if TYPE_CHECKING:
    from asynclint.flow.story import LoopStart

_Edits = tuple[Edit, ...] | None
# Parameters of `uvicorn.run` that make it start further processes, or that `Config` does not take.
_NOT_OF_CONFIG = frozenset({"app_dir", "reload", "workers"})


def await_twin(kit: Kit, start: LoopStart) -> Fix | None:
    """`await` of the async counterpart that the facts name for a blocking call.

    None where the counterpart is used in another way than by awaiting a call of it.
    """
    call, fact = start.node, start.fact
    if not isinstance(call, cst.Call) or fact is None:
        return None
    room = room_to_await(kit, call)
    edits = twin_awaited(kit, call, fact)
    if room is None or edits is None:
        return None
    applicability, why = trust(kit, call)
    if fact.name == "uvicorn.run":
        applicability = Applicability.UNSAFE
        why = "; unsafe, as the process goes on when the server cannot start"
    return Fix(applicability, f"Await the async counterpart{why}", (*room, *edits))


def twin_awaited(kit: Kit, call: cst.Call, fact: Fact) -> _Edits:
    """The edits that await the counterpart, wherever the call stands; None where there is none."""
    special = _SPECIAL.get(fact.name)
    if special is not None:
        return special(kit, call)
    whole = awaited(kit, call, call)
    name = renamed(kit, call, fact)
    return (*whole, *name) if whole is not None and name is not None else None


def renamed(kit: Kit, call: cst.Call, fact: Fact) -> _Edits:
    """`agent.run_async(...)` for `agent.run(...)`: the edits of the name that is called."""
    twin = kit.program.resolver.facts.get(fact.twin) if fact.twin else None
    if twin is None or twin.kind is not Kind.COROUTINE:
        return None
    owner, _, name = twin.name.rpartition(".")
    if isinstance(call.func, cst.Attribute):
        same = fact.name.rpartition(".")[0] == owner
        return (kit.replace(call.func.attr, name),) if same else None
    reached = reach(kit.source, kit.tree, twin.name, line=rows_of(kit, call)[0])
    if not isinstance(call.func, cst.Name) or reached.spelling is None:
        return None
    return (*reached.edits, kit.replace(call.func, reached.spelling))


def _uvicorn_run(kit: Kit, call: cst.Call) -> _Edits:
    """`await uvicorn.Server(uvicorn.Config(app)).serve()` for `uvicorn.run(app)`."""
    given = [arg.keyword.value if arg.keyword is not None else "" for arg in call.args]
    if not _NOT_OF_CONFIG.isdisjoint(given) or any(arg.star == "**" for arg in call.args):
        return None
    row, _ = rows_of(kit, call)
    server = reach(kit.source, kit.tree, "uvicorn.Server", line=row)
    config = reach(kit.source, kit.tree, "uvicorn.Config", line=row)
    if server.spelling is None or config.spelling is None:
        return None
    edits = tuple(dict.fromkeys((*server.edits, *config.edits)))
    arguments = kit.source.text[kit.span(call.func)[1] : kit.span(call)[1]]
    operand = f"{server.spelling}({config.spelling}{arguments}).serve()"
    return (*edits, awaited_text(kit, call, operand))


def _anyio_run(kit: Kit, call: cst.Call) -> _Edits:
    """`await f(x)` for `anyio.run(f, x)`; what names the backend is dropped."""
    positional = [arg for arg in call.args if arg.keyword is None]
    if not all(_is_backend(arg) for arg in call.args if arg not in positional):
        return None
    if not positional or any(arg.star == "**" for arg in positional) or positional[0].star:
        return None
    if has_comment(kit.text(call)):
        return None
    callee = positional[0].value
    if not isinstance(callee, (cst.Name, cst.Attribute)):
        return None
    rest = ", ".join(f"{arg.star}{kit.text(arg.value)}" for arg in positional[1:])
    return (awaited_text(kit, call, f"{kit.text(callee)}({rest})"),)


def _is_backend(arg: cst.Arg) -> bool:
    return arg.keyword is not None and arg.keyword.value in ("backend", "backend_options")


def _async_to_sync(kit: Kit, call: cst.Call) -> _Edits:
    """`await f(x)` for `async_to_sync(f)(x)`."""
    wrapping = call.func
    if not isinstance(wrapping, cst.Call) or not wrapping.args or has_comment(kit.text(wrapping)):
        return None
    callee = wrapping.args[0].value
    if not isinstance(callee, (cst.Name, cst.Attribute)) or wrapping.args[0].star:
        return None
    whole = awaited(kit, call, call)
    return (*whole, kit.replace(wrapping, kit.text(callee))) if whole is not None else None


_SPECIAL: dict[str, Callable[[Kit, cst.Call], _Edits]] = {
    "uvicorn.run": _uvicorn_run,
    "anyio.run": _anyio_run,
    "asgiref.sync.AsyncToSync.__call__": _async_to_sync,
}
