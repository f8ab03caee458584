import IoTHub
import LiveServer
import LocalHub

/// The local hub as metrics for Prometheus.
enum HubMetrics {
    /// The metrics of a hub; names start with `twinfleet_hub_`.
    /// - Parameters:
    ///   - counters: what it has done.
    ///   - started: when it began, in seconds since 1970 UTC.
    /// - Returns: all families, those without samples included.
    static func families(_ counters: HubCounters, started: Double) -> [MetricFamily] {
        let traffic = counters.traffic.sorted { $0.key.rawValue < $1.key.rawValue }
        func samples(_ count: (HubCounters.Traffic) -> Int, service: Int? = nil) -> [MetricFamily.Sample] {
            var samples = traffic.map { MetricFamily.Sample(count($0.value), ["transport": $0.key.rawValue]) }
            if let service { samples.append(.init(service, ["transport": TransportType.http1.rawValue])) }
            return samples
        }
        func counter(_ name: String, _ help: String, _ samples: [MetricFamily.Sample]) -> MetricFamily {
            MetricFamily("twinfleet_hub_\(name)_total", help, .counter(samples))
        }
        func reads(_ origin: String, _ samples: [MetricFamily.Sample]) -> [MetricFamily.Sample] {
            samples.map { .init($0.value, $0.labels.with("origin", origin)) }
        }
        let serviceReads = MetricFamily.Sample(counters.serviceTwinReads, ["transport": TransportType.http1.rawValue])
        return [
            MetricFamily("twinfleet_hub_start_time_seconds", "When the hub began.", .gauge([.init(started)])),
            MetricFamily("twinfleet_hub_devices", "Registered devices.", .gauge([.init(counters.devices)])),
            MetricFamily("twinfleet_hub_connections", "Devices connected now.", .gauge(samples(\.connections))),
            counter("connects", "Devices that connected.", samples(\.connects)),
            counter("disconnects", "Devices that disconnected.", samples(\.disconnects)),
            counter(
                "twin_reads",
                "Twins read by devices and services; queries are counted elsewhere.",
                reads("device", samples(\.twinReads)) + reads("service", [serviceReads])
            ),
            counter("reported_updates", "Patches of reported properties carried out.", samples(\.reportedUpdates)),
            counter("desired_updates", "Changes of desired properties carried out.", [.init(counters.desiredUpdates)]),
            counter("tag_updates", "Changes of tags carried out.", [.init(counters.tagUpdates)]),
            counter("notifications", "Changes of desired properties sent to devices.", samples(\.notifications)),
            counter("queries", "Pages of queries answered.", [.init(counters.queries)]),
            counter(
                "service_requests",
                "Requests of services answered, by HTTP status.",
                counters.serviceRequests.sorted { $0.key < $1.key }.map { .init($0.value, ["status": "\($0.key)"]) }
            ),
            counter(
                "authentication_failures",
                "Credentials refused.",
                samples(\.authenticationFailures, service: counters.serviceRequests[401, default: 0])
            ),
            counter(
                "throttled_requests",
                "Requests answered with 429.",
                samples(\.throttled, service: counters.serviceRequests[429, default: 0])
            ),
        ]
    }
}
