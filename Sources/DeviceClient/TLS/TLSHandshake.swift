internal import COpenSSL
internal import Glibc

/// What one connection gives to its TLS handshake, and what it learns from it.
///
/// OpenSSL calls back on the thread that drives the connection, inside one of our own calls, so this needs no lock.
final class TLSHandshake {
    /// The name that the certificate must be for, and that is sent as SNI unless it is an address.
    let serverName: String
    /// The session to take up, then the newest one that the hub has handed out.
    var session: TLSSession?
    /// Why the certificate was refused, in OpenSSL's words.
    fileprivate(set) var certificateProblem: String?
    /// The last alert, in OpenSSL's words.
    fileprivate(set) var alert: String?

    init(serverName: String, session: TLSSession?) {
        self.serverName = serverName
        self.session = session
    }

    /// Runs the call that makes the SSL object, so that the object's first callback finds this handshake.
    func whileStarting<Result>(_ body: () -> Result) -> Result {
        pthread_setspecific(Self.starting, Unmanaged.passUnretained(self).toOpaque())
        defer { pthread_setspecific(Self.starting, nil) }
        return body()
    }

    /// The handshake that an SSL object belongs to; the connection that owns both outlives the object.
    fileprivate static func of(_ ssl: OpaquePointer?) -> TLSHandshake? {
        guard let ssl, let pointer = SSL_get_ex_data(ssl, index) else { return nil }
        return Unmanaged<TLSHandshake>.fromOpaque(pointer).takeUnretainedValue()
    }

    /// Prepares a new SSL object, before its ClientHello is built.
    fileprivate static func prepare(_ ssl: OpaquePointer) {
        guard of(ssl) == nil, let pointer = pthread_getspecific(starting) else { return }
        SSL_set_ex_data(ssl, index, pointer)
        let handshake = Unmanaged<TLSHandshake>.fromOpaque(pointer).takeUnretainedValue()
        // libmosquitto has set SNI to the address that it was given.
        if HostAddress(numeric: handshake.serverName) == nil {
            _ = twinfleet_SSL_set_tlsext_host_name(ssl, handshake.serverName)
            SSL_set_hostflags(ssl, UInt32(X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS))
            SSL_set1_host(ssl, handshake.serverName)
        } else {
            _ = twinfleet_SSL_set_tlsext_host_name(ssl, nil)
            X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), handshake.serverName)
        }
        if let session = handshake.session { SSL_set_session(ssl, session.pointer) }
    }

    /// The handshake of the object that the calling thread is making.
    private static let starting: pthread_key_t = {
        var key = pthread_key_t()
        // Fails only when the process has used up its 1,024 keys.
        precondition(pthread_key_create(&key, nil) == 0, "no thread-specific key left")
        return key
    }()

    private static let index = CRYPTO_get_ex_new_index(CRYPTO_EX_INDEX_SSL, 0, nil, nil, nil, nil)
}

/// Info callback: a handshake begins, or an alert comes or goes.
func handshakeNews(_ ssl: OpaquePointer?, _ place: Int32, _ value: Int32) {
    if place & SSL_CB_HANDSHAKE_START != 0, let ssl {
        TLSHandshake.prepare(ssl)
    } else if place & SSL_CB_ALERT != 0, let handshake = TLSHandshake.of(ssl),
        let text = SSL_alert_desc_string_long(value)
    {
        let direction = place & SSL_CB_READ != 0 ? "the hub says" : "we say"
        handshake.alert = "\(direction) '\(String(cString: text))'"
    }
}

/// Verify callback: keeps OpenSSL's verdict, and notes it when it is a refusal.
func verified(_ isGood: Int32, _ store: OpaquePointer?) -> Int32 {
    guard isGood != 1, let store else { return isGood }
    let ssl = X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx())
    if let handshake = TLSHandshake.of(ssl.map { OpaquePointer($0) }),
        let text = X509_verify_cert_error_string(Int(X509_STORE_CTX_get_error(store)))
    {
        handshake.certificateProblem = String(cString: text)
    }
    return isGood
}

/// New-session callback: takes the reference over by answering 1.
func receivedSession(_ ssl: OpaquePointer?, _ session: OpaquePointer?) -> Int32 {
    guard let session, let handshake = TLSHandshake.of(ssl) else { return 0 }
    handshake.session = TLSSession(owning: session)
    return 1
}
