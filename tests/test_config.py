"""Settings: where they are looked for, what they may say, what they decide."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest

from asynclint.engine.choice import Choice
from asynclint.engine.config import ConfigError, find_settings, load_settings
from asynclint.engine.config_files import common_folder
from asynclint.engine.discovery import discover
from asynclint.engine.select import rules_for, shows_trouble
from asynclint.engine.selectors import UnknownSelectorError, as_code
from asynclint.engine.settings import DEFAULT_EXCLUDE, Settings
from asynclint.engine.toml_rows import row_of
from asynclint.facts import Fact
from asynclint.source.paths import shown
from front_ends import planted, write

pytestmark = pytest.mark.usefixtures("planted")
__all__ = ["planted"]


@pytest.fixture(autouse=True)
def _in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def configured(text: str, name: str = "pyproject.toml") -> Settings:
    """The settings of a project with this configuration."""
    write(Path(), {name: text})
    return find_settings(Path())


def codes(settings: Settings, path: str = "x.py") -> list[str]:
    """The codes of the rules that run on a file."""
    return [rule.code for rule in rules_for(settings, path)]


def test_without_configuration_there_are_defaults() -> None:
    settings = find_settings(Path())
    assert settings == Settings.defaults()
    assert settings.target_version == (3, 10)
    assert codes(settings) == ["ASL101", "ASL102", "ASL201"]


def test_every_key_is_read() -> None:
    settings = configured(
        """
        [project]
        requires-python = ">=3.9"
        [tool.asynclint]
        select = ["ASL1", "far-fault"]
        ignore = ["ASL102"]
        extend-select = ["ASL202"]
        exclude = ["generated"]
        extend-exclude = ["*_pb2.py"]
        src = ["lib", "."]
        target-version = "py312"
        [tool.asynclint.per-file-ignores]
        "tests/*" = ["ASL2", "planted-fault"]
        [tool.asynclint.facts."mylib.run"]
        starts-loop = true
        """
    )
    here = Path.cwd()
    assert settings == Settings(
        root=str(here),
        select=("ASL1", "ASL201"),
        ignore=("ASL102",),
        extend_select=("ASL202",),
        per_file_ignores=(("tests/*", ("ASL2", "ASL101")),),
        exclude=("generated", "*_pb2.py"),
        src=(str(here / "lib"), str(here)),
        target_version=(3, 12),
        facts=(Fact("mylib.run", "[tool.asynclint.facts]", starts_loop=True),),
    )
    assert codes(settings) == ["ASL101", "ASL201", "ASL202"]
    assert codes(settings, "tests/x.py") == []


def test_extend_exclude_adds_to_the_defaults() -> None:
    settings = configured('tool.asynclint.extend-exclude = ["vendor"]')
    assert settings.exclude == (*DEFAULT_EXCLUDE, "vendor")


@pytest.mark.parametrize(
    ("requirement", "version"),
    [
        (">=3.11", (3, 11)),
        (">= 3.9, != 3.9.1, <4", (3, 9)),
        ("<4,>3.8,>=3.10.2", (3, 10)),
        ("~=3.12", (3, 12)),
        ("==3.13.*", (3, 13)),
        ("<3.12", (3, 10)),
        ("", (3, 10)),
    ],
)
def test_target_comes_from_requires_python(requirement: str, version: tuple[int, int]) -> None:
    settings = configured(f'[project]\nrequires-python = "{requirement}"')
    assert settings.target_version == version


def test_nearest_table_upwards_wins() -> None:
    write(
        Path(),
        {
            "pyproject.toml": '[tool.asynclint]\nignore = ["ASL1"]\n',
            "part/pyproject.toml": '[project]\nrequires-python = ">=3.13"\n',
            "part/inner/pyproject.toml": '[tool.asynclint]\nignore = ["ASL2"]\n',
        },
    )
    Path("part/inner/deep").mkdir()
    assert find_settings(Path("part")).ignore == ("ASL1",)
    assert find_settings(Path("part")).root == str(Path.cwd())
    assert find_settings(Path("part/inner/deep")).ignore == ("ASL2",)
    assert find_settings(Path("part/inner/deep")).root == str(Path.cwd() / "part/inner")


def test_project_without_a_table_still_has_a_root_and_a_target() -> None:
    write(
        Path(),
        {
            "pyproject.toml": '[project]\nrequires-python = ">=3.12"\n',
            "part/pyproject.toml": '[project]\nrequires-python = ">=3.13"\n',
        },
    )
    settings = find_settings(Path("part"))
    assert settings.root == str(Path.cwd() / "part")
    assert settings.target_version == (3, 13)


BROKEN = {
    "no toml": ("[tool.asynclint]\nselect = [\n'ASL1'\nignore = 1\n", 4, "not valid TOML"),
    "no end": ("[tool.asynclint]\nselect = '", 2, "not valid TOML"),
    "unknown key": ("[project]\n[tool.asynclint]\n\nselct = []\n", 4, "did you mean 'select'?"),
    "key of ruff": ("[tool.asynclint]\nfixable = []\n", 2, "unknown key 'fixable'"),
    "dotted key": ("[tool]\nasynclint.ignored = []\n", 2, "did you mean 'ignore'?"),
    "inline table": ("[tool]\nasynclint = {ignored = []}\n", 2, "did you mean 'ignore'?"),
    "no table": ("[tool]\n# why\nasynclint = 1\n", 3, "must be a table"),
    "string for list": (
        "[tool.asynclint]\nselect = 'ASL1'\n",
        2,
        "select: must be a list of strings, not 'ASL1'",
    ),
    "number in list": (
        "[tool.asynclint]\nexclude = ['a', 1]\n",
        2,
        "exclude: must be a list of strings, not one that holds 1",
    ),
    "unknown code": (
        "[tool.asynclint]\nselect = ['ASL1']\nignore = ['ASL103']\n",
        3,
        "ignore: unknown rule 'ASL103'; did you mean 'ASL101'?",
    ),
    "unknown name": (
        "[tool.asynclint]\nextend-select = ['planted-falut']\n",
        2,
        "extend-select: unknown rule 'planted-falut'; did you mean 'planted-fault'?",
    ),
    "list for table": (
        "[tool.asynclint]\nper-file-ignores = ['ASL1']\n",
        2,
        "per-file-ignores: must be a table of patterns",
    ),
    "string in table": (
        "[tool.asynclint]\n[tool.asynclint.per-file-ignores]\na = ['ASL1']\n'b/*' = 'ASL1'\n",
        4,
        "per-file-ignores: 'b/*': must be a list of strings, not 'ASL1'",
    ),
    "version": (
        "[tool.asynclint]\ntarget-version = 'py27'\n",
        2,
        "target-version: must be a Python version such as 'py311' or '3.11', not 'py27'",
    ),
    "number for version": ("[tool.asynclint]\ntarget-version = 3.11\n", 2, "not 3.11"),
    "list for version": ("[tool.asynclint]\ntarget-version = ['a']\n", 2, "not ['a']"),
}


@pytest.mark.parametrize(("text", "row", "message"), BROKEN.values(), ids=BROKEN)
def test_errors_name_file_and_line(text: str, row: int, message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        configured(text)
    assert str(caught.value).startswith(f"pyproject.toml:{row}: ")
    assert message in str(caught.value)


def test_configuration_that_is_not_utf8() -> None:
    Path("pyproject.toml").write_bytes(b"[project]\nname = '\xe9'\n")
    with pytest.raises(ConfigError, match=r"^pyproject.toml:2: not valid TOML: not UTF-8$"):
        find_settings(Path())


def test_named_file() -> None:
    write(
        Path(),
        {
            "pyproject.toml": "[tool.asynclint]\nbad = 1\n",
            "conf/other.toml": '[tool.asynclint]\nselect = ["ASL2"]\n',
            "empty.toml": "[tool]\n",
        },
    )
    assert load_settings(Path("conf/other.toml")).select == ("ASL2",)
    assert load_settings(Path("conf/other.toml")).root == str(Path.cwd())
    with pytest.raises(ConfigError, match=r"^empty.toml: has no table \[tool.asynclint\]$"):
        load_settings(Path("empty.toml"))
    with pytest.raises(ConfigError, match=r"^none.toml: cannot be read: No such file"):
        load_settings(Path("none.toml"))
    with pytest.raises(ConfigError, match=r"^conf: cannot be read: Is a directory"):
        load_settings(Path("conf"))


def test_rows_of_keys() -> None:
    text = "\n".join(
        [
            "[tool.other]",
            "key = 1",
            " [ tool . 'asynclint' ] # why",
            "key.inner = 1",
            '"quoted key" = 1',
            "[[tool.asynclint.list]]",
            "a" * 5000,
        ]
    )
    assert row_of(text, ("tool", "asynclint")) == 3
    assert row_of(text, ("tool", "asynclint", "key", "inner")) == 4
    assert row_of(text, ("tool", "asynclint", "quoted key")) == 5
    assert row_of(text, ("tool", "asynclint", "list")) == 6
    assert row_of(text, ("tool", "asynclint", "missing")) == 3
    assert row_of(text, ("project",)) == 0
    assert row_of("[a]\nb = 1\nb = 2\n", ("a", "b")) == 2


@pytest.mark.parametrize(
    ("text", "code"),
    [("ASL", "ASL"), ("ASL1", "ASL1"), (" ASL101 ", "ASL101"), ("off-fault", "ASL202"),
     ("ASL001", "ASL001"), ("ASL0", "ASL0")],
)  # fmt: skip
def test_selectors(text: str, code: str) -> None:
    assert as_code(text) == code


@pytest.mark.parametrize("text", ["", "A", "AS", "asl101", "ASL9", "ASL1011", "E501", "planted"])
def test_unknown_selectors(text: str) -> None:
    with pytest.raises(UnknownSelectorError, match="unknown rule"):
        as_code(text)


def chosen(select: str = "ASL", ignore: str = "", extend: str = "") -> Settings:
    """Settings with these codes, separated by blanks."""
    return replace(
        Settings.defaults(),
        select=tuple(select.split()),
        ignore=tuple(ignore.split()),
        extend_select=tuple(extend.split()),
    )


@pytest.mark.parametrize(
    ("settings", "on"),
    [
        (chosen(), "ASL101 ASL102 ASL201"),
        (chosen("ASL1"), "ASL101 ASL102"),
        (chosen(""), ""),
        (chosen("ASL2"), "ASL201"),
        (chosen("ASL202"), "ASL202"),
        (chosen("ASL", extend="ASL202"), "ASL101 ASL102 ASL201 ASL202"),
        (chosen("ASL", extend="ASL20"), "ASL101 ASL102 ASL201"),
        (chosen("ASL", "ASL1"), "ASL201"),
        (chosen("ASL ASL102", "ASL1"), "ASL102 ASL201"),
        (chosen("ASL", "ASL1", "ASL102"), "ASL102 ASL201"),
        (chosen("ASL101", "ASL101"), ""),
        (chosen("ASL202", "ASL2"), "ASL202"),
    ],
)
def test_longer_prefix_decides(settings: Settings, on: str) -> None:
    assert codes(settings) == on.split()


@pytest.mark.parametrize(
    ("choice", "on"),
    [
        (Choice(), "ASL101"),
        (Choice(select=("ASL",)), "ASL101 ASL102 ASL201"),
        (Choice(select=("ASL",), ignore=("ASL1",)), "ASL201"),
        (Choice(select=()), ""),
        (Choice(ignore=("ASL1",)), ""),
        (Choice(ignore=("ASL2",)), "ASL101"),
        (Choice(extend_select=("ASL1",)), "ASL101 ASL102"),
        (Choice(extend_select=("ASL2",)), "ASL101 ASL201"),
        (Choice(extend_select=("ASL202",)), "ASL101 ASL202"),
        (Choice(ignore=("ASL1",), extend_select=("ASL102",)), "ASL102"),
        (Choice(ignore=("ASL1",), extend_select=("ASL1",)), ""),
    ],
)
def test_command_line_beats_the_file(choice: Choice, on: str) -> None:
    file = chosen("ASL101", "ASL102")
    assert codes(choice.over(file)) == on.split()


@pytest.mark.parametrize(
    ("settings", "choice", "shows"),
    [
        (chosen(), Choice(), True),
        (chosen("ASL101"), Choice(), True),
        (chosen("ASL", "ASL"), Choice(), True),
        (chosen("ASL", "ASL001"), Choice(), False),
        (chosen("ASL", "ASL0"), Choice(), False),
        (chosen("ASL", "ASL002"), Choice(), True),
        (chosen("ASL", "ASL001"), Choice(ignore=("ASL1",)), False),
        (chosen(), Choice(ignore=("ASL001",)), False),
        (chosen("ASL", "ASL001"), Choice(select=("ASL1",)), True),
    ],
)
def test_troubles_are_hidden_by_their_own_code_only(
    settings: Settings, choice: Choice, *, shows: bool
) -> None:
    assert shows_trouble("ASL001", choice.over(settings), "x.py") is shows


@pytest.mark.parametrize(
    ("pattern", "path", "ignored"),
    [
        ("tests/*", "tests/x.py", True),
        ("tests/*", "tests/deep/x.py", True),
        ("tests/*", "src/x.py", False),
        ("tests", "a/tests/x.py", True),
        ("x.py", "a/b/x.py", True),
        ("*.pyi", "a/x.pyi", True),
        ("/x.py", "a/x.py", False),
        ("!src/", "src/x.py", False),
        ("!src/", "tests/x.py", True),
    ],
)
def test_per_file_ignores(pattern: str, path: str, *, ignored: bool) -> None:
    settings = replace(chosen(), per_file_ignores=((pattern, ("ASL1", "ASL001")),))
    assert codes(settings, path) == (["ASL201"] if ignored else ["ASL101", "ASL102", "ASL201"])
    assert shows_trouble("ASL001", settings, path) is not ignored
    assert codes(settings, str(Path(path).absolute())) == codes(settings, path)


def found(*paths: str, force: bool = False, settings: Settings | None = None) -> list[str]:
    """The paths of the files that a run would look at."""
    result = discover(paths, settings or Settings.defaults(), force_exclude=force)
    assert not result.failures
    return [each.path for each in result.files]


def test_folders_are_walked_in_order_and_without_what_is_excluded() -> None:
    files = ["b.py", "a/z.pyi", "a/y.py", "a.txt", "venv/x.py", "a/build/x.py", "a/.tox/x.py", "c"]
    write(Path(), dict.fromkeys(files, ""))
    assert found(".") == ["a/y.py", "a/z.pyi", "b.py"]
    assert found("b.py", "a", ".", "a/y.py") == ["a/y.py", "a/z.pyi", "b.py"]
    assert found(str(Path.cwd())) == ["a/y.py", "a/z.pyi", "b.py"]
    assert found("a/build", "c") == ["a/build/x.py", "c"]


def test_named_files_are_taken_unless_exclusion_is_forced() -> None:
    write(Path(), dict.fromkeys(["venv/lib/x.py", "gen/y.py", "z.py"], ""))
    settings = replace(Settings.defaults(), exclude=("venv", "gen/*"))
    files = ("venv/lib/x.py", "gen/y.py", "z.py")
    assert found(*files, settings=settings) == sorted(files)
    assert found(*files, settings=settings, force=True) == ["z.py"]
    assert found("venv", settings=settings, force=True) == []
    assert found(".", settings=settings) == ["z.py"]


def test_patterns_are_relative_to_the_root() -> None:
    write(Path(), dict.fromkeys(["one/gen/x.py", "gen/y.py"], ""))
    settings = replace(Settings.defaults(), exclude=("/gen",))
    assert found(".", settings=settings) == ["one/gen/x.py"]
    assert found(".", settings=replace(settings, root=str(Path("one").absolute()))) == ["gen/y.py"]


def test_links_to_folders_are_not_followed_but_links_to_files_are() -> None:
    write(Path(), {"real/x.py": ""})
    Path("real/loop").symlink_to(Path.cwd(), target_is_directory=True)
    Path("real/link.py").symlink_to("x.py")
    Path("dangling.py").symlink_to("nowhere.py")
    Path("linked").symlink_to("real", target_is_directory=True)
    assert found(".") == ["dangling.py", "real/link.py", "real/x.py"]
    assert found("linked") == ["linked/link.py", "linked/x.py"]


def test_missing_paths_are_failures() -> None:
    write(Path(), {"x.py": ""})
    result = discover(["no.py", "x.py", "none"], Settings.defaults())
    assert [each.path for each in result.files] == ["x.py"]
    assert [each.path for each in result.failures] == ["no.py", "none"]


def test_paths_are_shown_relative_below_the_working_folder() -> None:
    assert shown("./a/../b.py") == "b.py"
    assert shown(str(Path.cwd() / "a" / "b.py")) == os.path.join("a", "b.py")  # noqa: PTH118
    assert shown("..") == str(Path.cwd().parent)
    assert shown(".") == "."


def test_common_folder() -> None:
    write(Path(), dict.fromkeys(["a/b/x.py", "a/c/y.py"], ""))
    here = Path.cwd()
    assert common_folder(["a/b/x.py", "a/c"]) == here / "a"
    assert common_folder(["a/b/x.py"]) == here / "a/b"
    assert common_folder(["."]) == here
    assert common_folder([]) == here
