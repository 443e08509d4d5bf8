"""A program of several modules, each in several versions, for tests of the cache."""

from __future__ import annotations

#: What each file may hold; None: it is not there. The first ones make the first program.
VARIANTS: dict[str, tuple[str | None, ...]] = {
    "core.py": (
        """\
class Job:
    async def run(self):
        return 1
""",
        """\
class Job:
    def run(self):
        return 1
""",
        """\
class Job:
    async def run(self):
        yield 1
""",
        "from parts.base import Job\n",
        "from parts import *\n",
        None,
    ),
    "parts/__init__.py": (
        "from parts.base import Job\n",
        """\
from .base import *


def load():
    return 1
""",
        """\
async def load():
    return 1
""",
        "",
        None,
    ),
    "parts/base.py": (
        """\
class Job:
    async def run(self):
        return 1


async def load():
    return 2
""",
        """\
import asyncio


class Job:
    def run(self):
        return asyncio.run(load())


async def load():
    return 2
""",
        """\
from helpers import load


class Job:
    run = load
""",
        None,
    ),
    "helpers.py": (
        """\
import asyncio


def load():
    return asyncio.run(work())


async def work():
    return 1


async def twice(given):
    await given
    return await given
""",
        """\
async def load():
    return 1


async def twice(given):
    return await given
""",
        """\
def load():
    return 1


def twice(given):
    return given
""",
        None,
    ),
    "src/helpers.py": (
        None,
        """\
async def load():
    return 1


async def twice(given):
    await given
    return await given
""",
    ),
    "heirs.py": (
        """\
from core import Job


class Now(Job):
    def run(self):
        return 2
""",
        """\
from core import Job


class Later(Job):
    async def run(self):
        return 2
""",
        """\
import core

Base = core.Job


class Now(Base):
    name = "now"


class Later(Now):
    run = None
""",
        None,
    ),
    "later.py": (
        None,
        """\
from heirs import Now as First


class Then(First):
    def run(self):
        return 3
""",
        """\
from heirs import *


class Then(Later, Now):
    def stop(self):
        self.run = self.stop
""",
    ),
    "main.py": (
        """\
import asyncio

from core import Job
from helpers import load, twice


async def main(job: Job):
    job.run()
    load()
    await twice(job.run())


asyncio.run(main(Job()))
""",
        """\
import asyncio

import parts
from helpers import twice


async def main():
    parts.load()
    await twice(parts.load())


asyncio.run(main())
""",
    ),
    "handlers.py": (
        """\
import logging

from helpers import load


class Handler(logging.Handler):
    def emit(self, record):
        load()


logging.getLogger('a').addHandler(Handler())
""",
        """\
TABLE = {}


def register(function):
    TABLE[function.__name__] = function
    return function
""",
        None,
    ),
    "using.py": (
        """\
import logging

from handlers import *

log = logging.getLogger('a')


async def using():
    log.info('here')
""",
        """\
from handlers import register
from helpers import load


@register
async def using():
    load()
""",
        None,
    ),
    "conftest.py": (
        None,
        """\
import pytest


@pytest.fixture
async def core():
    return 1
""",
        """\
import pytest

from core import Job


@pytest.fixture
def core():
    return Job()
""",
    ),
    "notes.txt": (
        "nothing",
        None,
    ),
    "tests/test_core.py": (
        None,
        """\
from core import Job


class Fake(Job):
    def run(self):
        return 3
""",
        """\
from helpers import twice


async def test(core):
    await twice(core.run())
""",
    ),
}
