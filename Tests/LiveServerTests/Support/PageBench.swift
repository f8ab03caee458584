import IoTHub
import LocalHub
import NIOHTTP1
import ServiceClient
import TestKit
import Testing

@testable import LiveServer

/// A page that looks at a hub of its own.
struct PageBench {
    let hub: TestHub
    let page: LivePage
    let client: Client
    let token: String

    /// Runs a body with a page, which is stopped afterwards as its hub is.
    static func with(hasHub: Bool = true, _ body: (PageBench) async throws -> Void) async throws {
        try await TestHub.with { hub in
            let page = try await LivePage.start(port: 0, explain: { "\($1): \($0.message)" }, logger: .silent)
            do {
                let match = try #require(page.url.firstMatch(of: /http:\/\/127\.0\.0\.1:(\d+)\/\?token=([\w-]+)/))
                if hasHub {
                    var options = ServiceClientOptions()
                    options.trustedCAFile = hub.hub.certificateAuthorityFile
                    let string = hub.hub.connectionString()
                    page.attach(try RegistryManager.create(connectionString: string, options: options), pace: .local)
                }
                let client = Client(port: try #require(Int(match.1)))
                try await body(PageBench(hub: hub, page: page, client: client, token: String(match.2)))
                await page.stop()
            } catch {
                await page.stop()
                throw error
            }
        }
    }

    /// Asks for data.
    func ask(_ target: String, _ method: HTTPMethod = .GET, body: String? = nil) async throws -> (
        status: Int, json: JSON
    ) {
        let headers: HTTPHeaders = ["X-Twinfleet-Token": token, "Content-Type": "application/json"]
        let reply = try await client.send(target, method, headers: headers, body: body)
        return (reply.status, try JSON(parsing: reply.body))
    }

    /// Patches desired properties.
    func patch(_ device: String, _ text: String, etag: String? = nil) async throws -> (status: Int, json: JSON) {
        var body: JSONObject = ["patch": .string(text)]
        body["etag"] = etag.map { .string($0) }
        return try await ask("/api/twin?device=\(device)", .PATCH, body: body.text)
    }
}
