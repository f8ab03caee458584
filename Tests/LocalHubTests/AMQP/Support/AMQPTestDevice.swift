import AMQPEngine
import IoTHub

/// A device with its twin links attached.
struct AMQPTestDevice {
    let id: String
    let client: AMQPTestClient
    let up: AMQPLink
    let down: AMQPLink

    /// Attaches the twin links of a device whose token is put.
    static func attach(
        _ id: String,
        on client: AMQPTestClient,
        in session: AMQPSession? = nil,
        pair: String? = nil,
        credit: Int = 100,
        properties: AMQPMap = [:]
    ) async throws -> AMQPTestDevice {
        var properties = properties
        properties[symbol: "com.microsoft:api-version"] = .string("2021-04-12")
        properties[symbol: "com.microsoft:channel-correlation-id"] = .string(pair ?? "twin:\(id)")
        let session = if let session { session } else { try await client.begin() }
        let address = "/devices/\(id)/twin"
        return AMQPTestDevice(
            id: id,
            client: client,
            up: try await client.attach(.sender, address, in: session, properties: properties),
            down: try await client.attach(
                .receiver,
                address,
                in: session,
                credit: credit,
                properties: properties
            )
        )
    }

    /// A twin request.
    static func request(
        _ operation: String,
        resource: String? = nil,
        version: AMQPValue? = nil,
        _ body: String? = nil,
        id: AMQPMessageID? = .string("1")
    ) -> AMQPMessage {
        var message = AMQPMessage(body: body.map { .data([Array($0.utf8)]) } ?? .none)
        message.properties.correlationID = id
        message.annotations[symbol: "operation"] = .string(operation)
        message.annotations[symbol: "resource"] = resource.map { .string($0) }
        message.annotations[symbol: "version"] = version
        return message
    }

    static let reported = "/properties/reported"
    static let desired = "/notifications/twin/properties/desired"

    func send(_ message: AMQPMessage, settled: Bool = false) async throws {
        try await client.send(message, over: up, settled: settled)
    }

    func next() async throws -> AMQPMessage { try await client.next(over: down) }

    func ask(_ message: AMQPMessage) async throws -> AMQPMessage {
        try await send(message)
        return try await next()
    }

    func get(id: AMQPMessageID = .string("get")) async throws -> JSON {
        let answer = try await ask(Self.request("GET", id: id))
        guard answer.status == 200 else { throw AMQPTestClient.Unexpected(what: "\(answer)") }
        return try JSON(parsing: answer.text)
    }

    func report(_ patch: String, version: AMQPValue? = nil, id: AMQPMessageID = .string("patch")) async throws
        -> AMQPMessage
    {
        try await ask(Self.request("PATCH", resource: Self.reported, version: version, patch, id: id))
    }

    func subscribe() async throws {
        let answer = try await ask(Self.request("PUT", resource: Self.desired))
        guard answer.status == 200 else { throw AMQPTestClient.Unexpected(what: "\(answer)") }
    }
}

extension AMQPMessage {
    /// The status of a twin answer, if it has the type that the C SDK takes.
    var status: Int32? {
        if case .int(let status) = annotations[symbol: "status"] { status } else { nil }
    }

    /// The version of a twin answer or change, if it has the type that the C SDK takes.
    var version: Int64? {
        if case .long(let version) = annotations[symbol: "version"] { version } else { nil }
    }

    /// The text of the one data section; empty when there is none.
    var text: String {
        if case .data(let parts) = body, parts.count == 1 { String(decoding: parts[0], as: UTF8.self) } else { "" }
    }
}
