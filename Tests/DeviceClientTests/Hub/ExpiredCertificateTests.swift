import DeviceClient
import Foundation
import NIOPosix
import Testing

@testable import LocalHub

@Suite(.timeLimit(.minutes(2))) struct ExpiredCertificateTests {
    @Test("an expired certificate is refused, in OpenSSL's words")
    func expired() async throws {
        let configuration = LocalHub.Configuration()
        // The authority lasts ten years, the certificate it signs much less.
        let folder = try HubFolder.open(
            nil,
            names: ["localhost"],
            at: Date() - 3 * 366 * 86_400,
            logger: configuration.logger
        )
        defer { folder.close() }
        let server = try await MQTTServer.start(
            registry: TwinRegistry(policies: folder.policies),
            bindAddress: "127.0.0.1",
            port: 0,
            tls: folder.tls,
            hostNames: ["localhost"],
            group: MultiThreadedEventLoopGroup.singleton,
            logger: configuration.logger
        )
        var options = ClientOptions()
        options.tls = try DeviceTLS(trustedCAFile: folder.authorityFile)
        options.mqttPort = server.port
        let client = try DeviceClient.create(
            connectionString: "HostName=localhost;DeviceId=d;SharedAccessKey=AAAA",
            options: options
        )
        let error = await #expect(throws: DeviceClientError.self) { try await client.open() }
        #expect(error?.reason == .untrustedCertificate)
        #expect(error?.message.contains("certificate has expired") == true, "\(String(describing: error))")
        await client.close()
        await server.stop()
    }
}
