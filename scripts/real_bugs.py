"""Fetches programs with known faults and says which of these asynclint finds at the line.

    python scripts/real_bugs.py                 all of tests/real_bugs/bugs.toml
    python scripts/real_bugs.py rq-loop-per-job     this one

Packages of the index are downloaded and unpacked once into a cache folder outside the repository,
as `alarms.py` does. Of repositories the Python files of the faulty commit are taken, from the
folder of local copies that `--mirror` names if one is there, else from GitHub. Nothing is
installed or imported. A program that cannot be had counts as not fetched.

A bug is found if a rule of its family reports at its line, or at one of the lines that its entry
calls equally right. What other rules say there is shown and does not count.

Exit status: 0, whatever was found: the share is a measurement, no test.
"""
# ruff: noqa: INP001 - a script, not a module of a package

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path

import click
from bug_list import Bug, Commit, Place, Report, Result, counts, judge, line, read_bugs, table
from verdicts import Package

from alarms import AlarmsError, analyse, default_cache, provide, unpack

ROOT = Path(__file__).parents[1]
BUGS = ROOT / "tests" / "real_bugs" / "bugs.toml"
GITHUB = "https://github.com"


# --- the programs --------------------------------------------------------------------------------


def provide_commit(commit: Commit, cache: Path, mirror: Path | None) -> Path:
    """The folder of the cache with a commit's Python files, fetched if missing.

    mirror: a folder of local copies of repositories, see `local_copy`. Raises AlarmsError.
    """
    folder = cache / "src" / commit.folder
    if folder.is_dir():
        return folder
    folder.parent.mkdir(parents=True, exist_ok=True)
    # Under its name the folder is complete: what is cut short stays in the temporary one.
    with tempfile.TemporaryDirectory(dir=folder.parent) as scratch:
        archive = Path(scratch, "files.tar")
        repository = local_copy(commit, mirror) if mirror is not None else None
        if repository is None:
            repository = _fetch(commit, Path(scratch, "git"))
        # No more than is analysed: some repositories hold gigabytes of other things.
        wanted = ("--", ":(glob)**/*.py")
        _git(repository, "archive", "--format=tar", f"--output={archive}", commit.commit, *wanted)
        target = Path(scratch, "files")
        target.mkdir()
        unpack(archive, target)
        target.rename(folder)
    return folder


def local_copy(commit: Commit, mirror: Path) -> Path | None:
    """The git directory of the repository in a folder of copies, None if the commit is not there.

    The copy is the folder `owner+name`, or a folder in it.
    """
    copy = mirror / commit.repository.replace("/", "+")
    folders: list[Path] = [copy, *(sorted(copy.iterdir()) if copy.is_dir() else ())]
    for folder in folders:
        if (folder / "HEAD").is_file() and (folder / "objects").is_dir():
            try:
                _git(folder, "cat-file", "-e", f"{commit.commit}^{{commit}}")
            except AlarmsError:
                continue
            return folder
    return None


def _fetch(commit: Commit, folder: Path) -> Path:
    """Fetches one commit, without what went before it, into a new repository."""
    folder.mkdir()
    _git(folder, "init", "--quiet", "--bare")
    address = f"{GITHUB}/{commit.repository}"
    _git(folder, "fetch", "--quiet", "--depth=1", address, commit.commit)
    return folder


def _git(repository: Path, *arguments: str) -> None:
    """Runs git on a git directory. Raises AlarmsError."""
    git = shutil.which("git")
    if git is None:
        raise AlarmsError("git is not installed")
    done = subprocess.run(  # noqa: S603 - git, with addresses and commits of the list
        [git, f"--git-dir={repository}", *arguments],
        capture_output=True,
        text=True,
        encoding="utf-8",
        errors="replace",
        check=False,
        # A repository that does not exist any more is no reason to ask for a password.
        env={**os.environ, "GIT_TERMINAL_PROMPT": "0"},
    )
    if done.returncode != 0:
        raise AlarmsError(f"git {arguments[0]} failed: {done.stderr.strip()}")


# --- the run -------------------------------------------------------------------------------------


def run(bugs: Sequence[Bug], cache: Path, mirror: Path | None) -> Iterator[Result]:
    """What becomes of each bug, as soon as it is known. Bugs of one program share a run."""
    for origin in dict.fromkeys(bug.origin for bug in bugs):
        yield from _run(origin, [bug for bug in bugs if bug.origin == origin], cache, mirror)


def _run(
    origin: Package | Commit, bugs: list[Bug], cache: Path, mirror: Path | None
) -> list[Result]:
    try:
        if isinstance(origin, Commit):
            folder = provide_commit(origin, cache, mirror)
        else:
            folder = provide(origin, cache)
    except AlarmsError as error:
        return [Result(bug, "not fetched", why=_cause(error)) for bug in bugs]
    if absent := [bug for bug in bugs if not (folder / bug.places[0].path).is_file()]:
        # A list that names the wrong file must not pass for a fault that nobody sees.
        raise click.ClickException(f"{absent[0].id}: no {absent[0].places[0].path} in {folder}")
    name = origin if isinstance(origin, Package) else Package(origin.repository, origin.commit)
    try:
        alarms, _ = analyse(name, folder)
    except (AlarmsError, json.JSONDecodeError) as error:  # a crash writes no JSON
        return [Result(bug, "failed", why=_cause(error)) for bug in bugs]
    reports = [Report(Place(alarm.file, alarm.line), alarm.code) for alarm in alarms]
    return [judge(bug, reports) for bug in bugs]


def _cause(error: Exception) -> str:
    """The last line of what a tool wrote: the lines above say how it came there."""
    return str(error).strip().rpartition("\n")[2]


def as_json(results: list[Result]) -> str:
    """The results for programs: `bugs` in the order of the run, and `counts` by family."""
    bugs = [
        {
            "id": result.bug.id,
            "family": result.bug.family,
            "outcome": result.outcome,
            "reports": [asdict(report) for report in result.reports],
            "others": [asdict(report) for report in result.others],
            "why": result.why,
        }
        for result in results
    ]
    return json.dumps({"bugs": bugs, "counts": counts(results)}, indent=2)


@click.command(help=(__doc__ or "").partition("\n")[0])
@click.argument("ids", nargs=-1, metavar="[ID]...")
@click.option(
    "--cache",
    type=click.Path(file_okay=False, path_type=Path),
    default=default_cache,
    help="Where programs are kept; by default in the user's folder for caches.",
)
@click.option(
    "--mirror",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="A folder of local copies of repositories, named owner+name.",
)
@click.option("--json", "json_output", is_flag=True, help="Write JSON.")
def main(ids: tuple[str, ...], cache: Path, mirror: Path | None, json_output: bool) -> None:
    """Runs the analysis over the programs and says what it found."""
    bugs = read_bugs(BUGS.read_text(encoding="utf-8"))
    if unknown := sorted(set(ids) - {bug.id for bug in bugs}):
        raise click.UsageError(f"{BUGS} has no bug {unknown[0]}")
    chosen = [bug for bug in bugs if not ids or bug.id in ids]
    results = []
    for result in run(chosen, cache.absolute(), mirror.absolute() if mirror else None):
        results.append(result)
        if not json_output:
            click.echo(line(result))
    click.echo(as_json(results) if json_output else "\n".join(["", *table(results)]))


if __name__ == "__main__":
    main()
