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

    /// The places by how many members they have; finding the one with the fewest must not go through all.
    private var levels: [[AMQPPlace]] = [[]]
    /// No place has fewer members.
    private var fewest = 0
    private var count = 0

    var isEmpty: Bool { count == 0 }

    /// A place for one more device, on one of at most so many connections.
    func take(limit: Int) -> AMQPPlace {
        let place: AMQPPlace
        while fewest < levels.count, levels[fewest].isEmpty { fewest += 1 }
        if count >= limit, fewest < levels.count, let least = levels[fewest].last {
            place = least
            lift(place)
        } else {
            place = AMQPPlace(isShared: true)
            count += 1
        }
        place.members += 1
        put(place)
        return place
    }

    /// A device is done with its place for good.
    func leave(_ place: AMQPPlace) {
        lift(place)
        if place.release() { count -= 1 } else { put(place) }
    }

    private func put(_ place: AMQPPlace) {
        while levels.count <= place.members { levels.append([]) }
        place.index = levels[place.members].count
        levels[place.members].append(place)
        fewest = min(fewest, place.members)
    }

    /// Takes a place out of its level, whose last one fills the gap.
    private func lift(_ place: AMQPPlace) {
        guard let last = levels[place.members].popLast(), last !== place else { return }
        levels[place.members][place.index] = last
        last.index = place.index
    }
}

/// Where an AMQP connection is, or was, or will be again.
// Safe: only reached on the lane of its devices.
final class AMQPPlace: @unchecked Sendable {
    /// Whether it is in a pool.
    let isShared: Bool
    fileprivate(set) var members = 0
    /// Where the pool has it among those with as many members.
    fileprivate var index = 0
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
