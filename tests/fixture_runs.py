"""Running fixtures: which interpreters, how a program is started, where its exception came from."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from zlib import crc32

Version = tuple[int, int]
OLDEST, NEWEST = (3, 10), (3, 13)

_SLOW_STEP = re.compile(r"^Executing <.*> took \d+\.\d+ seconds\n", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Interpreter:
    """A Python to run fixtures on."""

    version: Version
    executable: str

    @property
    def name(self) -> str:
        """Version as written: `3.11`."""
        return "{}.{}".format(*self.version)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What running a fixture gave. `status` is None when it was stopped for taking too long."""

    status: int | None
    stdout: str
    stderr: str

    @property
    def output(self) -> str:
        """Everything it wrote, for people."""
        return f"{self.stdout}\n{self.stderr}".strip()


def current() -> Interpreter:
    """The interpreter that runs the tests."""
    return Interpreter(sys.version_info[:2], sys.executable)


def installed() -> list[Interpreter]:
    """The newest patch release of each Python from 3.10 to 3.13 in pyenv's versions folder."""
    root = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    found: dict[Version, tuple[int, Path]] = {}
    for folder in (root / "versions").glob("3.*"):
        executable = folder / "bin" / "python"
        numbers = re.fullmatch(r"3\.(\d+)\.(\d+)", folder.name)
        if numbers is None or not executable.exists():
            continue
        version, patch = (3, int(numbers[1])), int(numbers[2])
        if OLDEST <= version <= NEWEST:
            found[version] = max(found.get(version, (patch, executable)), (patch, executable))
    return [Interpreter(version, str(path)) for version, (_, path) in sorted(found.items())]


def available() -> list[Interpreter]:
    """The current interpreter, then those of other versions that are installed."""
    here = current()
    return [here, *(each for each in installed() if each.version != here.version)]


def elected(
    name: str, able: Sequence[Interpreter], *, everywhere: bool = False
) -> Sequence[Interpreter]:
    """The interpreters on which a program is run: the first of those that are able to, and a turn.

    A start takes a tenth of a second, and there are hundreds of programs. So, unless it is to be
    run everywhere, every second program runs once more, and the other interpreters take turns; the
    name (any text) decides, that a program fails or passes on the same ones each time.
    """
    if everywhere or len(able) < 2:
        return able
    others = able[1:]
    turn = crc32(name.encode()) % (2 * len(others))
    return [able[0], *others[turn : turn + 1]]


def run(
    program: Path, interpreter: Interpreter, stubs: Path, *, strict: bool, timeout: float = 10.0
) -> Outcome:
    """Runs a program as `python -X dev program`, in a folder of its own.

    stubs: folder with stand-ins for third-party packages. strict: every warning is an error.
    timeout: seconds after which the program is killed.
    """
    warnings = ["-W", "error"] if strict else []
    with tempfile.TemporaryDirectory() as folder:
        try:
            done = subprocess.run(
                [interpreter.executable, "-X", "dev", *warnings, str(program)],
                cwd=folder,
                env=_environment(os.environ, stubs),
                stdin=subprocess.DEVNULL,
                capture_output=True,
                encoding="utf-8",
                errors="replace",
                timeout=timeout,
                check=False,
            )
        except subprocess.TimeoutExpired:
            return Outcome(None, "", f"stopped after {timeout} s")
    return Outcome(done.returncode, done.stdout, without_slow_steps(done.stderr))


def without_slow_steps(stderr: str) -> str:
    """Without what asyncio's debug mode says of steps that took longer than 0.1 s.

    How loaded the machine is decides no test (Lib/asyncio/base_events.py, `_run_once`, 3.13).
    """
    return _SLOW_STEP.sub("", stderr)


def _environment(outer: Mapping[str, str], stubs: Path) -> dict[str, str]:
    """The environment without what would change a program's warnings, colours or paths."""
    kept = {key: value for key, value in outer.items() if not key.startswith(("PYTHON", "FORCE_"))}
    return kept | {
        "PYTHONPATH": str(stubs),
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONIOENCODING": "utf-8",
    }


def raising_place(
    files: Collection[str], outcome: Outcome, expected: str
) -> tuple[str, int] | None:
    """File and 1-based row that raised: the deepest line of the fault's traceback in the program.

    files: the paths of the program's files. Where several tracebacks were written, the last one
    that ends in the exception that the regular expression `expected` finds counts, else the last.
    None where there is no traceback, or where it does not pass through the program.
    """
    tracebacks = list(_tracebacks(outcome.stderr))
    ours = [lines for lines in tracebacks if re.search(expected, lines[-1])]
    for lines in (ours or tracebacks)[-1:]:
        frames = [re.match(r'\s*File "(.+)", line (\d+)', line) for line in lines]
        places = [(frame[1], int(frame[2])) for frame in frames if frame and frame[1] in files]
        return places[-1] if places else None
    return None


def _tracebacks(stderr: str) -> Iterator[list[str]]:
    """The lines of each traceback, the exception's own line last.

    Tracebacks inside an exception group stand behind a margin (`  | `), which is taken off.
    """
    lines = stderr.splitlines()
    for number, line in enumerate(lines):
        header = re.match(r"(.*?)(Exception Group )?Traceback \(most recent call last\):", line)
        if header is None:
            continue
        block = []
        for inner in lines[number + 1 :]:
            block.append(inner[len(header[1]) :])
            if not block[-1].startswith(" "):
                break
        if block:
            yield block
