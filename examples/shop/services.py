"""Imitations of the shop's services on this machine, for its checks.

`python3 examples/shop/services.py` answers on the ports of the environment dev until you stop it.
"""

import json
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

PORTS = (8080, 8081, 8082)
PAGES = {
    "/": "<html><title>Shop</title><button>Add to basket</button></html>",
    "/status": json.dumps({"status": "ok", "sessions": {"active": 311}, "requests": {"failed_percent": 0.2}}),
    "/health": json.dumps({"status": "up", "orders": {"waiting": 7}, "pool": {"used": 12, "size": 40}}),
}


class Services(BaseHTTPRequestHandler):
    """Server that answers with PAGES on every port."""

    def do_GET(self) -> None:
        body = PAGES.get(self.path, "no such page").encode()
        self.send_response(200 if self.path in PAGES else 404)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Log nothing."""


def main() -> None:
    """Serve until stopped. Exits with a message if a port is taken."""
    try:
        servers = [ThreadingHTTPServer(("127.0.0.1", port), Services) for port in PORTS]
    except OSError as error:
        sys.exit(f"the ports {', '.join(map(str, PORTS))} of 127.0.0.1 are needed: {error.strerror}")
    print(f"the shop's services answer on the ports {', '.join(map(str, PORTS))} of 127.0.0.1", flush=True)
    for server in servers[1:]:
        threading.Thread(target=server.serve_forever, daemon=True).start()
    servers[0].serve_forever()


if __name__ == "__main__":
    main()
