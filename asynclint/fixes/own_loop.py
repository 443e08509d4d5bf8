"""Cures a loop that is asked for where none is set: makes one, sets it, and closes it."""

from __future__ import annotations

import libcst as cst

from asynclint.findings import Applicability, Edit, Fix
from asynclint.fixes.closing import closing_edits
from asynclint.fixes.imports import reach
from asynclint.fixes.kit import Kit
from asynclint.fixes.loop_block import binding_of
from asynclint.fixes.mentions import mentions
from asynclint.fixes.passages import indentation_of, rows_of

_MESSAGE = "Make a loop, set it and close it; unsafe, as other code may have set one meanwhile"


def own_loop(kit: Kit, asked: cst.CSTNode) -> Fix | None:
    """`loop = asyncio.new_event_loop()` and `asyncio.set_event_loop(loop)` for the loop asked for.

    It is closed in a `finally`, unless the code closes it already.
    """
    bound = binding_of(kit, asked)
    if bound is None or isinstance(bound[1], cst.With):
        return None
    name, statement = bound
    maker = reach(kit.source, kit.tree, "asyncio.new_event_loop", module="asyncio")
    setter = reach(kit.source, kit.tree, "asyncio.set_event_loop", module="asyncio")
    closes = any(_is_close(kit, each) for each in mentions(kit.unit.node, name))
    closing = () if closes else closing_edits(kit, asked)
    if maker.spelling is None or setter.spelling is None or closing is None:
        return None
    first, last = rows_of(kit, statement)
    source = kit.source
    bottom = source.offset(last, 0) + len(source.line(last))
    setting = f"{source.newline}{indentation_of(kit, first)}{setter.spelling}({name})"
    edits = (
        *dict.fromkeys((*maker.edits, *setter.edits)),
        kit.replace(asked, f"{maker.spelling}()"),
        Edit(bottom, bottom, setting),
        *closing,
    )
    return Fix(Applicability.UNSAFE, _MESSAGE, edits)


def _is_close(kit: Kit, mention: cst.Name) -> bool:
    above = kit.parent(mention)
    return isinstance(above, cst.Attribute) and above.attr.value == "close"
