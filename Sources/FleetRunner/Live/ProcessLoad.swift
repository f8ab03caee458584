/// What this process has used since it was last asked.
struct ProcessLoad {
    private var lastInstant = RunClock.now()
    private var lastCPU = ProcessUsage.now().cpuSeconds
    private let initialCPU = ProcessUsage.now().cpuSeconds
    private let processors = Machine.processors

    mutating func take(at now: Int64) -> RunSnapshot.Generator {
        let cpu = ProcessUsage.now().cpuSeconds
        defer { (lastInstant, lastCPU) = (now, cpu) }
        var generator = RunSnapshot.Generator()
        generator.cpuSeconds = cpu - initialCPU
        generator.processors = processors
        generator.residentBytes = ProcessUsage.residentBytes()
        let seconds = Double(now - lastInstant) / 1_000_000
        if seconds > 0 { generator.cpuShare = min(1, (cpu - lastCPU) / seconds / Double(max(1, processors))) }
        return generator
    }
}
