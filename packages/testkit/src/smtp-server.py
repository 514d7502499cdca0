"""A real SMTP server for tests: Debian's aiosmtpd on loopback. Writes a JSON line when it listens and one for each mail it took."""

import asyncio
import base64
import json
import ssl
import sys

from aiosmtpd.smtp import SMTP


def tell(line):
    print(json.dumps(line), flush=True)


class Handler:
    async def handle_RCPT(self, server, session, envelope, address, options):
        if address.startswith('unknown@'):
            return '550 5.1.1 no such mailbox'
        if address.startswith('later@'):
            return '451 4.3.0 come back later'
        envelope.rcpt_tos.append(address)
        return '250 OK'

    async def handle_DATA(self, server, session, envelope):
        data = base64.b64encode(envelope.content).decode()
        tell({'from': envelope.mail_from, 'to': envelope.rcpt_tos, 'data': data, 'tls': session.ssl is not None})
        return '250 OK'


async def main(port, certificate, key):
    context = None
    if certificate:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
    server = await asyncio.get_running_loop().create_server(
        lambda: SMTP(Handler(), hostname='localhost', tls_context=context, enable_SMTPUTF8=True), '127.0.0.1', port
    )
    tell({'listening': server.sockets[0].getsockname()[1]})
    # The test that started it holds the other end of stdin: it ends when that test does.
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
    server.close()


asyncio.run(main(int(sys.argv[1]), *(sys.argv[2:4] if len(sys.argv) > 3 else (None, None))))
