"""The cures of the families reuse and agen, beyond what the fixtures show."""

from __future__ import annotations

import textwrap
from functools import cache
from pathlib import Path

import pytest

from asynclint.engine.check import check_source
from asynclint.engine.fixing import fix_source
from asynclint.engine.settings import Settings
from asynclint.findings import Applicability
from asynclint.source.text import Source, decode
from fixture_harness import FIXTURES, STUBS, Asynclint, fixture_paths, load
from fixture_runs import available, run

SETTINGS = Settings.defaults()
RULES = (
    "reused-coroutine",
    "shared-coroutine",
    "replayed-awaitable-argument",
    "exhausted-async-generator",
    "async-generator-as-awaitable",
    "awaited-async-generator",
    "async-generator-iterated-synchronously",
    "async-for-over-coroutine",
    "async-with-over-coroutine",
)
CURED = [
    path
    for path in fixture_paths()
    if path.parent.name in RULES and path.name.startswith("raises_") and load(path).fix != "none"
]
HEAD = """\
import asyncio


async def work(*args):
    await asyncio.sleep(0)
    return args


async def stream(*args):
    for arg in args:
        await asyncio.sleep(0)
        yield arg


"""
COLLECT = """\
async def _collect(stream):
    return [item async for item in stream]


"""


def source_of(text: str) -> Source:
    return decode(text.encode(), "app.py")


def fixed(text: str) -> str:
    return fix_source(source_of(text), SETTINGS, unsafe=True).text


def program(body: str, *, collect: bool = False, head: str = HEAD) -> str:
    if collect:
        head = head.replace("import asyncio\n\n\n", f"import asyncio\n\n\n{COLLECT}")
    return f"{head}{textwrap.dedent(body)}"


@cache
def output_of(text: str, folder: Path) -> list[str]:
    """What a program prints on the oldest Python that is installed; it must run clean."""
    path = folder / "app.py"
    path.write_text(text, encoding="utf-8")
    outcome = run(path, min(available(), key=lambda each: each.version), STUBS, strict=True)
    assert (outcome.status, outcome.stderr) == (0, ""), outcome.output
    return outcome.stdout.splitlines()


def same(before: str, after: str, tmp_path: Path, *prints: str, collect: bool = False) -> None:
    """The fix makes one program of the other, which runs clean and is not changed again."""
    wanted = program(after, collect=collect)
    assert fixed(program(before)) == wanted
    assert fixed(wanted) == wanted
    assert check_source(source_of(wanted), SETTINGS) == []
    assert output_of(wanted, tmp_path) == list(prints)


# how a file is written ------------------------------------------------------------------------


@pytest.mark.parametrize("path", CURED, ids=lambda path: f"{path.parent.name}/{path.stem}")
@pytest.mark.parametrize(("old", "new"), [("\n", "\r\n"), ("    ", "\t")], ids=["crlf", "tabs"])
def test_newlines_and_indentation_are_kept(path: Path, old: str, new: str) -> None:
    before, after = load(path), load(load(path).twin("fixed"))
    text = before.program.replace(old, new)
    assert Asynclint().fix(path, text, unsafe=True) == after.program.replace(old, new)


def test_there_are_cured_fixtures_of_every_rule() -> None:
    assert {path.parent for path in CURED} == {FIXTURES / rule for rule in RULES}


# fresh calls ------------------------------------------------------------------------------------


def test_comments_stay_and_lines_move(tmp_path: Path) -> None:
    before = """\
        async def main(urls):
            # first of all
            job = (  # as told
                work(
                    urls,  # all of them
                    "é",
                )
            )  # made once

            for number in range(2):
                print("é", number, await job)


        asyncio.run(main([]))
        """
    after = """\
        async def main(urls):
            # first of all
            # as told
            # made once

            for number in range(2):
                print("é", number, await work(
                    urls,  # all of them
                    "é",
                ))


        asyncio.run(main([]))
        """
    same(before, after, tmp_path, "é 0 ([], 'é')", "é 1 ([], 'é')")


