public import IoTHub

extension DeviceClient {
    /// Reads the twin; desired properties up to its version count as seen from then on.
    ///
    /// It opens a client that is not open. Faults that may pass are tried again by the retry policy, within the
    /// operation timeout.
    /// - Returns: the device's view of its twin.
    /// - Throws: `DeviceClientError`, or `CancellationError`.
    public func getTwin() async throws -> Twin {
        let answer = try await retrying { client, deadline in
            let answer = try await client.ask(.get, deadline: deadline)
            if let error = answer.error(expecting: 200) { throw error }
            return answer
        }
        let twin = try Self.twin(from: answer)
        if let version = twin.properties.desired.version {
            tracker.saw(version: version)
            machine.canHaveMissedChanges = true
        }
        return twin
    }

    /// Merges a patch into the reported properties; null removes a member.
    ///
    /// A patch whose answer was lost with the connection is sent again, since merging it twice changes nothing.
    /// It opens a client that is not open.
    /// - Parameters:
    ///   - patch: the members to merge.
    ///   - version: the reported `$version` that the patch is made for: at any other the hub refuses it, and the error is
    ///     `preconditionFailed`. Such a patch is sent once only. Nil for any version.
    /// - Returns: the new reported `$version`.
    /// - Throws: `DeviceClientError`, or `CancellationError`.
    @discardableResult
    public func updateReportedProperties(
        _ patch: TwinCollection,
        ifVersion version: Int64? = nil
    ) async throws -> Int64 {
        let body = patch.values.serialized()
        return try await retrying(again: version == nil) { client, deadline in
            try await withCheckedThrowingContinuation { continuation in
                client.submit(
                    .patchReported(body, ifVersion: version),
                    reply: .report { _, result in continuation.resume(with: result.widened) },
                    deadline: deadline
                )
            }
        }
    }

    /// Merges a patch into the reported properties, the fast way: no task, no hop.
    ///
    /// While the client connects the patch waits. It is sent once: when the connection is lost before the answer, the
    /// completion gets an error with `communication`, and whether the hub has merged the patch is unknown.
    /// - Parameters:
    ///   - patch: the members to merge; null removes one.
    ///   - completion: called once, on the lane, with the new reported `$version` or the error; at once when the client
    ///     is not open or has too much to do.
    public func report(_ patch: JSONObject, completion: @escaping ReportCompletion) {
        var body: [UInt8] = []
        // Room for most patches without growing.
        body.reserveCapacity(256)
        patch.write(to: &body)
        submit(
            .patchReported(body, ifVersion: nil),
            reply: .report(completion),
            deadline: .now + setup.options.operationTimeout
        )
    }

    private static func twin(from answer: TwinAnswer) throws(DeviceClientError) -> Twin {
        do {
            return Twin(properties: try TwinProperties(json: answer.body ?? .null))
        } catch {
            throw DeviceClientError(.serverError, status: answer.status, "the hub sent no twin: \(error.message)")
        }
    }

    private func ask(_ request: TwinRequest, deadline: ContinuousClock.Instant) async throws -> TwinAnswer {
        try await withCheckedThrowingContinuation { submit(request, reply: .twin($0), deadline: deadline) }
    }

    /// Runs an operation on an open client until it succeeds, fails for good, or has no time left.
    private func retrying<Success: Sendable>(
        again: Bool = true,
        _ operation: (isolated DeviceClient, ContinuousClock.Instant) async throws -> Success
    ) async throws -> Success {
        let deadline = ContinuousClock.now + setup.options.operationTimeout
        var retries = 0
        while true {
            if machine.needsOpen { try await waitUntilReady() }
            do {
                return try await operation(self, deadline)
            } catch let error as DeviceClientError where error.isTransient {
                let wait = machine.policy.interval(
                    currentRetryCount: retries,
                    lastError: error,
                    random: Double.random(in: 0..<1)
                )
                guard again, let wait, ContinuousClock.now + wait < deadline, !machine.isClosed else { throw error }
                retries += 1
                try await Task.sleep(for: wait)
            }
        }
    }
}

extension TwinAnswer {
    /// What an answer with another status than the expected one means.
    func error(expecting expected: Int) -> DeviceClientError? {
        if status == expected { return nil }
        let detail = body?["message"]?.stringValue ?? body?["Message"]?.stringValue
        let message = detail.map { "the hub answered \(status): \($0)" } ?? "the hub answered \(status)"
        let reason: DeviceClientError.Reason =
            switch status {
            case 401, 403: .unauthorized
            case 404: .deviceNotFound
            case 408: .timedOut
            case 412: .preconditionFailed
            case 413: .tooLarge
            case 429: .throttled
            case 500...: .serverError
            default: .badRequest
            }
        return DeviceClientError(reason, status: status, message)
    }
}
