import IoTHub
import ServiceClient

/// A command's hub.
struct BackEnd: Sendable {
    let manager: RegistryManager
    let address: HubAddress
    let isQuiet: Bool

    /// Tells people something that is no error, unless they want quiet.
    func note(_ text: String) {
        if !isQuiet { complain(text) }
    }

    /// Carries a request out.
    /// - Parameters:
    ///   - asked: what is asked, for the error's text.
    ///   - currentETag: reads the ETag that the hub has now; used after an answer 412.
    ///   - request: the request.
    /// - Returns: what the request gives.
    /// - Throws: `CommandError` in the command's terms in place of the client's error.
    func ask<Value>(
        _ asked: Asked,
        currentETag: (() async throws -> ETag?)? = nil,
        _ request: () async throws -> Value
    ) async throws -> Value {
        do {
            return try await request()
        } catch let error as ServiceClientError {
            let isStale = error.reason == .refused && error.status == 412
            // Without it the message is shorter, and still right.
            let now = isStale ? try? await currentETag?() : nil
            throw Refusal.explain(error, asked, address, currentETag: now)
        }
    }
}
