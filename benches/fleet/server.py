"""1,000 instances of a service, each on a loopback address of its own: 20 ms for an answer, one in a
hundred stale, one in a hundred that hangs. Writes their addresses to the file that is named."""

import asyncio
import json
import sys

CURRENT, STALE = "1" * 40, "2" * 40


def report(number, commit):
    is_stale = commit == STALE
    return json.dumps({
        "commit": commit,
        "content": "%064x" % is_stale,
        "name": "api",
        "version": "1.0.0",
        "tree": "clean",
        "origin": "git",
        "fingerprint": "%064x" % (5 + is_stale),
        "instance": "%016x" % number,
        "started_at": "2026-01-01T00:00:00Z",
        "intact": True,
        "level": "summary",
    }).encode()


async def answer(number, reader, writer):
    commit = STALE if number % 100 == 3 else CURRENT
    body = report(number, commit)
    try:
        while True:
            head = await reader.readuntil(b"\r\n\r\n")
            target = head.split(b" ")[1].decode()
            await asyncio.sleep(3600 if number % 100 == 7 else 0.02)
            asked = target.partition("?commit=")[2].partition("&")[0]
            status = "409 Conflict" if asked not in ("", commit) else "200 OK"
            head = f"HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
            writer.write(head.encode() + body)
            await writer.drain()
    except (asyncio.IncompleteReadError, ConnectionError):
        pass
    finally:
        writer.close()


async def main(addresses):
    lines = []
    for number in range(1000):
        host = f"127.99.{number // 250 + 1}.{number % 250 + 1}"
        serve = lambda reader, writer, number=number: answer(number, reader, writer)
        server = await asyncio.start_server(serve, host, 0)
        lines.append("%s:%d\n" % server.sockets[0].getsockname()[:2])
    with open(addresses, "w") as file:
        file.writelines(lines)
    print("ready", flush=True)
    await asyncio.Event().wait()


asyncio.run(main(sys.argv[1]))
