import FleetRunner
import IoTHub

/// The objects within `summary.json`.
enum SummaryParts {
    static func devices(_ members: Members) throws(RunReadingError) -> DeviceSummary {
        var devices = DeviceSummary()
        devices.declared = try members.count("declared")
        devices.created = try members.count("created")
        devices.existing = try members.count("existing")
        devices.removed = try members.count("removed")
        devices.connected = try members.count("connected")
        devices.ready = try members.count("ready")
        devices.notReady = try reasons("not_ready", in: members)
        devices.disconnected = try reasons("disconnected", in: members)
        for use in try members.objects("transports") {
            let over = try use.object("over")
            var routes: [TransportUse.Route] = []
            for name in over.object.keys {
                guard let transport = TransportType(rawValue: name) else {
                    throw over.fault(name, .string(name), "the name of a transport")
                }
                routes.append(.init(transport: transport, devices: try over.count(name)))
            }
            devices.transports.append(
                TransportUse(declared: try use.choice("declared"), devices: try use.count("devices"), routes: routes)
            )
        }
        return devices
    }

    private static func reasons(_ name: String, in members: Members) throws(RunReadingError) -> [NotReadyDevice] {
        var devices: [NotReadyDevice] = []
        for device in try members.objects(name) {
            devices.append(NotReadyDevice(deviceID: try device.text("device"), reason: try device.text("reason")))
        }
        return devices
    }

    static func load(_ members: Members) throws(RunReadingError) -> LoadSummary {
        var load = LoadSummary()
        load.askedPerSecond = try members.number("asked_per_s")
        load.acceptedPerSecond = try members.number("accepted_per_s")
        load.plannedChanges = try members.optionalCount("planned_changes")
        load.plannedDuration = try members.duration("planned_s")
        load.actualDuration = try members.duration("actual_s")
        load.scheduleLagP99Microseconds = try members.optionalInteger("schedule_lag_p99_us")
        load.scheduleLagMaximumMicroseconds = try members.optionalInteger("schedule_lag_max_us")
        load.sendDelayP99Microseconds = try members.optionalInteger("send_delay_p99_us")
        load.sendDelayMaximumMicroseconds = try members.optionalInteger("send_delay_max_us")
        return load
    }

    static func backEnd(_ members: Members) throws(RunReadingError) -> BackEndSummary {
        var backEnd = BackEndSummary()
        backEnd.usedBulkUpdates = try members.flag("bulk_updates")
        backEnd.explanation = try members.text("explanation")
        backEnd.requests = try members.count("requests")
        backEnd.meanBatchSize = try members.number("mean_batch_size")
        backEnd.maximumBatchSize = try members.count("max_batch_size")
        backEnd.maximumInFlight = try members.count("max_in_flight")
        backEnd.resolutions = try members.count("resolutions")
        return backEnd
    }

    static func accounting(_ members: Members) throws(RunReadingError) -> Accounting {
        var books = Accounting()
        books.intended = try members.count("intended")
        books.sent = try members.count("sent")
        books.unsent = try members.count("unsent")
        books.delivered = try members.count("delivered")
        books.caughtUp = try members.count("caught_up")
        books.superseded = try members.count("superseded")
        books.rejected = try members.count("rejected")
        books.lost = try members.count("lost")
        books.duplicated = try members.count("duplicated")
        books.outOfOrder = try members.count("out_of_order")
        books.acknowledged = try members.count("acknowledged")
        books.unacknowledged = try members.count("unacknowledged")
        books.foreignChanges = try members.count("foreign_changes")
        books.reconnects = try members.count("reconnects")
        books.errors = try members.count("errors")
        return books
    }

    static func clocks(_ members: Members) throws(RunReadingError) -> ClockEstimate {
        ClockEstimate(
            offsetMicroseconds: try members.optionalInteger("offset_us"),
            boundMicroseconds: try members.optionalInteger("bound_us"),
            explanation: try members.text("explanation"),
            hubToDeviceSamples: try members.count("hub_to_device_samples")
        )
    }

    static func generator(_ members: Members) throws(RunReadingError) -> GeneratorUsage {
        var usage = GeneratorUsage()
        usage.cpuSeconds = try members.number("cpu_s")
        usage.driveCPUSeconds = try members.number("drive_cpu_s")
        usage.processors = try members.count("processors")
        usage.peakResidentBytes = try members.integer("peak_resident_bytes")
        usage.residentBytesPerDevice = try members.optionalInteger("resident_bytes_per_device")
        usage.threads = try members.optionalCount("threads")
        usage.openFiles = try members.optionalCount("open_files")
        return usage
    }
}

/// The latencies of `summary.json`, joined with their buckets.
struct SummaryLatencies {
    let buckets: LatenciesReader

    func tables(_ members: [Members]) throws(RunReadingError) -> [LatencyTable] {
        var tables: [LatencyTable] = []
        for table in members {
            let dimension = try table.text("by")
            var groups: [LatencyGroup] = []
            for group in try table.objects("groups") { groups.append(try read(group, dimension)) }
            tables.append(LatencyTable(dimension: dimension, groups: groups))
        }
        return tables
    }

    private func read(_ members: Members, _ dimension: String) throws(RunReadingError) -> LatencyGroup {
        var group = LatencyGroup(name: try members.text("name"), devices: try members.count("devices"))
        for metric in LatencyMetric.allCases where members.object[metric.rawValue] != nil {
            let key = LatenciesReader.Key(dimension: dimension, group: group.name, metric: metric)
            group.histograms[metric] = try histogram(members.object(metric.rawValue), buckets.buckets[key] ?? [], key)
        }
        return group
    }

    private func histogram(
        _ members: Members,
        _ buckets: [LatencyHistogram.Bucket],
        _ key: LatenciesReader.Key
    ) throws(RunReadingError) -> LatencyHistogram {
        let count = try members.count("count")
        let mean = try members.optionalNumber("mean_us")
        let sum = members.object["sum_us"] == nil ? (mean ?? 0) * Double(count) : try members.number("sum_us")
        let histogram = LatencyHistogram(
            buckets: buckets,
            minimumMicroseconds: try members.optionalInteger("min_us"),
            maximumMicroseconds: try members.optionalInteger("max_us"),
            sumMicroseconds: sum,
            negativeCount: try members.count("negative"),
            clippedCount: try members.count("clipped")
        )
        guard let histogram, histogram.count == count else {
            throw RunReadingError(
                file: self.buckets.file,
                found: "\(histogram.map { "\($0.count)" } ?? "no sound") samples of \(key.metric.rawValue) of "
                    + "\(key.dimension) \(RunReadingError.quoted(key.group))",
                expected: "\(count), as summary.json says; the file is not whole, or of another run"
            )
        }
        return histogram
    }
}
