import AMQPEngine
import IoTHub

extension AMQPPeer {
    /// Most bytes that are given to a session that does not take them.
    private static let maximumOutgoing = 131_072

    // MARK: From the client

    func received(_ delivery: AMQPDelivery, at now: AMQPTime) {
        switch roles[delivery.link] {
        case .tokenRequests: receivedToken(delivery, at: now)
        case .device(let device, .twinRequests): receivedRequest(delivery, device, at: now)
        case .device(_, .telemetry) where delivery.bytes.count > Self.maximumTelemetry:
            let text = "the message has \(delivery.bytes.count) bytes, \(Self.maximumTelemetry) are permitted"
            engine.settle(delivery.id, .rejected(AMQPError(.messageSizeExceeded, text)))
        case .device:
            // Nobody here calls methods or reads telemetry; both are taken, so that devices with more than a twin run.
            engine.settle(delivery.id, .accepted)
        case .tokenReplies, nil:
            // The link was detached meanwhile.
            engine.settle(delivery.id, .released)
        }
    }

    private func receivedRequest(_ delivery: AMQPDelivery, _ device: AMQPDevice, at now: AMQPTime) {
        guard let pair = device.pair else { return }
        let message: AMQPMessage
        do throws(AMQPError) {
            message = try AMQPMessage(decoding: delivery.bytes)
        } catch {
            engine.settle(delivery.id, .rejected(error))
            return giveCredit(device)
        }
        var request = AMQPTwinRequest(
            deviceID: device.id,
            pair: pair,
            operation: .get,
            correlationID: message.properties.correlationID,
            delivery: delivery.isSettled ? nil : delivery.id
        )
        do throws(IoTHubError) {
            request.operation = try AMQPTwinRequest.Operation(message)
            act(.twin(request))
        } catch {
            answer(request, .failure(error), at: now)
        }
    }

    /// The client has changed a link's credit.
    func flowed(_ link: AMQPLink, at now: AMQPTime) {
        switch roles[link] {
        case .tokenReplies: sendReplies()
        case .device(let device, .twinAnswers): pump(device)
        default: break
        }
        if link.isDraining, link.credit > 0 { engine.drained(link) }
    }

    // MARK: To the client

    /// Turns a subscription on or off.
    func setSubscribed(_ id: String, _ isOn: Bool) { devices[id]?.isSubscribed = isOn }

    /// Tells a device of a change of its desired properties, if it wants to know.
    func deliver(_ change: DesiredChange, to id: String) {
        guard let device = devices[id], device.isSubscribed else { return }
        device.queue.append(change: AMQPTwinAnswer.desired(change).encoded, version: change.version)
        pump(device)
    }

    /// Answers a request.
    /// - Parameters:
    ///   - request: the request.
    ///   - result: the answer, or why there is none.
    ///   - desiredVersion: for a GET, the version that it shows.
    ///   - waits: whether the answer tells of what may not be durable yet; see `seal`.
    ///   - now: the time.
    func answer(
        _ request: AMQPTwinRequest,
        _ result: Result<AMQPMessage, IoTHubError>,
        showing desiredVersion: Int64? = nil,
        waits: Bool = false,
        at now: AMQPTime
    ) {
        guard let device = devices[request.deviceID], device.pair == request.pair else {
            if let delivery = request.delivery { engine.settle(delivery, .accepted) }
            return
        }
        if waits {
            isReleaseNeeded = true
            holding.insert(device.id)
        }
        guard let correlationID = request.correlationID else {
            if waits {
                device.settling.append((lastRelease + 1, request.delivery))
            } else {
                settleUnanswered(request.delivery, result.error, device, at: now)
            }
            return
        }
        let bytes = Self.bytes(result, correlationID, at: now)
        var item = AMQPTwinQueue.Item(bytes: bytes, correlationID: correlationID, desiredVersion: desiredVersion)
        if waits {
            item.release = lastRelease + 1
            item.delivery = request.delivery
            heldBytes += bytes.count
        } else if let delivery = request.delivery {
            engine.settle(delivery, .accepted)
            writeOutcomes()
        }
        device.queue.append(item)
        pump(device)
    }

    static func bytes(
        _ result: Result<AMQPMessage, IoTHubError>,
        _ correlationID: AMQPMessageID,
        at now: AMQPTime
    ) -> [UInt8] {
        var message =
            switch result {
            case .success(let message): message
            case .failure(let error): AMQPTwinAnswer.failure(error, at: now.wall)
            }
        message.properties.correlationID = correlationID
        return message.encoded
    }

    /// Without a correlation id the outcome of the request's message is the answer.
    func settleUnanswered(
        _ delivery: AMQPDeliveryID?,
        _ error: IoTHubError?,
        _ device: AMQPDevice,
        at now: AMQPTime
    ) {
        if let delivery {
            engine.settle(delivery, error.map { .rejected(AMQPError($0, at: now.wall)) } ?? .accepted)
        }
        giveCredit(device)
    }

    /// Sends what a device's queue holds, as far as credit, window and socket go.
    func pump(_ device: AMQPDevice) {
        if let link = device.links[.twinAnswers] {
            while isWritable, link.credit > 0, link.session.outgoingBytes < Self.maximumOutgoing,
                let item = device.queue.next(openedRelease)
            {
                do throws(AMQPError) {
                    try engine.send(item.bytes, over: link, settled: true)
                } catch {
                    return dropTwin(of: device, error)
                }
                if item.isAnswer { giveCredit(device) } else { done.notifications += 1 }
            }
        }
        guard device.queue.isReady(openedRelease) else {
            if !blocked.isEmpty { blocked.remove(device.id) }
            return
        }
        if device.queue.isOverfull {
            let text =
                "\(device.queue.items.count) messages wait for the device to take them; attach again, and get the twin"
            return dropTwin(of: device, AMQPError(.resourceLimitExceeded, text))
        }
        if device.links[.twinAnswers].map({ $0.credit > 0 }) == true { blocked.insert(device.id) }
    }

    /// Tries again what waited for the socket or for a session's window.
    func pumpBlocked() {
        for id in blocked {
            if let device = devices[id] { pump(device) } else { blocked.remove(id) }
        }
    }

    /// A request is done with, so that there may be another.
    func giveCredit(_ device: AMQPDevice) {
        device.answered += 1
        guard device.answered * 2 >= Self.twinCredit, let link = device.links[.twinRequests] else { return }
        engine.grant(device.answered, to: link)
        device.answered = 0
    }
}

extension Result {
    fileprivate var error: Failure? {
        if case .failure(let error) = self { error } else { nil }
    }
}
