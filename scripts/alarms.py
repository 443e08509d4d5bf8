"""Compares what asynclint reports on real packages with the verdicts that a reader gave.

    python scripts/alarms.py              all packages of tests/alarms/verdicts.toml
    python scripts/alarms.py aiohttp      this one

A package is downloaded once into a cache folder outside the repository and unpacked there; nothing
of it is installed. The package `python` is the standard library of the interpreter that runs this,
and is left out where that has another version. Each alarm (file, line, code) must have a verdict:
alarms that have none are written as TOML, to be read, judged and added. A verdict whose alarm no
longer comes carries `gone = true`, so that the data shows what a change to the analysis brought and
took.

Exit status: 0 the record holds; 1 it does not, for an alarm has no verdict, moved, went or came
back; 2 a package could not be fetched or analysed.
"""
# ruff: noqa: INP001 - a script, not a module of a package

from __future__ import annotations

import json
import os
import platform
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import tempfile
import time
import zipfile
from pathlib import Path

import click
from verdicts import Alarm, Comparison, Package, Record, as_toml, compare, read_record, shares

ROOT = Path(__file__).parents[1]
RECORD = ROOT / "tests" / "alarms" / "verdicts.toml"


class AlarmsError(Exception):
    """A package could not be fetched, unpacked or analysed."""


class SkippedError(Exception):
    """A package cannot be had on this machine, and nothing is wrong with that."""


# --- the packages ------------------------------------------------------------------------------


def default_cache() -> Path:
    """The folder for downloads that the platform provides for."""
    home = Path.home()
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA", home / "AppData" / "Local")) / "asynclint"
    if sys.platform == "darwin":
        return home / "Library" / "Caches" / "asynclint"
    return Path(os.environ.get("XDG_CACHE_HOME") or home / ".cache") / "asynclint"


def provide(package: Package, cache: Path) -> Path:
    """The folder `src/<name>-<version>` of the cache with the package's files, fetched if missing.

    Raises AlarmsError, or SkippedError where it is a Python that does not run this.
    """
    folder = cache / "src" / package.folder
    if folder.is_dir():
        return folder
    folder.parent.mkdir(parents=True, exist_ok=True)
    if package.name == "python":
        return _provide_python(package, folder)
    archive = _downloaded(package, cache / "dl") or _download(package, cache / "dl")
    # Under its name the folder is complete: what is cut short stays in the temporary one.
    with tempfile.TemporaryDirectory(dir=folder.parent) as scratch:
        unpack(archive, Path(scratch, "x")).rename(folder)
    return folder


def _provide_python(package: Package, folder: Path) -> Path:
    """Copies the standard library and its tests: apart, as no program is one with the library."""
    if package.version != platform.python_version():
        raise SkippedError(f"this is Python {platform.python_version()}")
    library = Path(sysconfig.get_path("stdlib"))
    unwanted = shutil.ignore_patterns("site-packages", "__pycache__", "test", "*.so", "config-*")
    with tempfile.TemporaryDirectory(dir=folder.parent) as scratch:
        shutil.copytree(library, Path(scratch, "x", "library"), ignore=unwanted)
        if (tests := library / "test").is_dir():
            caches = shutil.ignore_patterns("__pycache__")
            shutil.copytree(tests, Path(scratch, "x", "tests", "test"), ignore=caches)
        Path(scratch, "x").rename(folder)
    return folder


def _downloaded(package: Package, folder: Path) -> Path | None:
    """The file of the package in a folder. sdists keep the name's own spelling, most of them."""
    spellings = {package.folder.lower(), f"{package.name}-{package.version}".lower()}
    for path in sorted(folder.glob("*")):
        name = path.name.lower()
        if any(name.startswith((f"{s}-", f"{s}.tar.", f"{s}.zip")) for s in spellings):
            return path
    return None


def _download(package: Package, folder: Path) -> Path:
    """Downloads a wheel, or an sdist where the index has no wheel for this machine."""
    # The code is only read: it may be meant for another Python than the one that reads it.
    options = ["--no-deps", "--prefer-binary", "--ignore-requires-python", "--dest", str(folder)]
    wanted = f"{package.name}=={package.version}"
    done = _python("-m", "pip", "download", "--quiet", *options, wanted)
    found = _downloaded(package, folder)
    if done.returncode != 0 or found is None:
        raise AlarmsError(f"pip download {wanted} failed:\n{done.stderr}")
    return found


