"""A mail server of our own: it takes letters, keeps them, and refuses as it is told."""

import asyncio
from base64 import b64decode
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Self


@dataclass
class FakeSmtp:
    """`answers` says what comes back for a command instead ("RCPT": "550 no such user"); once each."""

    password: str = ""  # asked for where not empty
    letters: list[tuple[str, EmailMessage]] = field(default_factory=list)  # (to, letter)
    answers: dict[str, str] = field(default_factory=dict)
    _server: asyncio.Server | None = None

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server
        self._server.close()

    @property
    def port(self) -> int:
        assert self._server
        return int(self._server.sockets[0].getsockname()[1])

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        to, admitted = "", not self.password
        writer.write(b"220 mail.test ready\r\n")
        try:
            while line := (await reader.readline()).decode().strip():
                verb = line.split(" ")[0].upper()
                if verb in self.answers:
                    answer = self.answers.pop(verb)
                elif verb == "EHLO":
                    answer = "250-mail.test\r\n250 AUTH PLAIN" if self.password else "250 mail.test"
                elif verb == "AUTH":
                    admitted = b64decode(line.split(" ")[2]).decode().split("\0")[2] == self.password
                    answer = "235 welcome" if admitted else "535 wrong password"
                elif verb == "MAIL" and not admitted:
                    answer = "530 who are you"
                elif verb == "DATA":
                    writer.write(b"354 go on\r\n")
                    self._keep(to, await reader.readuntil(b"\r\n.\r\n"))
                    answer = "250 taken"
                else:
                    to = line.partition("<")[2].partition(">")[0] if verb == "RCPT" else to
                    answer = "221 bye" if verb == "QUIT" else "250 fine"
                writer.write(f"{answer}\r\n".encode())
                await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            return
        finally:
            writer.close()

    def _keep(self, to: str, raw: bytes) -> None:
        letter = message_from_bytes(raw.removesuffix(b".\r\n"), policy=policy.default)
        assert isinstance(letter, EmailMessage)
        self.letters.append((to, letter))
