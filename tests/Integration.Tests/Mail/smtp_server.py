"""A mail server for tests. Prints its port, then a JSON line for each mail it took; a line on stdin changes how it behaves."""

import asyncio
import base64
import json
import logging
import ssl
import sys

from aiosmtpd.smtp import SMTP, AuthResult


class Behaviour:
    name = "accept"

    async def handle_MAIL(self, server, session, envelope, address, options):
        if self.name == "die-after-mail":
            server.transport.abort()
        if self.name == "want-log-in":
            return "530 authentication required"
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(self, server, session, envelope, address, options):
        if self.name == "refuse":
            return "550 no such operator"
        if self.name == "refuse-later" and envelope.rcpt_tos:
            return "452 too many operators"
        if self.name == "refuse-one" and address == "on-call@example.com":
            return "550 no such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        if self.name == "hang":
            await asyncio.sleep(600)
        if self.name == "slow":
            await asyncio.sleep(2)
        if self.name == "fail":
            return "451 the disk is full"
        if self.name.startswith("refuse-about ") and self.name.removeprefix("refuse-about ").encode() in envelope.content:
            return "554 no such mail here"
        content = base64.b64encode(envelope.content).decode()
        print(json.dumps({"from": envelope.mail_from, "to": envelope.rcpt_tos, "content": content}), flush=True)
        return "250 taken"

    async def handle_QUIT(self, server, session, envelope):
        if self.name == "die-after-taking":
            server.transport.abort()
        return "221 goodbye"


async def main():
    behaviour = Behaviour()
    loop = asyncio.get_running_loop()

    tls = None
    if len(sys.argv) > 1:
        tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        tls.load_cert_chain(sys.argv[1])

    def serve():
        # Any user with any password, for workers that are given one.
        return SMTP(behaviour, hostname="localhost", authenticator=lambda *_: AuthResult(success=True), auth_require_tls=False, tls_context=tls)

    listener = await loop.create_server(serve, "127.0.0.1", 0)
    print(listener.sockets[0].getsockname()[1], flush=True)
    while line := await loop.run_in_executor(None, sys.stdin.readline):
        behaviour.name = line.strip()
        print(json.dumps({"behaves": behaviour.name}), flush=True)


# It warns of a field of its own that an authenticated session has.
logging.disable(logging.WARNING)
asyncio.run(main())
