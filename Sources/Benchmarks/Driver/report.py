"""Makes the figures of all rounds readable, and judges them."""

import os
import platform
import statistics

NAMES = {
    "floor": "MQTTFloor (C, libmosquitto, epoll)",
    "fleet": "EchoFleet (DeviceClient, MQTT)",
    "amqp": "EchoFleet (AMQP)",
    "pooled": "EchoFleet (AMQP, pooled)",
    "mqtt-ws": "EchoFleet (MQTT, WebSocket)",
    "amqp-ws": "EchoFleet (AMQP, WebSocket)",
    "azure": "azure-iot-device 2.14.0",
    "run": "twinfleet run (with its back end)",
}

# Title, figure, digits, and which end of the rounds is the best one.
COLUMNS = [
    ("us CPU/echo", "cpu_us_per_echo", 1, min),
    ("KB/device", "resident_kb_per_device", 1, min),
    ("after echoes", "resident_kb_per_device_after_echoes", 1, min),
    ("connects/s", "connects_per_second", 0, max),
    ("ms CPU/connect", "cpu_ms_per_connect", 2, min),
    ("files/device", "open_files_per_device", 2, min),
    ("echoes/s", "echoes_per_second", 0, max),
    ("processors", "processors_used", 2, max),
]

# Pools are for large fleets: in a small one the process itself weighs as much as a device in a pool does.
LEAST_DEVICES = {"pooled": 5000}

# What the figures are held against: upper over lower must stay at most, or at least, at the limit.
RATIOS = [
    ("CPU per echo: EchoFleet / floor", "cpu_us_per_echo", "fleet", "floor", "at most", 4.0, "goal 2"),
    ("CPU per echo: twinfleet run / floor", "cpu_us_per_echo", "run", "floor", "at most", 4.0, "goal 2"),
    ("CPU per echo: azure-iot-device / EchoFleet", "cpu_us_per_echo", "azure", "fleet", "at least", 10.0, ""),
    ("memory per device: azure-iot-device / EchoFleet", "resident_kb_per_device", "azure", "fleet", "at least", 3.0, ""),
    ("memory per device: EchoFleet, KB", "resident_kb_per_device", "fleet", None, "at most", 60.0, "goal 40"),
    ("memory per device: twinfleet run, KB", "resident_kb_per_device", "run", None, "at most", 60.0, "goal 40"),
    ("memory per device: EchoFleet over AMQP, KB", "resident_kb_per_device", "amqp", None, "at most", 100.0, ""),
    ("memory per device: EchoFleet over pooled AMQP, KB", "resident_kb_per_device", "pooled", None, "at most", 20.0, ""),
    ("CPU per echo: EchoFleet over AMQP / MQTT, for information", "cpu_us_per_echo", "amqp", "fleet", None, None, ""),
    ("CPU per echo: EchoFleet over pooled AMQP / MQTT, for information", "cpu_us_per_echo", "pooled", "fleet", None, None, ""),
    ("memory per device: EchoFleet over MQTT WebSockets, KB", "resident_kb_per_device", "mqtt-ws", None, "at most", 80.0, ""),
    ("memory per device: EchoFleet over AMQP WebSockets, KB", "resident_kb_per_device", "amqp-ws", None, "at most", 120.0, ""),
    ("CPU per echo: EchoFleet over MQTT WebSockets / MQTT", "cpu_us_per_echo", "mqtt-ws", "fleet", None, None, ""),
    ("CPU per echo: EchoFleet over AMQP WebSockets / AMQP", "cpu_us_per_echo", "amqp-ws", "amqp", None, None, ""),
    ("open files per device: EchoFleet over MQTT WebSockets", "open_files_per_device", "mqtt-ws", None, "at most", 3.05, ""),
    ("open files per device: EchoFleet over AMQP WebSockets", "open_files_per_device", "amqp-ws", None, "at most", 1.05, ""),
    ("open files per device: EchoFleet over AMQP", "open_files_per_device", "amqp", None, "at most", 1.05, ""),
    ("open files per device: EchoFleet", "open_files_per_device", "fleet", None, "at most", 1.05, ""),
    ("connects per second: floor / EchoFleet, for information", "connects_per_second", "floor", "fleet", None, None, ""),
]


def summarize(options, figures):
    """Puts the rounds together: the best and the median of each figure, and the ratios."""
    programs = {}
    for name, rounds in figures.items():
        programs[name] = {"name": NAMES[name], "devices": rounds[0]["devices"], "rounds": rounds}
        for _, key, _, best in COLUMNS:
            values = [figure[key] for figure in rounds if key in figure]
            if values:
                programs[name][key] = {"best": best(values), "median": statistics.median(values)}
    return {
        "schema": 1,
        "machine": machine(),
        "rounds": options.rounds,
        "echoes": options.echoes,
        "window": options.window,
        "programs": programs,
        "ratios": [ratio for ratio in map(lambda row: _ratio(programs, *row), RATIOS) if ratio],
    }


def machine():
    """What this machine is, in one line."""
    return f"{platform.system()} {platform.release()}, {os.cpu_count()} processors, {_processor()}"


def _processor():
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        for line in file:
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.machine()


def _ratio(programs, title, key, upper, lower, sense, limit, goal):
    if upper not in programs or (lower is not None and lower not in programs):
        return None
    of_best, of_median = (
        programs[upper][key][kind] / (programs[lower][key][kind] if lower else 1) for kind in ("best", "median")
    )
    holds = limit is None or (of_median <= limit if sense == "at most" else of_median >= limit)
    text = "" if limit is None else f"{sense} {limit:g}" + (f", {goal}" if goal else "")
    if limit is not None and programs[upper]["devices"] < LEAST_DEVICES.get(upper, 0):
        # There is no limit for so few; say for how many there is.
        text, holds = f"{text} from {LEAST_DEVICES[upper]:,} on", True
    return {"title": title, "best": of_best, "median": of_median, "limit": text, "holds": holds}


def text(summary):
    """The tables as people read them."""
    lines = [
        f"rounds: {summary['rounds']}, echoes measured in each: {summary['echoes']}, "
        f"changes under way per device: {summary['window']}; best (median) of the rounds",
        "",
    ]
    rows = [["program", "devices", *(title for title, _, _, _ in COLUMNS)]]
    for program in summary["programs"].values():
        row = [program["name"], str(program["devices"])]
        for _, key, digits, _ in COLUMNS:
            value = program.get(key)
            row.append("-" if value is None else f"{value['best']:.{digits}f} ({value['median']:.{digits}f})")
        rows.append(row)
    lines += _table(rows)
    lines.append("")
    rows = [["figure", "best", "median", "limit", ""]]
    for ratio in summary["ratios"]:
        verdict = "" if not ratio["limit"] else "ok" if ratio["holds"] else "MISSED"
        rows.append([ratio["title"], f"{ratio['best']:.2f}", f"{ratio['median']:.2f}", ratio["limit"], verdict])
    lines += _table(rows)
    return "\n".join(lines)


def _table(rows):
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return [
        "  ".join(
            cell.ljust(width) if column == 0 else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(row, widths))
        ).rstrip()
        for row in rows
    ]
