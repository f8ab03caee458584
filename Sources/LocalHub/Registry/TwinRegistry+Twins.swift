public import IoTHub

/// A twin and its identity at one instant.
public struct TwinSnapshot: Sendable {
    /// The twin.
    public let twin: TwinDocument
    /// The identity that it belongs to.
    public let device: Device

    /// What a service gets to see.
    public var serviceView: JSONObject { twin.serviceView(of: device) }
}

// The service's side of twins.
extension TwinRegistry {
    /// A twin as it is now.
    /// - Throws: `IoTHubError` with `deviceNotFound`.
    public func twin(of id: String) throws(IoTHubError) -> TwinSnapshot {
        try withRecord(of: id) { (record) throws(IoTHubError) in record.snapshot }
    }

    /// What a service gets to see of a twin.
    /// - Throws: `IoTHubError` with `deviceNotFound`.
    public func serviceView(of id: String) throws(IoTHubError) -> JSONObject {
        try twin(of: id).serviceView
    }

    /// Merges a patch into tags and desired properties, and tells the device.
    /// - Parameters:
    ///   - id: the device id.
    ///   - write: what to merge; null removes a member.
    ///   - ifMatch: the ETag that the twin must have; nil and `*` for any.
    /// - Returns: the twin right after the write.
    /// - Throws: `IoTHubError`: `deviceNotFound`, `preconditionFailed`, or a broken limit with its path.
    @discardableResult
    public func patchTwin(
        _ id: String,
        with write: TwinWrite,
        ifMatch: String? = nil
    ) throws(IoTHubError) -> TwinSnapshot {
        try writeTwin(id, write, replacing: false, ifMatch: ifMatch)
    }

    /// Puts tags and desired properties in place of those that are there, and tells the device.
    /// - Parameters:
    ///   - id: the device id.
    ///   - write: the new sections; one that is left out becomes empty.
    ///   - ifMatch: the ETag that the twin must have; nil and `*` for any.
    /// - Returns: the twin right after the write.
    /// - Throws: `IoTHubError`: `deviceNotFound`, `preconditionFailed`, or a broken limit with its path.
    @discardableResult
    public func replaceTwin(
        _ id: String,
        with write: TwinWrite,
        ifMatch: String? = nil
    ) throws(IoTHubError) -> TwinSnapshot {
        try writeTwin(id, write, replacing: true, ifMatch: ifMatch)
    }

    private func writeTwin(
        _ id: String,
        _ write: TwinWrite,
        replacing: Bool,
        ifMatch: String?
    ) throws(IoTHubError) -> TwinSnapshot {
        try withRecord(of: id) { (record) throws(IoTHubError) in
            try admitWrite()
            try record.checkTwin(ifMatch: ifMatch)
            // The time is taken inside the lock, so that `$lastUpdated` grows with `$version`.
            let change = try self.write(write, replacing: replacing, to: &record, at: now())
            keep(record, .twin, telling: change, to: record.listener)
            return record.snapshot
        }
    }

    /// Carries out a service's write on a device whose lock is held, and counts it.
    /// - Returns: what to tell the device.
    func write(
        _ write: TwinWrite,
        replacing: Bool,
        to record: inout DeviceRecord,
        at time: HubTimestamp
    ) throws(IoTHubError) -> DesiredChange? {
        let change = try record.write(write, replacing: replacing, at: time)
        tally.wrote(write, replacing: replacing, change)
        return change
    }
}

extension DeviceRecord {
    fileprivate var snapshot: TwinSnapshot { TwinSnapshot(twin: twin, device: device) }
}
