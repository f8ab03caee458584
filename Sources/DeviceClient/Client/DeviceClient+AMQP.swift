internal import IoTHub
internal import Logging

/// What is different over AMQP: the connection may be a shared one, and a token is renewed on it.
extension DeviceClient {
    /// The connection has put something into the inbox, or is lost; called on the lane.
    nonisolated func connectionHasNews() { assumeIsolated { $0.workOffNews() } }

    /// Goes onto an AMQP connection, which is made if there is none.
    func join(_ token: SASToken?, _ address: HostAddress) {
        let device = AMQPDevice(client: self, identity: setup.amqpIdentity, token: token?.text)
        link.connection = device
        link.amqp = device
        if let token { arm(.token, after: token.usableFor) } else { lookAtCertificate() }
        if link.placeKey != poolKey { releasePlace() }
        let place = link.place ?? takePlace()
        link.place = place
        link.placeKey = poolKey
        place.join(device, lane: lane) {
            AMQPDeviceConnection.Target(
                route: route,
                address: address,
                connectTimeout: setup.options.connectTimeout,
                idleTimeout: setup.options.amqpIdleTimeout,
                tls: setup.tls,
                certificate: setup.credential.certificate
            )
        }
        // It can have failed at once.
        workOffNews()
    }

    func leaveAMQPConnection() {
        guard let device = link.amqp else { return }
        link.amqp = nil
        device.leave()
        link.place?.left(isConnectionGood: device.isConnectionGood)
    }

    private var poolKey: AMQPPool.Key {
        AMQPPool.Key(route: route, tls: ObjectIdentifier(setup.tls))
    }

    private func takePlace() -> AMQPPlace {
        if poolShare == 0 { return AMQPPlace(isShared: false) }
        return lane.loop.assumeIsolated { [poolKey, poolShare] loop in
            let pool = loop.amqpPools[poolKey] ?? AMQPPool()
            loop.amqpPools[poolKey] = pool
            return pool.take(limit: poolShare)
        }
    }

    /// Gives the place back; the last device of a connection closes it.
    func releasePlace() {
        guard let place = link.place, let key = link.placeKey else { return }
        link.place = nil
        link.placeKey = nil
        guard place.isShared else {
            _ = place.release()
            return
        }
        lane.loop.assumeIsolated { loop in
            loop.amqpPools[key]?.leave(place)
            if loop.amqpPools[key]?.isEmpty == true { loop.amqpPools[key] = nil }
        }
    }

    /// Shows the hub a new token on the connection, where requests go on.
    func renewToken() {
        do {
            guard let token = try setup.credential.token(for: setup.identity.resource, now: setup.clock()) else {
                return
            }
            arm(.token, after: token.usableFor)
            _ = link.connection?.renew(token: token.text)
        } catch {
            link.connection?.lose(error)
        }
    }
}