def test_blank_lines_close_up(tmp_path: Path) -> None:
    before = """\
        async def main():
            job = work()  # noqa: F841

            print(await job)

            other = work(2)

            print(await job, await other, await other)


        asyncio.run(main())
        """
    after = """\
        async def main():
            print(await work())

            print(await work(), await work(2), await work(2))


        asyncio.run(main())
        """
    same(before, after, tmp_path, "()", "() (2,) (2,)")


def test_quotes_fit_into_f_strings(tmp_path: Path) -> None:
    before = """\
        async def main(name):
            job = work("x", name["y"])
            print(f"{await job}", f'{await job}', f\"\"\"{await job}\"\"\")


        asyncio.run(main({"y": 1}))
        """
    after = """\
        async def main(name):
            print(f"{await work('x', name['y'])}", f'{await work("x", name["y"])}', \
f\"\"\"{await work("x", name["y"])}\"\"\")


        asyncio.run(main({"y": 1}))
        """
    same(before, after, tmp_path, "('x', 1) ('x', 1) ('x', 1)")


def test_one_of_several_statements_on_a_line_goes(tmp_path: Path) -> None:
    before = """\
        async def main():
            a = 1; job = work(a); b = 2
            print(await job, b, await job)


        asyncio.run(main())
        """
    after = """\
        async def main():
            a = 1; b = 2
            print(await work(a), b, await work(a))


        asyncio.run(main())
        """
    same(before, after, tmp_path, "(1,) 2 (1,)")


def test_aliases_are_followed(tmp_path: Path) -> None:
    before = """\
        async def main():
            first = work(1)
            second = third = None
            second = first
            print(await first, await second, third)


        asyncio.run(main())
        """
    after = """\
        async def main():
            second = third = None
            print(await work(1), await work(1), third)


        asyncio.run(main())
        """
    same(before, after, tmp_path, "(1,) (1,) None")


@pytest.mark.parametrize(
    ("made", "function"),
    [
        ("work(next(numbers))", "functools.partial(work, next(numbers))"),
        ("work(0, *numbers)", None),
        ("work(numbers := [1])", "functools.partial(work, numbers := [1])"),
        ("work(await work(3))", "functools.partial(work, await work(3))"),
    ],
)
def test_arguments_that_are_evaluated_once_stay(
    made: str, function: str | None, tmp_path: Path
) -> None:
    before = f"""\
        async def main(numbers):
            job = {made}
            for _ in range(2):
                print(await job == await work(1, 2))


        asyncio.run(main(iter([7, 8, 9])))
        """
    after = fixed(program(before))
    if function is None:
        assert f"await {made} ==" in after
    else:
        assert f"job = {function}\n" in after
        assert "await job() ==" in after
    assert output_of(after, tmp_path) == ["False", "False"]


def test_rebound_arguments_are_bound_early(tmp_path: Path) -> None:
    before = """\
        async def main(fast):
            if fast:
                job = work(fast, 1)
            else:
                job = work()
            for fast in range(2):
                print(await job)


        asyncio.run(main(3))
        asyncio.run(main(0))
        """
    after = program(
        """\
        async def main(fast):
            if fast:
                job = functools.partial(work, fast, 1)
            else:
                job = work
            for fast in range(2):
                print(await job())


        asyncio.run(main(3))
        asyncio.run(main(0))
        """
    ).replace("import asyncio\n", "import asyncio\nimport functools\n")
    assert fixed(program(before)) == after
    assert output_of(after, tmp_path) == ["(3, 1)", "(3, 1)", "()", "()"]


REFUSED = {
    "the object is used in another way": """\
        async def main(x):
            job = work(x)
            print(job)
            for _ in range(3):
                await job
        """,
    "its argument is used up as well": """\
        async def main(x):
            inner = work(x)
            job = asyncio.wait_for(inner, 1)
            for _ in range(3):
                await job
        """,
    "its argument, which something unknown makes, is used up as well": """\
        async def main(make, limit):
            job = asyncio.wait_for(make(limit), limit)
            for _ in range(3):
                limit = 2
                await job
        """,
    "of two coroutines in a multiplied list": """\
        async def main():
            await asyncio.gather(*[work(1), work(2)] * 3)
        """,
    "a generator expression is handed on": """\
        async def main(use):
            use(x for y in [1] for x in stream(y))
        """,
    "a plain function": """\
        def main():
            return list(stream(1))
        """,
    "it gives no context manager": """\
        async def plain() -> int:
            return 1


        async def main():
            async with plain():
                pass
        """,
    "a helper that gets a task elsewhere": """\
        async def retry(job):
            for _ in range(3):
                try:
                    return await job
                except OSError:
                    pass


        async def main():
            await retry(work(1))
            await retry(asyncio.create_task(work(1)))
        """,
    "a helper that is handed on": """\
        async def retry(job):
            for _ in range(3):
                try:
                    return await job
                except OSError:
                    pass


        async def main(register):
            await retry(work(1))
            register(retry)
        """,
}


