"""Living requests for a fuzzer that runs in an environment of its own: it asks for one by HTTP, and sends it."""

import base64
import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import Any

from tests.security.belongings import Place
from tests.security.living import Living, sender
from tests.security.operations import operations


@contextmanager
def supplier(place: Place) -> Iterator[str]:
    """Where `/request/POST/auth/login` gives a request to an operation, and `/sender/POST/auth/login` who may send it.

    A file is in Base64, as JSON can hold no bytes.
    """
    by_label = {f"{each.method}{each.path}": each for each in operations(place.service.name)}

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            _, what, label = self.path.split("/", 2)
            living = Living(by_label[label], place) if what == "request" else None
            content = json.dumps(_parts(living) if living else sender(by_label[label], place)).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: Any) -> None:
            """The base class would print a line for each."""

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def _parts(living: Living) -> dict[str, Any]:
    return {
        "path_parameters": {name: living.ids[name] for name in living.operation.ids_in_path},
        "query": living.query(living.ids),
        "headers": living.headers(),
        "body": living.body(living.ids),
        "file": None if living.file is None else base64.b64encode(living.file).decode(),
    }
