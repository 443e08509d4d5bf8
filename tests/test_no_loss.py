"""`fix` loses nothing, whatever happens to it or to the files: with real processes."""

from __future__ import annotations

import importlib
import os
import re
import shutil
import stat
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

from front_ends import write

ROOT = Path(__file__).parents[1]
KILLS = ROOT / "scripts" / "kills.py"
pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="the means are those of POSIX")

FAULT = "async def work():\n    return 1\n\n\nasync def main():\n    work()\n"
CURED = FAULT.replace("    work()", "    await work()")
FIX = (sys.executable, "-m", "asynclint", "fix", "--isolated", "--unsafe-fixes", "-q")

RETRY = {
    "main.py": (
        "import asyncio\n\nfrom robust import retry\n\n\nasync def flaky():\n    return 1\n\n\n"
        "async def main():\n    print(await retry(flaky()))\n\n\nasyncio.run(main())\n"
    ),
    "robust.py": (
        "async def retry(work):\n    try:\n        return await work\n"
        "    except OSError:\n        return await work\n"
    ),
}


@pytest.fixture(autouse=True)
def _in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def fix(*paths: str, before: tuple[str, ...] = ()) -> subprocess.CompletedProcess[str]:
    """Runs `fix` in a process of its own; `before` is a command that starts it."""
    command = [*before, *FIX, *(paths or (".",))]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)


def texts() -> dict[str, str]:
    return {path.name: path.read_bytes().decode() for path in Path().rglob("*") if path.is_file()}


