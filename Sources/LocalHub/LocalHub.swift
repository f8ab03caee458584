import Foundation
import IoTHub
import Logging
import NIOConcurrencyHelpers
import NIOCore
import NIOPosix

/// A hub on this machine that speaks the real IoT Hub protocols.
///
/// Its identities and twins live in memory; its certificate authority and the keys of its policies in the data folder,
/// if it has one. Stop it in the end: it holds ports and threads.
public final class LocalHub: Sendable {
    /// The identities and twins, for programs that hold the hub itself.
    public let registry: TwinRegistry
    private let configuration: Configuration
    private let folder: HubFolder
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
        let group = MultiThreadedEventLoopGroup(numberOfThreads: System.coreCount)
        do {
            return try await start(configuration, names: names, folder: folder, group: group)
        } catch {
            folder.close()
            try? await group.shutdownGracefully()
            throw error
        }
    }

    private static func start(
        _ configuration: Configuration,
        names: HubNames,
        folder: HubFolder,
        group: MultiThreadedEventLoopGroup
    ) async throws -> LocalHub {
        let registry = TwinRegistry(policies: folder.policies)
        let mqtt: MQTTServer
        do {
            mqtt = try await MQTTServer.start(
                registry: registry,
                bindAddress: configuration.bindAddress,
                port: configuration.mqttPort,
                tls: folder.tls,
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
                tls: folder.tls,
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
        return LocalHub(
            configuration,
            registry: registry,
            folder: folder,
            group: group,
            service: service,
            mqtt: mqtt,
            workers: workers
        )
    }

    private init(
        _ configuration: Configuration,
        registry: TwinRegistry,
        folder: HubFolder,
        group: MultiThreadedEventLoopGroup,
        service: ServiceServer,
        mqtt: MQTTServer,
        workers: HubWorkers
    ) {
        self.configuration = configuration
        self.registry = registry
        self.folder = folder
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

    /// Stops listening, ends all connections, and removes temporary files; a second call does nothing.
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
        folder.close()
        do {
            try await group.shutdownGracefully()
        } catch {
            configuration.logger.error("the event loops did not shut down", metadata: ["error": "\(error)"])
        }
    }
}
