public import IoTHub

// Identities, for the service API and for programs that hold a `LocalHub`.
extension TwinRegistry {
    /// How a write of an identity treats one that exists.
    enum IdentityWrite: Sendable {
        case create
        case update(ifMatch: String?)
        case createOrUpdate(ifMatch: String?)
    }

    /// Registers a device and makes its twin; keys that are nil are made.
    /// - Returns: the identity as it is kept, keys included.
    /// - Throws: `IoTHubError`: `deviceAlreadyExists`, `argumentInvalid` for a bad id, or `invalidDeviceScope` for a
    ///   parent that there is none of.
    @discardableResult
    public func createDevice(_ device: Device) throws(IoTHubError) -> Device {
        try writeDevice(DeviceWrite(device), as: .create)
    }

    /// Overwrites an identity; keys that are nil stay as they are, and a device that becomes disabled is cut off.
    ///
    /// - Parameters:
    ///   - device: the new state; what only the hub sets is ignored.
    ///   - ifMatch: the ETag that the identity must have; nil and `*` for any.
    /// - Returns: the identity as it is kept.
    /// - Throws: `IoTHubError`: `deviceNotFound`, `preconditionFailed` or `invalidDeviceScope`.
    @discardableResult
    public func updateDevice(_ device: Device, ifMatch: String? = nil) throws(IoTHubError) -> Device {
        try writeDevice(DeviceWrite(device), as: .update(ifMatch: ifMatch))
    }

    /// An identity, keys included.
    /// - Throws: `IoTHubError` with `deviceNotFound`.
    public func device(_ id: String) throws(IoTHubError) -> Device {
        try withRecord(of: id) { (record) throws(IoTHubError) in record.device }
    }

    /// Removes a device and its twin, and cuts it off.
    /// - Parameters:
    ///   - id: the device id.
    ///   - ifMatch: the ETag that the identity must have; nil and `*` for any.
    /// - Throws: `IoTHubError`: `deviceNotFound` or `preconditionFailed`.
    public func removeDevice(_ id: String, ifMatch: String? = nil) throws(IoTHubError) {
        try withPlace(of: id) { (place) throws(IoTHubError) in
            try admitWrite()
            // Inside the lock, so that times grow with versions.
            let time = now()
            guard var record = place else { throw Self.notFound(id) }
            try record.checkIdentity(ifMatch: ifMatch)
            tally.connectionChanged(from: record.connection, to: nil)
            record.drop(because: .deviceRemoved, at: time)
            place = nil
            keepRemoval(of: id)
        }
    }

    /// All identities in the order of their ids, or the first of them.
    public func devices(limit: Int = .max) -> [Device] {
        var all: [Device] = []
        var last: String?
        while all.count < limit {
            let ids = ids(after: last, limit: min(limit - all.count, 256))
            if ids.isEmpty { break }
            last = ids.last
            // One that was removed in between is left out.
            all.append(contentsOf: ids.compactMap { try? device($0) })
        }
        return all
    }

    /// Writes an identity and, with it, twin data: both or neither.
    /// - Parameters:
    ///   - write: the identity.
    ///   - mode: how one that exists is treated.
    ///   - twin: what to merge into its twin.
    ///   - twinETag: the ETag that an existing twin must have; nil and `*` for any.
    /// - Returns: the identity as it is kept.
    /// - Throws: `IoTHubError`: `deviceAlreadyExists`, `deviceNotFound`, `preconditionFailed`, `invalidDeviceScope`, or a
    ///   broken limit.
    @discardableResult
    func writeDevice(
        _ write: DeviceWrite,
        as mode: IdentityWrite,
        twin: TwinWrite? = nil,
        twinETag: String? = nil
    ) throws(IoTHubError) -> Device {
        try DeviceID.validate(write.device.id)
        guard write.namesScope else { return try put(write, mode, twin, twinETag) }
        return try withHierarchy { () throws(IoTHubError) in
            try checkScopes(of: write)
            return try put(write, mode, twin, twinETag)
        }
    }

    private func put(
        _ write: DeviceWrite,
        _ mode: IdentityWrite,
        _ twin: TwinWrite?,
        _ twinETag: String?
    ) throws(IoTHubError) -> Device {
        let device = write.device
        return try withPlace(of: device.id) { (place) throws(IoTHubError) in
            try admitWrite()
            // Inside the lock, so that times grow with versions.
            let time = now()
            guard var record = place else {
                if case .update = mode { throw Self.notFound(device.id) }
                var record = DeviceRecord(registering: device, at: time)
                // Nobody is connected yet who would have to hear of it.
                if let twin { _ = try self.write(twin, replacing: false, to: &record, at: time) }
                place = record
                keep(record, .all)
                return record.device
            }
            switch mode {
            case .create:
                throw IoTHubError(.deviceAlreadyExists, "A device with ID '\(device.id)' is already registered.")
            case .update(let ifMatch), .createOrUpdate(let ifMatch):
                try record.checkIdentity(ifMatch: ifMatch)
            }
            // The twin first: it alone can be refused.
            var change: DesiredChange?
            if let twin {
                try record.checkTwin(ifMatch: twinETag)
                change = try self.write(twin, replacing: false, to: &record, at: time)
            }
            let connection = record.connection
            record.update(with: write.over(record.device), at: time)
            tally.connectionChanged(from: connection, to: record.connection)
            place = record
            keep(record, twin == nil ? .identity : .all, telling: change, to: record.listener)
            return record.device
        }
    }
}

extension DeviceRecord {
    func checkIdentity(ifMatch: String?) throws(IoTHubError) {
        try Self.check(ifMatch, current: device.etag ?? ETag(rawValue: ""))
    }

    func checkTwin(ifMatch: String?) throws(IoTHubError) {
        try Self.check(ifMatch, current: twin.etag)
    }

    private static func check(_ ifMatch: String?, current: ETag) throws(IoTHubError) {
        guard !ETag.matches(ifMatch: ifMatch, current: current) else { return }
        throw IoTHubError(
            .preconditionFailed,
            "Precondition failed: Device version did not match, existingVersion:\(current) "
                + "newVersion:\(ETag.unquoted(ifMatch ?? "").prefix(64))"
        )
    }
}
