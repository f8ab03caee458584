import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1
import NIOSSL

extension EntraConfiguration {
    /// Most bytes of a key set; Microsoft Entra's has a few kilobytes.
    private static let largest = 1 << 20
    /// Longest time to wait for the issuer: a request waits as long.
    private static let patience = TimeAmount.seconds(5)

    /// Why there are no keys.
    struct KeyFailure: Error, CustomStringConvertible {
        var description: String
    }

    /// Gets the text of the issuer's key set, within five seconds.
    /// - Throws: ``KeyFailure`` that names the place and the reason.
    func loadKeys() async throws -> [UInt8] {
        switch keys {
        case .file(let name):
            guard let file = FileHandle(forReadingAtPath: name) else {
                throw KeyFailure(description: "cannot read '\(name)': \(String(cString: strerror(errno)))")
            }
            defer { try? file.close() }
            return try Array(file.read(upToCount: Self.largest) ?? Data())
        case .url(let address):
            do {
                return try await fetch(address)
            } catch let failure as KeyFailure {
                throw failure
            } catch {
                throw KeyFailure(description: "cannot get '\(address)': \(error)")
            }
        }
    }

    private func fetch(_ address: String) async throws -> [UInt8] {
        var tls = TLSConfiguration.makeClientConfiguration()
        if let trustedCAFile { tls.trustRoots = .file(trustedCAFile) }
        var configuration = HTTPClient.Configuration(tlsConfiguration: tls)
        configuration.redirectConfiguration = .disallow
        configuration.timeout.connect = Self.patience
        // Keys are asked for once a day, so there is nothing to keep a client for.
        let client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
        do {
            let answer = try await client.execute(HTTPClientRequest(url: address), deadline: .now() + Self.patience)
            guard answer.status == .ok else {
                throw KeyFailure(description: "'\(address)' answers \(answer.status.code)")
            }
            let body = try await answer.body.collect(upTo: Self.largest)
            try await client.shutdown()
            return Array(body.readableBytesView)
        } catch {
            try? await client.shutdown()
            throw error
        }
    }
}
