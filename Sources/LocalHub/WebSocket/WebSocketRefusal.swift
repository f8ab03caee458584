import IoTHub

/// Why a request for a WebSocket is refused, and with which status.
struct WebSocketRefusal: Error {
    /// The code and the words of the answer.
    let error: IoTHubError
    /// The HTTP status, where it is another than the code's.
    let status: Int?

    init(_ code: IoTHubErrorCode, _ message: String, status: Int? = nil) {
        error = IoTHubError(code, message)
        self.status = status
    }

    /// The client must ask for a WebSocket, or for another version; the answer says what there is.
    static func upgradeRequired(_ message: String) -> WebSocketRefusal {
        WebSocketRefusal(.genericBadRequest, message, status: 426)
    }
}
