"""What the command line says about rules, laid over what the configuration says."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from asynclint import rules
from asynclint.engine.select import is_on, longest
from asynclint.engine.troubles import TROUBLE_GROUP

if TYPE_CHECKING:
    from asynclint.engine.settings import Settings
    from asynclint.rules import Rule


@dataclass(frozen=True)
class Choice:
    """Codes given for one run; `select` is None where the option was not given at all."""

    select: tuple[str, ...] | None = None
    ignore: tuple[str, ...] = ()
    extend_select: tuple[str, ...] = ()

    def over(self, settings: Settings) -> Settings:
        """The settings of the run.

        As in ruff, what is said for one run beats what the file says, however specific that is:
        `--select` replaces the file's choice, the others change it.
        """
        if self.select is not None:
            return replace(
                settings,
                select=self.select,
                ignore=self.ignore,
                extend_select=self.extend_select,
            )
        if not self.ignore and not self.extend_select:
            return settings
        on = (rule.code for rule in rules.all_rules() if self._keeps(rule, settings))
        ignored = (*settings.ignore, *self.ignore)
        troubles = tuple(each for each in ignored if each.startswith(TROUBLE_GROUP))
        return replace(settings, select=tuple(on), ignore=troubles, extend_select=())

    def _keeps(self, rule: type[Rule], settings: Settings) -> bool:
        exact = (each for each in self.extend_select if each == rule.code)
        added = longest(self.extend_select if rule.default else exact, rule.code)
        removed = longest(self.ignore, rule.code)
        if added == removed == -1:
            return is_on(rule.code, settings, default=rule.default)
        return added > removed
