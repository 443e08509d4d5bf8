"""Settings from `[tool.asynclint]` of a pyproject.toml, every key and value checked."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from asynclint.engine.config_files import FILE_NAME
from asynclint.engine.config_values import (
    BadValueError,
    codes,
    codes_by_pattern,
    patterns,
    string,
    strings,
    version,
)
from asynclint.engine.environment import with_packages
from asynclint.engine.python_version import from_requirement
from asynclint.engine.settings import Settings

if sys.version_info >= (3, 11):
    import tomllib
else:  # the same parser under the name that it has on PyPI
    import tomli as tomllib

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from asynclint.facts import Fact

_TABLE = ("tool", "asynclint")


def _facts(value: object) -> tuple[Fact, ...]:
    # Few have such facts, and what checks them knows the whole schema.
    from asynclint.engine.config_facts import facts

    return facts(value)


_KEYS: dict[str, Callable[[Any], Any]] = {
    "select": codes,
    "ignore": codes,
    "extend-select": codes,
    "per-file-ignores": codes_by_pattern,
    "exclude": patterns,
    "extend-exclude": patterns,
    "src": strings,
    "target-version": version,
    "facts": _facts,
    "python": string,
}
_DERIVED = ("extend-exclude", "python")  # what follows from them is in the settings


class ConfigError(Exception):
    """A configuration that cannot be used: path, 1-based row (0: none is known), reason."""

    def __init__(self, path: Path, row: int, message: str) -> None:
        super().__init__(path, row, message)
        self.path = path
        self.row = row
        self.message = message

    def __str__(self) -> str:
        place = f"{self.path}:{self.row}" if self.row else str(self.path)
        return f"{place}: {self.message}"


def find_settings(start: Path) -> Settings:
    """The settings for files in and below the folder `start`.

    The nearest pyproject.toml upwards that has the table decides; where none has it, the nearest
    one still says where the project's root is and which Python it requires. Raises ConfigError.
    """
    nearest: tuple[Path, dict[str, Any]] | None = None
    for file in _upwards(start):
        document = _read(file)
        if _table(document) is not None:
            return _settings(file, document, file.parent)
        nearest = nearest or (file, document)
    return _settings(*nearest, nearest[0].parent) if nearest else with_packages(Settings.defaults())


def load_settings(file: Path) -> Settings:
    """The settings of the file that a person named; patterns are relative to the working folder.

    Raises ConfigError, also where the file has no `[tool.asynclint]`.
    """
    document = _read(file)
    if _table(document) is None:
        raise ConfigError(file, 0, f"has no table [{'.'.join(_TABLE)}]")
    return _settings(file, document, Path.cwd())


def _upwards(start: Path) -> Iterator[Path]:
    folder = start.absolute()
    for each in (folder, *folder.parents):
        if (file := each / FILE_NAME).is_file():
            yield _as_shown(file)


def _as_shown(file: Path) -> Path:
    """The path relative to the working folder where it lies below it."""
    here = Path.cwd()
    return file.relative_to(here) if file.is_relative_to(here) else file


def _read(file: Path) -> dict[str, Any]:
    text = ""
    try:
        text = file.read_bytes().decode("utf-8")
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        row, message = _place_of(error, text)
        raise ConfigError(file, row, f"not valid TOML: {message}") from error
    except UnicodeDecodeError as error:
        row = error.object.count(b"\n", 0, error.start) + 1
        raise ConfigError(file, row, "not valid TOML: not UTF-8") from error
    except OSError as error:
        raise ConfigError(file, 0, f"cannot be read: {error.strerror or error}") from error
    except RecursionError as error:
        raise ConfigError(file, 0, "not valid TOML: nested too deeply") from error
    except ValueError as error:  # of an integer of thousands of digits
        raise ConfigError(file, 0, f"not valid TOML: {error}") from error


def _place_of(error: tomllib.TOMLDecodeError, text: str) -> tuple[int, str]:
    """Row and bare message of a parse error, from its words: attributes came only with 3.14."""
    message, _, place = str(error).partition(" (at ")
    row = "".join(filter(str.isdigit, place.partition(",")[0]))
    at_end = text.count("\n") + 1
    return int(row) if row else at_end, message


def _table(document: dict[str, Any]) -> Any:  # noqa: ANN401 - TOML: any type may stand there
    tool = document.get(_TABLE[0])
    return tool.get(_TABLE[1]) if isinstance(tool, dict) else None


def _settings(file: Path, document: dict[str, Any], root: Path) -> Settings:
    settings = Settings.defaults(str(root))
    project = document.get("project")
    requirement = project.get("requires-python") if isinstance(project, dict) else None
    if isinstance(requirement, str) and (oldest := from_requirement(requirement)):
        settings = replace(settings, target_version=oldest)
    return _with_values(settings, _values(file, _table(document)))


def _values(file: Path, table: Any) -> dict[str, Any]:  # noqa: ANN401 - as above
    """The checked values of the table by key."""
    if table is None:
        return {}
    if not isinstance(table, dict):
        raise ConfigError(file, _row(file), f"{'.'.join(_TABLE)} must be a table")
    values = {}
    for key, raw in table.items():
        if key not in _KEYS:
            from asynclint.engine.selectors import did_you_mean

            hint = did_you_mean(key, tuple(_KEYS))
            message = f"unknown key {key!r} in [{'.'.join(_TABLE)}]{hint}"
            raise ConfigError(file, _row(file, key), message)
        try:
            values[key] = _KEYS[key](raw)
        except BadValueError as error:
            raise ConfigError(file, _row(file, key, *error.keys), f"{key}: {error}") from error
    return values


def _row(file: Path, *keys: str) -> int:
    from asynclint.engine.toml_rows import row_of

    return row_of(file.read_text(encoding="utf-8", errors="replace"), (*_TABLE, *keys))


def _with_values(settings: Settings, values: dict[str, Any]) -> Settings:
    root = Path(settings.root)
    changes: dict[str, Any] = {
        key.replace("-", "_"): value for key, value in values.items() if key not in _DERIVED
    }
    if "src" in values:
        changes["src"] = tuple(str(root / each) for each in values["src"])
    exclude = values.get("exclude", settings.exclude)
    changes["exclude"] = (*exclude, *values.get("extend-exclude", ()))
    return with_packages(replace(settings, **changes), values.get("python", ""))
