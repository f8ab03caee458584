internal import COpenSSL
internal import Glibc

/// The TLS side of all devices: one OpenSSL context, whose price (certificate authorities above all) is paid once.
///
/// Certificates and host names are always verified, and TLS 1.2 is the least.
public final class DeviceTLS: Sendable {
    // Safe: an SSL_CTX counts its references and locks what connections share; nobody changes it after `init`.
    nonisolated(unsafe) let context: OpaquePointer

    /// Makes a context.
    /// - Parameter trustedCAFile: the authorities to trust, in PEM; nil for the system's.
    /// - Throws: `DeviceClientError` with `invalidArgument` when the file cannot be read as certificates.
    public convenience init(trustedCAFile: String?) throws(DeviceClientError) {
        try self.init(authorities: trustedCAFile)
    }

    private init(authorities file: String?) throws(DeviceClientError) {
        guard let context = SSL_CTX_new(TLS_client_method()) else {
            throw DeviceClientError(.systemLimit, "OpenSSL cannot make a context: \(OpenSSLErrors.take())")
        }
        self.context = context
        let loaded =
            if let file { SSL_CTX_load_verify_file(context, file) } else { SSL_CTX_set_default_verify_paths(context) }
        guard loaded == 1 else {
            let place = file.map { "certificate authorities from '\($0)'" } ?? "the system's certificate authorities"
            throw DeviceClientError(.invalidArgument, "cannot load \(place): \(OpenSSLErrors.take())")
        }
        _ = twinfleet_SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION)
        _ = twinfleet_SSL_CTX_set_mode(
            context,
            // Without the last one each handshake would look for a device's chain among the authorities.
            Int(
                SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER
                    | SSL_MODE_NO_AUTO_CHAIN
            )
        )
        _ = twinfleet_SSL_CTX_set_session_cache_mode(
            context,
            Int(SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL)
        )
        SSL_CTX_sess_set_new_cb(context, receivedSession)
        SSL_CTX_set_info_callback(context, handshakeNews)
        SSL_CTX_set_verify(context, SSL_VERIFY_PEER, verified)
    }

    deinit { SSL_CTX_free(context) }

    /// Refuses a certificate that OpenSSL would not show, such as one whose RSA key is too short.
    func check(_ certificate: DeviceCertificate) throws(DeviceClientError) {
        ERR_clear_error()
        guard let ssl = SSL_new(context) else { throw OpenSSLErrors.failure(to: "make a connection") }
        defer { SSL_free(ssl) }
        guard certificate.show(in: ssl) else {
            let problem = OpenSSLErrors.take()
            throw DeviceClientError(.invalidArgument, "OpenSSL does not take the device's certificate: \(problem)")
        }
    }

    /// The context of clients that name no authorities, made once.
    static let system = Result { () throws(DeviceClientError) in try DeviceTLS(trustedCAFile: nil) }
}

/// A TLS session that a later connection of the same device takes up again, which halves the price of a handshake.
final class TLSSession: Sendable {
    // Safe: an SSL_SESSION counts its references atomically and does not change once it has been handed out.
    nonisolated(unsafe) let pointer: OpaquePointer

    /// Takes over one reference.
    init(owning pointer: OpaquePointer) { self.pointer = pointer }

    deinit { SSL_SESSION_free(pointer) }
}

/// OpenSSL's error queue of the calling thread.
enum OpenSSLErrors {
    /// Empties the queue and gives its first entry in words.
    static func take() -> String {
        let code = ERR_get_error()
        ERR_clear_error()
        guard code != 0 else { return "no reason given" }
        return ERR_reason_error_string(code).map { String(cString: $0) } ?? "error \(code)"
    }
}
