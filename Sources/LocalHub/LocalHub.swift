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
    private let service: ServiceServer
    private let mqtt: MQTTServer
    private let workers: HubWorkers
    private let isStopped = NIOLockedValueBox(false)

    /// Starts a hub; it listens when this returns.
    /// - Throws: `LocalHubError` that says what is wrong and which option helps.
    public static func start(_ configuration: Configuration) async throws -> LocalHub {
        let names = HubNames(hostName: configuration.hostName, more: configuration.certificateNames)
        let folder = try HubFolder.open(
            configuration.dataDirectory,
            names: names.all,
            policies: configuration.policies,
            at: Date(),
            logger: configuration.logger
        )
        let journal = folder.database.map { Journal(store: $0, logger: configuration.logger) }
        let registry = TwinRegistry(policies: folder.policies, journal: journal)
        let group = MultiThreadedEventLoopGroup(numberOfThreads: System.coreCount)
        do {
            if let database = folder.database { try registry.restore(from: database, logger: configuration.logger) }
            let (mqtt, service, workers) = try await listen(
                configuration,
                names: names,
                registry: registry,
                tls: folder.tls,
                group: group
            )
            return LocalHub(
                configuration,
                registry: registry,
                folder: folder,
                journal: journal,
                group: group,
                service: service,
                mqtt: mqtt,
                workers: workers
            )
        } catch {
            await journal?.close()
            folder.close()
            try? await group.shutdownGracefully()
            throw error
        }
    }

    private static func listen(
        _ configuration: Configuration,
        names: HubNames,
        registry: TwinRegistry,
        tls: NIOSSLContext,
        group: MultiThreadedEventLoopGroup
    ) async throws -> (MQTTServer, ServiceServer, HubWorkers) {
        let mqtt: MQTTServer
        do {
            mqtt = try await MQTTServer.start(
                registry: registry,
                bindAddress: configuration.bindAddress,
                port: configuration.mqttPort,
                tls: tls,
                hostNames: names.set,
                group: group,
                logger: configuration.logger
            )
        } catch {
            throw Listener.mqtt.failure(error, configuration)
        }
        let workers = HubWorkers(eventLoop: group.next())
        let service: ServiceServer
        do {
            service = try await ServiceServer.start(
                api: ServiceAPI(
                    registry: registry,
                    hostNames: names.set,
                    queryMode: configuration.queryMode,
                    background: workers
                ),
                bindAddress: configuration.bindAddress,
                port: configuration.httpsPort,
                tls: tls,
                group: group,
                logger: configuration.logger
            )
        } catch {
            await mqtt.stop()
            try await workers.stop()
            throw Listener.https.failure(error, configuration)
        }
        configuration.logger.info(
            "listening",
            metadata: [
                "address": "\(configuration.bindAddress)", "mqtt": "\(mqtt.port)", "https": "\(service.port)",
            ]
        )
        return (mqtt, service, workers)
    }

    private init(
        _ configuration: Configuration,
        registry: TwinRegistry,
        folder: HubFolder,
        journal: Journal?,
        group: MultiThreadedEventLoopGroup,
        service: ServiceServer,
        mqtt: MQTTServer,
        workers: HubWorkers
    ) {
        self.configuration = configuration
        self.registry = registry
        self.folder = folder
        self.journal = journal
        self.group = group
        self.service = service
        self.mqtt = mqtt
        self.workers = workers
    }

    /// The port for MQTT over TLS, also while that is suspended.
    public var mqttPort: Int { mqtt.port }

    /// The port for HTTPS.
    public var httpsPort: Int { service.port }

    /// The PEM file of the authority that clients must trust; gone after `stop()` when there is no data folder.
    public var certificateAuthorityFile: String { folder.authorityFile }

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

    /// Stops listening for MQTT and cuts every device's connection, as when a network fails; sessions stay.
    ///
    /// HTTPS goes on.
    public func suspendMQTT() async throws { await mqtt.suspend() }

    /// Listens for MQTT again, on the same port.
    /// - Throws: `LocalHubError` when another program has taken the port.
    public func resumeMQTT() async throws {
        do {
            try await mqtt.resume()
        } catch {
            var configuration = configuration
            configuration.mqttPort = mqttPort
            throw Listener.mqtt.failure(error, configuration)
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
        await mqtt.stop()
        await service.stop()
        do {
            try await workers.stop()
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
