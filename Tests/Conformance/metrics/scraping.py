"""Scrapes metrics, and reads them as Prometheus does."""

import http.client
import subprocess
import urllib.parse

from prometheus_client.parser import text_string_to_metric_families


class Scrape:
    """The metrics of one moment."""

    def __init__(self, text):
        self.text = text
        self.types = {}
        # By name, then by labels: a set of pairs, empty values left out, as Prometheus does.
        self._values = {}
        for family in text_string_to_metric_families(text):
            for sample in family.samples:
                self.types[sample.name] = family.type
                labels = frozenset((name, value) for name, value in sample.labels.items() if value)
                values = self._values.setdefault(sample.name, {})
                assert labels not in values, f"{sample.name} {sample.labels} is there twice"
                values[labels] = sample.value

    def all(self, name):
        """The values of a metric by labels."""
        return self._values.get(name, {})

    def one(self, name, **labels):
        """The value of a metric with just these labels."""
        return self.all(name)[frozenset(labels.items())]

    def sum(self, name):
        """The sum of a metric over all labels."""
        return sum(self.all(name).values())

    def labels(self, name, *wanted):
        """What a metric is of: the values of some labels, in their order, None for those that are missing."""
        return {tuple(dict(labels).get(label) for label in wanted) for labels in self.all(name)}

    def assert_follows(self, before):
        """Fails when a number that may only grow has become smaller, or is gone."""
        for name, values in before._values.items():
            if before.types[name] in ("counter", "histogram"):
                for labels, value in values.items():
                    now = self.all(name).get(labels)
                    assert now is not None and now >= value, f"{name} {set(labels)}: {value}, then {now}"


def assert_promtool_agrees(scrape):
    """Fails when promtool finds fault with names, types or form."""
    outcome = subprocess.run(
        ["promtool", "check", "metrics"], input=scrape.text, capture_output=True, text=True, check=False
    )
    assert (outcome.returncode, outcome.stdout, outcome.stderr) == (0, "", ""), scrape.text


class Target:
    """An address with metrics."""

    def __init__(self, url):
        self._url = urllib.parse.urlsplit(url)
        self.address = self._url.netloc
        self.port = self._url.port

    def ask(self, method="GET", path=None, **headers):
        """Sends one request, and gives status, headers and body."""
        connection = http.client.HTTPConnection(self.address, timeout=30)
        try:
            connection.request(method, path or self._url.path, headers=headers)
            answer = connection.getresponse()
            return answer.status, answer.headers, answer.read().decode("utf-8")
        finally:
            connection.close()

    def text(self):
        """The metrics of now, as they came."""
        status, headers, text = self.ask()
        assert status == 200
        assert headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
        return text

    def scrape(self):
        """The metrics of now."""
        return Scrape(self.text())
