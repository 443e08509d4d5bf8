from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asynclint.source.encode import CannotEncode, changed_source, encode_text
from asynclint.source.text import Source, decode, read_source
from asynclint.source.write import CannotWrite, ChangedUnderfoot, write_atomically

BOM = b"\xef\xbb\xbf"


@pytest.fixture
def file(tmp_path: Path) -> Iterator[Path]:
    """A file in a folder of its own; whatever a test does, nothing else may be left there."""
    path = tmp_path / "folder" / "app.py"
    path.parent.mkdir()
    path.write_bytes(b"x = 1\n")
    yield path
    assert [each.name for each in path.parent.iterdir()] in ([], ["app.py"])


@pytest.mark.parametrize(
    "data",
    [
        b"x = 1\r\ny = 2\n# \x0c\rz = 1",
        BOM + b"x = 1\r\n",
        "# coding: latin-1\n'\u00e9'\nx = 1\n".encode("latin-1"),
        "# coding: cp1252\n'\u20ac'\nx = 1\n'\u20ac'".encode("cp1252"),
        "# coding: shift_jis\n'\u8868'\nx = 1\n'\u8868'\n".encode("shift_jis"),
        "# coding: koi8-r\n'\u0436'\nx = 1\n'\u0436'\n".encode("koi8-r"),
        "# \U0001f40d\u2028\x85\nx = 1 # \U0001f40d\n".encode(),
    ],
)
def test_only_the_changed_bytes_change(file: Path, data: bytes) -> None:
    file.write_bytes(data)
    source = read_source(str(file))
    assert write_atomically(source, source.text.replace("x = 1", "x = 'new'"))
    assert file.read_bytes() == data.replace(b"x = 1", b"x = 'new'")


def test_an_unchanged_text_is_not_written(file: Path) -> None:
    before = file.stat()
    assert not write_atomically(read_source(str(file)), "x = 1\n")
    assert file.stat() == before


ENCODINGS = {
    "utf-8": "\u00e9\U0001f40d",
    "latin-1": "\u00e9\u00ff",
    "cp1251": "\u0436",
    "gbk": "\u8868",
}
PIECES = st.sampled_from(["x = 1", "\n", "\r\n", "\r", "\x0c", "#", "!", "?"])


@given(
    st.sampled_from(sorted(ENCODINGS)),
    st.sampled_from([b"", BOM]),
    st.lists(PIECES),
    st.lists(PIECES),
    st.lists(PIECES),
)
def test_bytes_around_any_change_stay(
    encoding: str, bom: bytes, head: list[str], middle: list[str], tail: list[str]
) -> None:
    special = ENCODINGS[encoding]
    start, new, end = ("".join(each).replace("?", special) for each in (head, middle, tail))
    cookie = f"# coding: {encoding}\n"
    before = (bom if encoding == "utf-8" else b"") + (cookie + start).encode(encoding)
    source = decode(before + "# old".encode(encoding) + end.encode(encoding), "app.py")
    data = encode_text(source, cookie + start + new + end)
    assert data == before + new.encode(encoding) + end.encode(encoding)
    changed = changed_source(source, cookie + start + new + end)
    assert (changed.data, changed.text) == (data, cookie + start + new + end)


def test_a_character_that_the_encoding_lacks_is_refused_before_anything_is_written(
    file: Path,
) -> None:
    data = b"# coding: latin-1\nx = 1\n"
    file.write_bytes(data)
    with pytest.raises(CannotEncode) as caught:
        write_atomically(read_source(str(file)), "# coding: latin-1\nx = '\u20ac'\n")
    assert str(caught.value) == (
        f"{file}: '\u20ac' cannot be written in iso-8859-1, the file's encoding"
    )
    assert file.read_bytes() == data


def test_a_change_that_would_move_the_encoding_is_refused() -> None:
    source = decode("# coding: latin-1\n'\u00e9'\n".encode("latin-1"), "app.py")
    with pytest.raises(CannotEncode, match="would not be read as iso-8859-1"):
        encode_text(source, f"x = 1\n\n{source.text}")
    for other in ("utf-8", "cp1252", "klingon"):  # one refuses the byte, one reads it, one is none
        with pytest.raises(CannotEncode, match="would not be read as iso-8859-1"):
            encode_text(source, source.text.replace("latin-1", other))


def test_an_encoding_with_many_spellings_of_a_text_is_refused_where_it_is_not_its_own() -> None:
    # UTF-7 may write letters as they are or in base64, and Python does the former.
    source = decode(b"# coding: utf-7\n'+AGE-'\nx = 1\n", "app.py")
    assert source.text == "# coding: utf-7\n'a'\nx = 1\n"
    with pytest.raises(CannotEncode, match="cannot be changed in part"):
        encode_text(source, source.text.replace("x = 1", "x = 2"))


def test_permissions_and_links_stay(file: Path) -> None:
    file.chmod(0o754)
    link = file.parent.parent / "link.py"
    second = file.parent.parent / "second.py"
    link.symlink_to(file)
    second.symlink_to("link.py")
    assert write_atomically(read_source(str(second)), "x = 2\n")
    assert file.read_bytes() == b"x = 2\n"
    assert stat.S_IMODE(file.stat().st_mode) == 0o754
    assert (link.readlink(), str(second.readlink())) == (file, "link.py")


@pytest.mark.skipif(not hasattr(os, "setxattr"), reason="no extended attributes")
def test_extended_attributes_stay_and_the_time_is_new(file: Path) -> None:
    try:
        os.setxattr(file, "user.origin", b"kept")
    except OSError:
        pytest.skip("a file system without extended attributes")
    os.utime(file, (1, 1))
    assert write_atomically(read_source(str(file)), "x = 2\n")
    assert os.getxattr(file, "user.origin") == b"kept"
    assert file.stat().st_mtime > 1


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
def test_the_owner_stays(file: Path) -> None:
    os.chown(file, 1234, 2345)
    file.chmod(0o4750)
    assert write_atomically(read_source(str(file)), "x = 2\n")
    status = file.stat()
    assert (status.st_uid, status.st_gid) == (1234, 2345)
    assert stat.S_IMODE(status.st_mode) == 0o4750


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
def test_a_file_whose_owner_cannot_be_kept_is_written_all_the_same(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    os.chown(file, 1234, 2345)
    asked: list[tuple[int, int]] = []

    def refuse(_: Path, uid: int, gid: int) -> None:
        asked.append((uid, gid))
        raise PermissionError

    monkeypatch.setattr(os, "chown", refuse)
    assert write_atomically(read_source(str(file)), "x = 2\n")
    assert asked == [(1234, 2345), (-1, 2345)]
    assert file.read_bytes() == b"x = 2\n"


def test_a_file_with_other_names_is_left_alone(file: Path) -> None:
    other = file.parent.parent / "other.py"
    other.hardlink_to(file)
    with pytest.raises(CannotWrite, match=r"other names \(hard links\)"):
        write_atomically(read_source(str(file)), "y\n")
    assert other.read_bytes() == file.read_bytes() == b"x = 1\n"
    assert other.samefile(file)


def test_a_file_that_changed_meanwhile_is_left_alone(file: Path) -> None:
    source = read_source(str(file))
    status = file.stat()
    file.write_bytes(b"x = 3\n")
    os.utime(file, ns=(status.st_atime_ns, status.st_mtime_ns))
    with pytest.raises(ChangedUnderfoot, match="was changed since it was read"):
        write_atomically(source, "x = 2\n")
    assert file.read_bytes() == b"x = 3\n"


def test_a_file_that_changes_while_the_new_one_is_written_is_left_alone(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = os.fsync

    def meanwhile(descriptor: int) -> None:
        real(descriptor)
        file.write_bytes(b"x = 3\n")

    monkeypatch.setattr(os, "fsync", meanwhile)
    with pytest.raises(ChangedUnderfoot):
        write_atomically(read_source(str(file)), "x = 2\n")
    assert file.read_bytes() == b"x = 3\n"


@pytest.mark.parametrize("when", ["before", "while"])
def test_a_file_that_is_gone_is_not_made_again(
    file: Path, monkeypatch: pytest.MonkeyPatch, when: str
) -> None:
    source = read_source(str(file))
    if when == "before":
        file.unlink()
    else:
        monkeypatch.setattr(os, "fsync", lambda _: file.unlink())
    with pytest.raises(ChangedUnderfoot, match="is gone"):
        write_atomically(source, "x = 2\n")
    assert not file.exists()


@pytest.mark.parametrize("failing", ["fsync", "fdopen", "utime", "replace"])
@pytest.mark.parametrize("error", [OSError(5, "broken"), KeyboardInterrupt()])
def test_an_error_leaves_the_file_and_no_other(
    file: Path, monkeypatch: pytest.MonkeyPatch, failing: str, error: BaseException
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise error

    source = read_source(str(file))
    monkeypatch.setattr(Path if failing == "replace" else os, failing, fail)
    with pytest.raises(type(error)):
        write_atomically(source, "x = 2\n")
    assert file.read_bytes() == b"x = 1\n"


def test_a_write_protected_file_is_left_alone(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file.chmod(0o444)
    if os.geteuid() == 0:  # who may write everything; to others the system says this itself
        monkeypatch.setattr(os, "access", lambda *_: False)
    with pytest.raises(PermissionError, match=r"app\.py"):
        write_atomically(read_source(str(file)), "x = 2\n")
    assert file.read_bytes() == b"x = 1\n"


def test_only_regular_files_are_written(tmp_path: Path) -> None:
    source = Source(str(tmp_path), b"x", "x", "utf-8", b"")
    with pytest.raises(CannotWrite, match="not a regular file"):
        write_atomically(source, "y")


def test_a_loop_of_links_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "a.py").symlink_to("b.py")
    (tmp_path / "b.py").symlink_to("a.py")
    source = Source(str(tmp_path / "a.py"), b"x", "x", "utf-8", b"")
    with pytest.raises(OSError, match=r"a\.py"):
        write_atomically(source, "y")


def test_a_reader_never_sees_a_part(file: Path) -> None:
    """A handle on the old file still reads the old content once the new one is there."""
    with file.open("rb") as reader:
        write_atomically(read_source(str(file)), "x = 2\n")
        assert reader.read() == b"x = 1\n"
    assert file.read_bytes() == b"x = 2\n"
