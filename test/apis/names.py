"""A name server: it answers over UDP on a free port, each question with the next of the addresses that it was given."""

from __future__ import annotations

import socket
import threading
from collections.abc import Sequence
from types import TracebackType
from typing import Self

import dns.asyncresolver
import dns.message
import dns.rrset


class NameServer:
    """Serves while it is entered. The last address is answered for ever; nothing may be kept by whoever asks."""

    def __init__(self, *addresses: str) -> None:
        self.addresses = addresses
        self.asked = 0
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._thread = threading.Thread(target=self._serve, daemon=True)

    def __enter__(self) -> Self:
        self._socket.bind(("127.0.0.1", 0))
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._socket.sendto(b"", self._socket.getsockname())
        self._thread.join()
        self._socket.close()

    async def resolve(self, host: str, port: int) -> Sequence[str]:
        """What the server says of a name, as a guard asks for it."""
        resolver = dns.asyncresolver.Resolver(configure=False)
        resolver.nameservers, resolver.port = ["127.0.0.1"], self._socket.getsockname()[1]
        return [record.to_text() for record in await resolver.resolve(host, "A")]

    def _serve(self) -> None:
        while data := self._socket.recvfrom(4096):
            question, sender = data
            if not question:
                return
            address = self.addresses[min(self.asked, len(self.addresses) - 1)]
            self.asked += 1
            asked = dns.message.from_wire(question)
            answer = dns.message.make_response(asked)
            answer.answer.append(dns.rrset.from_text(asked.question[0].name, 0, "IN", "A", address))
            self._socket.sendto(answer.to_wire(), sender)