def unpack(archive: Path, folder: Path) -> Path:
    """Unpacks a wheel or an sdist; returns the folder with the files, `folder` or the one in it.

    Raises AlarmsError for an archive that cannot be read, or that reaches out of the folder.
    """
    try:
        if archive.suffix in (".whl", ".zip"):
            with zipfile.ZipFile(archive) as wheel:
                wheel.extractall(folder)  # noqa: S202 - drops `..` and drives, zipfile's page says
        else:
            with tarfile.open(archive) as sdist:
                sdist.extractall(folder, filter="data")
    except (OSError, tarfile.TarError, zipfile.BadZipFile) as error:
        raise AlarmsError(f"{archive}: {error}") from error
    inside = list(folder.iterdir())
    is_wheel = archive.suffix == ".whl"
    return inside[0] if len(inside) == 1 and not is_wheel and inside[0].is_dir() else folder


# --- the run -----------------------------------------------------------------------------------


def analyse(package: Package, folder: Path) -> tuple[dict[Alarm, str], float]:
    """The alarms of the default rules with their messages, and how many seconds the run took.

    Raises AlarmsError where the run itself failed: an internal error, for one.
    """
    start = time.perf_counter()
    done = _python("-m", "asynclint", "check", "--isolated", "--output-format", "json", str(folder))
    seconds = time.perf_counter() - start
    if done.returncode not in (0, 1):
        raise AlarmsError(f"{package.folder}: asynclint failed:\n{done.stderr}")
    messages: dict[Alarm, str] = {}
    for finding in json.loads(done.stdout):
        file, row = Path(finding["filename"]), finding["location"]["row"]
        inside = file.relative_to(folder).as_posix()
        alarm = Alarm(package, inside, row, finding["code"], line_of(file.read_bytes(), row))
        messages.setdefault(alarm, finding["message"])
    return messages, seconds


def line_of(content: bytes, row: int) -> str:
    """A row (1-based) of a file without the white space around it; '' behind the end."""
    lines = content.replace(b"\r\n", b"\n").replace(b"\r", b"\n").split(b"\n")
    return lines[row - 1].decode("utf-8", "backslashreplace").strip() if row <= len(lines) else ""


def _python(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, *arguments]
    return subprocess.run(  # noqa: S603 - this interpreter, with this project's own tools
        command, cwd=ROOT, capture_output=True, text=True, encoding="utf-8", check=False
    )


# --- the report --------------------------------------------------------------------------------


@click.command(help=(__doc__ or "").partition("\n")[0])
@click.argument("names", nargs=-1, metavar="[PACKAGE]...")
@click.option(
    "--cache",
    type=click.Path(file_okay=False, path_type=Path),
    default=default_cache,
    help="Where packages are kept; by default in the user's folder for caches.",
)
def main(names: tuple[str, ...], cache: Path) -> None:
    """Runs the analysis over the packages and reports what differs from the record."""
    record = read_record(RECORD.read_text(encoding="utf-8"))
    if unknown := sorted(set(names) - {package.name for package in record.packages}):
        raise click.UsageError(f"{RECORD} has no package {unknown[0]}")
    packages = [p for p in record.packages if not names or p.name in names]
    results, failed = [], False
    for package in packages:
        try:
            result = _report(package, record, cache.absolute())
        except SkippedError as reason:
            click.echo(f"{package.name} {package.version}: skipped, {reason}")
            continue
        except AlarmsError as error:
            failed = True
            click.echo(f"{package.name} {package.version}: {error}", err=True)
            continue
        results.append(result)
    click.echo()
    for line in shares(verdict for result in results for verdict in result.reported):
        click.echo(line)
    sys.exit(2 if failed else 0 if all(result.holds for result in results) else 1)


def _report(package: Package, record: Record, cache: Path) -> Comparison:
    """Analyses one package and writes what differs from the record."""
    messages, seconds = analyse(package, provide(package, cache))
    result = compare(messages, (v for v in record.verdicts if v.alarm.package == package))
    click.echo(f"{package.name} {package.version}: alarms: {len(messages)}, {seconds:.1f} s")
    for alarm in result.new:
        click.echo(f"\n# no verdict: {messages[alarm]}\n{as_toml(alarm)}")
    for verdict, alarm in result.moved:
        at = verdict.alarm
        click.echo(f"  moved: {at.file}:{at.line} {at.code} is on line {alarm.line} now")
    for what, verdicts in (("no longer comes", result.lost), ("came back", result.back)):
        for each in verdicts:
            at = each.alarm
            click.echo(f"  {what}: {at.file}:{at.line} {at.code} {each.verdict}: {each.reason}")
    return result


if __name__ == "__main__":
    main()
