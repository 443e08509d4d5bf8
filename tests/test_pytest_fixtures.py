"""What pytest hands to the parameters of tests: each sample is run by pytest, then checked.

A line that loses a coroutine object ends in `# !`: pytest then warns that it was never awaited.
Samples without such a line run clean, whatever they look like.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from textwrap import dedent

import pytest

from asynclint.engine.check import check_source
from asynclint.engine.config import find_settings
from asynclint.source.text import decode

#: Drives coroutine functions and asynchronous fixtures, as the plugins for asyncio do.
DRIVER = """
    import asyncio, inspect
    import pytest

    LOOP = asyncio.new_event_loop()

    def pytest_unconfigure():
        LOOP.close()

    def pytest_pyfunc_call(pyfuncitem):
        test, wanted = pyfuncitem.obj, inspect.signature(pyfuncitem.obj).parameters
        if inspect.iscoroutinefunction(test):
            given = {n: value for n, value in pyfuncitem.funcargs.items() if n in wanted}
            LOOP.run_until_complete(test(**given))
            return True

    @pytest.hookimpl(tryfirst=True)
    def pytest_fixture_setup(fixturedef, request):
        made = fixturedef.func
        given = {name: request.getfixturevalue(name) for name in fixturedef.argnames}
        if inspect.isasyncgenfunction(made):
            stream = made(**given)
            fixturedef.addfinalizer(lambda: LOOP.run_until_complete(stream.aclose()))
            result = LOOP.run_until_complete(anext(stream))
        elif inspect.iscoroutinefunction(made):
            result = LOOP.run_until_complete(made(**given))
        else:
            return None
        fixturedef.cached_result = (result, fixturedef.cache_key(request), None)
        return result
"""
DOOR = """
    class Door:
        async def open(self):
            return 1

    class Gate:
        def open(self):
            return 1
"""
CONFTEST = """
    import pytest
    from driver import *
    from door import Door, Gate

    @pytest.fixture
    def door():
        return Door()

    @pytest.fixture
    def key():
        return "brass"

    @pytest.fixture
    def lock(key):
        return Door() if key is None else make(key)

    def make(key):
        return Gate()

    @pytest.fixture
    async def opened():
        return Door()

    @pytest.fixture
    async def entered():
        yield Door()

    @pytest.fixture
    def knock(door):
        async def inner(times):
            return times
        return inner

    @pytest.fixture(name="hatch")
    def make_hatch(door):
        return door

    async def first(): return 1
    async def second(): return 1

    @pytest.fixture(params=[first, second])
    def step(request):
        return request.param
