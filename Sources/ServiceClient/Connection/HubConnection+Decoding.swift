import IoTHub
import NIOCore
import NIOHTTP1

extension HubConnection {
    /// Sends a request and turns the answer's body into a value.
    ///
    /// - Throws: As ``send(_:)``, and ``ServiceClientError`` with `unreadableAnswer` when `make` throws.
    func value<Value>(of request: HubRequest, _ make: (JSON) throws -> Value) async throws -> Value {
        try decode(try await send(request), of: request, make)
    }

    /// Turns an answer's body into a value.
    ///
    /// - Throws: ``ServiceClientError`` with `unreadableAnswer` when the body is not JSON or `make` throws.
    func decode<Value>(
        _ response: HubResponse,
        of request: HubRequest,
        _ make: (JSON) throws -> Value
    ) throws -> Value {
        do {
            return try make(try JSON(response.body))
        } catch {
            throw ServiceClientError(
                reason: .unreadableAnswer,
                operation: request.name,
                status: Int(response.status.code),
                message: "the answer is not what the API promises: \(error)"
            )
        }
    }
}

extension JSON {
    /// Parses a whole buffer without copying it first.
    init(_ buffer: ByteBuffer) throws {
        self = try buffer.withUnsafeReadableBytes { bytes in try JSON(parsing: bytes) }
    }
}
