public import FleetRunner
public import IoTHub

/// The summary of a run as other programs read it: `summary.json`.
///
/// Names carry their unit. A figure that does not exist is null. `schema` goes up when a name changes its meaning.
public enum SummaryJSON {
    /// The version of the format.
    public static let schema: Int64 = 2

    /// Makes the document.
    /// - Parameters:
    ///   - result: the run.
    ///   - hubUsage: what the local hub's process used; nil when there was none.
    ///   - changeCount: how many changes `changes.csv` has, when `result` has none of them.
    /// - Returns: the document.
    public static func document(
        _ result: RunResult,
        hubUsage: LocalHubUsage? = nil,
        changeCount: Int? = nil
    ) -> JSONObject {
        [
            "schema": .integer(schema),
            "fleet": .string(result.fleetName),
            "verdict": .string(result.verdict.rawValue),
            "reasons": .array(result.reasons.map(JSON.string)),
            "exit_code": .integer(Int64(result.exitCode.rawValue)),
            "interrupted": .bool(result.wasInterrupted),
            "seed": number(result.seed),
            "started": time(result.startedEpochMicroseconds),
            "drive_started": time(result.driveStartedEpochMicroseconds),
            "hub": .string(result.hubHostName),
            "versions": [
                "twinfleet": .string(result.versions.twinfleet), "machine": .string(result.versions.machine),
                "fleet_fingerprint": .string(result.versions.fleetFingerprint),
            ],
            "phases": .array(result.phases.map(phase)),
            "devices": devices(result.devices),
            "load": load(result.load),
            "back_end": backEnd(result.backEnd),
            "accounting": accounting(result.accounting),
            "latencies": .array(result.latencies.map(table)),
            "clocks": [
                "offset_us": optional(result.clocks.offsetMicroseconds),
                "bound_us": optional(result.clocks.boundMicroseconds),
                "explanation": .string(result.clocks.explanation),
                "hub_to_device_samples": integer(result.clocks.hubToDeviceSamples),
            ],
            "thresholds": .array(result.thresholds.map(threshold)),
            "errors": .array(result.errors.map(error)),
            "verified_devices": integer(result.verifiedDevices),
            "unread_twins": integer(result.mismatches.count { $0.isUnread }),
            "mismatches": .array(result.mismatches.map(mismatch)),
            "queries": .array(result.queries.map(query)),
            "foreign_devices": .array(result.foreignDevices.map(JSON.string)),
            "generator": generator(result.generator),
            "rows": [
                "changes": integer(changeCount ?? result.changes.count), "timeline": integer(result.timeline.count),
            ],
            "local_hub": hubUsage.map {
                ["cpu_s": .double($0.cpuSeconds), "peak_resident_bytes": .integer($0.peakResidentBytes)]
            } ?? .null,
        ]
    }

    private static func integer(_ value: Int) -> JSON { .integer(Int64(value)) }

    private static func number(_ value: UInt64) -> JSON {
        Int64(exactly: value).map(JSON.integer) ?? .string(String(value))
    }

    private static func optional(_ value: Int64?) -> JSON { value.map(JSON.integer) ?? .null }

    private static func time(_ epochMicroseconds: Int64) -> JSON {
        let (ticks, overflow) = epochMicroseconds.multipliedReportingOverflow(by: 10)
        return overflow ? .null : .string(HubTimestamp(ticksSinceEpoch: ticks).description)
    }

    private static func seconds(_ duration: Duration) -> JSON {
        .double(duration.roundedSeconds)
    }

    private static func phase(_ phase: PhaseResult) -> JSON {
        [
            "phase": .string(phase.phase.rawValue), "start_s": seconds(phase.start),
            "duration_s": seconds(phase.duration), "summary": .string(phase.summary),
        ]
    }

    private static func devices(_ devices: DeviceSummary) -> JSON {
        [
            "declared": integer(devices.declared), "created": integer(devices.created),
            "existing": integer(devices.existing), "removed": integer(devices.removed),
            "connected": integer(devices.connected), "ready": integer(devices.ready),
            "transports": .array(devices.transports.map(transport)),
            "not_ready": .array(devices.notReady.map(device)),
            "disconnected": .array(devices.disconnected.map(device)),
        ]
    }

    private static func device(_ device: NotReadyDevice) -> JSON {
        ["device": .string(device.deviceID), "reason": .string(device.reason)]
    }

    private static func transport(_ use: TransportUse) -> JSON {
        var over = JSONObject()
        for route in use.routes { over[route.transport.rawValue] = integer(route.devices) }
        return [
            "declared": .string(use.declared.rawValue), "devices": integer(use.devices), "over": .object(over),
            "fallbacks": integer(use.fallbacks),
        ]
    }

