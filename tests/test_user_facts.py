"""Facts of the user: read from the configuration, every key checked, laid over the tool's own."""

from __future__ import annotations

import pickle
from dataclasses import replace
from pathlib import Path

import pytest

from asynclint.engine.config import ConfigError, find_settings
from asynclint.engine.knowledge import facts_for
from asynclint.engine.settings import Settings
from asynclint.facts import Accepts, Facts, How, Kind, Outcome, Where, standard_facts
from front_ends import write


@pytest.fixture(autouse=True)
def _in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def configured(text: str) -> Settings:
    """The settings of a project with this configuration."""
    write(Path(), {"pyproject.toml": text})
    return find_settings(Path())


def known(text: str) -> Facts:
    """The facts for a run in such a project."""
    return facts_for(configured(text))


def test_without_facts_of_the_user_the_standard_ones_hold() -> None:
    assert facts_for(Settings.defaults()) is standard_facts()
    assert facts_for(configured("[tool.asynclint.facts]")) is standard_facts()


def test_the_vocabulary_is_that_of_the_facts_files() -> None:
    facts = known(
        """
        [tool.asynclint.facts."mylib.run"]
        starts-loop = true
        twin = "mylib.arun"
        consumes = [{ at = 0, name = "main", how = "run", accepts = "coroutine" }]

        [tool.asynclint.facts."mylib.every"]
        source = "mylib/timers.py"
        decorates = "keeps"
        calls = [{ at = -2, where = "thread", outcome = "dropped" }]
        """
    )
    run = facts.get("mylib.run")
    assert run is not None
    assert (run.starts_loop, run.twin, run.source) == (
        True,
        "mylib.arun",
        "[tool.asynclint.facts]",
    )
    assert (run.consumes[0].how, run.consumes[0].accepts) == (How.RUN, Accepts.COROUTINE)
    every = facts.get("mylib.every")
    assert every is not None
    assert (every.decorates, every.source) == ("keeps", "mylib/timers.py")
    assert (every.calls[0].where, every.calls[0].outcome) == (Where.THREAD, Outcome.DROPPED)
    assert facts.get("asyncio.run") is standard_facts().get("asyncio.run")


def test_members_of_a_class_in_short() -> None:
    facts = known(
        """
        [tool.asynclint.facts."mylib.Client"]
        kind = "class"
        aliases = ["mylib.client.Client"]
        coroutine-methods = ["get", "put"]
        coroutine-results.open = "mylib.Channel"
        function-results.clone = "mylib.Client"
        attributes.channel = "mylib.Channel"

        [tool.asynclint.facts."mylib.connect"]
        enters = "mylib.Client"
        """
    )
    got = {name: facts.method("mylib.Client", name) for name in ("get", "open", "clone", "channel")}
    assert {name: fact and (fact.kind, fact.returns) for name, fact in got.items()} == {
        "get": (Kind.COROUTINE, ""),
        "open": (Kind.COROUTINE, "mylib.Channel"),
        "clone": (Kind.FUNCTION, "mylib.Client"),
        "channel": (Kind.ATTRIBUTE, "mylib.Channel"),
    }
    assert facts.get("mylib.client.Client.get") is got["get"]
    connect = facts.get("mylib.connect")
    assert connect is not None
    entered = facts.method(connect.returns, "__aenter__")
    assert entered is not None
    assert (entered.kind, entered.returns) == (Kind.COROUTINE, "mylib.Client")


@pytest.mark.parametrize("spelling", ["asyncio.run", "asyncio.runners.run"])
def test_the_facts_of_the_user_win_under_every_spelling(spelling: str) -> None:
    facts = known(f'[tool.asynclint.facts."{spelling}"]\nnote = "patched at start"\n')
    found = facts.get("asyncio.run")
    assert found is facts.get("asyncio.runners.run")
    assert found is not None
    assert (found.name, found.note, found.starts_loop) == ("asyncio.run", "patched at start", False)
    assert facts.get("asyncio.sleep") is standard_facts().get("asyncio.sleep")
    standard = standard_facts().get("asyncio.run")
    assert standard is not None
    assert standard.starts_loop


def test_a_method_can_be_added_to_a_known_class() -> None:
    facts = known('[tool.asynclint.facts."asyncio.Queue.drain"]\nkind = "coroutine-function"\n')
    drain = facts.method("asyncio.PriorityQueue", "drain")
    assert drain is not None
    assert drain.kind is Kind.COROUTINE
    assert facts.method("asyncio.PriorityQueue", "put") is not None


