/// The AMQP connections of a lane's devices that agree in hub, way to it, and TLS context.
///
/// Devices go where the fewest are, so that they spread evenly.
// Safe: only reached through the lane's loop, on the lane.
final class AMQPPool: @unchecked Sendable {
    /// What devices on one connection must agree in.
    struct Key: Hashable, Sendable {
        var route: HubRoute
        var tls: ObjectIdentifier
    }

    private var places: [AMQPPlace] = []

    var isEmpty: Bool { places.isEmpty }

    /// A place for one more device, on one of at most so many connections.
    func take(limit: Int) -> AMQPPlace {
        let place: AMQPPlace
        if places.count >= limit, let least = places.min(by: { $0.members < $1.members }) {
            place = least
        } else {
            place = AMQPPlace(isShared: true)
            places.append(place)
        }
        place.members += 1
        return place
    }

    func remove(_ place: AMQPPlace) { places.removeAll { $0 === place } }
}

/// Where an AMQP connection is, or was, or will be again.
// Safe: only reached on the lane of its devices.
final class AMQPPlace: @unchecked Sendable {
    /// Whether it is in a pool.
    let isShared: Bool
    var members = 0
    private(set) var connection: AMQPDeviceConnection?
    private var session: TLSSession?
    /// Connects in a row that failed, and losses.
    private var failures = 0
    private var lastEnd: ContinuousClock.Instant?

    init(isShared: Bool) { self.isShared = isShared }

    /// Brings a device onto the connection, which is made if there is none.
    ///
    /// A pool waits longer after each failure, as devices do: many devices that try again, each in its own time, do not
    /// make more connects than one would.
    func join(_ device: AMQPDevice, lane: Lane, target: () -> AMQPDeviceConnection.Target) {
        if let connection, connection.isAlive { return connection.add(device) }
        var target = target()
        target.session = session
        let connection = AMQPDeviceConnection(to: target, lane: lane, place: self)
        self.connection = connection
        connection.add(device)
        connection.start(after: pause())
    }

    private func pause() -> Duration {
        guard isShared, failures > 0, let lastEnd else { return .zero }
        let error = DeviceClientError(.communication, "the connection was lost")
        let wait = ExponentialBackoff().interval(
            currentRetryCount: failures,
            lastError: error,
            random: Double.random(in: 0..<1)
        )
        return (wait ?? .zero) - (ContinuousClock.now - lastEnd)
    }

    func connectionOpened() { failures = 0 }

    func connectionEnded(_ connection: AMQPDeviceConnection, session: TLSSession?, wasOpen: Bool, isFault: Bool) {
        guard self.connection === connection else { return }
        self.connection = nil
        self.session = session
        guard isFault else { return }
        failures += 1
        lastEnd = .now
    }

    /// A device is done with its try; a connection of its own serves no other, unless it is good.
    func left(isConnectionGood: Bool) {
        if !isShared, !isConnectionGood { connection?.close() }
    }

    /// A device is done for good.
    /// - Returns: whether it was the last.
    func release() -> Bool {
        members -= 1
        if members > 0 { return false }
        connection?.close()
        return true
    }
}
