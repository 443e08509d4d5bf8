"""An editor's view: python-lsp-server, a real process, publishes what the flake8 plugin finds."""

from __future__ import annotations

import json
import queue
import re
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Any

import pytest

pytest.importorskip("pylsp", reason="python-lsp-server is not installed")

README = Path(__file__).parents[1] / "README.md"
SECONDS = 120.0  # a cold start on a busy machine; a good run needs less than ten

FAULTY = """\
import asyncio


async def knock() -> None:
    await asyncio.sleep(0)


async def main() -> None:
    await knock()
    knock()  # é
"""
REPAIRED = FAULTY.replace("    knock()", "    await knock()")

Message = dict[str, Any]


class Editor:
    """Speaks the protocol of language servers to a process, as an editor does.

    The protocol frames JSON-RPC messages by a `Content-Length` header (Language Server Protocol
    3.17, section Base Protocol).
    """

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        assert process.stdin is not None
        assert process.stdout is not None
        self._writer: IO[bytes] = process.stdin
        self._inbox: queue.SimpleQueue[Message | None] = queue.SimpleQueue()
        self._last_id = 0
        self._listener = threading.Thread(target=self._listen, args=[process.stdout], daemon=True)
        self._listener.start()

    def close(self) -> None:
        """Ends what this object began; the process has ended before."""
        self._listener.join(SECONDS)
        self._writer.close()

    def request(self, method: str, params: object) -> Any:  # noqa: ANN401 - any JSON
        """The result that the server gives."""
        self._last_id += 1
        wanted = self._last_id
        self._send(id=wanted, method=method, params=params)
        answer = self.wait_for(lambda m: m.get("id") == wanted and "method" not in m)
        assert "error" not in answer, answer
        return answer["result"]

    def notify(self, method: str, params: object) -> None:
        """Tells the server something, and expects no answer."""
        self._send(method=method, params=params)

    def diagnostics(self, uri: str, version: int) -> list[Message]:
        """What the server publishes about that version of a buffer."""
        published = self.wait_for(
            lambda m: (
                m.get("method") == "textDocument/publishDiagnostics"
                and m["params"]["uri"] == uri
                and m["params"].get("version") == version
            )
        )
        found: list[Message] = published["params"]["diagnostics"]
        return found

    def wait_for(self, fits: Callable[[Message], bool]) -> Message:
        """The next message that fits; what the server asks meanwhile is answered with null."""
        end = time.monotonic() + SECONDS
        while True:
            try:
                message = self._inbox.get(timeout=max(0.0, end - time.monotonic()))
            except queue.Empty:
                pytest.fail(f"no answer within {SECONDS} s")
            if message is None:
                pytest.fail("the server closed its output")
            if fits(message):
                return message
            if "id" in message and "method" in message:
                self._send(id=message["id"], result=None)

    def _send(self, **message: object) -> None:
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        self._writer.write(b"Content-Length: %d\r\n\r\n%b" % (len(body), body))
        self._writer.flush()

    def _listen(self, reader: IO[bytes]) -> None:
        size = 0
        with reader:
            while header := reader.readline():
                name, _, value = header.partition(b":")
                if name.lower() == b"content-length":
                    size = int(value)
                elif not header.strip():
                    self._inbox.put(json.loads(reader.read(size)))
        self._inbox.put(None)


def settings() -> Message:
    """The settings that the README gives, with a program for `executable` that does not exist.

    The server then runs `python -m flake8` with its own interpreter
    (pylsp/plugins/flake8_lint.py, version 1.15): no other flake8 that the path may hold.
    """
    (block,) = re.findall(r"```json\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)
    found: Message = json.loads(block)
    flake8 = found["pylsp"]["plugins"]["flake8"]
    assert flake8["enabled"] is True
    flake8["executable"] = "no-such-flake8"
    return found


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The folder that is open in the editor."""
    folder = tmp_path / "a project"
    folder.mkdir()
    return folder


@pytest.fixture
def editor(folder: Path, tmp_path: Path) -> Iterator[Editor]:
    """An editor whose server has started and knows the settings."""
    log = tmp_path / "pylsp.log"
    with log.open("wb") as errors:
        process = subprocess.Popen(
            [sys.executable, "-m", "pylsp"],
            cwd=tmp_path,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
        )
    editor = Editor(process)
    try:
        root: Message = {"processId": None, "rootUri": folder.as_uri(), "capabilities": {}}
        assert editor.request("initialize", root)["serverInfo"]["name"] == "pylsp"
        editor.notify("initialized", {})
        editor.notify("workspace/didChangeConfiguration", {"settings": settings()})
        yield editor
        editor.request("shutdown", None)
        editor.notify("exit", None)
        process.wait(timeout=SECONDS)
    finally:
        process.kill()
        process.wait()
        editor.close()
        sys.stderr.write(log.read_text(encoding="utf-8", errors="replace"))


def test_fault_in_a_buffer_is_published_and_its_repair_is_noticed(
    editor: Editor, folder: Path
) -> None:
    file = folder / "door.py"  # never written: the editor holds the text
    uri = file.as_uri()
    opened = {"uri": uri, "languageId": "python", "version": 1, "text": FAULTY}
    editor.notify("textDocument/didOpen", {"textDocument": opened})
    (fault,) = editor.diagnostics(uri, 1)
    assert (fault["source"], fault["code"]) == ("flake8", "ASL501")
    assert fault["range"]["start"] == {"line": 9, "character": 4}
    assert "`knock()`" in fault["message"]

    change = {
        "textDocument": {"uri": uri, "version": 2},
        "contentChanges": [{"text": REPAIRED}],
    }
    editor.notify("textDocument/didChange", change)
    assert editor.diagnostics(uri, 2) == []
    assert not file.exists()
