"""Branches: which way a test goes, and what is known afterwards."""

from __future__ import annotations

from asynclint.flow.operations import Operations
from asynclint.flow.state import State, truth
from asynclint.model.values import (
    NONE,
    Code,
    Const,
    Func,
    Inst,
    Lib,
    Obj,
    Thing,
    Value,
    one,
)
from asynclint.visitor.ops import Branch, Slot, Test


class Branching(Operations):
    """Tests of values; paths on which a test contradicts itself are not followed."""

    def push(self, index: int, state: State) -> None:
        """A state arrives at a block."""
        raise NotImplementedError

    def branch(self, end: Branch) -> None:
        """Follows both ways of a branch, or the one that is possible."""
        value = self.state.get(end.slot)
        test = end.test
        known = self._answer(value, test)
        for answer, target in ((True, end.yes), (False, end.no)):
            if known is (not answer):
                continue
            state = self.state.copy()
            self._learn(state, end.slot, value, test, answer)
            self.push(target, state)

    def _answer(self, value: Value, test: Test) -> bool | None:
        memory = self._remembered(test)
        if memory is not None:
            return memory
        if test.kind == "truth":
            return truth(value, self.state)
        if test.const is None:
            answers = {self._is_none(thing) for thing in value}
        else:
            answers = {t.value == test.const if isinstance(t, Const) else None for t in value}
        return answers.pop() if len(answers) == 1 else None

    def _is_none(self, thing: Thing) -> bool | None:
        if isinstance(thing, Const):
            return thing.value is None
        record = self.state.record(thing)
        if record is not None:
            return None if record.cls == "parameter" else False
        return False if isinstance(thing, (Func, Inst, Code, Lib)) and _solid(thing) else None

    def _remembered(self, test: Test) -> bool | None:
        if not test.key:
            return None
        found = self.state.env.get(f"?{test.key}")
        if found is not None:
            return found == one(Const(True))
        asks_none = test.kind == "is" and test.const is None and test.name
        if asks_none and self.state.env.get(f"?{test.name}") == one(Const(True)):
            return False
        return None

    def _learn(
        self,
        state: State,
        slot: Slot,
        value: Value,
        test: Test,
        answer: bool,
    ) -> None:
        if test.key:
            state.assign(f"?{test.key}", one(Const(answer)))
        if test.loop and not answer:
            for loop, _ in list(state.objects(state.get(test.loop))):
                state.update(loop, idle=True)
        narrowed = frozenset(t for t in value if self._fits(t, test, answer))
        if test.kind == "is" and test.const is None and answer:
            narrowed = NONE
        if test.kind == "truth" and not answer:
            for _, record in list(self.state.objects(value)):
                state.escape(record.items)  # the container is empty: they were taken out
        if narrowed and narrowed != value:
            state.narrow(slot, narrowed)
            state.narrow(test.name, narrowed)
            self._rule_out(state, value - narrowed)

    def _rule_out(self, state: State, value: Value) -> None:
        """What a test excludes was made on another path, not lost on this one.

        `if job:` is false where a join has let `job` be a coroutine object or None: there is none.
        """
        excluded = [thing for thing in value if isinstance(thing, Obj) and thing in state.heap]
        if not excluded:
            return
        reachable = state.reachable(self.given)
        for obj in excluded:
            if obj not in reachable:
                del state.heap[obj]

    def _fits(self, thing: Thing, test: Test, answer: bool) -> bool:
        return self._answer(one(thing), Test(test.kind, test.const)) is not (not answer)


def _solid(thing: Thing) -> bool:
    return not isinstance(thing, Inst) or thing.exact
