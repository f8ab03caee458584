import IoTHub

/// Reads all devices in the order of their ids, for queries and jobs.
///
/// It holds no lock over more than one device: it shows each twin as it was at one instant, and different twins at
/// different ones. 100,000 twins take long enough to keep a scan off the event loops.
struct DeviceScan: Sendable {
    let registry: TwinRegistry
    /// Whether the hub is on its way down.
    let isStopping: @Sendable () -> Bool

    /// Device ids looked up at a time.
    private static let window = 256

    /// Calls `body` for each device after an id, until it returns false.
    /// - Throws: `IoTHubError` with `serviceUnavailable` when the hub stops meanwhile.
    func forEach(after id: String? = nil, _ body: (TwinSnapshot) -> Bool) throws(IoTHubError) {
        var last = id
        while true {
            guard !isStopping() else { throw IoTHubError(.serviceUnavailable, "the hub is stopping") }
            let ids = registry.ids(after: last, limit: Self.window)
            guard let end = ids.last else { return }
            for id in ids {
                // One that was removed in between is no row any more.
                guard let snapshot = try? registry.twin(of: id) else { continue }
                guard body(snapshot) else { return }
            }
            last = end
        }
    }
}
