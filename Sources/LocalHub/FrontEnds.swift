import Logging
import NIOCore
import NIOPosix

/// What a hub listens with, and the threads that work for it.
struct FrontEnds: Sendable {
    let mqtt: DeviceServer
    let amqp: DeviceServer
    let webSockets: WebSocketEndpoint
    let service: ServiceServer
    private let workers: HubWorkers
    private let clients: ClientCertificateCheck
    private let entra: EntraAuthorizer?

    /// Starts listening on all ports, or on none.
    /// - Throws: `LocalHubError` that says what is wrong and which option helps.
    static func start(
        _ configuration: LocalHub.Configuration,
        names: HubNames,
        registry: TwinRegistry,
        entra: EntraAuthorizer?,
        tls: HubTLS,
        group: MultiThreadedEventLoopGroup
    ) async throws -> FrontEnds {
        let mqtt = try await attempt(.mqtt, configuration) {
            try await MQTTServer.start(
                registry: registry,
                bindAddress: configuration.bindAddress,
                port: configuration.mqttPort,
                tls: tls,
                hostNames: names.set,
                group: group,
                logger: configuration.logger
            )
        }
        let amqp: DeviceServer
        do {
            amqp = try await attempt(.amqp, configuration) {
                try await AMQPServer.start(
                    registry: registry,
                    bindAddress: configuration.bindAddress,
                    port: configuration.amqpPort,
                    tls: tls,
                    hostNames: names.set,
                    group: group,
                    logger: configuration.logger
                )
            }
        } catch {
            await mqtt.stop()
            await tls.clients.stop()
            throw error
        }
        let webSockets = WebSocketEndpoint(
            registry: registry,
            hostNames: names.set,
            clients: tls.clients,
            group: group,
            logger: configuration.logger
        )
        let workers = HubWorkers(eventLoop: group.next())
        let service: ServiceServer
        do {
            service = try await attempt(.https, configuration) {
                try await ServiceServer.start(
                    api: ServiceAPI(
                        registry: registry,
                        hostNames: names.set,
                        entra: entra,
                        queryMode: configuration.queryMode,
                        background: workers
                    ),
                    webSockets: webSockets,
                    bindAddress: configuration.bindAddress,
                    port: configuration.httpsPort,
                    tls: tls,
                    group: group,
                    logger: configuration.logger
                )
            }
        } catch {
            await mqtt.stop()
            await amqp.stop()
            await webSockets.stop()
            await tls.clients.stop()
            try await workers.stop()
            throw error
        }
        configuration.logger.info(
            "listening",
            metadata: [
                "address": "\(configuration.bindAddress)", "mqtt": "\(mqtt.port)", "amqp": "\(amqp.port)",
                "https": "\(service.port)",
            ]
        )
        return FrontEnds(
            mqtt: mqtt,
            amqp: amqp,
            webSockets: webSockets,
            service: service,
            workers: workers,
            clients: tls.clients,
            entra: entra
        )
    }

    private static func attempt<Server>(
        _ listener: Listener,
        _ configuration: LocalHub.Configuration,
        _ body: () async throws -> Server
    ) async throws -> Server {
        do {
            return try await body()
        } catch {
            throw listener.failure(error, configuration)
        }
    }

    /// Stops listening and ends all connections.
    /// - Throws: when the threads for queries did not end; everything else has.
    func stop() async throws {
        await mqtt.stop()
        await amqp.stop()
        await webSockets.stop()
        await service.stop()
        await clients.stop()
        await entra?.stop()
        try await workers.stop()
    }
}
