public import FleetRunner
public import LiveServer

/// What is the same for all of this program's metrics.
public enum ProgramMetrics {
    /// Which program it is, and what its process uses; the names of the latter are Prometheus' own.
    public static func families(version: String, usage: ProcessUsage, residentBytes: Int64) -> [MetricFamily] {
        [
            MetricFamily("twinfleet_build_info", "The program's version.", .gauge([.init(1, ["version": version])])),
            MetricFamily(
                "process_cpu_seconds_total",
                "CPU time of this process, user and system.",
                .counter([.init(usage.cpuSeconds)])
            ),
            MetricFamily(
                "process_resident_memory_bytes",
                "Resident memory of this process.",
                .gauge([.init(Double(residentBytes))])
            ),
        ]
    }
}
