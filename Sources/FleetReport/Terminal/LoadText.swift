import FleetRunner

extension LoadSummary {
    /// The load in words, the same everywhere: "asked 40.0/s, accepted by the hub 38.6/s (96.5 %) over 25.00 s of 25.00 s
    /// planned".
    var text: String {
        let lasted = "\(Format.duration(actualDuration)) of \(Format.duration(plannedDuration)) planned"
        guard let share = acceptedShare else { return "nothing was asked in \(lasted)" }
        return "asked \(Format.rate(askedPerSecond)), accepted by the hub \(Format.rate(acceptedPerSecond)) "
            + "(\(Format.percent(share))) over \(lasted)"
    }

    /// How late changes were in words: the generator's own part first; nil when there were none.
    var lagText: String? {
        guard scheduleLagMaximumMicroseconds != nil else { return nil }
        return "p99 \(Format.time(microseconds: scheduleLagP99Microseconds)), "
            + "max \(Format.time(microseconds: scheduleLagMaximumMicroseconds)); sent after the intended time: "
            + "p99 \(Format.time(microseconds: sendDelayP99Microseconds)), "
            + "max \(Format.time(microseconds: sendDelayMaximumMicroseconds))"
    }
}

extension GeneratorUsage {
    /// Threads and files in words; nil when they were not counted.
    var handles: String? {
        guard let threads, let openFiles else { return nil }
        return "\(Format.count(threads, "thread")), \(Format.count(openFiles, "open file"))"
    }
}
