import DeviceClient
import Foundation
import IoTHub
import LocalHub
import TestKit

/// How devices of a test reach the hub: everything here holds for each of them.
enum Way: Sendable, CaseIterable, CustomStringConvertible {
    case mqtt
    case mqttWebSocket
    case amqp
    case amqpWebSocket
    /// Over AMQP connections that devices share.
    case pooledAMQP
    case pooledAMQPWebSocket

    /// Those over TCP, for tests that take long and do not depend on what carries the bytes.
    static let tcp: [Way] = [.mqtt, .amqp, .pooledAMQP]

    var transport: TransportType {
        switch self {
        case .mqtt: .mqttTcpOnly
        case .mqttWebSocket: .mqttWebSocketOnly
        case .amqp, .pooledAMQP: .amqpTcpOnly
        case .amqpWebSocket, .pooledAMQPWebSocket: .amqpWebSocketOnly
        }
    }

    var isMQTT: Bool { !transport.isAMQP }

    var isPooled: Bool { self == .pooledAMQP || self == .pooledAMQPWebSocket }

    var description: String {
        switch self {
        case .mqtt: "MQTT"
        case .mqttWebSocket: "MQTT over a WebSocket"
        case .amqp: "AMQP"
        case .amqpWebSocket: "AMQP over a WebSocket"
        case .pooledAMQP: "pooled AMQP"
        case .pooledAMQPWebSocket: "pooled AMQP over WebSockets"
        }
    }
}

/// A hub and what clients need to reach it.
struct Bench: Sendable {
    let way: Way
    let test: TestHub
    let tls: DeviceTLS
    let lanes: [Lane]

    static func with<Result: Sendable>(
        _ way: Way = .mqtt,
        lanes: Int = 1,
        configure: (inout LocalHub.Configuration) -> Void = { _ in },
        _ body: (Bench) async throws -> Result
    ) async throws -> Result {
        try await TestHub.with(configure: configure) { test in
            let bench = Bench(
                way: way,
                test: test,
                tls: try DeviceTLS(trustedCAFile: test.hub.certificateAuthorityFile),
                lanes: try Lane.makeLanes(count: lanes)
            )
            return try await body(bench)
        }
    }

    var hub: LocalHub { test.hub }

    var options: ClientOptions {
        var options = ClientOptions()
        options.tls = tls
        options.lane = lanes.first
        // Where 'localhost' is ::1, too, that would be tried and named in messages; the hub does not listen there.
        options.address = HostAddress(numeric: "127.0.0.1")
        options.mqttPort = hub.mqttPort
        options.amqpPort = hub.amqpPort
        options.webSocketPort = hub.httpsPort
        if way.isPooled {
            options.amqpConnectionPoolSettings = AmqpConnectionPoolSettings(pooling: true, maxPoolSize: 2)
        }
        options.operationTimeout = .seconds(30)
        return options
    }

    /// A client of a new device.
    func client(_ id: String, _ change: (inout ClientOptions) -> Void = { _ in }) throws -> DeviceClient {
        var options = options
        change(&options)
        return try client(of: try test.addDevice(id), options)
    }

    /// A client of a device that exists.
    func client(of connectionString: String, _ options: ClientOptions? = nil) throws -> DeviceClient {
        try DeviceClient.create(
            connectionString: connectionString,
            transport: way.transport,
            options: options ?? self.options
        )
    }

    /// Changes desired properties as a service would; answers with the new version.
    @discardableResult
    func change(_ id: String, _ desired: JSONObject) throws -> Int64 {
        let snapshot = try hub.registry.patchTwin(id, with: TwinWrite(desired: desired))
        return snapshot.serviceView["properties"]?["desired"]?["$version"]?.integerValue ?? 0
    }

    func reported(_ id: String) throws -> JSONObject {
        try hub.registry.serviceView(of: id)["properties"]?["reported"]?.objectValue ?? [:]
    }
}

/// A stream that tests put events into, and wait for them.
struct Events<Element: Sendable>: Sendable {
    private let stream: AsyncStream<Element>
    private let continuation: AsyncStream<Element>.Continuation

    init() { (stream, continuation) = AsyncStream.makeStream() }

    func put(_ element: Element) { continuation.yield(element) }

    /// The next `count` events.
    func next(_ count: Int) async -> [Element] {
        var all: [Element] = []
        if count == 0 { return all }
        for await element in stream {
            all.append(element)
            if all.count == count { break }
        }
        return all
    }

    /// The events up to the first that satisfies a condition.
    func until(_ isLast: (Element) -> Bool) async -> [Element] {
        var all: [Element] = []
        for await element in stream {
            all.append(element)
            if isLast(element) { break }
        }
        return all
    }
}

/// What a process holds.
enum Held {
    static var descriptors: Set<String> {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd")) ?? []
        // The listing's own descriptor is gone when its link is read.
        return Set(
            names.compactMap { name in
                (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/fd/\(name)")).map {
                    "\(name) \($0)"
                }
            }
        )
    }

    static var threads: Int {
        (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/task"))?.count ?? 0
    }

    /// Sockets of one kind, as `socket:[…]`, and epoll descriptors.
    static func count(_ kind: String) -> Int { descriptors.filter { $0.contains(kind) }.count }
}
