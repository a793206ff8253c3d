"""Calls the echo server at $SERVER:$PORT: one call with a trailer, then a stream in both directions, each part after the last answer."""
import os
import queue

import grpc

address = f"{os.environ['SERVER']}:{os.environ['PORT']}"
with grpc.secure_channel(address, grpc.ssl_channel_credentials()) as channel:
    answer, call = channel.unary_unary("/test.Echo/Say").with_call(b"one", timeout=20)
    print(answer.decode(), dict(call.trailing_metadata())["sum"])
    waiting = queue.Queue()
    answers = channel.stream_stream("/test.Echo/Chat")(iter(waiting.get, None), timeout=20)
    for part in (b"two", b"three"):
        waiting.put(part)
        print(next(answers).decode())
    waiting.put(None)
    print(len(list(answers)), "more")
