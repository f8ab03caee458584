import IoTHub
import ServiceClient

/// What became of work on many devices: who is done, and who is not and why.
struct BulkOutcome: Sendable, Equatable {
    /// A device that was left as it is, or of which that is not known.
    struct Failure: Sendable, Equatable {
        var deviceID: String
        var reason: String
    }

    var done: [String] = []
    var failures: [Failure] = []

    /// Sends the devices in groups as large as the hub takes.
    ///
    /// A group that fails as a whole ends the work; nothing was tried for those behind it.
    /// - Throws: `CommandError` for the first group; later ones become failures of their devices.
    static func collect(
        _ ids: [String],
        progress: Progress? = nil,
        _ send: ([String]) async throws -> BulkRegistryOperationResult
    ) async throws -> BulkOutcome {
        var outcome = BulkOutcome()
        var rest = ids[...]
        while !rest.isEmpty {
            let group = Array(rest.prefix(RegistryManager.largestBulk))
            do {
                outcome.add(group, try await send(group))
            } catch let error as CommandError where !outcome.done.isEmpty || !outcome.failures.isEmpty {
                outcome.failures += rest.map { Failure(deviceID: $0, reason: error.message) }
                return outcome
            }
            rest = rest.dropFirst(group.count)
            progress?.update("\(ids.count - rest.count) of \(ids.count) devices")
        }
        return outcome
    }

    private mutating func add(_ group: [String], _ result: BulkRegistryOperationResult) {
        let failed = Dictionary(result.errors.map { ($0.deviceID, $0) }) { first, _ in first }
        for id in group {
            if let error = failed[id] {
                failures.append(Failure(deviceID: id, reason: Self.reason(error)))
            } else {
                done.append(id)
            }
        }
    }

    private static func reason(_ error: BulkError) -> String {
        switch error.code {
        case .deviceNotFound?: "no such device"
        case .deviceAlreadyExists?: "there is such a device already"
        case .preconditionFailed?, .etagDoesNotMatch?: "it has changed since"
        case let code?: "\(code.name): \(error.status)"
        case nil: error.status.isEmpty ? "refused, with no explanation" : error.status
        }
    }

    /// The outcome for programs.
    func json(doneAs name: String) -> JSON {
        var object: JSONObject = ["isSuccessful": .bool(failures.isEmpty)]
        object[name] = .array(done.map(JSON.string))
        object["errors"] = .array(
            failures.map { ["deviceId": .string($0.deviceID), "errorStatus": .string($0.reason)] }
        )
        return .object(object)
    }

    /// Tells the failures, and ends the command if there are any.
    /// - Throws: `CommandError` with a line per failure.
    func check(_ verb: String) throws(CommandError) {
        guard !failures.isEmpty else { return }
        let lines = failures.map { "  \($0.deviceID): \($0.reason)" }
        throw CommandError(
            .refused,
            "\(failures.count) of \(done.count + failures.count) devices not \(verb):\n\(lines.joined(separator: "\n"))"
        )
    }
}
