"""Programs that are measured."""

import json
import os
import subprocess
import threading

TICKS = os.sysconf("SC_CLK_TCK")


class ProgramFailure(Exception):
    """A program ended before it had said what it had to say."""


class Program:
    """A device program that prints lines of JSON."""

    def __init__(self, command):
        self.name = os.path.basename(str(command[0]))
        self._process = subprocess.Popen([str(part) for part in command], stdout=subprocess.PIPE)

    def event(self, name, seconds):
        """Waits for the line of that name, at most that long."""
        watchdog = threading.Timer(seconds, self._process.kill)
        watchdog.start()
        try:
            line = self._process.stdout.readline()
        finally:
            watchdog.cancel()
        if not line:
            code = self._process.wait()
            raise ProgramFailure(f'{self.name} did not get to "{name}" within {seconds} s; it ended with {code}')
        event = json.loads(line)
        if event["event"] != name:
            raise ProgramFailure(f'{self.name} printed "{event["event"]}" where "{name}" was expected')
        return event

    @property
    def open_files(self):
        """How many files it has open."""
        return len(os.listdir(f"/proc/{self._process.pid}/fd"))

    def stop(self):
        """Ends it, if it has not ended."""
        self._process.terminate()
        try:
            self._process.wait(20)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process.stdout.close()


def processor_seconds(process_id):
    """What a process has used so far, user and system, in steps of a clock tick."""
    with open(f"/proc/{process_id}/stat", encoding="ascii") as file:
        fields = file.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS
