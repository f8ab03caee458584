import IoTHub
import ServiceClient

/// A request of the page that could not be carried out.
struct PageFailure: Error {
    /// The HTTP status of the answer.
    var status: Int
    /// What was found, what was expected, what to do; several lines when a place in a text is shown.
    var message: String

    init(_ status: Int, _ message: String) {
        self.status = status
        self.message = message
    }

    /// What the hub or the way to it says.
    init(_ error: ServiceClientError, device: String? = nil) {
        let named = device.map { "'\($0)'" } ?? "the device"
        switch (error.reason, error.status) {
        case (.refused, 404): self.init(404, "The hub has no device \(named).")
        case (.refused, 412):
            self.init(
                412,
                "The twin has changed since you looked, so nothing was written. Look at it again, then repeat."
            )
        case (.refused, 429): self.init(429, "The hub takes no more requests now (429); the next try may succeed.")
        case (.refused, let status):
            let code = error.code.map { " \($0.name)" } ?? ""
            self.init(status, "The hub answers \(status)\(code): \(error.message)")
        case (.invalidArgument, _): self.init(400, error.message)
        default: self.init(502, "The hub cannot be asked: \(error.message)")
        }
    }

    /// Any error of a call to the hub.
    init(_ error: any Error, device: String? = nil) {
        switch error {
        case let error as PageFailure: self = error
        case let error as ServiceClientError: self.init(error, device: device)
        default: self.init(502, "The hub cannot be asked: \(error)")
        }
    }

    var answer: LiveAnswer { .json(status: status, ["error": .string(message)]) }
}

extension LiveAnswer {
    static func json(status: Int = 200, _ object: JSONObject) -> LiveAnswer {
        .whole(status: status, contentType: "application/json", headers: [], body: object.serialized())
    }
}