@pytest.mark.parametrize("body", REFUSED.values(), ids=REFUSED)
def test_what_is_not_plain_is_left_alone(body: str) -> None:
    text = program(body)
    findings = check_source(source_of(text), SETTINGS)
    assert {each.code[:4] for each in findings} & {"ASL1", "ASL2"}
    assert [each.fix for each in findings if each.code < "ASL3" and each.fix is not None] == []
    assert fixed(text) == text


def test_a_variable_of_a_comprehension_hides_no_argument(tmp_path: Path) -> None:
    before = """\
        async def main(x):
            job = work(x)
            return [await job for x in range(2)]


        print(asyncio.run(main(7)))
        """
    after = fixed(program(before))
    assert "job = functools.partial(work, x)" in after
    assert output_of(after, tmp_path) == ["[(7,), (7,)]"]


# one for each place -------------------------------------------------------------------------------


def test_multiplied_displays(tmp_path: Path) -> None:
    before = """\
        async def main(_):
            print(await asyncio.gather(*([work(_)] * 2)))
            job = work(2)
            jobs = [job] * len(_)
            for each in jobs:
                print(await each)


        asyncio.run(main("ab"))
        """
    after = """\
        async def main(_):
            print(await asyncio.gather(*[work(_) for _index in range(2)]))
            jobs = [work(2) for _ in range(len(_))]
            for each in jobs:
                print(await each)


        asyncio.run(main("ab"))
        """
    same(before, after, tmp_path, "[('ab',), ('ab',)]", "(2,)", "(2,)")


def test_defaults_are_made_in_the_function(tmp_path: Path) -> None:
    before = '''\
        class Greeter:
            async def greet(self, name: str, *, words: object = work("hi")) -> None:
                """Greets."""
                # politely
                print(name, await words)


        async def main():
            await Greeter().greet("Bo")
            await Greeter().greet("Al", words=work("ho"))
            await Greeter().greet("Cy")


        asyncio.run(main())
        '''
    after = '''\
        class Greeter:
            async def greet(self, name: str, *, words: object = None) -> None:
                """Greets."""
                # politely
                if words is None:
                    words = work("hi")
                print(name, await words)


        async def main():
            await Greeter().greet("Bo")
            await Greeter().greet("Al", words=work("ho"))
            await Greeter().greet("Cy")


        asyncio.run(main())
        '''
    same(before, after, tmp_path, "Bo ('hi',)", "Al ('ho',)", "Cy ('hi',)")


# helpers that take a function ---------------------------------------------------------------------


def test_callers_of_a_helper_give_functions(tmp_path: Path) -> None:
    before = """\
        async def retry(job, note=""):
            for _ in range(2):
                try:
                    print(await job, note)
                except OSError:
                    pass


        async def main(numbers):
            await asyncio.gather(*[asyncio.create_task(retry(work(n), note=n)) for n in (1, 2)])
            await retry(work(next(numbers)))
            await retry(work())
            job = work(3)
            await retry(job=job)
            job = work(4)
            await asyncio.wait_for(retry(job), 1)


        asyncio.run(main(iter("ab")))
        """
    after = program(
        """\
        async def retry(job, note=""):
            for _ in range(2):
                try:
                    print(await job(), note)
                except OSError:
                    pass


        async def main(numbers):
            await asyncio.gather(*[asyncio.create_task(retry(functools.partial(work, n), note=n)) \
for n in (1, 2)])
            await retry(functools.partial(work, next(numbers)))
            await retry(work)
            await retry(job=lambda: work(3))
            job = functools.partial(work, 4)
            await asyncio.wait_for(retry(job), 1)


        asyncio.run(main(iter("ab")))
        """
    ).replace("import asyncio\n", "import asyncio\nimport functools\n")
    assert fixed(program(before)) == after
    assert fixed(after) == after
    assert output_of(after, tmp_path) == [
        *("(1,) 1", "(2,) 2", "(1,) 1", "(2,) 2"),
        *("('a',) ", "('a',) ", "() ", "() "),
        *("(3,) ", "(3,) ", "(4,) ", "(4,) "),
    ]


