import IoTHub

/// The answer to a service request, before it becomes HTTP.
struct ServiceAnswer: Sendable {
    var status: Int
    /// JSON; nil for none.
    var body: [UInt8]?
    /// The ETag of the one entity in the answer.
    var etag: ETag?
    /// What the elements of a page are.
    var itemType: QueryPage.ItemType?
    /// The token for the next page; nil when there is none.
    var continuation: String?
    /// What went wrong, for the header that clients look at.
    var errorCode: IoTHubErrorCode?

    init(status: Int, body: [UInt8]? = nil, etag: ETag? = nil) {
        self.status = status
        self.body = body
        self.etag = etag
    }

    /// An identity.
    init(_ device: Device) {
        self.init(status: 200, body: device.json.serialized(), etag: device.etag)
    }

    /// A twin.
    init(_ snapshot: TwinSnapshot) {
        self.init(status: 200, body: snapshot.serviceView.serialized(), etag: snapshot.twin.etag)
    }

    /// An object that is no entity of the registry.
    init(_ object: JSONObject) {
        self.init(status: 200, body: object.serialized())
    }

    /// A page of a query.
    /// - Parameters:
    ///   - page: its rows.
    ///   - text: the query, to which the token for the next page is bound.
    init(_ page: QueryPage, of text: String) {
        self.init(status: 200, body: JSON.array(page.rows).serialized())
        itemType = page.itemType
        continuation = page.next.map { ContinuationToken.text(for: $0, in: text) }
    }

    /// A refusal, in the registry's style.
    ///
    /// Source: Azure IoT Hub documentation, "Understand and resolve Azure IoT Hub error codes".
    init(_ error: IoTHubError, at time: HubTimestamp) {
        let text: JSONObject = [
            "Message": .string("ErrorCode:\(error.code.name);\(error.message)"),
            "ExceptionMessage": .string("Tracking ID:\(Self.trackingID)-G:0-TimeStamp:\(Self.stamp(time))"),
        ]
        self.init(status: error.code.httpStatus, body: text.serialized())
        errorCode = error.code
    }

    private static var trackingID: String {
        let digits =
            String(UInt64.random(in: .min ... .max), radix: 16) + String(UInt64.random(in: .min ... .max), radix: 16)
        return String(repeating: "0", count: 32 - digits.count) + digits
    }

    /// A time as `MM/dd/yyyy HH:mm:ss`.
    private static func stamp(_ time: HubTimestamp) -> String {
        let text = String(decoding: time.utf8Text, as: UTF8.self)
        let date = text.prefix(10).split(separator: "-")
        return date.count == 3 ? "\(date[1])/\(date[2])/\(date[0]) \(text.dropFirst(11).prefix(8))" : text
    }
}