def test_settings_with_facts_are_hashable_and_travel_to_other_processes() -> None:
    text = '[tool.asynclint.facts."mylib.run"]\nstarts-loop = true\n'
    settings = configured(text)
    assert settings == configured(text)
    assert hash(settings) == hash(configured(text))
    assert settings != replace(settings, facts=())
    assert pickle.loads(pickle.dumps(settings)) == settings  # noqa: S301 - our own bytes
    assert facts_for(settings) is facts_for(configured(text))


HEAD = "[tool.asynclint]\nselect = ['ASL']\n"
TABLE = f'{HEAD}[tool.asynclint.facts."mylib.run"]\n'
BROKEN = {
    "no table": ("[tool.asynclint]\nfacts = 1\n", 2, "facts: must be a table of dotted names"),
    "no inner table": (
        '[tool.asynclint.facts]\n\n"mylib.run" = 1\n',
        3,
        "facts: 'mylib.run': expected a table, got 1",
    ),
    "unknown key": (
        f"{TABLE}\nstarts-lop = true\n",
        5,
        "facts: 'mylib.run': unknown key 'starts-lop'; did you mean 'starts-loop'?",
    ),
    "key of a part": (
        f"{TABLE}calls = [{{ at = 0, wher = 'here' }}]\n",
        4,
        "facts: 'mylib.run': unknown key 'wher'; did you mean 'where'?",
    ),
    "key of a part in a table of its own": (
        f'{TABLE}[[tool.asynclint.facts."mylib.run".calls]]\nat = 0\n\noutcom = "used"\n',
        7,
        "unknown key 'outcom'; did you mean 'outcome'?",
    ),
    "unknown word": (
        f"{TABLE}kind = 'coroutine'\n",
        4,
        "unknown kind 'coroutine'; did you mean 'coroutine-function'?",
    ),
    "unknown effect": (f"{TABLE}effect = 'close'\n", 4, "did you mean 'closes'?"),
    "nothing near": (f"{TABLE}decorates = 'zzz'\n", 4, "unknown decorates 'zzz'"),
    "type": (f"{TABLE}starts-loop = 'yes'\n", 4, "starts-loop wants bool, got 'yes'"),
    "word of no type": (f"{TABLE}kind = 3\n", 4, "kind wants str, got 3"),
    "list": (f"{TABLE}reads = 0\n", 4, "reads wants a list of int, got 0"),
    "table": (
        f"{TABLE}kind = 'class'\nattributes = ['a']\n",
        5,
        "attributes wants a table of str, got ['a']",
    ),
    "needed key": (
        f"{TABLE}consumes = [{{ name = 'x' }}]\n",
        4,
        "an entry of consumes has no 'at'",
    ),
    "member of a function": (
        f"{TABLE}coroutine-methods = ['a']\n",
        4,
        "a function has no 'coroutine-methods'",
    ),
    "a class that is entered": (
        f"{TABLE}kind = 'class'\nenters = 'a.B'\n",
        5,
        "a class has no 'enters'",
    ),
    "two results": (
        f"{TABLE}returns = 'a.B'\nenters = 'a.C'\n",
        5,
        "'returns' and 'enters' exclude each other",
    ),
    "described twice": (
        f'{TABLE}\n[tool.asynclint.facts."mylib.go"]\naliases = ["mylib.run"]\n',
        5,
        "facts: mylib.run is described twice",
    ),
    "no quotes": (
        f"{HEAD}[tool.asynclint.facts.mylib.tools.run]\nstarts-loop = true\n",
        3,
        'in quotes: [tool.asynclint.facts."mylib.tools.run"]',
    ),
    "no dot": (
        f"{HEAD}[tool.asynclint.facts.run]\nstarts-loop = true\n",
        4,
        "'run' is no dotted name such as 'package.function'",
    ),
    "no name": (
        f'{HEAD}[tool.asynclint.facts."my lib.run"]\nstarts-loop = true\n',
        4,
        "'my lib.run' is no dotted name",
    ),
}


@pytest.mark.parametrize(("text", "row", "message"), BROKEN.values(), ids=BROKEN)
def test_errors_name_file_and_line(text: str, row: int, message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        configured(text)
    assert str(caught.value).startswith(f"pyproject.toml:{row}: ")
    assert message in str(caught.value)
