"""`twinfleet run` in a terminal: an emulator reads what it writes, as a person would."""

import contextlib
import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import termios
import time

import pyte
import pytest

# Long enough for a loaded machine; a passing test never waits for it.
PATIENCE = 60

FLEET = """\
fleet: screen
hub: local
seed: 7
duration: {duration}
devices:
  - {{ id: "press-{{index}}", count: 6, transport: {{ Mqtt: 50%, Amqp: 50% }} }}
workload:
  - {{ desired: {{ speed: "{{random:1..9}}" }}, rate: 20/s }}
"""


class Terminal:
    """A program in a pseudo-terminal, and the screen that it draws."""

    def __init__(self, arguments, folder, columns=100, rows=30, environment=()):
        self.raw = b""
        self.screen = pyte.Screen(columns, rows)
        self._stream = pyte.ByteStream(self.screen)
        self._terminal, inner = pty.openpty()
        self._set_size(columns, rows)
        variables = {**os.environ, "TERM": "xterm-256color", **dict(environment)}
        self.process = subprocess.Popen(
            [os.environ["TWINFLEET_BIN"], *arguments],
            stdin=inner, stdout=inner, stderr=inner, cwd=folder, env=variables, start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
        )  # fmt: skip
        os.close(inner)

    def _set_size(self, columns, rows):
        fcntl.ioctl(self._terminal, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def resize(self, columns, rows):
        self._set_size(columns, rows)
        self.screen.resize(rows, columns)
        self.screen.reset()

    def press(self, keys):
        os.write(self._terminal, keys)

    @property
    def lines(self):
        return [line.rstrip() for line in self.screen.display]

    def read(self):
        """Takes what is there; false when the program has ended."""
        if not select.select([self._terminal], [], [], 0.2)[0]:
            return True
        try:
            data = os.read(self._terminal, 65536)
        except OSError:
            return False
        self.raw += data
        self._stream.feed(data)
        return bool(data)

    def wait_for(self, *patterns, fits=lambda lines: True):
        """Waits until all patterns are on the screen at once, and its lines fit."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            text = "\n".join(self.lines)
            if all(re.search(pattern, text, re.MULTILINE) for pattern in patterns) and fits(self.lines):
                return
            if not self.read():
                break
        pytest.fail(f"no {patterns!r} on the screen:\n" + "\n".join(self.lines))

    def wait(self):
        """Reads to the end; returns the exit code."""
        while self.read():
            pass
        return self.process.wait(PATIENCE)

    def close(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait(PATIENCE)
        os.close(self._terminal)


@pytest.fixture
def run(tmp_path):
    """Starts `twinfleet run` of a small fleet in a terminal."""
    with contextlib.ExitStack() as stack:

        def start(*options, duration="6s", **settings):
            (tmp_path / "fleet.yaml").write_text(FLEET.format(duration=duration), encoding="utf-8")
            terminal = Terminal(["run", "fleet.yaml", *options], tmp_path, **settings)
            stack.callback(terminal.close)
            return terminal

        yield start


def after_the_screen(raw):
    """What stands in the terminal once the old screen is back."""
    return raw.rsplit(b"\x1b[?1049l", 1)[1].decode()


def test_a_run_is_shown_on_one_screen_and_leaves_the_summary_behind(run):
    terminal = run()
    terminal.wait_for(r"^changes +asked +delivered")
    terminal.wait_for(r"^  per second +\d+ +[1-9]")
    terminal.wait_for(r"^  Mqtt 3 +\d.* (ms|µs)")
    assert terminal.lines[0].startswith("twinfleet  screen  on localhost:")
    assert re.search(r"^devices +6 asked   6 connected   6 ready   0 failed", "\n".join(terminal.lines), re.MULTILINE)
    code = terminal.wait()
    assert terminal.raw.count(b"\x1b[?1049h") == 1
    assert terminal.raw.count(b"\x1b[?1049l") == 1
    assert terminal.raw.count(b"\x1b[?25h") == 1, "the cursor stays hidden"
    summary = after_the_screen(terminal.raw)
    assert "accounting" in summary
    verdict = {0: "PASS", 1: "FAIL", 2: "INVALID"}[code]
    assert f"{verdict}\x1b[0m  screen" in summary or f"{verdict}  screen" in summary


def test_the_screen_follows_the_size_of_the_terminal(run):
    terminal = run(duration="10m")
    terminal.wait_for(r"^changes ")
    terminal.resize(60, 14)

    def has_one_title_on_top(lines):
        return [line for line in lines if line.startswith("twinfleet")] == lines[:1]

    # What was under way for the old size still comes, and is wiped away by what is drawn for the new one.
    terminal.wait_for(r"\Atwinfleet  screen", r"^changes ", r"^latency", fits=has_one_title_on_top)
    terminal.press(b"\x03")
    assert terminal.wait() == 130


def test_ctrl_c_is_told_on_the_screen_and_the_report_is_written(run, tmp_path):
    terminal = run(duration="10m")
    terminal.wait_for(r"^  per second +\d+ +[1-9]")
    terminal.press(b"\x03")
    assert terminal.wait() == 130
    summary = after_the_screen(terminal.raw)
    assert "interrupted: waiting for what is in flight" in summary
    assert len(list(tmp_path.glob("runs/*/summary.json"))) == 1


def test_a_second_ctrl_c_gives_the_terminal_back_at_once(run, tmp_path):
    terminal = run(duration="10m")
    terminal.wait_for(r"^  per second +\d+ +[1-9]")
    # Devices that the hub no longer answers keep the drain phase waiting.
    hub = int(subprocess.check_output(["pgrep", "-P", str(terminal.process.pid)]).split()[0])
    os.kill(hub, signal.SIGSTOP)
    try:
        terminal.press(b"\x03")
        terminal.wait_for(r"interrupted: waiting")
        terminal.press(b"\x03")
        assert terminal.wait() == 130
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.kill(hub, signal.SIGCONT)
    assert "stopped at once; no report" in after_the_screen(terminal.raw)
    assert not list(tmp_path.glob("runs/*/summary.json"))


def test_no_color_leaves_the_colours_out(run):
    terminal = run(duration="2s", environment={"NO_COLOR": "1"})
    terminal.wait()
    assert b"\x1b[?1049h" in terminal.raw
    assert not re.search(rb"\x1b\[\d*m", terminal.raw)


@pytest.mark.parametrize(
    ("options", "environment"), [(["--quiet"], {}), ([], {"TERM": "dumb"})], ids=["quiet", "dumb terminal"]
)
def test_there_is_no_screen_where_it_is_not_wanted(run, options, environment):
    terminal = run(*options, duration="2s", environment=environment)
    terminal.wait()
    assert b"\x1b[?1049h" not in terminal.raw
    assert b"accounting" in terminal.raw


def test_an_address_that_belongs_to_the_run_can_be_copied_from_80_columns(run):
    terminal = run("--page", duration="10m", columns=80, rows=24)
    terminal.wait_for(r"^changes ")
    token = re.search(r"token=(\S+)", terminal.raw.decode(errors="replace")).group(1)
    assert f"token={token}" in "".join(terminal.lines)
    terminal.press(b"\x03")
    assert terminal.wait() == 130


def test_a_terminal_that_nobody_reads_does_not_keep_the_run_from_its_end(run, tmp_path):
    terminal = run(duration="8s", columns=200, rows=60)
    terminal.wait_for(r"^  per second +\d+ +[1-9]")
    # Nobody reads from here on, and what the terminal holds back is soon full.
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end and not list(tmp_path.glob("runs/*/report.html")):
        select.select([], [], [], 0.2)
    assert list(tmp_path.glob("runs/*/summary.json")), "the files are not written"
    assert terminal.wait() in (0, 1, 2)


def test_ctrl_z_gives_the_terminal_back_and_fg_takes_it_again(run):
    terminal = run(duration="10m")
    terminal.wait_for(r"^  per second +\d+ +[1-9]")
    terminal.press(b"\x1a")
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end and not terminal.raw.endswith(b"\x1b[?25h\x1b[?1049l"):
        terminal.read()
    assert terminal.raw.endswith(b"\x1b[?25h\x1b[?1049l"), "the terminal was not given back"
    # It stops a moment after it gave the terminal back; a signal to go on that came before would be lost.
    # The test's deadline ends this wait.
    assert os.waitid(os.P_PID, terminal.process.pid, os.WSTOPPED | os.WNOWAIT).si_status == signal.SIGSTOP
    os.killpg(terminal.process.pid, signal.SIGCONT)
    before = terminal.raw.count(b"\x1b[?1049h")
    while time.monotonic() < end and terminal.raw.count(b"\x1b[?1049h") == before:
        terminal.read()
    assert terminal.raw.count(b"\x1b[?1049h") == before + 1
    terminal.press(b"\x03")
    assert terminal.wait() == 130