"""

SAMPLES = {
    "conftest": """
        async def test_it(door):
            door.open()  # !
            assert await door.open() == 1
    """,
    "awaited_fixture": """
        async def test_it(opened):
            opened.open()  # !
    """,
    "yielded_by_an_async_fixture": """
        async def test_it(entered):
            entered.open()  # !
    """,
    "factory": """
        async def test_it(knock):
            knock(3)  # !
            assert await knock(3) == 3
    """,
    "other_name": """
        async def test_it(hatch):
            hatch.open()  # !
    """,
    "values_of_a_fixture": """
        async def test_it(step):
            step()  # !
            assert await step() == 1
    """,
    "own_fixture_hides": """
        import pytest
        from door import Gate

        @pytest.fixture
        def door():
            return Gate()

        async def test_it(door):
            door.open()
    """,
    "class_hides_module": """
        import pytest
        from door import Door, Gate

        class TestGate:
            @pytest.fixture
            def door(self):
                yield Gate()

            async def test_it(self, door):
                door.open()

        class TestDoor:
            async def test_it(self, door):
                door.open()  # !
    """,
    "fixture_of_its_own_name": """
        import pytest

        class Holder:
            def __init__(self, door):
                self.door = door
            def open(self):
                return 1

        @pytest.fixture
        def door(door):
            return Holder(door)

        async def test_it(door):
            door.open()
    """,
    "heir_has_another": """
        import pytest
        from door import Door, Gate

        class TestDoor:
            @pytest.fixture
            def it(self):
                return Door()

            async def test_it(self, it):
                if isinstance(it, Gate):
                    it.open()

        class TestGate(TestDoor):
            @pytest.fixture
            def it(self):
                return Gate()
    """,
    "parametrized": """
        import pytest

        async def one(): return 1
        async def two(): return 1

        @pytest.mark.parametrize("way", [one, two])
        async def test_it(way):
            way()  # !
            assert await way() == 1
    """,
    "parametrized_in_rows": """
        import pytest

        async def one(): return 1
        async def two(): return 2

        @pytest.mark.parametrize("way, result", [(one, 1), (two, 2)])
        async def test_it(way, result):
            way()  # !
            assert await way() == result
    """,
    "parametrized_hides_the_fixture": """
        import pytest
        from door import Gate

        @pytest.mark.parametrize("door", [Gate()])
        async def test_it(door):
            door.open()
    """,
    "parametrized_by_the_module": """
        import pytest
        from door import Gate

        pytestmark = pytest.mark.parametrize("door", [Gate()])

        async def test_it(door):
            door.open()
    """,
    "parametrized_by_a_hook": """
        from door import Gate

        def pytest_generate_tests(metafunc):
            metafunc.parametrize("door", [Gate()])

        async def test_it(door):
            door.open()
    """,
    "patched": """
        from unittest.mock import patch

        @patch("door.Gate")
        async def test_it(door):
            door.open()
    """,
    "method_replaced_in_the_test": """
        async def test_it(door, monkeypatch):
            monkeypatch.setattr(door, "open", lambda: 1)
            door.open()
    """,
    "method_replaced_in_the_fixture": """
        import pytest
        from unittest.mock import Mock
        from door import Door

        @pytest.fixture
        def quiet():
            door = Door()
            door.open = Mock()
            return door

        async def test_it(quiet):
            quiet.open()
    """,
    "some_other_attribute_set": """
        async def test_it(door):
            door.colour = "green"
            door.open()  # !
    """,
    "wrapped": """
        import asyncio, functools

        def run(test):
            @functools.wraps(test)
            def inner(*args, **kwargs):
                return asyncio.run(test(*args, **kwargs))
            return inner

        @run
        async def test_it(door):
            door.open()  # !
    """,
    "no_test": """
        from door import Gate

        def use_it(door):
            door.open()

        def test_it():
            use_it(Gate())
    """,
}
HIDDEN_BELOW = {
    "conftest.py": """
        import pytest

        @pytest.fixture
        def maker():
            from door import Door
            return Door

        @pytest.fixture
        def door(maker):
            return maker()
    """,
    "inner/conftest.py": """
        import pytest
        from door import Gate

        @pytest.fixture
        def maker():
            return Gate
    """,
    "inner/test_gate.py": """
        async def test_it(door):
            door.open()
    """,
    "test_door.py": """
        async def test_it(door):
            door.open()  # !
    """,
}


def _written(folder: Path, files: dict[str, str]) -> None:
    (folder / "pyproject.toml").write_text("[project]\nname = 'sample'\nversion = '1'\n")
    for name, text in ({"driver.py": DRIVER, "door.py": DOOR} | files).items():
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(dedent(text), encoding="utf-8")


def _run(folder: Path) -> str:
    """What pytest writes; every test passes."""
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-W", "always"]
    done = subprocess.run(
        command, cwd=folder, capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def _reported(folder: Path) -> set[tuple[str, int]]:
    settings = find_settings(folder)
    found: set[tuple[str, int]] = set()
    for path in sorted(folder.rglob("test_*.py")):
        source = decode(path.read_bytes(), str(path))
        found |= {(path.name, each.start.row) for each in check_source(source, settings)}
    return found


def _marked(folder: Path) -> set[tuple[str, int]]:
    return {
        (path.name, row)
        for path in folder.rglob("test_*.py")
        for row, line in enumerate(path.read_text(encoding="utf-8").split("\n"), 1)
        if line.endswith("# !")
    }


def _holds(folder: Path) -> None:
    lost = "was never awaited" in _run(folder)
    assert lost == bool(_marked(folder))
    assert _reported(folder) == _marked(folder)


@pytest.mark.parametrize("sample", SAMPLES)
def test_sample(sample: str, tmp_path: Path) -> None:
    _written(tmp_path, {"conftest.py": CONFTEST, "test_sample.py": SAMPLES[sample]})
    _holds(tmp_path)


def test_fixture_is_seen_from_the_test(tmp_path: Path) -> None:
    driven = dedent(HIDDEN_BELOW["conftest.py"]) + "\nfrom driver import *\n"
    _written(tmp_path, HIDDEN_BELOW | {"conftest.py": driven})
    _holds(tmp_path)
