import IoTHub
import NIOHTTP1

extension ServiceAnswer {
    /// The header fields that go with the answer.
    func headers(keepsAlive: Bool) -> HTTPHeaders {
        var fields = HTTPHeaders()
        fields.reserveCapacity(8)
        fields.add(name: "Server", value: "twinfleet-hub")
        fields.add(name: "Vary", value: "Origin")
        fields.add(name: "x-ms-request-id", value: Self.newRequestID())
        if let etag { fields.add(name: "ETag", value: etag.quoted) }
        if let itemType { fields.add(name: "x-ms-item-type", value: itemType.rawValue) }
        if let continuation { fields.add(name: "x-ms-continuation", value: continuation) }
        if let errorCode { fields.add(name: "iothub-errorcode", value: errorCode.name) }
        if body != nil { fields.add(name: "Content-Type", value: "application/json; charset=utf-8") }
        if status != 204 { fields.add(name: "Content-Length", value: String(body?.count ?? 0)) }
        if !keepsAlive { fields.add(name: "Connection", value: "close") }
        if status == 426 {
            // What to upgrade to; source: RFC 9110, "HTTP Semantics", section 15.5.22, and RFC 6455, section 4.4.
            fields.add(name: "Connection", value: "Upgrade")
            fields.add(name: "Upgrade", value: "websocket")
            fields.add(name: "Sec-WebSocket-Version", value: WebSocketOffer.version)
        }
        return fields
    }

    /// A text in the form of a UUID, different for each answer.
    private static func newRequestID() -> String {
        func hex(_ value: UInt64, _ width: Int) -> String {
            let digits = String(value, radix: 16)
            return String(repeating: "0", count: max(0, width - digits.count)) + digits
        }
        let high = UInt64.random(in: .min ... .max)
        let low = UInt64.random(in: .min ... .max)
        return hex(high >> 32, 8) + "-" + hex(high >> 16 & 0xFFFF, 4) + "-" + hex(high & 0x0FFF | 0x4000, 4) + "-"
            + hex(low >> 48 & 0x3FFF | 0x8000, 4) + "-" + hex(low & 0xFFFF_FFFF_FFFF, 12)
    }
}