def test_a_method_is_told_from_others_of_its_name(tmp_path: Path) -> None:
    before = """\
        class Runner:
            async def run(self, job):
                while True:
                    try:
                        return print(await job)
                    except OSError:
                        pass

            async def go(self):
                await self.run(work(1))


        async def main():
            await Runner().run(work(2))
            await Runner().go()


        asyncio.run(main())
        """
    after = """\
        class Runner:
            async def run(self, job):
                while True:
                    try:
                        return print(await job())
                    except OSError:
                        pass

            async def go(self):
                await self.run(lambda: work(1))


        async def main():
            await Runner().run(lambda: work(2))
            await Runner().go()


        asyncio.run(main())
        """
    same(before, after, tmp_path, "(2,)", "(1,)")


# async generators ---------------------------------------------------------------------------------


def test_items_are_collected_where_they_are_wanted(tmp_path: Path) -> None:
    before = """\
        async def main(item, xs):
            print(await stream(item))
            print((await stream(1))[0], (await
                stream(2)))
            print([await stream(x) for x in xs])
            print({x: list(stream(x)) for x in xs})
            print([y for x in xs for y in stream(x)])
            print([[y for y in stream(x)] for x in xs])
            print(sum(x for x in stream(1, 2)), any(x for x in stream(0)))
            print(set(x for x in stream(1)), list(x for x in stream(1)))
            print(tuple(x for x in (x for x in stream(4))))
            print(set(stream(1)), tuple(stream(2)), list(stream(1) if xs else stream(2)))
            print(next(stream([3])).pop(), [next(stream(3)) for x in xs])
            print(f"{list(stream(1))}, {set(stream(2))}")
            return(await stream(5))


        print(asyncio.run(main(0, [1])))
        """
    after = """\
        async def main(item, xs):
            print([element async for element in stream(item)])
            print([item async for item in stream(1)][0], [item async for item in stream(2)])
            print([await _collect(stream(x)) for x in xs])
            print({x: await _collect(stream(x)) for x in xs})
            print([y for x in xs async for y in stream(x)])
            print([[y for y in await _collect(stream(x))] for x in xs])
            print(sum([x async for x in stream(1, 2)]), any([x async for x in stream(0)]))
            print({x async for x in stream(1)}, [x async for x in stream(1)])
            print(tuple(x for x in (x for x in [item async for item in stream(4)])))
            print({item async for item in stream(1)}, tuple([item async for item in stream(2)]), \
[item async for item in (stream(1) if xs else stream(2))])
            print((await anext(stream([3]))).pop(), [await anext(stream(3)) for x in xs])
            print(f"{[item async for item in stream(1)]}, { {item async for item in stream(2)}}")
            return [item async for item in stream(5)]


        print(asyncio.run(main(0, [1])))
        """
    prints = [
        "[0]",
        "1 [2]",
        "[[1]]",
        "{1: [1]}",
        "[1]",
        "[[1]]",
        "3 False",
        "{1} [1]",
        "(4,)",
        "{1} (2,) [1]",
        "3 [3]",
        "[1], {2}",
        "[5]",
    ]
    same(before, after, tmp_path, *prints, collect=True)


def test_a_helper_of_that_name_is_used_if_it_does_the_same() -> None:
    head = HEAD.replace("\n\n\n", f"\n\n\n{COLLECT}", 1)
    text = program("print(asyncio.run(stream(1)))\n", head=head)
    wanted = program("print(asyncio.run(_collect(stream(1))))\n", head=head)
    assert fixed(text) == wanted


