"""A server in a thread of its own, for notebooks and scripts: started, reachable, stopped."""

from __future__ import annotations

import threading
import time
from types import TracebackType

from breakeven.core.errors import InputError
from breakeven.serving.app import Application
from breakeven.serving.limits import Limits
from breakeven.serving.run import configured, reserved

#: Seconds that a server may take to start and to stop.
PATIENCE = 30.0


class Server:
    """A running server. `url` is its address; `stop()`, or the end of a `with` block, ends it.

    Raises InputError where the port is taken or the application does not start.
    """

    def __init__(self, application: Application, host: str, port: int, limits: Limits | None = None) -> None:
        import uvicorn

        socket = reserved(host, port)
        self.host, self.port = host, int(socket.getsockname()[1])
        self._server = uvicorn.Server(configured(application, host, self.port, limits or Limits()))
        self._thread = threading.Thread(
            target=self._server.run, args=([socket],), name=f"breakeven-{self.port}", daemon=True
        )
        self._thread.start()
        end = time.monotonic() + PATIENCE
        while not self._server.started:
            if not self._thread.is_alive() or time.monotonic() > end:
                self.stop()
                raise InputError(self.url, "the server did not start", "see the lines above, or run: breakeven serve")
            time.sleep(0.01)

    @property
    def url(self) -> str:
        """Where the product's page is."""
        return f"http://{self.host}:{self.port}/"

    @property
    def running(self) -> bool:
        """Whether it still answers."""
        return self._thread.is_alive()

    def stop(self) -> None:
        """Answer what is in work, then end. A second call does nothing."""
        self._server.should_exit = True
        self._thread.join(PATIENCE)

    def __enter__(self) -> Server:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def __repr__(self) -> str:
        return f"<breakeven server at {self.url}, {'running' if self.running else 'stopped'}>"
