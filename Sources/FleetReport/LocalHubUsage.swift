/// What the local hub's process used, told apart from the generator's.
public struct LocalHubUsage: Sendable, Hashable {
    /// CPU seconds, user and system, from its start until it was told to stop.
    public var cpuSeconds: Double
    /// Greatest resident memory in bytes.
    public var peakResidentBytes: Int64

    /// Makes a usage.
    public init(cpuSeconds: Double, peakResidentBytes: Int64) {
        self.cpuSeconds = cpuSeconds
        self.peakResidentBytes = peakResidentBytes
    }
}
