/// Bounds the offset of the hub's wall clock from the devices' by the answers of the hub.
///
/// The hub stamps `$lastUpdated` between the moment a request leaves and the moment its answer is read, so each answer
/// says that the offset lies between two numbers; the tightest of all such intervals is kept.
struct ClockEstimator {
    private var best: (low: Int64, high: Int64)?
    private var samples = 0

    /// Adds one answer.
    /// - Parameters:
    ///   - lastUpdated: the hub's stamp, in microseconds since 1970 UTC on its clock.
    ///   - sent: when the request left, in microseconds since 1970 UTC on ours.
    ///   - accepted: when its answer was read, likewise.
    mutating func add(lastUpdated: Int64, sent: Int64, accepted: Int64) {
        samples += 1
        let interval = (low: lastUpdated - accepted, high: lastUpdated - sent)
        guard let best, best.high - best.low <= interval.high - interval.low else { return self.best = interval }
    }

    /// The estimate; without answers it says so.
    func estimate(isOnThisMachine: Bool, hubToDeviceSamples: Int) -> ClockEstimate {
        if isOnThisMachine {
            return ClockEstimate(
                offsetMicroseconds: 0,
                boundMicroseconds: 0,
                explanation: "hub and devices read the same clock",
                hubToDeviceSamples: hubToDeviceSamples
            )
        }
        guard let best else {
            return ClockEstimate(
                offsetMicroseconds: nil,
                boundMicroseconds: nil,
                explanation: "two wall clocks; their offset is not known, since no answer carried the hub's time",
                hubToDeviceSamples: hubToDeviceSamples
            )
        }
        let offset = (best.low + best.high) / 2
        let bound = (best.high - best.low + 1) / 2
        return ClockEstimate(
            offsetMicroseconds: offset,
            boundMicroseconds: bound,
            explanation: "two wall clocks: the hub's is \(offset) µs ahead of ours, give or take \(bound) µs "
                + "(from \(samples) answers); it is not taken out of the figures",
            hubToDeviceSamples: hubToDeviceSamples
        )
    }
}
