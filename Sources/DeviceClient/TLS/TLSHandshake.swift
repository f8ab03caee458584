internal import COpenSSL
internal import Glibc

/// What one connection gives to its TLS handshake, and what it learns from it.
///
/// OpenSSL calls back on the thread that drives the connection, inside one of our own calls, so this needs no lock.
final class TLSHandshake {
    /// The name that the certificate must be for, and that is sent as SNI unless it is an address.
    let serverName: String
    /// The session to take up, then the newest one that the hub has handed out; of the same device with the same
    /// certificate, for a hub that takes a session up asks for no certificate.
    var session: TLSSession?
    /// What to show when the hub asks for a certificate.
    let certificate: DeviceCertificate?
    /// Why the certificate was refused, in OpenSSL's words.
    fileprivate(set) var certificateProblem: String?
    /// The last alert, in OpenSSL's words.
    fileprivate(set) var alert: String?
    /// Whether the last alert was the hub's, and about the device's certificate.
    fileprivate(set) var isRefused = false

    init(serverName: String, session: TLSSession?, certificate: DeviceCertificate? = nil) {
        self.serverName = serverName
        self.session = session
        self.certificate = certificate
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
        // `DeviceTLS.check` has seen that OpenSSL takes it.
        _ = handshake.certificate?.show(in: ssl)
        if let session = handshake.session { SSL_set_session(ssl, session.pointer) }
    }

    /// Notes an alert that has come or gone.
    fileprivate func note(alert value: Int32, isFromHub: Bool) {
        guard let text = SSL_alert_desc_string_long(value) else { return }
        alert = "\(isFromHub ? "the hub says" : "we say") '\(String(cString: text))'"
        isRefused = isFromHub && Self.certificateAlerts.contains(value & 0xFF)
    }

    /// What a hub says of a certificate that it does not accept, or misses.
    ///
    /// Source: RFC 8446, "The Transport Layer Security (TLS) Protocol Version 1.3", 6.2.
    private static let certificateAlerts: Set<Int32> = [
        SSL_AD_BAD_CERTIFICATE, SSL_AD_UNSUPPORTED_CERTIFICATE, SSL_AD_CERTIFICATE_REVOKED, SSL_AD_CERTIFICATE_EXPIRED,
        SSL_AD_CERTIFICATE_UNKNOWN, SSL_AD_UNKNOWN_CA, SSL_AD_ACCESS_DENIED, SSL_AD_CERTIFICATE_REQUIRED,
    ]

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
    } else if place & SSL_CB_ALERT != 0 {
        TLSHandshake.of(ssl)?.note(alert: value, isFromHub: place & SSL_CB_READ != 0)
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
