import FleetRunner

/// What there is to say of devices by name, and of what went wrong.
enum ReportDevices {
    static func slowest(_ books: DeviceBooks) -> HTML {
        var table = HTMLTable([
            ("device", .text), ("sync p50", .number), ("sync p99", .number), ("sync max", .number),
            ("changes", .number), ("acknowledged", .number),
        ])
        for device in books.slowest(HTMLReport.maximumRows) {
            table.add([
                "\(device.id)", "\(Format.time(microseconds: device.sync(percentile: 50)))",
                "\(Format.time(microseconds: device.sync(percentile: 99)))",
                "\(Format.time(microseconds: device.slowestMicroseconds))", "\(Format.count(device.sent))",
                "\(Format.count(device.acknowledged))",
            ])
        }
        return table.isEmpty ? "" : table.html
    }

    static func unanswered(_ books: DeviceBooks) -> HTML {
        let (devices, total) = books.unanswered(HTMLReport.maximumRows)
        var table = HTMLTable([
            ("device", .text), ("changes", .number), ("did not come back", .number), ("lost", .number),
            ("rejected", .number), ("unacknowledged", .number),
        ])
        for device in devices {
            table.add([
                "\(device.id)", "\(Format.count(device.sent))", "\(Format.count(device.missed))",
                "\(Format.count(device.lost))", "\(Format.count(device.rejected))",
                "\(Format.count(device.unacknowledged))",
            ])
        }
        return table.isEmpty ? "" : table.html + HTMLReport.more(total, "changes.csv")
    }

    static func notReady(_ result: RunResult) -> HTML {
        var table = HTMLTable([("device", .text), ("why", .text)])
        for device in result.devices.notReady.prefix(HTMLReport.maximumRows) {
            table.add(["\(device.deviceID)", "\(device.reason)"])
        }
        return table.isEmpty ? "" : table.html + HTMLReport.more(result.devices.notReady.count)
    }

    static func disconnected(_ result: RunResult) -> HTML {
        var table = HTMLTable([("device", .text), ("why", .text)])
        for device in result.devices.disconnected.prefix(HTMLReport.maximumRows) {
            table.add(["\(device.deviceID)", "\(device.reason)"])
        }
        return table.isEmpty ? "" : table.html + HTMLReport.more(result.devices.disconnected.count)
    }

    static func errors(_ result: RunResult) -> HTML {
        var table = HTMLTable([("phase", .word), ("times", .number), ("reason", .text), ("first devices", .text)])
        for group in result.errors.prefix(HTMLReport.maximumRows) {
            table.add([
                "\(group.phase.rawValue)", "\(Format.count(group.count))", "\(group.reason)",
                "\(group.firstDevices.joined(separator: ", "))",
            ])
        }
        return table.isEmpty ? "" : table.html + HTMLReport.more(result.errors.count)
    }

    static func mismatches(_ result: RunResult) -> HTML {
        var table = HTMLTable([("device", .text), ("property", .text), ("desired", .text), ("reported", .text)])
        for mismatch in result.mismatches.prefix(HTMLReport.maximumRows) {
            table.add(
                mismatch.isUnread
                    ? ["\(mismatch.deviceID)", "", "", "\(mismatch.reported)"]
                    : [
                        "\(mismatch.deviceID)", "\(mismatch.path)", "<code>\(mismatch.desired)</code>",
                        "<code>\(mismatch.reported)</code>",
                    ]
            )
        }
        return table.isEmpty ? "" : table.html + HTMLReport.more(result.mismatches.count)
    }

    static func queries(_ result: RunResult) -> HTML {
        var table = HTMLTable([
            ("", .word), ("condition", .text), ("expected", .number), ("returned", .number), ("asked", .number),
            ("took", .number), ("", .text),
        ])
        for query in result.queries {
            let mark =
                switch QueryMark(query, in: result) {
                case .ok: HTMLPage.mark("ok", .good)
                case .allowed: HTMLPage.mark("allowed", .doubtful)
                case .failed: HTMLPage.mark("FAIL", .bad)
                }
            let faults = [("missing", query.missing), ("unexpected", query.unexpected), ("repeated", query.repeated)]
                .filter { !$0.1.isEmpty }.map { "\($0.0): \(HTMLReport.names($0.1))" as HTML }
            var remarks = query.failure.map { ["no answer: \($0)" as HTML] } ?? []
            remarks += faults
            if query.others > 0 { remarks.append("\(Format.count(query.others)) of other devices") }
            if query.leftOut > 0 { remarks.append("\(Format.count(query.leftOut, "device")) not ready, not compared") }
            table.add([
                mark,
                "<code>\(query.condition)</code>", "\(Format.count(query.expected))",
                "\(query.failure == nil ? Format.count(query.returned) : "-")", "\(Format.count(query.attempts)) ×",
                "\(Format.duration(query.duration))",
                HTML(stringLiteral: remarks.map(\.text).joined(separator: "<br/>")),
            ])
        }
        return table.isEmpty ? "" : table.html
    }
}