    private static func load(_ load: LoadSummary) -> JSON {
        [
            "asked_per_s": .double(load.askedPerSecond), "accepted_per_s": .double(load.acceptedPerSecond),
            "accepted_share": load.acceptedShare.map(JSON.double) ?? .null,
            "planned_changes": load.plannedChanges.map(integer) ?? .null, "planned_s": seconds(load.plannedDuration),
            "actual_s": seconds(load.actualDuration),
            "schedule_lag_p99_us": optional(load.scheduleLagP99Microseconds),
            "schedule_lag_max_us": optional(load.scheduleLagMaximumMicroseconds),
            "send_delay_p99_us": optional(load.sendDelayP99Microseconds),
            "send_delay_max_us": optional(load.sendDelayMaximumMicroseconds),
        ]
    }

    private static func backEnd(_ backEnd: BackEndSummary) -> JSON {
        [
            "bulk_updates": .bool(backEnd.usedBulkUpdates), "explanation": .string(backEnd.explanation),
            "requests": integer(backEnd.requests), "mean_batch_size": .double(backEnd.meanBatchSize),
            "max_batch_size": integer(backEnd.maximumBatchSize), "max_in_flight": integer(backEnd.maximumInFlight),
            "resolutions": integer(backEnd.resolutions),
        ]
    }

    private static func accounting(_ books: Accounting) -> JSON {
        [
            "intended": integer(books.intended), "sent": integer(books.sent), "unsent": integer(books.unsent),
            "delivered": integer(books.delivered), "caught_up": integer(books.caughtUp),
            "superseded": integer(books.superseded), "rejected": integer(books.rejected), "lost": integer(books.lost),
            "duplicated": integer(books.duplicated), "out_of_order": integer(books.outOfOrder),
            "acknowledged": integer(books.acknowledged), "unacknowledged": integer(books.unacknowledged),
            "foreign_changes": integer(books.foreignChanges), "reconnects": integer(books.reconnects),
            "errors": integer(books.errors), "balanced": .bool(books.imbalances.isEmpty),
            "imbalances": .array(books.imbalances.map(JSON.string)),
        ]
    }

    private static func table(_ table: LatencyTable) -> JSON {
        [
            "by": .string(table.dimension),
            "groups": .array(
                table.groups.map { group in
                    var object: JSONObject = ["name": .string(group.name), "devices": integer(group.devices)]
                    for metric in LatencyMetric.allCases {
                        if let histogram = group.histograms[metric] { object[metric.rawValue] = latency(histogram) }
                    }
                    return .object(object)
                }
            ),
        ]
    }

    private static func latency(_ histogram: LatencyHistogram) -> JSON {
        [
            "count": integer(histogram.count), "min_us": optional(histogram.minimumMicroseconds),
            "sum_us": .double(histogram.sumMicroseconds),
            "mean_us": histogram.meanMicroseconds.map(JSON.double) ?? .null,
            "p50_us": optional(histogram.percentile(50)), "p90_us": optional(histogram.percentile(90)),
            "p99_us": optional(histogram.percentile(99)), "p99_9_us": optional(histogram.percentile(99.9)),
            "max_us": optional(histogram.maximumMicroseconds), "negative": integer(histogram.negativeCount),
            "clipped": integer(histogram.clippedCount),
        ]
    }

    private static func threshold(_ outcome: ThresholdOutcome) -> JSON {
        [
            "text": .string(outcome.text), "default": .bool(outcome.isDefault), "passed": .bool(outcome.passed),
            "observed": .string(outcome.observed), "observed_value": outcome.observedValue.map(JSON.double) ?? .null,
            "samples": outcome.sampleCount.map(integer) ?? .null, "detail": .string(outcome.detail),
        ]
    }

    private static func error(_ group: ErrorGroup) -> JSON {
        [
            "phase": .string(group.phase.rawValue), "reason": .string(group.reason), "count": integer(group.count),
            "first_devices": .array(group.firstDevices.map(JSON.string)),
        ]
    }

    private static func mismatch(_ mismatch: Mismatch) -> JSON {
        [
            "device": .string(mismatch.deviceID), "path": .string(mismatch.path), "desired": .string(mismatch.desired),
            "reported": .string(mismatch.reported),
        ]
    }

    private static func query(_ query: QueryOutcome) -> JSON {
        [
            "condition": .string(query.condition), "agrees": .bool(query.agrees), "expected": integer(query.expected),
            "returned": integer(query.returned), "other_devices": integer(query.others),
            "left_out": integer(query.leftOut), "missing": .array(query.missing.map(JSON.string)),
            "unexpected": .array(query.unexpected.map(JSON.string)),
            "repeated": .array(query.repeated.map(JSON.string)), "pages": integer(query.pages),
            "rows": integer(query.rows), "attempts": integer(query.attempts), "duration_s": seconds(query.duration),
            "failure": query.failure.map(JSON.string) ?? .null,
        ]
    }

    private static func generator(_ usage: GeneratorUsage) -> JSON {
        [
            "cpu_s": .double(usage.cpuSeconds), "drive_cpu_s": .double(usage.driveCPUSeconds),
            "processors": integer(usage.processors), "peak_resident_bytes": .integer(usage.peakResidentBytes),
            "resident_bytes_per_device": optional(usage.residentBytesPerDevice),
            "threads": usage.threads.map(integer) ?? .null,
            "open_files": usage.openFiles.map(integer) ?? .null,
        ]
    }
}
