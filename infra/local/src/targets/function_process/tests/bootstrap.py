"""A Lambda runtime and its function in one: does what the event says, however odd. Argument: a folder for traces."""

import base64
import http.client
import json
import os
import signal
import subprocess
import sys
import time

FOLDER = sys.argv[1]
SERVER = http.client.HTTPConnection(os.environ["AWS_LAMBDA_RUNTIME_API"])
RUNTIME = "/2018-06-01/runtime"
last_status = None


def trace(name):
    return os.path.join(FOLDER, name)


def call(method, path, body=None, headers=None):
    SERVER.request(method, RUNTIME + path, body, headers or {})
    response = SERVER.getresponse()
    return response.status, response.headers, response.read()


def respond(request_id, body, kind="response"):
    global last_status
    last_status = call("POST", f"/invocation/{request_id}/{kind}", body)[0]


def stream(request_id, error):
    """http.client knows no trailers."""
    encoded = base64.b64encode(json.dumps(error).encode()).decode() if error else ""
    trailers = f"Lambda-Runtime-Function-Error-Type: A\r\nLambda-Runtime-Function-Error-Body: {encoded}\r\n" if error else ""
    SERVER.sock.sendall(
        f"POST {RUNTIME}/invocation/{request_id}/response HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n"
        f"Lambda-Runtime-Function-Response-Mode: streaming\r\n"
        f"Trailer: Lambda-Runtime-Function-Error-Type, Lambda-Runtime-Function-Error-Body\r\n\r\n"
        f'6\r\n"part"\r\n0\r\n{trailers}\r\n'.encode()
    )
    response = http.client.HTTPResponse(SERVER.sock)
    response.begin()
    response.read()


def misbehave():
    other = http.client.HTTPConnection(os.environ["AWS_LAMBDA_RUNTIME_API"])
    seen = {}
    for name, method, path in [
        ("next", "GET", "/invocation/next"),
        ("unknown_id", "POST", "/invocation/other/response"),
        ("init_error", "POST", "/init/error"),
        ("unknown_path", "GET", "/elsewhere"),
    ]:
        other.request(method, RUNTIME + path)
        response = other.getresponse()
        response.read()
        seen[name] = response.status
    return seen


def handle(request_id, headers, event):
    todo = event.get("do")
    if todo == "raise":
        return respond(request_id, json.dumps({"errorMessage": "sold out", "errorType": "Shop.SoldOut"}), "error")
    if todo == "text":
        return respond(request_id, event["text"].encode())
    if todo == "size":
        return respond(request_id, b'"' + b"x" * (event["bytes"] - 2) + b'"')
    if todo == "stream":
        return stream(request_id, event["error"])
    if todo == "exit":
        os._exit(event["status"])
    if todo == "kill":
        os.kill(os.getpid(), event["signal"])
    answer = event
    if todo == "context":
        answer = {**os.environ, **{name.lower(): value for name, value in headers.items()}}
        answer["remaining_ms"] = int(headers["Lambda-Runtime-Deadline-Ms"]) - time.time() * 1000
    elif todo == "print":
        print(event["text"], flush=True)
        print("err: " + event["text"], file=sys.stderr, flush=True)
    elif todo == "sleep":
        time.sleep(event["seconds"])
        answer = os.getpid()
    elif todo == "touch":
        time.sleep(event["seconds"])
        open(trace(event["name"]), "w").close()
    elif todo == "spawn_child":
        answer = {"pid": os.getpid(), "child": subprocess.Popen(["sleep", "1000"]).pid}
    elif todo in ("pid", "answer_then_die"):
        answer = os.getpid()
    elif todo == "misbehave":
        answer = misbehave()
    elif todo == "last_status":
        answer = last_status
    respond(request_id, json.dumps(answer))
    if todo == "answer_then_die":
        os._exit(3)
    if todo == "answer_twice":
        respond(request_id, json.dumps("again"))


with open(trace("starts"), "a") as starts:
    starts.write("start\n")
if os.path.exists(trace("die_at_start")):
    sys.exit(7)
if os.path.exists(trace("fail_at_start")):
    call("POST", "/init/error", json.dumps({"errorMessage": "no module", "errorType": "Runtime.ImportModuleError"}))
    sys.exit(1)
while True:
    status, headers, body = call("GET", "/invocation/next")
    if status == 200:
        handle(headers["Lambda-Runtime-Aws-Request-Id"], headers, json.loads(body))