def test_no_file_is_lost_when_fix_is_killed() -> None:
    """A handful of what `scripts/kills.py` does by the hundred."""
    command = [sys.executable, str(KILLS), "--files", "12", "--kills", "24"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert (done.returncode, done.stderr) == (0, "")
    kinds = re.findall(r"^(\w+): (\d+) kills .* 0 files harmed$", done.stdout, flags=re.MULTILINE)
    assert kinds == [("run", "3"), ("write", "12"), ("step", "9")]


@pytest.fixture
def kills(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The script."""
    monkeypatch.syspath_prepend(str(ROOT / "scripts"))
    return importlib.import_module("kills")


def test_the_kills_are_judged(kills: ModuleType) -> None:
    """A file that is cut, mixed, gone or new is seen, and half a fix is counted."""
    write(Path(), {"a.py": "new", "b.py": "ne", "c.py": "newold", "e.py": "old", "f.py": ""})
    write(Path(), {".asynclint-x.tmp": "n"})
    before = {Path(f"{name}.py"): b"old" for name in "abcde"}
    after = dict.fromkeys(before, b"new")
    tally = kills.Tally()
    tree = kills.Tree(before, after, [frozenset({"a.py", "e.py"}), frozenset({"e.py"})])
    tree.judge(tally, killed=True)
    assert sorted(tally.harmed) == [
        "b.py: mixed or cut",
        "c.py: mixed or cut",
        "d.py: gone",
        "f.py: should not be there",
    ]
    assert (tally.halves, tally.leftovers, dict(tally.stages)) == (1, 1, {"amid": 1})


def test_what_a_kill_leaves_is_no_source() -> None:
    write(Path(), {"a.py": FAULT, ".asynclint-x1y2z3.tmp": FAULT})
    assert fix().returncode == 0
    assert texts() == {"a.py": CURED, ".asynclint-x1y2z3.tmp": FAULT}


def test_file_size_limit_leaves_all_files() -> None:
    """As on a full disk: the system refuses to write in the middle of the file."""
    big = f"{FAULT}{'# no end in sight' * 10_000}\n"
    write(Path(), {"big.py": big, "small.py": FAULT})
    done = fix(before=("sh", "-c", 'ulimit -f 100; exec "$@"', "sh"))
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "error: big.py: not fixed: cannot be written: File too large\n"
    assert texts() == {"big.py": big, "small.py": CURED}


#: Mounts a file system of 64 KiB over the folder, fills it but for one page, and runs `fix`.
FULL_DISK = """
mount -t tmpfs -o size=64k tmpfs disk && cp -- *.py disk && cd disk || exit 99
head -c {room} /dev/zero > filling
"$@"
status=$?
rm filling
cp -- *.py .asynclint-* .. 2> /dev/null
exit $status
"""


def on_full_disk(room: int) -> subprocess.CompletedProcess[str]:
    """Runs `fix` on copies of the files in a full file system, and brings them back."""
    Path("disk").mkdir()
    script = FULL_DISK.format(room=room)
    own_mounts = ("unshare", "--mount", "--", "sh", "-c", script, "sh")
    if shutil.which("unshare") is None:
        pytest.skip("no unshare")
    done = fix(".", before=own_mounts)
    if "99" in str(done.returncode) or "unshare" in done.stderr:
        pytest.skip("may not mount")
    return done


def test_full_disk_leaves_all_files() -> None:
    write(Path(), {"a.py": FAULT})
    done = on_full_disk(60_000)
    assert done.stderr == "error: a.py: not fixed: cannot be written: No space left on device\n"
    assert done.returncode == 2
    assert texts() == {"a.py": FAULT}


def test_disk_that_has_room_for_one_of_two_files_leaves_both() -> None:
    write(Path(), RETRY)
    done = on_full_disk(52_000)
    assert done.returncode == 2
    assert "No space left on device" in done.stderr
    assert texts() == RETRY


def without_override() -> tuple[str, ...]:
    """How to start a process that permissions hold for, though root runs the tests."""
    if os.geteuid() != 0:
        return ()
    if shutil.which("setpriv") is None:
        pytest.skip("root may write everything")
    return ("setpriv", "--bounding-set=-dac_override", "--")


def test_read_only_folder_leaves_all_files() -> None:
    write(Path(), {"open/a.py": FAULT, "locked/b.py": FAULT})
    Path("locked").chmod(0o555)
    try:
        done = fix(before=without_override())
    finally:
        Path("locked").chmod(0o755)
    assert done.returncode == 2
    assert done.stderr == "error: locked/b.py: not fixed: cannot be written: Permission denied\n"
    assert texts() == {"a.py": CURED, "b.py": FAULT}


def test_write_protected_file_is_left() -> None:
    write(Path(), {"a.py": FAULT, "b.py": FAULT})
    Path("b.py").chmod(0o444)
    done = fix(before=without_override())
    assert done.returncode == 2
    assert done.stderr == "error: b.py: not fixed: cannot be written: Permission denied\n"
    assert texts() == {"a.py": CURED, "b.py": FAULT}


#: Runs `fix` with something done to the folder between reading and writing.
MEANWHILE = """
import sys
from asynclint.cli import main
from asynclint.engine import run_fix

write_repaired = run_fix.write_repaired

def meanwhile(*arguments):
    {what}
    return write_repaired(*arguments)

run_fix.write_repaired = meanwhile
main(["fix", "--isolated", "--unsafe-fixes", "-q", "."])
"""


@pytest.mark.parametrize(
    ("what", "reason", "left"),
    [
        ("open('a.py', 'a').write('x = 1')", "the file was changed since it was read", "x = 1"),
        ("__import__('os').unlink('a.py')", "the file is gone", None),
    ],
)
def test_file_that_changes_meanwhile_is_left(what: str, reason: str, left: str | None) -> None:
    write(Path(), {"a.py": FAULT, "b.py": FAULT})
    command = [sys.executable, "-c", MEANWHILE.format(what=what)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, done.stderr) == (2, f"error: a.py: not fixed: {reason}\n")
    assert texts() == {"b.py": CURED} | ({"a.py": FAULT + left} if left else {})


def test_several_runs_at_once() -> None:
    names = [f"{number}.py" for number in range(40)]
    write(Path(), dict.fromkeys(names, FAULT))
    running = [subprocess.Popen([*FIX, "."], stderr=subprocess.PIPE, text=True) for _ in range(3)]
    told = [(each.communicate(timeout=60)[1], each.returncode) for each in running]
    assert texts() == dict.fromkeys(names, CURED)
    for errors, status in told:
        refused = r"error: \d+\.py: not fixed: the file was changed since it was read"
        assert all(re.fullmatch(refused, line) for line in errors.splitlines())
        assert status == (2 if errors else 0)


def test_link_out_of_the_tree_is_not_written_through() -> None:
    write(Path(), {"outside/far.py": FAULT, "tree/near.py": FAULT})
    Path("tree/link.py").symlink_to("../outside/far.py")
    done = fix("tree", "--output-format", "concise")
    assert Path("outside/far.py").read_text() == FAULT
    assert Path("tree/near.py").read_text() == CURED
    assert (done.returncode, done.stderr) == (1, "")
    assert done.stdout.startswith("tree/link.py:6:5: ASL501 ")


def test_link_that_is_named_stays_one() -> None:
    write(Path(), {"outside/far.py": FAULT})
    Path("link.py").symlink_to("outside/far.py")
    assert fix("link.py").returncode == 0
    assert Path("link.py").is_symlink()
    assert Path("outside/far.py").read_text() == CURED


def test_file_with_several_paths_is_written_once() -> None:
    write(Path(), {"b/near.py": FAULT})
    Path("a.py").symlink_to("b/near.py")
    Path("c").symlink_to("b")
    done = fix("a.py", "b", "c", ".")
    assert (done.returncode, done.stderr) == (0, "")
    assert Path("b/near.py").read_text() == CURED


def test_hard_links_are_left() -> None:
    write(Path(), {"a.py": FAULT})
    Path("other.txt").hardlink_to("a.py")
    done = fix()
    assert done.returncode == 2
    assert done.stderr == "error: a.py: not fixed: the file has other names (hard links)\n"
    assert texts() == {"a.py": FAULT, "other.txt": FAULT}
    assert Path("other.txt").samefile("a.py")


def test_permissions_stay() -> None:
    modes = {"a.py": 0o600, "b.py": 0o640, "c.py": 0o755, "d.py": 0o4755}
    write(Path(), dict.fromkeys(modes, FAULT))
    for name, mode in modes.items():
        Path(name).chmod(mode)
    assert fix().returncode == 0
    assert texts() == dict.fromkeys(modes, CURED)
    assert {name: stat.S_IMODE(Path(name).stat().st_mode) for name in modes} == modes


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
def test_owner_stays() -> None:
    write(Path(), {"a.py": FAULT})
    os.chown("a.py", 1234, 2345)
    assert fix().returncode == 0
    status = Path("a.py").stat()
    assert (status.st_uid, status.st_gid, texts()) == (1234, 2345, {"a.py": CURED})


def test_encodings_and_newlines_stay() -> None:
    before: dict[str, bytes] = {}
    after: dict[str, bytes] = {}
    for encoding in ("utf-8", "utf-8-sig", "latin-1", "shift_jis"):
        head = "" if encoding.startswith("utf-8") else f"# coding: {encoding}\n"
        special = "\u8868" if encoding == "shift_jis" else "\u00e9"
        text = f"{head}# {special}\n{FAULT}'{special}'\n\x0c\n# no newline at the end"
        for number, newline in enumerate(("\n", "\r\n", "\r")):
            name = f"{encoding}{number}.py"
            before[name] = text.replace("\n", newline).encode(encoding)
            after[name] = before[name].replace(b"    work()", b"    await work()")
    write(Path(), before)
    assert fix().returncode == 0
    assert {path.name: path.read_bytes() for path in Path().iterdir()} == after
