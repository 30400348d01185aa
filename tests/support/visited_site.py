"""A built site behind a loopback server, and scripts that run in its pages in a real Chromium."""

import json
import os
import queue
import signal
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from tests.support.browser import chromium, console_messages

#: Ends a script that reports nothing. axe-core needs seconds for a page, more on a busy machine.
_TIMEOUT = 300
#: Functions for scripts: `report` sends a result to the test, `until` waits for a value that is not false.
_HELPERS = """
const report=(name,value)=>fetch("/test-result",{method:"POST",body:JSON.stringify([name,value])});
const until=async look=>{for(;;){const found=look();if(found)return found;await new Promise(go=>setTimeout(go,20))}};
addEventListener("error",one=>report("error",String(one.message)));
addEventListener("unhandledrejection",one=>report("error",String(one.reason)));
"""


@dataclass(frozen=True)
class Visit:
    """result: of the script. console: messages of the browser."""

    result: Any
    console: tuple[str, ...]


class _Handler(SimpleHTTPRequestHandler):
    """Serves a folder, adds the script of the test to its pages, and takes its result."""

    server: "_Server"

    def log_message(self, format: str, *args: object) -> None:
        pass

    def do_POST(self) -> None:
        self.server.results.put(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        self._answer("text/plain", b"")

    def do_GET(self) -> None:
        path = urlsplit(self.path).path
        if path == "/test-script.js":
            self._answer("text/javascript", self.server.script.encode())
        elif path.endswith("/"):
            text = Path(self.translate_path(path), "index.html").read_text(encoding="utf-8")
            page = text.replace("</body>", '<script src="/test-script.js"></script></body>')
            self._answer("text/html; charset=utf-8", page.encode())
        else:
            super().do_GET()

    def _answer(self, kind: str, body: bytes) -> None:
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, folder: Path) -> None:
        super().__init__(("127.0.0.1", 0), partial(_Handler, directory=str(folder)))
        self.script = ""
        self.results: queue.Queue[tuple[str, Any]] = queue.Queue()


@dataclass(frozen=True)
class VisitedSite:
    server: _Server

    def visit(self, path: str, script: str, folder: Path, *, dark: bool = False) -> Visit:
        """Run the body of an async function in a page, and return its result. folder: for Chromium's profile.

        The script runs in every page that the browser opens on the way, so it may follow a link.
        """
        server = self.server
        server.script = f"{_HELPERS}(async()=>{{{script}}})().catch(one=>report('error',String(one)));"
        argv = [
            chromium(),
            "--headless=new",
            "--disable-gpu",
            "--no-first-run",
            "--no-sandbox",
            "--window-size=1240,900",
        ]
        argv += [f"--user-data-dir={folder / 'chromium'}", "--enable-logging=stderr"]
        argv += ["--blink-settings=preferredColorScheme=0"] if dark else []
        log = folder / "chromium.log"
        with log.open("wb") as stderr:
            process = subprocess.Popen(
                [*argv, f"http://127.0.0.1:{server.server_port}{path}"],
                stdout=subprocess.DEVNULL,
                stderr=stderr,
                env={**os.environ, "HOME": str(folder)},
                start_new_session=True,
            )
            try:
                name, result = server.results.get(timeout=_TIMEOUT)
            finally:
                os.killpg(process.pid, signal.SIGTERM)
                process.wait()
        assert name == "result", result
        return Visit(result, console_messages(log.read_text(errors="replace")))


@contextmanager
def served(folder: Path) -> Iterator[VisitedSite]:
    """Serve a built site on a free port of loopback."""
    with _Server(folder) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield VisitedSite(server)
        finally:
            server.shutdown()
            thread.join()
