import FleetRunner

/// What the generator and the local hub used.
enum ReportMachine {
    static func html(_ result: RunResult, hubUsage: LocalHubUsage?) -> HTML {
        let usage = result.generator
        var memory = "\(Format.bytes(usage.peakResidentBytes)) at most"
        if let perDevice = usage.residentBytesPerDevice { memory += ", \(Format.bytes(perDevice)) per device" }
        var pairs: [(String, HTML)] = [
            (
                "generator",
                "CPU \(Format.seconds(usage.cpuSeconds)), while driving \(Format.seconds(usage.driveCPUSeconds)) "
                    + "(\(Format.percent(result.driveCPUShare)) of \(Format.count(usage.processors, "processor")))"
            ),
            ("memory", "\(memory)"),
            ("threads, files", "\(usage.handles ?? "not measured")"),
        ]
        if let hubUsage {
            pairs.append(
                (
                    "local hub",
                    "CPU \(Format.seconds(hubUsage.cpuSeconds)), memory \(Format.bytes(hubUsage.peakResidentBytes)) at most"
                )
            )
        }
        return HTML([HTMLPage.facts(pairs), TimelineCharts.machine(result.timeline)])
    }
}

extension RunResult {
    /// The share of all processors that the generator took while driving, 0 to 1.
    var driveCPUShare: Double {
        let drive = load.actualDuration.roundedSeconds
        return drive > 0 ? generator.driveCPUSeconds / drive / Double(max(generator.processors, 1)) : 0
    }
}