def test_a_helper_gets_another_name_where_its_own_is_taken(tmp_path: Path) -> None:
    text = program("_collect = print\n_collect(asyncio.run(stream(1)))\n")
    after = fixed(text)
    assert "async def _collect_2(stream):\n" in after
    assert "_collect(asyncio.run(_collect_2(stream(1))))\n" in after
    assert output_of(after, tmp_path) == ["[1]"]


@pytest.mark.parametrize(
    ("statement", "applicability"),
    [
        ("rows = list(stream(1))", Applicability.SAFE),
        ("try: rows = list(stream(1))\n    finally: pass", Applicability.SAFE),
        ("try: rows = list(stream(1))\n    except ValueError: pass", Applicability.UNSAFE),
        ("rows = await stream(1)", Applicability.UNSAFE),
        ("rows = asyncio.create_task(stream(1))", Applicability.UNSAFE),
    ],
)
def test_how_far_a_cure_is_trusted(statement: str, applicability: Applicability) -> None:
    text = program(f"async def main():\n    {statement}\n")
    (finding,) = [each for each in check_source(source_of(text), SETTINGS) if each.fix]
    assert finding.fix is not None
    assert finding.fix.applicability is applicability


# results that are asynchronous themselves ---------------------------------------------------------


def test_a_result_that_is_a_stream_is_awaited_first(tmp_path: Path) -> None:
    before = """\
        async def streaming(n):
            return stream(n)


        async def main():
            async for row in streaming(1):
                print(row)
            async for row in work(2):
                print(row)
            print([row async for row in streaming(3)], [row async  for row in (work(4))])


        asyncio.run(main())
        """
    after = """\
        async def streaming(n):
            return stream(n)


        async def main():
            async for row in await streaming(1):
                print(row)
            for row in await work(2):
                print(row)
            print([row async for row in await streaming(3)], [row for row in (await work(4))])


        asyncio.run(main())
        """
    same(before, after, tmp_path, "1", "2", "[3] [4]")


def test_a_generator_that_is_only_entered_becomes_a_context_manager(tmp_path: Path) -> None:
    before = """\
        class Pool:
            async def lease(self, n):
                yield n

            async def use(self):
                async with self.lease(1) as n:
                    print(n)


        asyncio.run(Pool().use())
        """
    after = program(before)
    for line, above in (
        ("    async def lease", "    @asynccontextmanager\n"),
        ("\n\nasync def work", "from contextlib import asynccontextmanager\n"),
    ):
        after = after.replace(line, f"{above}{line}")
    assert fixed(program(before)) == after
    assert output_of(after, tmp_path) == ["1"]


def test_a_generator_that_is_iterated_too_stays_one() -> None:
    text = program(
        """\
        async def main():
            async with stream(1) as n:
                print(n)
            async for n in stream(1):
                print(n)
        """
    )
    assert fixed(text) == text


@pytest.mark.parametrize(
    ("made", "call", "again"),
    [
        ("iter(rows)", "work(list(it))", "functools.partial(work, list(it))"),
        ("map(str, rows)", "work(*sorted(it))", "functools.partial(work, *sorted(it))"),
        ("iter(rows)", "work(*it)", "functools.partial(work, *it)"),
        ("iter(rows)", "work(it)", None),
        ("(row for row in rows)", "work(1, rows=it)", None),
        ("list(rows)", "work(it)", "work(it)"),
        ("rows", "work(row for row in it)", "work(row for row in it)"),
        ("rows", "work(rows.pop(), zip(it, it))", None),
    ],
)
def test_an_iterator_among_the_arguments_is_gone_through_once(
    made: str, call: str, again: str | None
) -> None:
    """A second pass would find it empty: the first attempt had the rows, the next has none."""
    body = f"async def main(rows):\n    it = {made}\n    job = {call}\n"
    body += "    for _ in range(2):\n        try:\n            return await job\n"
    body += "        except TimeoutError:\n            pass\n"
    text = fixed(HEAD + body)
    if again is None:
        assert text == HEAD + body
    else:
        assert f" {again}" in text
        assert text.count(call) == (again == call)
