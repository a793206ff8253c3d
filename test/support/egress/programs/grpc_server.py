"""A gRPC server that echoes: arguments are its key and its certificate. Prints its port, then one line for each call."""
import sys
from concurrent import futures

import grpc


def say(request, context):
    print("Say", request.decode(), flush=True)
    context.set_trailing_metadata((("sum", str(len(request))),))
    return request


def chat(requests, context):
    for request in requests:
        print("Chat", request.decode(), flush=True)
        yield request


with open(sys.argv[1], "rb") as key, open(sys.argv[2], "rb") as certificate:
    credentials = grpc.ssl_server_credentials([(key.read(), certificate.read())])
methods = {
    "Say": grpc.unary_unary_rpc_method_handler(say),
    "Chat": grpc.stream_stream_rpc_method_handler(chat),
}
server = grpc.server(futures.ThreadPoolExecutor(4))
server.add_generic_rpc_handlers([grpc.method_handlers_generic_handler("test.Echo", methods)])
print("port", server.add_secure_port("127.0.0.1:0", credentials), flush=True)
server.start()
server.wait_for_termination()
