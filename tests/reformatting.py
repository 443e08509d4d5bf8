"""Joins programs and writes them differently: what a fix must get along with in others' code.

Each step takes a text with line feeds and a number, which elects the place, and gives a text. All
but a few leave the syntax tree as it was; `reformatted` drops what would not.
"""

from __future__ import annotations

import ast
import io
import keyword
import re
import tokenize
import warnings
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise

Step = Callable[[str, int], str]

COMMENTS = (
    "# caf\u00e9",
    "#",
    "# \U0001f40d  two  blanks ",
    "#: 'quoted",
    "# (a bracket",
    "#\tx \\",
)
BLANKS = ("\n", "   \n", "\t\n", "\x0c\n")
WORDS = ('"caf\u00e9 \U0001f40d"', '"""one\n  two # no comment\n\n\tthree"""', "...")
_OPENING, _CLOSING = "([{", ")]}"
_SIMPLE = (ast.Expr, ast.Assign, ast.AugAssign, ast.AnnAssign, ast.Pass, ast.Return, ast.Raise)
_BLOCKS = (
    "if True:",
    "def wrapped():",
    "async def wrapped():",
    "class Wrapped:",
    "for _ in range(2):",
    "try:",
)


def tree_of(text: str) -> ast.Module | None:
    """The syntax tree of a program, None if it does not compile."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            compile(text, "app.py", "exec", dont_inherit=True)
            return ast.parse(text)
        except (SyntaxError, ValueError):
            return None


def comments(text: str) -> list[str]:
    """The comments of a program."""
    tokens = tokenize.generate_tokens(io.StringIO(text, newline=None).readline)
    return [token.string for token in tokens if token.type == tokenize.COMMENT]


# joining -----------------------------------------------------------------------------------------


def joined(programs: Sequence[str], *, apart: bool) -> str:
    """One program behind the other; apart: what they define at their top gets names of its own."""
    texts = list(programs)
    if apart:
        texts = [texts[0], *(_renamed(text, str(i)) for i, text in enumerate(texts[1:], start=2))]
    return "\n\n".join(text.strip("\n") + "\n" for text in texts)


def wrapped(text: str, block: int) -> str:
    """A program as the body of a block."""
    kept = _rows_in_strings(text)
    lines = [
        f"    {line}" if line.strip() and row not in kept else line
        for row, line in enumerate(text.splitlines(keepends=True), start=1)
    ]
    opening = _BLOCKS[block % len(_BLOCKS)]
    closing = "finally:\n    pass\n" if opening == "try:" else ""
    return f"{opening}\n{''.join(lines)}{closing}"


def _renamed(text: str, suffix: str) -> str:
    """A program with a suffix to each name that its top level defines."""
    defined = {
        name
        for statement in ast.parse(text).body
        for name in _defined(statement)
        if not name.startswith("__")
    }
    return _with_names(text, {name: f"{name}_{suffix}" for name in defined})


def _defined(statement: ast.stmt) -> Iterator[str]:
    if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        yield statement.name
    elif isinstance(statement, ast.Assign):
        yield from (target.id for target in statement.targets if isinstance(target, ast.Name))
    elif isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name):
        yield statement.target.id


def _with_names(text: str, names: dict[str, str]) -> str:
    """A text with other names; attributes and what stands in strings change with them."""
    if not names:
        return text
    pattern = "|".join(map(re.escape, sorted(names, key=len, reverse=True)))
    return re.sub(rf"\b(?:{pattern})\b", lambda found: names[found[0]], text)


# tokens and places -------------------------------------------------------------------------------


class _Text:
    """A program with its tokens and places, offsets in characters."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.lines = text.splitlines(keepends=True) if "\x0c" not in text else _split(text)
        starts = [0]
        for line in self.lines:
            starts.append(starts[-1] + len(line))
        self.starts = starts
        self.tokens = list(tokenize.generate_tokens(io.StringIO(text).readline))

    def offset(self, place: tuple[int, int]) -> int:
        row, column = place
        return min(self.starts[min(row, len(self.starts)) - 1] + column, len(self.text))

    def span(self, node: ast.expr | ast.stmt) -> tuple[int, int]:
        """Where a node of the text's tree stands."""
        assert node.end_lineno is not None
        assert node.end_col_offset is not None
        return (
            self._of_bytes(node.lineno, node.col_offset),
            self._of_bytes(node.end_lineno, node.end_col_offset),
        )

    def _of_bytes(self, row: int, column: int) -> int:
        line = self.lines[row - 1]
        return self.starts[row - 1] + len(line.encode()[:column].decode())

    def insert(self, at: int, more: str) -> str:
        return self.text[:at] + more + self.text[at:]

    def depths(self) -> Iterator[tuple[int, tokenize.TokenInfo]]:
        """Each token with the number of brackets that it stands in."""
        depth = 0
        for token in self.tokens:
            if token.type == tokenize.OP and token.string in _CLOSING:
                depth -= 1
            yield depth, token
            if token.type == tokenize.OP and token.string in _OPENING:
                depth += 1


