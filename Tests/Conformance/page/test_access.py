"""Who gets in to the live page, asked without a browser."""

import http.client
import json
import os
import re
import selectors
import socket
import subprocess
import urllib.parse

import pytest

from hubkit import Hub


@pytest.fixture
def ask(hub):
    """Sends a request with the token, unless told otherwise."""
    address = urllib.parse.urlsplit(hub.page)
    token = urllib.parse.parse_qs(address.query)["token"][0]

    def send(method, path, headers=None, body=None, token=token):
        connection = http.client.HTTPConnection("127.0.0.1", address.port, timeout=60)
        try:
            fields = {} if token is None else {"X-Twinfleet-Token": token}
            connection.request(method, path, body, {**fields, **(headers or {})})
            response = connection.getresponse()
            return response.status, response.read().decode(), response.headers
        finally:
            connection.close()

    send.port = address.port
    send.token = token
    return send


def test_data_needs_the_token_in_its_header(ask):
    assert ask("GET", "/api/overview")[0] == 200
    for token in (None, "", "wrong", ask.token[:-1], ask.token + "x"):
        for path in ("/api/overview", "/api/events", "/api/devices", "/api/twin?device=d"):
            assert ask("GET", path, token=token)[0] == 403
        assert ask("PATCH", "/api/twin?device=d", {"Content-Type": "application/json"}, "{}", token=token)[0] == 403
    # Neither the address nor the cookie opens the data: other ports and histories may know them.
    assert ask("GET", f"/api/overview?token={ask.token}", token=None)[0] == 403
    cookie = ask("GET", f"/?token={ask.token}", token=None)[2]["Set-Cookie"].partition(";")[0]
    assert ask("GET", "/api/overview", {"Cookie": cookie}, token=None)[0] == 403


def test_files_need_the_token_once_and_then_the_cookie(ask):
    status, page, headers = ask("GET", f"/?token={ask.token}", token=None)
    assert status == 200 and "<title>twinfleet</title>" in page
    cookie = headers["Set-Cookie"]
    assert re.fullmatch(rf"twinfleet-page-{ask.port}=[\w-]+; Path=/; HttpOnly; SameSite=Strict", cookie)
    assert ask.token not in cookie
    policy = headers["Content-Security-Policy"]
    for part in ("default-src 'none'", "script-src 'self'", "frame-ancestors 'none'", "form-action 'none'"):
        assert part in policy
    assert headers["Cache-Control"] == "no-store"
    for path in ("/", "/page.js", "/page.css"):
        assert ask("GET", path, token=None)[0] == 403
        assert ask("GET", path, {"Cookie": f"other=1; {cookie.partition(';')[0]}"}, token=None)[0] == 200
        assert ask("GET", path, {"Cookie": f"twinfleet-page-{ask.port}=wrong"}, token=None)[0] == 403


def test_other_hosts_and_origins_are_refused(ask):
    for host in ("evil.example", f"evil.example:{ask.port}", "localhost", "127.0.0.1:1"):
        assert ask("GET", "/api/overview", {"Host": host})[0] == 403
    assert ask("GET", "/api/overview", {"Host": f"localhost:{ask.port}"})[0] == 200
    for origin in ("http://evil.example", "null", "http://127.0.0.1:1", f"https://127.0.0.1:{ask.port}"):
        status, words, _ = ask("GET", "/api/overview", {"Origin": origin})
        assert status == 403 and origin in words
    assert ask("GET", "/api/overview", {"Origin": f"http://127.0.0.1:{ask.port}"})[0] == 200
    for site, status in [("cross-site", 403), ("same-site", 403), ("same-origin", 200), ("none", 200)]:
        assert ask("GET", "/api/overview", {"Sec-Fetch-Site": site})[0] == status


def test_writes_need_json(ask):
    body = json.dumps({"patch": "{}"})
    for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data"):
        assert ask("PATCH", "/api/twin?device=d", {"Content-Type": kind}, body)[0] == 415
    assert ask("PATCH", "/api/twin?device=d", {"Content-Type": "application/json; charset=utf-8"}, body)[0] == 400
    for method in ("POST", "PUT", "DELETE"):
        assert ask(method, "/api/twin?device=d", {"Content-Type": "application/json"}, body)[0] == 405


def test_each_start_has_a_token_of_its_own_and_the_port_can_be_chosen(hub):
    port = urllib.parse.urlsplit(hub.page).port
    command = [os.environ["TWINFLEET_BIN"], "hub", "--mqtt-port", "0", "--amqp-port", "0", "--https-port", "0"]
    taken = subprocess.run([*command, "--page", "--page-port", str(port)], capture_output=True, text=True, timeout=60)
    assert taken.returncode == 70
    assert f"port {port} of 127.0.0.1 is in use" in taken.stderr and "--page-port" in taken.stderr
    useless = subprocess.run([*command, "--page-port", "0"], capture_output=True, text=True, timeout=60)
    assert useless.returncode == 64 and "--page" in useless.stderr


def test_a_body_without_the_token_is_refused_before_it_has_come(ask):
    with socket.create_connection(("127.0.0.1", ask.port), timeout=60) as connection:
        head = f"PATCH /api/twin?device=d HTTP/1.1\r\nHost: 127.0.0.1:{ask.port}\r\nContent-Type: application/json\r\n"
        connection.sendall(f"{head}Content-Length: 100000\r\n\r\n{{".encode())
        answer = b""
        while chunk := connection.recv(4096):
            answer += chunk
    assert answer.startswith(b"HTTP/1.1 403 ") and b"connection: close" in answer.lower()


def test_connections_have_a_limit_and_the_next_ones_come_in_when_others_go(hub, ask):
    def held():
        return len(os.listdir(f"/proc/{hub.process.pid}/fd"))

    before = held()
    connections = [socket.create_connection(("127.0.0.1", ask.port), timeout=60) for _ in range(200)]
    try:
        for connection in connections:
            connection.sendall(f"GET / HTTP/1.1\r\nHost: 127.0.0.1:{ask.port}\r\n\r\n".encode())
        with selectors.DefaultSelector() as selector:
            for connection in connections:
                selector.register(connection, selectors.EVENT_READ)
            while len(selector.select(60)) < 64:
                pass
            # A few more than the limit are taken at once with the last.
            assert max(held() - before for _ in range(100)) <= 100
            answered = 0
            while answered < len(connections):
                ready = selector.select(60)
                assert ready, f"{answered} of {len(connections)} were answered"
                for key, _ in ready:
                    assert key.fileobj.recv(4096).startswith(b"HTTP/1.1 403 ")
                    selector.unregister(key.fileobj)
                    key.fileobj.close()
                    answered += 1
    finally:
        for connection in connections:
            connection.close()
    assert ask("GET", "/api/overview")[0] == 200


def test_the_page_has_devices_whatever_name_the_hub_goes_by():
    hub = Hub.start(os.environ["TWINFLEET_BIN"], options=["--host-name", "hub.invalid", "--page"])
    try:
        address = urllib.parse.urlsplit(hub.page)
        connection = http.client.HTTPConnection("127.0.0.1", address.port, timeout=60)
        token = urllib.parse.parse_qs(address.query)["token"][0]
        connection.request("GET", "/api/devices", headers={"X-Twinfleet-Token": token})
        response = connection.getresponse()
        answer = json.loads(response.read())
        connection.close()
        assert response.status == 200 and answer["rows"] == []
    finally:
        hub.stop()
