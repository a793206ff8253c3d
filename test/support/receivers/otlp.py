"""A receiver of OTLP logs over HTTP in JSON. It understands what OpenTelemetry's own protocol definitions understand and nothing else:
an unknown member, a wrong type or a number that isn't one is answered with 400. Each request is kept as one line.

usage: otlp.py PORT FILE
"""

import json
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer

from google.protobuf import json_format
from opentelemetry.proto.collector.logs.v1 import logs_service_pb2 as service

PORT, FILE = int(sys.argv[1]), sys.argv[2]


class Receiver(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        try:
            if self.path != "/v1/logs" or self.headers["content-type"] != "application/json":
                raise ValueError("not a request for logs in JSON")
            request = json_format.Parse(body, service.ExportLogsServiceRequest())
        except Exception as error:
            print(f"refused: {error}", file=sys.stderr, flush=True)
            return self.answer(400, {"message": str(error)})
        # By way of the binary form, so that only what has a place in it is left.
        again = service.ExportLogsServiceRequest.FromString(request.SerializeToString())
        headers = {name.lower(): value for name, value in self.headers.items()}
        with open(FILE, "a", encoding="utf-8") as out:
            out.write(json.dumps({"headers": headers, "request": json_format.MessageToDict(again)}) + "\n")
        response = service.ExportLogsServiceResponse()
        rejected = sum(
            "reject-me" in record.body.string_value
            for resource in request.resource_logs
            for scope in resource.scope_logs
            for record in scope.log_records
        )
        if rejected:
            response.partial_success.rejected_log_records = rejected
            response.partial_success.error_message = "told to"
        self.answer(200, json_format.MessageToDict(response))

    def answer(self, status, value):
        data = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_):
        pass


HTTPServer(("127.0.0.1", PORT), Receiver).serve_forever()
