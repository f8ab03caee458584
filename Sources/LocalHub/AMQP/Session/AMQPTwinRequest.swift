import AMQPEngine
import IoTHub

/// What a device asks of its twin.
///
/// Source: the twin links of the official device SDKs for .NET, C, Java and Node.
struct AMQPTwinRequest {
    enum Operation {
        case get
        /// JSON, as far as one can hope; with the reported `$version` that the twin must have.
        case patch(body: [UInt8], ifVersion: Int64?)
        case subscribe
        case unsubscribe
    }

    let deviceID: String
    /// The pair of links that it came over.
    let pair: AMQPTwinPair
    var operation: Operation
    /// Nil when the device wants no answer: one without an id would look like a desired change.
    let correlationID: AMQPMessageID?
    /// What to settle; nil when the device has.
    let delivery: AMQPDeliveryID?
}

extension AMQPTwinRequest.Operation {
    /// Reads a message's annotations and body.
    /// - Throws: `IoTHubError`, whose status is the answer's.
    init(_ message: AMQPMessage) throws(IoTHubError) {
        let annotations = message.annotations
        let resource = annotations[symbol: "resource"]?.text
        switch annotations[symbol: "operation"]?.text {
        case "GET": self = .get
        case "PATCH":
            try Self.expect("/properties/reported", resource)
            self = .patch(body: message.body.bytes, ifVersion: try Self.version(annotations[symbol: "version"]))
        case "PUT":
            try Self.expect("/notifications/twin/properties/desired", resource)
            self = .subscribe
        case "DELETE":
            try Self.expect("/notifications/twin/properties/desired", resource)
            self = .unsubscribe
        case let other:
            throw IoTHubError(
                .argumentInvalid,
                "expected the annotation operation to be GET, PATCH, PUT or DELETE, found "
                    + (other.map { "'\($0.prefix(64))'" } ?? "none")
            )
        }
    }

    private static func expect(_ expected: String, _ found: String?) throws(IoTHubError) {
        guard found != expected else { return }
        throw IoTHubError(
            .argumentInvalid,
            "expected the annotation resource to be \(expected), found "
                + (found.map { "'\($0.prefix(64))'" } ?? "none")
        )
    }

    private static func version(_ value: AMQPValue?) throws(IoTHubError) -> Int64? {
        guard let value, value != .null else { return nil }
        guard let version = value.integer else {
            throw IoTHubError(.argumentInvalid, "the annotation version is no whole number")
        }
        return version
    }
}

extension AMQPMessage.Body {
    /// The bytes of its data sections, or of a string.
    fileprivate var bytes: [UInt8] {
        switch self {
        case .data(let parts): parts.count == 1 ? parts[0] : Array(parts.joined())
        case .value(.binary(let bytes)): bytes
        case .value(.string(let text)): Array(text.utf8)
        case .none, .sequence, .value: []
        }
    }
}
