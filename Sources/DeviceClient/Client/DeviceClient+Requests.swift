internal import IoTHub
internal import Logging

extension DeviceClient {
    /// Sends a request now, or keeps it until the client is ready.
    func submit(_ request: TwinRequest, reply: TwinReply, deadline: ContinuousClock.Instant) {
        if machine.isClosed {
            return answer(reply, .failure(DeviceClientError(.closed, "the device client was closed")))
        }
        if machine.needsOpen {
            return answer(reply, .failure(DeviceClientError(.communication, "the device client is not open")))
        }
        if pending.isFull {
            let limit = setup.options.maximumPendingOperations
            return answer(
                reply,
                .failure(DeviceClientError(.tooManyPending, "\(limit) operations wait for the hub already"))
            )
        }
        if machine.isReady {
            send(request, reply: reply, deadline: deadline)
            workOffNews()
        } else {
            pending.wait(request, reply: reply, deadline: deadline)
        }
        expectExpiry(at: deadline)
    }

    /// Sends what has waited for readiness.
    func sendWaiting() {
        for waiting in pending.takeWaiting() {
            if machine.isReady {
                send(waiting.request, reply: waiting.reply, deadline: waiting.deadline)
            } else {
                pending.wait(waiting.request, reply: waiting.reply, deadline: waiting.deadline)
            }
        }
    }

    func send(_ request: TwinRequest, reply: TwinReply, deadline: ContinuousClock.Instant) {
        let rid = pending.begin(reply: reply, deadline: deadline)
        // When writing fails, the connection is lost, and with it everything in flight; `workOffNews` sees to that.
        link.connection?.send(request, rid: rid)
    }

    /// Passes an answer of the hub to whom it is for.
    func received(_ twinAnswer: TwinAnswer) {
        guard let reply = pending.finish(twinAnswer.rid) else {
            setup.options.logger.debug("\(deviceID): an answer to request \(twinAnswer.rid), which nobody waits for")
            return
        }
        answer(reply, .success(twinAnswer))
        drainIfDone()
    }

    /// A request could not be sent.
    func unsendable(_ rid: UInt64, _ error: DeviceClientError) {
        guard let reply = pending.finish(rid) else { return }
        answer(reply, .failure(error))
        drainIfDone()
    }

    private func drainIfDone() {
        if machine.isDraining, pending.inFlightCount == 0 { apply(machine.drained()) }
    }

    func answer(_ reply: TwinReply, _ result: Result<TwinAnswer, DeviceClientError>) {
        switch reply {
        case .report(let completion):
            switch result {
            case .failure(let error): completion(self, .failure(error))
            case .success(let answer):
                // Which of the two a real hub answers a patch with over AMQP is not known for sure.
                if answer.status != 200, let error = answer.error(expecting: 204) {
                    completion(self, .failure(error))
                } else if let version = answer.version {
                    completion(self, .success(version))
                } else {
                    let error = DeviceClientError(
                        .serverError,
                        status: answer.status,
                        "the hub answered \(answer.status) without a version"
                    )
                    completion(self, .failure(error))
                }
            }
        case .twin(let continuation): continuation.resume(with: result.widened)
        case .catchUp:
            // Without an answer the machine has moved on already, or its timer makes it move.
            if case .success(let answer) = result { caughtUp(answer) }
        }
    }

    /// Gives up requests whose time is over, and looks again when the next one's is.
    func expireRequests() {
        let error = DeviceClientError(.timedOut, "the hub did not answer within \(setup.options.operationTimeout)")
        for reply in pending.expire(now: .now) { answer(reply, .failure(error)) }
        if let next = pending.nextDeadline { expectExpiry(at: next) }
        drainIfDone()
    }

    /// Sees to it that requests are looked at when this deadline is over, or earlier.
    private func expectExpiry(at deadline: ContinuousClock.Instant) {
        // The client's own reading of the twin may take longer than what the application asks for afterwards.
        if timers[TimerKind.requests.rawValue] != nil, let nextExpiry, nextExpiry <= deadline { return }
        nextExpiry = deadline
        arm(.requests, after: max(.zero, deadline - .now))
    }

    // MARK: Desired properties

    func received(_ properties: TwinCollection, version: Int64) {
        guard let origin = tracker.receive(version: version, properties) else { return }
        machine.canHaveMissedChanges = true
        tell(properties, version, origin)
    }

    func readTwinToCatchUp() {
        send(.get, reply: .catchUp, deadline: .now + ConnectionMachine.attemptTimeout)
    }

    private func caughtUp(_ answer: TwinAnswer) {
        if let error = answer.error(expecting: 200) {
            return apply(machine.readingTwinFailed(error, random: Double.random(in: 0..<1)))
        }
        let properties = (answer.body?["desired"]?.objectValue).map { TwinCollection(section: $0) }
        guard let properties, let version = properties.version else {
            let error = DeviceClientError(.serverError, status: answer.status, "the hub sent no twin")
            return apply(machine.readingTwinFailed(error, random: Double.random(in: 0..<1)))
        }
        switch tracker.caughtUp(version: version, properties) {
        case .readAgain: readTwinToCatchUp()
        case .caughtUp(let news):
            apply(machine.twinWasRead())
            for one in news { tell(one.section, one.version, one.origin) }
        }
    }

    private func tell(_ properties: TwinCollection, _ version: Int64, _ origin: DesiredPropertyUpdate.Origin) {
        desiredHandler?(self, DesiredPropertyUpdate(properties: properties, version: version, origin: origin))
    }
}
