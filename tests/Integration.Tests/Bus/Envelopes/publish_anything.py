"""Publishes each message that is asked for on a line of stdin, with properties and headers made up from a seed: what a client may write."""
import datetime
import decimal
import json
import random
import sys

import pika

# Those that the worker or its bus read, and some that nobody does.
NAMES = [
    "", "x", "X-Request-Id", "traceparent", "tracestate", "baggage", "x-death", "x-first-death-queue", "x-delivery-count", "Content-Type",
    "MT-Redelivery-Count", "MT-Activity-Id", "MT-Activity-Correlation-Context", "MT-Reason", "MT-Fault-Message", "MT-Fault-Timestamp",
    "MT-Fault-Address", "MT-Response-Address", "MT-MessageType", "MT-OriginalMessageId", "MT-Scheduling-TokenId", "MT-Request-Id",
    "publishId", "messageId", "conversationId", "Gateway-Enqueued-At", "Gateway-Round", "Gateway-Job-Id", "Gateway-Fault-Reason",
]
TEXTS = [
    "", "0", "-1", "true", "null", "many", "\u0000", "a\r\nb: c", "\u00e9\u4e2d\U0001f600", "9" * 40, "2026-11-29T00:00:00Z", "{}", "[",
    "00000000-0000-0000-0000-000000000000", "00-" + "f" * 32 + "-" + "0" * 16 + "-01", "x" * 3000, "rabbitmq://nowhere/queue", "http://[",
]
NUMBERS = [0, 1, -1, 255, 2**31 - 1, -2**31, 2**63 - 1, -2**63, 253402300799, 1767225600000]


def text(rnd):
    if rnd.random() < 0.6:
        return rnd.choice(TEXTS)
    return "".join(chr(rnd.choice([rnd.randrange(1, 0xD800), rnd.randrange(0x20, 0x7F)])) for _ in range(rnd.randrange(0, 40)))


def value(rnd, depth=0):
    kind = rnd.randrange(0, 10 if depth < 4 else 8)
    return [
        lambda: text(rnd),
        lambda: bytes(rnd.randrange(0, 256) for _ in range(rnd.randrange(0, 40))),
        lambda: rnd.choice(NUMBERS),
        lambda: rnd.random() < 0.5,
        lambda: None,
        lambda: decimal.Decimal(rnd.randrange(-10**8, 10**8)) / 100,
        lambda: datetime.datetime(rnd.randrange(1970, 9999), 1, 31, 8, 0, 0),
        lambda: rnd.randrange(-2**62, 2**62),
        lambda: [value(rnd, depth + 1) for _ in range(rnd.randrange(0, 4))],
        lambda: {short(text(rnd)): value(rnd, depth + 1) for _ in range(rnd.randrange(0, 4))},
    ][kind]()


def short(name):
    # A name is a short string: 255 bytes.
    return name.encode("utf-8")[:255].decode("utf-8", "ignore")


def maybe(rnd, make):
    return make() if rnd.random() < 0.5 else None


def properties(rnd):
    # Not expiration, with which a publisher has the broker throw a message away, and not user_id, which the broker checks itself.
    return pika.BasicProperties(
        delivery_mode=rnd.choice([None, 1, 2, 2, 2]),
        content_type=rnd.choice([None, "application/json", "application/json", "text/plain", "application/json; charset=utf-8", short(text(rnd))]),
        content_encoding=maybe(rnd, lambda: short(text(rnd))),
        priority=maybe(rnd, lambda: rnd.randrange(0, 256)),
        correlation_id=maybe(rnd, lambda: short(text(rnd))),
        reply_to=maybe(rnd, lambda: short(text(rnd))),
        message_id=maybe(rnd, lambda: short(text(rnd))),
        timestamp=maybe(rnd, lambda: rnd.choice([0, 1, 1767225600, 1767225600000, 253402300800, 2**63 - 1, 2**64 - 1])),
        type=maybe(rnd, lambda: short(text(rnd))),
        app_id=maybe(rnd, lambda: short(text(rnd))),
        cluster_id=maybe(rnd, lambda: short(text(rnd))),
        headers=maybe(rnd, lambda: {short(rnd.choice(NAMES) if rnd.random() < 0.7 else text(rnd)): value(rnd) for _ in range(rnd.randrange(0, 8))}),
    )


def main():
    url, exchange, seed = sys.argv[1:]
    rnd = random.Random(int(seed))
    channel = pika.BlockingConnection(pika.URLParameters(url)).channel()
    channel.confirm_delivery()
    for line in sys.stdin:
        made = properties(rnd)
        # Raises when the broker returns it or does not confirm it.
        channel.basic_publish(exchange, "", json.loads(line)["body"].encode("utf-8"), made, mandatory=True)
        print(repr(made), flush=True)


main()
