internal import Foundation
internal import IoTHub

/// A token and how long it is good for.
struct SASToken: Sendable {
    var text: String
    /// Seconds from the moment it was made or read until it must be replaced; zero when that moment has passed.
    var usableFor: Duration
}

/// How a device gets its tokens.
enum SASCredential: Sendable {
    /// Tokens are made from a key whenever one is needed.
    case key(String, timeToLive: Duration, renewalShare: Double)
    /// One token was given; when it ends, there is no other.
    case token(String, expiry: Int64)

    /// Whether there is a next token when this one ends.
    var isRenewable: Bool {
        switch self {
        case .key: true
        case .token: false
        }
    }

    /// A token for a resource; `now` is in seconds since 1970-01-01T00:00:00Z.
    func token(for resource: String, now: Double) throws(DeviceClientError) -> SASToken {
        switch self {
        case .token(let text, let expiry):
            return SASToken(text: text, usableFor: .seconds(max(0, Double(expiry) - now)))
        case .key(let key, let timeToLive, let renewalShare):
            // Whole seconds; rounding up keeps a short life from ending before it began.
            let expiry = (now + timeToLive / .seconds(1)).rounded(.up)
            do {
                let signature = try SharedAccessSignature.create(resource: resource, key: key, expiry: Int64(expiry))
                return SASToken(text: signature.token, usableFor: .seconds((expiry - now) * (1 - renewalShare)))
            } catch {
                throw DeviceClientError(.invalidArgument, error.message)
            }
        }
    }
}
