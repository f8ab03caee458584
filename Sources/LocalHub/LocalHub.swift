import Foundation
import IoTHub
import Logging
import NIOConcurrencyHelpers
import NIOCore
import NIOPosix
import NIOSSL

/// A hub on this machine that speaks the real IoT Hub protocols.
///
/// Its identities and twins live in memory and, if it has a data folder, also there, as do its certificate authority and
/// the keys of its policies. Stop it in the end: it holds ports and threads.
public final class LocalHub: Sendable {
    /// The identities and twins, for programs that hold the hub itself.
    public let registry: TwinRegistry
    private let configuration: Configuration
    private let folder: HubFolder
    /// Nil without a data folder.
    private let journal: Journal?
    private let group: MultiThreadedEventLoopGroup
    private let fronts: FrontEnds
    private let isStopped = NIOLockedValueBox(false)

    /// Starts a hub; it listens when this returns.
    /// - Throws: `LocalHubError` that says what is wrong and which option helps.
    public static func start(_ configuration: Configuration) async throws -> LocalHub {
        var entra: EntraAuthorizer?
        if let settings = configuration.entra {
            entra = try await EntraAuthorizer(settings, logger: configuration.logger)
        }
        let names = HubNames(hostName: configuration.hostName, more: configuration.certificateNames)
        let folder = try HubFolder.open(
            configuration.dataDirectory,
            names: names.all,
            policies: configuration.policies,
            authorities: configuration.certificateAuthorities,
            at: Date(),
            logger: configuration.logger
        )
        let journal = folder.database.map { Journal(store: $0, logger: configuration.logger) }
        let registry = TwinRegistry(
            policies: folder.policies,
            journal: journal,
            throttle: configuration.deviceThrottle
        )
        let group = MultiThreadedEventLoopGroup(numberOfThreads: System.coreCount)
        do {
            if let database = folder.database { try registry.restore(from: database, logger: configuration.logger) }
            let fronts = try await FrontEnds.start(
                configuration,
                names: names,
                registry: registry,
                entra: entra,
                tls: folder.tls,
                group: group
            )
            return LocalHub(
                configuration,
                registry: registry,
                folder: folder,
                journal: journal,
                group: group,
                fronts: fronts
            )
        } catch {
            await journal?.close()
            folder.close()
            try? await group.shutdownGracefully()
            throw error
        }
    }

    private init(
        _ configuration: Configuration,
        registry: TwinRegistry,
        folder: HubFolder,
        journal: Journal?,
        group: MultiThreadedEventLoopGroup,
        fronts: FrontEnds
    ) {
        self.configuration = configuration
        self.registry = registry
        self.folder = folder
        self.journal = journal
        self.group = group
        self.fronts = fronts
    }

    /// The port for MQTT over TLS, also while that is suspended.
    public var mqttPort: Int { fronts.mqtt.port }

    /// The port for AMQP over TLS, also while that is suspended.
    public var amqpPort: Int { fronts.amqp.port }

    /// The port for HTTPS, and for MQTT and AMQP over WebSockets.
    public var httpsPort: Int { fronts.service.port }

    /// The PEM file of the authority that clients must trust; gone after `stop()` when there is no data folder.
    public var certificateAuthorityFile: String { folder.authorityFile }

    /// What the hub has done so far, as numbers; cheap to ask for.
    public var counters: HubCounters { registry.counters }

    /// The names of the shared access policies.
    public var policyNames: [String] { registry.policies.all.map(\.name) }

    /// A connection string for services, key included; its host carries the port unless that is 443.
    /// - Parameter policy: one of `policyNames`.
    /// - Returns: the string; empty for a name that is no policy's.
    public func connectionString(policy: String = "iothubowner") -> String {
        guard let policy = registry.policies[policy] else { return "" }
        let port = httpsPort == 443 ? "" : ":\(httpsPort)"
        return ConnectionString(
            hostName: configuration.hostName + port,
            credential: .policy(name: policy.name, key: policy.primaryKey)
        ).text
    }

    /// Stops listening for devices, MQTT and AMQP, takes no more WebSockets, and cuts every device's connection, as when a
    /// network fails; sessions stay.
    ///
    /// HTTPS goes on, and answers requests for WebSockets with 503.
    public func suspendDevices() async throws {
        try await suspendMQTT()
        try await suspendAMQP()
        try await suspendWebSockets()
    }

    /// Listens for devices again, on the same ports.
    /// - Throws: `LocalHubError` when another program has taken a port.
    public func resumeDevices() async throws {
        try await resumeMQTT()
        try await resumeAMQP()
        try await resumeWebSockets()
    }

    /// The same as `suspendDevices` for WebSockets only, MQTT and AMQP.
    public func suspendWebSockets() async throws { await fronts.webSockets.suspend() }

    /// Takes WebSockets again.
    public func resumeWebSockets() async throws { try await fronts.webSockets.resume() }

    /// The same as `suspendDevices` for MQTT over TCP only.
    public func suspendMQTT() async throws { await fronts.mqtt.suspend() }

    /// Listens for MQTT over TCP again, on the same port.
    /// - Throws: `LocalHubError` when another program has taken the port.
    public func resumeMQTT() async throws {
        do {
            try await fronts.mqtt.resume()
        } catch {
            var configuration = configuration
            configuration.mqttPort = mqttPort
            throw Listener.mqtt.failure(error, configuration)
        }
    }

    /// The same as `suspendDevices` for AMQP over TCP only.
    public func suspendAMQP() async throws { await fronts.amqp.suspend() }

    /// Listens for AMQP over TCP again, on the same port.
    /// - Throws: `LocalHubError` when another program has taken the port.
    public func resumeAMQP() async throws {
        do {
            try await fronts.amqp.resume()
        } catch {
            var configuration = configuration
            configuration.amqpPort = amqpPort
            throw Listener.amqp.failure(error, configuration)
        }
    }

    /// Stops listening, ends all connections, writes what is not yet in the data folder, and removes temporary files; a
    /// second call does nothing.
    public func stop() async {
        let isFirst = isStopped.withLockedValue { stopped in
            defer { stopped = true }
            return !stopped
        }
        guard isFirst else { return }
        do {
            try await fronts.stop()
        } catch {
            configuration.logger.error("the threads for queries did not end", metadata: ["error": "\(error)"])
        }
        await journal?.close()
        folder.close()
        do {
            try await group.shutdownGracefully()
        } catch {
            configuration.logger.error("the event loops did not shut down", metadata: ["error": "\(error)"])
        }
    }
}
