import HTTPTypes
import HummingbirdCore
import IoTHub
import Logging
import NIOCore

/// Turns HTTP requests into calls of the service API, and its answers into responses.
struct ServiceResponder: Sendable {
    let api: ServiceAPI
    let logger: Logger

    func respond(to request: Request, _ writer: consuming ResponseWriter) async throws {
        let answer = try await answer(to: request)
        // The path has no secrets; headers and bodies do, and are never logged.
        logger.debug(
            "request",
            metadata: [
                "method": "\(request.method.rawValue)", "path": "\(request.uri.path)", "status": "\(answer.status)",
                "error": "\(answer.errorCode?.name ?? "none")",
            ]
        )
        try await writer.write(response: Self.head(of: answer), body: Self.body(of: answer, to: request.method))
    }

    private func answer(to request: Request) async throws -> ServiceAnswer {
        let head = ServiceAPI.Head(
            method: request.method.rawValue,
            target: request.head.path ?? "",
            authorization: request.headers[.authorization],
            ifMatch: request.headers[.ifMatch]
        )
        let route: Route
        do {
            route = try api.admit(head)
        } catch {
            return api.refuse(error)
        }
        do {
            let body = try await request.body.collect(upTo: route.largestBody)
            return body.withUnsafeReadableBytes { api.answer(route, head, body: $0) }
        } catch is NIOTooManyBytesError {
            return api.refuse(
                IoTHubError(.messageTooLarge, "the body has more than \(route.largestBody) bytes")
            )
        }
    }

    private static func head(of answer: ServiceAnswer) -> HTTPResponse {
        var response = HTTPResponse(status: HTTPResponse.Status(code: answer.status))
        response.headerFields[.server] = "twinfleet-hub"
        response.headerFields[.vary] = "Origin"
        if let requestID { response.headerFields[requestID] = Self.newRequestID() }
        if let etag = answer.etag { response.headerFields[.eTag] = etag.quoted }
        if let code = answer.errorCode, let errorCode { response.headerFields[errorCode] = code.name }
        if let body = answer.body {
            response.headerFields[.contentType] = "application/json; charset=utf-8"
            response.headerFields[.contentLength] = String(body.count)
        } else if answer.status != 204 {
            response.headerFields[.contentLength] = "0"
        }
        return response
    }

    private static func body(of answer: ServiceAnswer, to method: HTTPRequest.Method) -> ResponseBody {
        // A body after HEAD would be taken for the next answer.
        guard let body = answer.body, method != .head else { return ResponseBody() }
        return ResponseBody(byteBuffer: ByteBuffer(bytes: body))
    }

    private static let requestID = HTTPField.Name("x-ms-request-id")
    private static let errorCode = HTTPField.Name("iothub-errorcode")

    /// A text in the form of a UUID, different for each answer.
    private static func newRequestID() -> String {
        func hex(_ value: some FixedWidthInteger, _ width: Int) -> String {
            let digits = String(value, radix: 16)
            return String(repeating: "0", count: max(0, width - digits.count)) + digits
        }
        let high = UInt64.random(in: .min ... .max)
        let low = UInt64.random(in: .min ... .max)
        return hex(high >> 32, 8) + "-" + hex(high >> 16 & 0xFFFF, 4) + "-" + hex(high & 0x0FFF | 0x4000, 4) + "-"
            + hex(low >> 48 & 0x3FFF | 0x8000, 4) + "-" + hex(low & 0xFFFF_FFFF_FFFF, 12)
    }
}
