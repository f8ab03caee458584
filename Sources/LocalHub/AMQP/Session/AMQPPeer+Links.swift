import AMQPEngine
import IoTHub

/// A link that a device wants, and may have.
struct AMQPLinkRequest {
    let link: AMQPLink
    let deviceID: String
    let kind: AMQPDeviceLink
    /// What the device was admitted by.
    let credential: AMQPAuthorizer.Credential
}

extension AMQPPeer {
    /// The largest message, in bytes, that the hub takes or sends; as the real one announces.
    static let maximumMessage = 1_048_576
    /// The largest message on `$cbs`: a token and some properties.
    static let maximumTokenMessage = 16_384
    /// The largest telemetry message, batches included.
    ///
    /// Source: Azure IoT Hub documentation, "IoT Hub quotas and throttling".
    static let maximumTelemetry = 262_144
    /// How many telemetry messages, and tokens, may be on their way.
    static let creditWindow = 100
    /// How many twin requests may wait for their answers.
    static let twinCredit = 50
    /// How many links to `$cbs` a connection may have.
    static let maximumTokenLinks = 32

    // MARK: Attaching

    func attached(_ link: AMQPLink, at now: AMQPTime) {
        do throws(IoTHubError) {
            try admit(link, at: now)
        } catch {
            engine.refuse(link, AMQPError(error, at: now.wall))
        }
    }

    private func admit(_ link: AMQPLink, at now: AMQPTime) throws(IoTHubError) {
        let fromDevice = link.role == .receiver
        let text = (fromDevice ? link.remote?.target : link.remote?.source)?.address ?? ""
        switch AMQPAddress(text) {
        case .tokens: try acceptTokens(link)
        case .device(let id, let node):
            guard let kind = AMQPDeviceLink(node, fromDevice: fromDevice) else { throw Self.noSuchAddress(text) }
            let candidates = tokens.candidates(for: id)
            let credential: AMQPAuthorizer.Credential
            do throws(IoTHubError) {
                credential = try authorizer.admit(
                    id,
                    by: candidates,
                    or: certificates,
                    at: now.wall.secondsSinceEpoch
                )
            } catch {
                done.authenticationFailures += 1
                act(.refused(String(id.prefix(DeviceID.maximumLength)), error))
                throw error
            }
            if credential == .certificate { stopWaiting() }
            let request = AMQPLinkRequest(link: link, deviceID: id, kind: kind, credential: credential)
            guard let device = devices[id] else { return act(.connect(request)) }
            device.isCertified = credential == .certificate
            if let modelID = link.modelID { act(.setModelID(modelID, of: id)) }
            accept(request, device)
        case .module, .service:
            guard !tokens.isEmpty || devices.values.contains(where: \.isCertified) else {
                throw IoTHubError(.iotHubUnauthorized, "no token was put on this connection")
            }
            throw IoTHubError(
                .featureNotSupported,
                "the address '\(text.prefix(300))' is of a module, or of messages to devices; this hub has neither"
            )
        case nil: throw Self.noSuchAddress(text)
        }
    }

    private static func noSuchAddress(_ text: String) -> IoTHubError {
        IoTHubError(
            .amqpAddressNotFound,
            "The link address '\(text.prefix(300))' did not match any of the expected formats."
        )
    }

    private func acceptTokens(_ link: AMQPLink) throws(IoTHubError) {
        let count = roles.tokenLinks.count
        guard count < Self.maximumTokenLinks else {
            throw IoTHubError(.iotHubQuotaExceeded, "there are \(count) links to $cbs on the connection")
        }
        var options = options(for: link)
        options.maxMessageSize = Self.maximumTokenMessage
        if link.role == .receiver { options.creditWindow = Self.creditWindow }
        engine.accept(link, options)
        roles.set(link.role == .receiver ? .tokenRequests : .tokenReplies, of: link)
    }

    /// The registry has made this connection the device's only one.
    func connected(_ request: AMQPLinkRequest) {
        let device = devices[request.deviceID] ?? AMQPDevice(id: request.deviceID)
        device.isCertified = request.credential == .certificate
        devices[request.deviceID] = device
    }

    /// Answers the link that brought the device.
    func attach(_ request: AMQPLinkRequest) {
        guard let device = devices[request.deviceID] else {
            return engine.refuse(request.link, AMQPError(.detachForced, "the device's other links have ended"))
        }
        accept(request, device)
        if device.links.isEmpty { remove(device) }
    }

