internal import CMosquitto
internal import Glibc
internal import IoTHub

// What libmosquitto calls, on the thread and inside the call that drives the connection.

private func connection(_ user: UnsafeMutableRawPointer?) -> MosquittoConnection? {
    // The connection owns the library's client, so it outlives every call.
    user.map { Unmanaged<MosquittoConnection>.fromOpaque($0).takeUnretainedValue() }
}

func connectAnswered(_ client: OpaquePointer?, _ user: UnsafeMutableRawPointer?, _ code: Int32) {
    connection(user)?.noteConnectAnswer(code: code)
}

func subscribeAnswered(
    _ client: OpaquePointer?,
    _ user: UnsafeMutableRawPointer?,
    _ message: Int32,
    _ count: Int32,
    _ granted: UnsafePointer<Int32>?
) {
    let codes = UnsafeBufferPointer(start: granted, count: granted == nil ? 0 : Int(count))
    let isGranted = !codes.isEmpty && codes.allSatisfy { $0 < 0x80 }
    connection(user)?.subscriptionsAnswered(message, isGranted: isGranted)
}

func unsubscribeAnswered(_ client: OpaquePointer?, _ user: UnsafeMutableRawPointer?, _ message: Int32) {
    connection(user)?.subscriptionsAnswered(message, isGranted: true)
}

func messageReceived(
    _ client: OpaquePointer?,
    _ user: UnsafeMutableRawPointer?,
    _ message: UnsafePointer<mosquitto_message>?
) {
    guard let connection = connection(user), let message = message?.pointee, let topic = message.topic else { return }
    let payload = UnsafeRawBufferPointer(
        start: message.payload,
        count: message.payload == nil ? 0 : Int(message.payloadlen)
    )
    if let event = LinkEvent(topic: UnsafeRawBufferPointer(start: topic, count: strlen(topic)), payload: payload) {
        connection.inbox.append(event)
    }
}

extension LinkEvent {
    /// Reads a message; nil when it is an answer to somebody else's request.
    init?(topic: UnsafeRawBufferPointer, payload: UnsafeRawBufferPointer) {
        switch TwinTopic(topic) {
        case .desired(let topicVersion):
            do {
                let properties = TwinCollection(section: try JSONObject(parsing: payload))
                guard let version = properties.version ?? topicVersion else {
                    self = .malformed("a notification of desired properties without $version")
                    return
                }
                self = .desired(version: version, properties: properties)
            } catch {
                self = .malformed("a notification of desired properties that is no JSON object: \(error)")
            }
        case .response(_, nil, _):
            return nil
        case .response(let status, let rid?, let version):
            // Some hubs answer an error with an empty body or with text; the status says enough then.
            let body = payload.isEmpty ? nil : try? JSON(parsing: payload)
            self = .answered(TwinAnswer(rid: rid, status: status, version: version, body: body))
        case .other:
            self = .malformed("a message on the topic '\(String(decoding: topic.prefix(200), as: UTF8.self))'")
        }
    }
}