def _split(text: str) -> list[str]:
    return re.findall(r"[^\n]*\n|[^\n]+", text)


def _rows_in_strings(text: str) -> set[int]:
    """The 1-based rows that begin within a string."""
    rows: set[int] = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Constant | ast.JoinedStr) and node.end_lineno is not None:
            rows.update(range(node.lineno + 1, node.end_lineno + 1))
    return rows


def _pick(places: Sequence[int], number: int) -> int | None:
    return places[number % len(places)] if places else None


# steps -------------------------------------------------------------------------------------------


def comment_behind(text: str, number: int) -> str:
    """A comment at the end of a line, be it within brackets."""
    given = _Text(text)
    ends = (tokenize.NEWLINE, tokenize.NL)
    places = [given.offset(token.start) for token in given.tokens if token.type in ends]
    at = _pick(places, number)
    return text if at is None else given.insert(at, f"  {COMMENTS[number % len(COMMENTS)]}")


def comment_above(text: str, number: int) -> str:
    """A comment on a line of its own, indented as the next one or not at all."""
    row, given = _free_row(text, number)
    line = given.lines[row - 1]
    indent = line[: len(line) - len(line.lstrip())] if number % 3 else ""
    return given.insert(given.starts[row - 1], f"{indent}{COMMENTS[number % len(COMMENTS)]}\n")


def blank_line(text: str, number: int) -> str:
    """A line with nothing but white space."""
    row, given = _free_row(text, number)
    return given.insert(given.starts[row - 1], BLANKS[number % len(BLANKS)])


def _free_row(text: str, number: int) -> tuple[int, _Text]:
    """A row before which lines may be inserted."""
    given = _Text(text)
    kept = _rows_in_strings(text)
    rows = [
        row
        for row in range(1, len(given.lines) + 1)
        if row not in kept and not (row > 1 and given.lines[row - 2].endswith("\\\n"))
    ]
    return rows[number % len(rows)], given


def break_line(text: str, number: int) -> str:
    """A line break between two tokens: in brackets a bare one, elsewhere behind a backslash."""
    given = _Text(text)
    layout = (tokenize.NEWLINE, tokenize.NL, tokenize.COMMENT, tokenize.INDENT, tokenize.DEDENT)
    found: list[tuple[int, int]] = []
    before: tokenize.TokenInfo | None = None
    for depth, token in given.depths():
        plain = token.type not in (*layout, tokenize.ENDMARKER)
        if plain and before is not None and before.end[0] == token.start[0]:
            found.append((depth, given.offset(token.start)))
        before = token if plain else None
    if not found:
        return text
    depth, at = found[number % len(found)]
    spaces = " " * (number % 7)
    more = f"\n{spaces}" if depth > 0 else f" \\\n{spaces}"
    return given.insert(at, more)


def spread(text: str, number: int) -> str:
    """White space around an operator, dot or bracket."""
    given = _Text(text)
    operators = [token for token in given.tokens if token.type == tokenize.OP]
    if not operators:
        return text
    token = operators[number % len(operators)]
    start, end = given.offset(token.start), given.offset(token.end)
    return f"{text[:start]} {token.string}\t{text[end:]}"