    /// The registry does not want the device.
    func refuse(_ request: AMQPLinkRequest, _ error: IoTHubError, at now: AMQPTime) {
        let error = error.code == .deviceDisabled ? .disabled(request.deviceID) : error
        engine.refuse(request.link, AMQPError(error, at: now.wall))
        if let device = devices[request.deviceID], device.links.isEmpty { remove(device) }
    }

    private func accept(_ request: AMQPLinkRequest, _ device: AMQPDevice) {
        let (link, kind) = (request.link, request.kind)
        if kind.isTwin, let pair = device.pair, !pair.takes(link) {
            // A new pair takes the place of the old one, or answers would go astray.
            steal(.twinRequests, of: device)
            steal(.twinAnswers, of: device)
        } else {
            steal(kind, of: device)
        }
        var options = options(for: link)
        if kind == .telemetry || kind == .methodResults { options.creditWindow = Self.creditWindow }
        engine.accept(link, options)
        // It may have ended meanwhile.
        guard link.isOpen else { return }
        device.links[kind] = link
        roles.set(.device(device, kind), of: link)
        guard kind.isTwin else { return }
        if device.pair == nil {
            pairCount += 1
            device.pair = AMQPTwinPair(number: pairCount, session: ObjectIdentifier(link.session))
        }
        if device.pair?.correlationID == nil { device.pair?.correlationID = link.channelCorrelationID }
        if kind == .twinRequests {
            device.answered = 0
            engine.grant(Self.twinCredit, to: link)
        }
    }

    private func options(for link: AMQPLink) -> AMQPLinkOptions {
        var options = AMQPLinkOptions()
        options.maxMessageSize = Self.maximumMessage
        // What the hub sends needs no settling: answers can be asked for again, changes are in the twin.
        options.senderSettleMode = link.role == .sender ? .settled : link.remote?.senderSettleMode ?? .mixed
        options.receiverSettleMode = link.role == .sender ? link.remote?.receiverSettleMode ?? .first : .first
        for name in ["client-version", "api-version", "channel-correlation-id"] {
            let key = "com.microsoft:\(name)"
            if let value = link.remote?.properties[symbol: key] { options.properties[symbol: key] = value }
        }
        return options
    }

    // MARK: Detaching

    /// A newer link takes the place of one.
    private func steal(_ kind: AMQPDeviceLink, of device: AMQPDevice) {
        guard let old = device.links[kind] else { return }
        engine.detach(old, AMQPError(.stolen, "a newer link of the device took its place"))
        release(kind, of: device)
    }

    /// Detaches a device's links and forgets the device.
    func drop(_ id: String, _ error: AMQPError) {
        guard let device = devices.removeValue(forKey: id) else { return }
        for (kind, link) in device.links {
            engine.detach(link, error)
            release(kind, of: device)
        }
        blocked.remove(id)
    }

    /// Detaches a device's twin links, and leaves the others.
    func dropTwin(of device: AMQPDevice, _ error: AMQPError) {
        for kind in [AMQPDeviceLink.twinAnswers, .twinRequests] {
            if let link = device.links[kind] { engine.detach(link, error) }
            release(kind, of: device)
        }
        if device.links.isEmpty { remove(device) }
    }

    /// A link has ended.
    func forget(_ link: AMQPLink) {
        if case .device(let device, let kind)? = roles.remove(link), device.links[kind] === link {
            release(kind, of: device)
            if device.links.isEmpty { remove(device) }
        }
    }

    func forgetLinks(of session: AMQPSession) {
        for link in roles.links(of: session) { forget(link) }
    }

    /// Takes a link out of a device.
    private func release(_ kind: AMQPDeviceLink, of device: AMQPDevice) {
        guard let link = device.links.removeValue(forKey: kind) else { return }
        roles.remove(link)
        guard kind.isTwin else { return }
        if device.isSubscribed {
            device.isSubscribed = false
            device.queue.removeChanges()
            if devices[device.id] === device { act(.endSubscription(device.id)) }
        }
        if device.links[.twinRequests] == nil, device.links[.twinAnswers] == nil {
            device.pair = nil
            heldBytes -= device.queue.clear(openedRelease)
            device.settling = []
        }
    }

    private func remove(_ device: AMQPDevice) {
        guard devices[device.id] === device else { return }
        devices[device.id] = nil
        blocked.remove(device.id)
        act(.disconnect(device.id))
    }
}
