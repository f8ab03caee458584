import AsyncHTTPClient
import Glibc
import IoTHub
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL

/// Turns what the HTTP client throws into this library's error.
enum TransportFailure {
    /// - Parameters:
    ///   - error: What the HTTP client threw; not a cancellation.
    ///   - operation: Method and path of the request.
    ///   - hub: The server's address, `https://host:port`.
    ///   - hasAnswered: Whether it has answered before, so that connections to it may have existed.
    ///   - timeout: The time that was allowed, for the message.
    /// - Returns: The error to throw.
    static func error(
        for error: any Error,
        operation: String,
        hub: String,
        hasAnswered: Bool,
        timeout: Duration
    ) -> ServiceClientError {
        switch error {
        case let error as ServiceClientError:
            return error
        case let error as HTTPClientError:
            return fromClient(error, operation: operation, hub: hub, timeout: timeout)
        case let error as NIOConnectionError:
            return ServiceClientError(
                reason: .unreachable,
                operation: operation,
                message: "cannot reach \(hub): \(explain(error))"
            )
        case let error as IOError where isBeforeConnection(error.errnoCode, hasAnswered: hasAnswered):
            return ServiceClientError(
                reason: .unreachable,
                operation: operation,
                message: "cannot reach \(hub): \(String(cString: strerror(error.errnoCode)))"
            )
        case let error as NIOSSLError:
            return fromTLS(error, operation: operation, hub: hub)
        case let error as NIOSSLExtraError where error == .failedToValidateHostname:
            return ServiceClientError(
                reason: .untrustedCertificate,
                operation: operation,
                message: "the certificate of \(hub) is not made out to this host name"
            )
        case let error as HTTPParserError where error == .invalidEOFState:
            // The connection ended in the middle of an answer.
            return ServiceClientError(
                reason: .connectionLost,
                operation: operation,
                message: "the connection to \(hub) was lost in the middle of the answer"
            )
        case is HTTPParserError, is NIOTooManyBytesError:
            return ServiceClientError(
                reason: .unreadableAnswer,
                operation: operation,
                message: "\(hub) did not answer in HTTP as expected: \(error)"
            )
        case let error as IOError:
            // Its own description is of the system call, and for programmers.
            return ServiceClientError(
                reason: .connectionLost,
                operation: operation,
                message: "the connection to \(hub) was lost: \(String(cString: strerror(error.errnoCode)))"
            )
        default:
            return ServiceClientError(
                reason: .connectionLost,
                operation: operation,
                message: "the connection to \(hub) was lost: \(error)"
            )
        }
    }

    /// Whether a system error can only come from setting up a connection, so that no request went out.
    private static func isBeforeConnection(_ code: CInt, hasAnswered: Bool) -> Bool {
        switch code {
        case ECONNREFUSED, EADDRNOTAVAIL, EMFILE, ENFILE: true
        // A live connection can end with these, too.
        case EHOSTUNREACH, ENETUNREACH, ENETDOWN, ETIMEDOUT: !hasAnswered
        default: false
        }
    }

    private static func fromClient(
        _ error: HTTPClientError,
        operation: String,
        hub: String,
        timeout: Duration
    ) -> ServiceClientError {
        switch error {
        case .connectTimeout, .tlsHandshakeTimeout:
            ServiceClientError(
                reason: .unreachable,
                operation: operation,
                message: "no connection to \(hub) within the connect timeout"
            )
        case .getConnectionFromPoolTimeout:
            ServiceClientError(
                reason: .unreachable,
                operation: operation,
                message: "no free connection to \(hub) within the connect timeout; "
                    + "it is too slow for this many requests, or maximumConnections is too low"
            )
        case .deadlineExceeded, .readTimeout, .writeTimeout:
            ServiceClientError(
                reason: .timedOut,
                operation: operation,
                message: "no answer from \(hub) within \(timeout)"
            )
        case .alreadyShutdown:
            ServiceClientError(reason: .closed, operation: operation, message: "this client has been closed")
        case .invalidURL, .emptyHost, .emptyScheme:
            ServiceClientError(reason: .invalidArgument, operation: operation, message: "not a usable address: \(hub)")
        default:
            ServiceClientError(
                reason: .connectionLost,
                operation: operation,
                message: "the connection to \(hub) was lost: \(error)"
            )
        }
    }

    private static func fromTLS(_ error: NIOSSLError, operation: String, hub: String) -> ServiceClientError {
        guard case .handshakeFailed = error else {
            return ServiceClientError(
                reason: .connectionLost,
                operation: operation,
                message: "the connection to \(hub) was lost: \(error)"
            )
        }
        let text = String(describing: error)
        guard text.contains("CERTIFICATE_VERIFY_FAILED") else {
            return ServiceClientError(
                reason: .unreachable,
                operation: operation,
                message: "TLS handshake with \(hub) failed (is it an HTTPS port?): \(text)"
            )
        }
        return ServiceClientError(
            reason: .untrustedCertificate,
            operation: operation,
            message: "the certificate of \(hub) is not signed by a trusted authority; "
                + "for a local hub name its ca.pem as the trusted authority"
        )
    }

    private static func explain(_ error: NIOConnectionError) -> String {
        if let failure = error.connectionErrors.first {
            if let error = failure.error as? IOError { return String(cString: strerror(error.errnoCode)) }
            return "\(failure.error)"
        }
        if error.dnsAError != nil || error.dnsAAAAError != nil {
            return "the name \"\(error.host)\" does not resolve"
        }
        return "no address for \"\(error.host)\""
    }
}