def parentheses(text: str, number: int) -> str:
    """Parentheses around an expression, which may be a whole one of several lines."""
    given = _Text(text)
    nodes = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.expr)]
    node = nodes[number % len(nodes)] if nodes else None
    if node is None or not hasattr(node, "lineno"):
        return text
    start, end = given.span(node)
    left, right = (("(", ")"), ("( ", "\n)"), ("((", "))"))[number % 3]
    return f"{text[:start]}{left}{text[start:end]}{right}{text[end:]}"


def trailing_comma(text: str, number: int) -> str:
    """A comma behind the last argument or element."""
    given = _Text(text)
    places = [
        given.offset(token.start)
        for _, token in given.depths()
        if token.type == tokenize.OP and token.string in _CLOSING
    ]
    at = _pick(places, number)
    return text if at is None else given.insert(at, ",")


def semicolon(text: str, number: int) -> str:
    """Two simple statements on one line."""
    given = _Text(text)
    pairs = [
        (one, two)
        for body in _bodies(text)
        for one, two in pairwise(body)
        if isinstance(one, _SIMPLE) and isinstance(two, _SIMPLE)
    ]
    if not pairs:
        return text
    one, two = pairs[number % len(pairs)]
    return f"{text[: given.span(one)[1]]}; {text[given.span(two)[0] :]}"


def one_line(text: str, number: int) -> str:
    """A simple statement on the line of the block that it makes up."""
    given = _Text(text)
    alone = [body[0] for body in _bodies(text) if len(body) == 1 and isinstance(body[0], _SIMPLE)]
    if not alone:
        return text
    start, _ = given.span(alone[number % len(alone)])
    above = text[:start].rstrip()
    return f"{above} {text[start:]}" if above.endswith(":") else text


def statement_before(text: str, number: int) -> str:
    """Another statement in front of one, on its line; it shifts columns, in bytes even more."""
    given = _Text(text)
    simple = [node for body in _bodies(text) for node in body[1:] if isinstance(node, _SIMPLE)]
    if not simple:
        return text
    start, _ = given.span(simple[number % len(simple)])
    return given.insert(start, f"{WORDS[number % len(WORDS)]}; ")


def other_name(text: str, number: int) -> str:
    """A name beyond ASCII in the place of one that the program defines."""
    names = sorted({name for body in _bodies(text) for node in body for name in _defined(node)})
    names = [name for name in names if not name.startswith("_") and not keyword.iskeyword(name)]
    if not names:
        return text
    name = names[number % len(names)]
    return _with_names(text, {name: f"{name}_\u00e9\u00fc"})


def indentation(text: str, number: int) -> str:
    """Tabs, or more or fewer spaces, for every four."""
    unit = ("\t", "  ", "        ", " ")[number % 4]
    kept = _rows_in_strings(text)
    lines: list[str] = []
    for row, line in enumerate(_Text(text).lines, start=1):
        blanks = len(line) - len(line.lstrip(" "))
        levels, rest = divmod(blanks, 4)
        lines.append(line if row in kept else unit * levels + " " * rest + line[blanks:])
    return "".join(lines)


def _bodies(text: str) -> list[list[ast.stmt]]:
    """The blocks of a program, each a list of statements."""
    return [
        body
        for node in ast.walk(ast.parse(text))
        for field in ("body", "orelse", "finalbody")
        if isinstance(body := getattr(node, field, None), list) and body
    ]


#: Steps that keep the tree, those of them that put statements on one line, and those that add.
KEEPING: tuple[Step, ...] = (
    comment_behind,
    comment_above,
    blank_line,
    break_line,
    spread,
    parentheses,
    trailing_comma,
    semicolon,
    one_line,
    indentation,
)
SHARING: tuple[Step, ...] = (semicolon, one_line)
ADDING: tuple[Step, ...] = (statement_before, other_name)


def reformatted(text: str, steps: Sequence[tuple[Step, int]]) -> str:
    """A text after the steps; one whose result is no program, or another one, is left out."""
    for step, number in steps:
        before = tree_of(text)
        assert before is not None
        try:
            after = step(text, number)
        except (tokenize.TokenError, IndentationError):
            continue
        tree = tree_of(after)
        if tree is not None and (step in ADDING or ast.dump(tree) == ast.dump(before)):
            text = after
    return text
