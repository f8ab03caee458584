import IoTHub
import NIOHTTP1

/// What an error answer of the hub says, whichever of its three shapes the body has.
///
/// 1. `{"Message":"ErrorCode:DeviceNotFound;dev1","ExceptionMessage":"Tracking ID:…"}`
/// 2. the same with JSON text in `Message`: `{"errorCode":404103,"trackingId":"…","message":"…"}`
/// 3. bare: `{"errorCode":409301,"message":"…","trackingId":"…"}`
///
/// Source: Azure IoT Hub documentation, "Understand and resolve Azure IoT Hub error codes"; Microsoft's service SDKs.
struct ErrorAnswer {
    var code: IoTHubErrorCode?
    var message: String
    var trackingID: String?

    /// - Parameters:
    ///   - status: The HTTP status, used for the message when the body says nothing.
    ///   - header: The value of `iothub-errorcode`.
    ///   - body: The body as JSON; `nil` when it is empty or not JSON.
    ///   - text: The body as text.
    init(status: HTTPResponseStatus, header: String?, body: JSON?, text: String) {
        var bodyCode: IoTHubErrorCode?
        var message: String?
        if let body, body["errorCode"] != nil {
            (bodyCode, message, trackingID) = Self.bare(body)
        } else if let body, let outer = body["Message"]?.stringValue {
            if let inner = try? JSON(parsing: outer), inner["errorCode"] != nil {
                (bodyCode, message, trackingID) = Self.bare(inner)
            } else {
                (bodyCode, message) = Self.registryStyle(outer)
            }
            if trackingID == nil { trackingID = Self.trackingID(in: body["ExceptionMessage"]?.stringValue) }
        }
        let headerCode = header.flatMap(Self.code)
        // As Microsoft's own client does: two sources that disagree make the specific code worthless.
        switch (bodyCode, headerCode) {
        case (let code?, let other?): self.code = code == other ? code : nil
        case (let code?, nil), (nil, let code?): self.code = code
        case (nil, nil): self.code = nil
        }
        self.message = message ?? Self.fallback(status: status, text: text)
    }

    private static func bare(_ body: JSON) -> (IoTHubErrorCode?, String?, String?) {
        let number = body["errorCode"]?.integerValue.flatMap { Int(exactly: $0) }.map { IoTHubErrorCode(rawValue: $0) }
        let named = body["errorCode"]?.stringValue.flatMap(code)
        return (number ?? named, body["message"]?.stringValue, body["trackingId"]?.stringValue)
    }

    /// `ErrorCode:Name;text`; anything else is a message without a code.
    private static func registryStyle(_ text: String) -> (IoTHubErrorCode?, String?) {
        let prefix = "ErrorCode:"
        guard text.hasPrefix(prefix) else { return (nil, text) }
        let rest = text.dropFirst(prefix.count)
        guard let semicolon = rest.firstIndex(of: ";") else { return (code(String(rest)), text) }
        let message = rest[rest.index(after: semicolon)...]
        return (code(String(rest[..<semicolon])), message.isEmpty ? text : String(message))
    }

    private static func trackingID(in text: String?) -> String? {
        let prefix = "Tracking ID:"
        guard let text, text.hasPrefix(prefix) else { return nil }
        return String(text.dropFirst(prefix.count))
    }

    static func code(_ text: String) -> IoTHubErrorCode? {
        if let number = Int(text) { return IoTHubErrorCode(rawValue: number) }
        return IoTHubErrorCode(name: text)
    }

    private static func fallback(status: HTTPResponseStatus, text: String) -> String {
        let line = text.split(whereSeparator: \.isNewline).first.map(String.init) ?? ""
        if line.isEmpty { return "\(status.reasonPhrase), with no explanation" }
        return "\(status.reasonPhrase), with the body: \(line.prefix(200))"
    }
}
