"""`python -m service_kit.serve SERVICE.main:app`: one process of a service, which can hand over to another.

SIGUSR1 asks it to leave (ADR 0029): it takes no connection any more, and ends each that it has with its next answer.
Who gives up an idle connection sooner than it then gets its SIGTERM sends no request into one that is being closed.
"""

import asyncio
import signal
import socket
from contextlib import suppress

import click
import uvicorn

from service_kit.middleware import RequestMiddleware


class Server(uvicorn.Server):
    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        asyncio.get_running_loop().add_signal_handler(signal.SIGUSR1, self.leave)

    def leave(self) -> None:
        RequestMiddleware.leaving = True
        for listener in self.servers:
            listener.close()


@click.command(context_settings={"auto_envvar_prefix": "UVICORN"})
@click.argument("app", envvar="UVICORN_APP")
@click.option("--host", default="127.0.0.1")
@click.option("--port", default=8000)
@click.option("--fd", type=int, help="a listening socket that it was handed, in place of host and port")
@click.option("--timeout-graceful-shutdown", default=4, help="seconds for the requests it has when it is stopped")
def main(app: str, host: str, port: int, fd: int | None, timeout_graceful_shutdown: int) -> None:
    # Whom a request is from, the kit finds out itself; and it has a log line of its own for each.
    config = uvicorn.Config(app, host, port, access_log=False, proxy_headers=False, timeout_keep_alive=75,
                            timeout_graceful_shutdown=timeout_graceful_shutdown)  # fmt: skip
    with suppress(KeyboardInterrupt):
        Server(config).run(None if fd is None else [socket.socket(fileno=fd)])


if __name__ == "__main__":
    main()
