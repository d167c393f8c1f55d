"""Serving: only the proxies that are named are listened to, and a request under way is answered before the end."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest
from werkzeug.test import Client
from werkzeug.wrappers import Request, Response

from tests.installations import ROOT
from web.serving import BehindProxies

FORWARDED = {"X-Forwarded-For": "203.0.113.9", "X-Forwarded-Proto": "https", "X-Forwarded-Host": "rewards.example"}


@Request.application
def echo(request: Request) -> Response:
    return Response(f"{request.remote_addr} {request.host_url}")


@pytest.mark.parametrize("proxy", ["10.0.0.5", "127.0.0.1"])
def test_the_word_of_a_named_proxy_is_taken(proxy: str) -> None:
    client = Client(BehindProxies(echo, frozenset({"10.0.0.5", "127.0.0.1"})))
    answer = client.get("/", headers=FORWARDED, environ_base={"REMOTE_ADDR": proxy})
    assert answer.text == "203.0.113.9 https://rewards.example/"


def test_whoever_comes_past_the_proxy_is_sent_away() -> None:
    client = Client(BehindProxies(echo, frozenset({"10.0.0.5"})))
    assert client.get("/", headers=FORWARDED, environ_base={"REMOTE_ADDR": "10.0.0.6"}).status_code == 403


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_how_it_is_anybody_may_ask_but_whoever_comes_past_the_proxy_is_not_believed(path: str) -> None:
    client = Client(BehindProxies(echo, frozenset({"10.0.0.5"})))
    answer = client.get(path, headers=FORWARDED, environ_base={"REMOTE_ADDR": "10.0.0.6"})
    assert answer.text == "10.0.0.6 http://localhost/"


SLOW = """
import sys, time
from web import serving
from cm_engine.installation import find_installation
from cm_engine.serving import Serving, address_of, listen

def slow(environ, start_response):
    print("asked", flush=True)
    time.sleep(1.5)
    start_response("200 OK", [("Content-Length", "8")])
    return [b"answered"]

serving.application = lambda *_: slow
listening = listen("127.0.0.1", 0)
installation = find_installation(None, None, {})
address = address_of(listening, installation.settings)
serving.serve(Serving(installation, listening, False, lambda: print(address, flush=True)))
"""


@pytest.mark.parametrize("by", [signal.SIGTERM, signal.SIGINT])
def test_a_request_under_way_is_answered_before_the_end(tmp_path: Path, by: signal.Signals) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", SLOW], cwd=tmp_path, stdout=subprocess.PIPE, text=True, env={"PYTHONPATH": str(ROOT)}
    )
    try:
        assert process.stdout is not None
        address = process.stdout.readline().strip()
        client = subprocess.Popen(
            [sys.executable, "-c", f"from urllib.request import urlopen; print(urlopen({address!r}).read())"],
            stdout=subprocess.PIPE,
            text=True,
        )
        assert process.stdout.readline() == "asked\n"
        process.send_signal(by)
        assert client.communicate(timeout=20)[0] == "b'answered'\n"
        assert process.wait(timeout=20) == 0
    finally:
        process.kill()
        process.communicate()
