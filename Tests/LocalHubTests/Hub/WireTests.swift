import Foundation
import IoTHub
import TestKit
import Testing

@testable import LocalHub

@Suite("The hub on the wire")
struct WireTests {
    /// The head of a request with a good token; the connection closes after it unless it is kept.
    private func head(
        _ test: TestHub,
        _ line: String,
        _ fields: String = "",
        keep: Bool = false
    ) throws -> String {
        let key = try #require(test.hub.registry.policies["iothubowner"]?.primaryKey)
        let token = try SharedAccessSignature.create(
            resource: "localhost",
            key: key,
            expiry: HubTimestamp.now().secondsSinceEpoch + 600,
            policy: "iothubowner"
        ).token
        return "\(line) HTTP/1.1\r\nHost: localhost\r\nAuthorization: \(token)\r\n"
            + (keep ? "" : "Connection: close\r\n") + fields + "\r\n"
    }

    @Test("answers carry the headers that clients look at")
    func headers() async throws {
        try await TestHub.with { test in
            _ = try test.addDevice("d")
            let client = RawClient(hub: test.hub)
            let good = try await client.exchange(head(test, "GET /twins/d?api-version=2021-04-12")).lowercased()
            #expect(good.hasPrefix("http/1.1 200 ok\r\n"))
            #expect(good.contains("\r\ncontent-type: application/json; charset=utf-8\r\n"))
            #expect(good.contains("\r\netag: \"aaaaaaaaaae=\"\r\n"))
            #expect(good.firstMatch(of: /\r\nx-ms-request-id: [0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\r\n/) != nil)
            let bad = try await client.exchange(head(test, "GET /twins/e?api-version=2021-04-12"))
            #expect(bad.hasPrefix("HTTP/1.1 404 Not Found\r\n"))
            #expect(bad.contains("\r\niothub-errorcode: DeviceNotFound\r\n"))
        }
    }

    @Test("a connection is kept for further requests, pipelined ones too")
    func keepAlive() async throws {
        try await TestHub.with { test in
            _ = try test.addDevice("d")
            let line = "GET /devices/d?api-version=2021-04-12"
            let both = try await RawClient(hub: test.hub).exchange(
                head(test, line, keep: true) + head(test, "DELETE /devices/d?api-version=2021-04-12")
            )
            #expect(both.hasPrefix("HTTP/1.1 200"))
            #expect(both.contains("\r\n\r\n{\"deviceId\":\"d\""))
            #expect(both.contains("HTTP/1.1 204 No Content\r\n"))
        }
    }

    @Test("HEAD is answered without a body, so that the next answer is understood")
    func headMethod() async throws {
        try await TestHub.with { test in
            let line = "/devices?api-version=2021-04-12"
            let both = try await RawClient(hub: test.hub).exchange(
                head(test, "HEAD \(line)", keep: true) + head(test, "GET \(line)")
            )
            #expect(both.contains(/405 Method Not Allowed\r\n([^\r]+\r\n)+\r\nHTTP\/1.1 200/))
        }
    }

    @Test("a body that is too large is refused, whatever the length said", arguments: [true, false])
    func hugeBody(_ isChunked: Bool) async throws {
        try await TestHub.with { test in
            _ = try test.addDevice("d")
            let size = 600 * 1024
            let body = String(repeating: " ", count: size)
            let line = "PATCH /twins/d?api-version=2021-04-12"
            let request =
                isChunked
                ? try head(test, line, "Transfer-Encoding: chunked\r\n") + String(size, radix: 16) + "\r\n" + body
                    + "\r\n0\r\n\r\n"
                : try head(test, line, "Content-Length: \(size)\r\n") + body
            let answer = try await RawClient(hub: test.hub).exchange(request, readsUntil: "MessageTooLarge")
            #expect(answer.hasPrefix("HTTP/1.1 413"))
        }
    }

    @Test(
        "what is not HTTP ends its own connection only",
        arguments: ["\u{0}\u{1}\u{2}\r\n\r\n", "GET\r\n\r\n", "GET / HTTP/9.9\r\n\r\n", "\r\n\r\n\r\n:\r\n\r\n"]
    )
    func garbage(_ text: String) async throws {
        try await TestHub.with { test in
            let client = RawClient(hub: test.hub)
            let answer = try await client.exchange(text)
            #expect(answer.isEmpty || answer.hasPrefix("HTTP/1.1 400"))
            let next = try await client.exchange(head(test, "GET /devices?api-version=2021-04-12"))
            #expect(next.hasPrefix("HTTP/1.1 200"))
        }
    }

    @Test("TLS 1.2 and 1.3 are spoken, 1.1 is not")
    func versions() async throws {
        try await TestHub.with { test in
            let client = RawClient(hub: test.hub)
            let request = try head(test, "GET /devices?api-version=2021-04-12")
            #expect(try await client.exchange(request, versions: 2...2).hasPrefix("HTTP/1.1 200"))
            #expect(try await client.exchange(request, versions: 3...3).hasPrefix("HTTP/1.1 200"))
            await #expect(throws: (any Error).self) { try await client.exchange(request, versions: 0...1) }
        }
    }

    @Test("the certificate is good for the names asked for")
    func names() async throws {
        try await TestHub.with(configure: { $0.certificateNames = ["hub.lan"] }) { test in
            let client = RawClient(hub: test.hub)
            let request = try head(test, "GET /devices?api-version=2021-04-12")
            for name in ["localhost", "hub.lan", "127.0.0.1"] {
                #expect(try await client.exchange(request, serverName: name).hasPrefix("HTTP/1.1 200"))
            }
        }
    }
}
