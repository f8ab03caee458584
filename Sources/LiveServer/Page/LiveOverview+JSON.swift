import IoTHub

extension LiveOverview {
    /// The overview as the page reads it.
    var json: JSONObject {
        [
            "source": .string(source.rawValue), "title": .string(title), "hub": .string(hubHostName),
            "started": .integer(startedEpochMicroseconds), "elapsed": .double(elapsedSeconds),
            "phase": phase.map { .object($0.json) } ?? .null,
            "devices": .array(devices.map(\.json)),
            "rates": .array(rates.map(\.json)),
            "latencies": .array(latencies.map(\.json)),
            "connections": .array(connections.map(\.json)),
            "inFlight": .optional(inFlight),
            "counters": .array(counters.map(\.json)),
            "errors": .array(errors.map(\.json)),
            "cpuShare": cpuShare.map { .double($0) } ?? .null,
            "residentBytes": residentBytes.map { .integer($0) } ?? .null,
            "outcome": outcome.map { .object($0.json) } ?? .null,
        ]
    }

    /// What the charts keep of it.
    var chartJSON: JSONObject {
        [
            "rates": .array(rates.map { ["name": .string($0.name), "perSecond": .integer(Int64($0.perSecond))] }),
            "latencies": .array(latencies.filter { $0.count > 0 }.map(\.json)),
            "connections": .array(connections.map(\.json)),
            "inFlight": .optional(inFlight),
        ]
    }
}

extension LiveOverview.Count {
    fileprivate var json: JSON { ["name": .string(name), "count": .integer(Int64(count))] }
}

extension LiveOverview.Rate {
    fileprivate var json: JSON {
        ["name": .string(name), "perSecond": .integer(Int64(perSecond)), "total": .integer(Int64(total))]
    }
}

extension LiveOverview.Latency {
    fileprivate var json: JSON {
        func number(_ value: Int64?) -> JSON { value.map { .integer($0) } ?? .null }
        return [
            "name": .string(name), "measure": .string(measure), "count": .integer(Int64(count)), "p50": number(p50),
            "p90": number(p90), "p99": number(p99), "max": number(maximum),
        ]
    }
}

extension LiveOverview.Connections {
    fileprivate var json: JSON {
        ["name": .string(name), "connected": .integer(Int64(connected)), "expected": .optional(expected)]
    }
}

extension LiveOverview.Phase {
    fileprivate var json: JSONObject {
        [
            "name": .string(name), "seconds": .double(seconds),
            "planned": plannedSeconds.map { .double($0) } ?? .null,
        ]
    }
}

extension LiveOverview.Outcome {
    fileprivate var json: JSONObject {
        [
            "verdict": .string(verdict), "interrupted": .bool(isInterrupted),
            "reasons": .array(reasons.map { .string($0) }), "accounting": .array(accounting.map(\.json)),
            "folder": folder.map { .string($0) } ?? .null,
        ]
    }
}

extension JSON {
    fileprivate static func optional(_ value: Int?) -> JSON { value.map { .integer(Int64($0)) } ?? .null }
}
