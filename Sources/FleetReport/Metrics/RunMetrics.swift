public import FleetRunner
import IoTHub
public import LiveServer

/// A run under way as metrics for Prometheus.
public enum RunMetrics {
    /// The metrics of a run as it was at one moment; names start with `twinfleet_`.
    public static func families(_ snapshot: RunSnapshot) -> [MetricFamily] {
        run(snapshot) + devices(snapshot) + changes(snapshot.groups) + latencies(snapshot.groups)
            + [errors(snapshot.errors)]
    }

    private static func run(_ snapshot: RunSnapshot) -> [MetricFamily] {
        let started = Double(snapshot.startedEpochMicroseconds) / 1_000_000
        return [
            MetricFamily(
                "twinfleet_run_info",
                "Which run it is: the fleet's name and the hub's host.",
                .gauge([.init(1, ["fleet": snapshot.fleetName, "hub": snapshot.hubHostName])])
            ),
            MetricFamily("twinfleet_run_start_time_seconds", "When the run began.", .gauge([.init(started)])),
            MetricFamily(
                "twinfleet_run_phase",
                "1 for the phase under way, 0 for the others.",
                .gauge(RunPhase.allCases.map { .init($0 == snapshot.phase ? 1 : 0, ["phase": $0.rawValue]) })
            ),
        ]
    }

    private static func devices(_ snapshot: RunSnapshot) -> [MetricFamily] {
        func gauge(_ name: String, _ help: String, _ count: KeyPath<RunSnapshot.Group, Int>) -> MetricFamily {
            MetricFamily(name, help, .gauge(samples(of: snapshot.groups) { $0[keyPath: count] }))
        }
        return [
            gauge("twinfleet_devices", "Devices that the fleet declares.", \.devices),
            gauge("twinfleet_devices_connected", "Devices connected now.", \.connected),
            gauge("twinfleet_devices_ready", "Devices that got ready.", \.ready),
            MetricFamily(
                "twinfleet_devices_failed",
                "Devices that will not get ready.",
                .gauge([.init(snapshot.devices.failed)])
            ),
            MetricFamily(
                "twinfleet_reconnects_total",
                "Connections that came back after a loss.",
                .counter(samples(of: snapshot.groups) { $0.reconnects })
            ),
        ]
    }

    private static func changes(_ groups: [RunSnapshot.Group]) -> [MetricFamily] {
        func counter(_ name: String, _ help: String, _ count: KeyPath<RunSnapshot.Changes, Int>) -> MetricFamily {
            let samples = samples(of: groups) { $0.totals[keyPath: count] }
            return MetricFamily("twinfleet_changes_\(name)_total", "Changes \(help).", .counter(samples))
        }
        return [
            counter("intended", "due by the schedule", \.intended),
            counter("sent", "handed to the hub's API", \.sent),
            counter("accepted", "taken by the hub", \.accepted),
            counter("rejected", "refused by the hub", \.rejected),
            counter("delivered", "seen by their device, live or by catching up", \.delivered),
            counter("acknowledged", "whose echo the hub acknowledged", \.acknowledged),
            counter("superseded", "whose device saw a later version first", \.superseded),
            counter("duplicated", "told to their device more than once", \.duplicated),
            counter("out_of_order", "told to their device after a later version", \.outOfOrder),
            counter("foreign", "of other writers", \.foreign),
            MetricFamily(
                "twinfleet_changes_in_flight",
                "Changes sent and not settled.",
                .gauge(samples(of: groups) { $0.totals.inFlight })
            ),
            MetricFamily(
                "twinfleet_changes_overdue",
                "Changes sent more than ten seconds ago that their device has not seen.",
                .gauge(samples(of: groups) { $0.totals.overdue })
            ),
        ]
    }

    private static func latencies(_ groups: [RunSnapshot.Group]) -> [MetricFamily] {
        func histogram(
            _ name: String,
            _ help: String,
            _ buckets: (RunSnapshot.Group) -> LatencyBuckets
        ) -> MetricFamily {
            let bounds = LatencyBuckets.boundsMicroseconds.map(seconds)
            let distributions = groups.map { group in
                let buckets = buckets(group)
                return MetricFamily.Distribution(
                    bounds: bounds,
                    counts: buckets.counts,
                    sum: seconds(buckets.sumMicroseconds),
                    labels(of: group)
                )
            }
            return MetricFamily("twinfleet_\(name)_latency_seconds", help, .histogram(distributions))
        }
        return [
            histogram("delivery", "From when a change was due to when its device saw it.") { $0.delivery },
            histogram("echo", "From when a device saw a change to when the hub acknowledged its echo.") { $0.echo },
            histogram("sync", "From when a change was due to when the hub acknowledged its echo.") { $0.sync },
        ]
    }

    /// The run keeps a limited number of reasons apart, so this grows no further.
    private static func errors(_ errors: [ErrorGroup]) -> MetricFamily {
        let samples = errors.map { error in
            MetricFamily.Sample(error.count, ["phase": error.phase.rawValue, "reason": error.reason])
        }
        let help = "Operations that failed, retries that later worked included."
        return MetricFamily("twinfleet_errors_total", help, .counter(samples))
    }

    private static func samples(
        of groups: [RunSnapshot.Group],
        _ count: (RunSnapshot.Group) -> Int
    ) -> [MetricFamily.Sample] {
        groups.map { .init(count($0), labels(of: $0)) }
    }

    /// What the fleet file declares; devices that report no connectivity have an empty one, which is none to Prometheus.
    private static func labels(of group: RunSnapshot.Group) -> MetricLabels {
        ["transport": group.transport.rawValue, "connectivity": group.connectivity ?? ""]
    }

    private static func seconds(_ microseconds: Int64) -> Double { Double(microseconds) / 1_000_000 }
}
