internal import COpenSSL

/// Makes keys (EC, P-256) and the certificates for them.
///
/// Source: RFC 5280, "Internet X.509 Public Key Infrastructure Certificate and Certificate Revocation List (CRL) Profile".
enum CertificateMaker {
    /// What a certificate shall say.
    struct Content {
        var commonName: String
        /// First and last second of its life, since 1970-01-01T00:00:00Z.
        var validity: ClosedRange<Int64>
        /// Whether it is for signing others.
        var isAuthority = false
    }

    /// Who signs.
    struct Issuer {
        var certificate: CertificateHandle
        var key: KeyHandle
    }

    /// RFC 5280's ub-common-name.
    private static let longestName = 64

    static func makeKey() throws(DeviceClientError) -> KeyHandle {
        guard let key = twinfleet_EVP_EC_gen("P-256") else { throw OpenSSLErrors.failure(to: "make a key") }
        return KeyHandle(owning: key)
    }

    /// Makes a certificate for a key, signed by an issuer, or by the key itself.
    static func make(
        _ content: Content,
        for key: KeyHandle,
        by issuer: Issuer? = nil
    ) throws(DeviceClientError) -> CertificateHandle {
        let length = content.commonName.unicodeScalars.count
        guard (1...longestName).contains(length) else {
            throw DeviceClientError(
                .invalidArgument,
                "the common name '\(content.commonName)' has \(length) characters; X.509 allows 1 to \(longestName)"
            )
        }
        defer { ERR_clear_error() }
        guard let pointer = X509_new() else { throw OpenSSLErrors.failure(to: "make a certificate") }
        let certificate = CertificateHandle(owning: pointer)
        let issuerPointer = issuer?.certificate.pointer ?? pointer
        guard X509_set_version(pointer, Int(X509_VERSION_3)) == 1,
            setSerialNumber(pointer),
            setName(pointer, content.commonName),
            X509_set_issuer_name(pointer, X509_get_subject_name(issuerPointer)) == 1,
            ASN1_TIME_set(X509_getm_notBefore(pointer), time_t(content.validity.lowerBound)) != nil,
            ASN1_TIME_set(X509_getm_notAfter(pointer), time_t(content.validity.upperBound)) != nil,
            X509_set_pubkey(pointer, key.pointer) == 1,
            addExtensions(pointer, issuedBy: issuerPointer, isAuthority: content.isAuthority),
            X509_sign(pointer, issuer?.key.pointer ?? key.pointer, EVP_sha256()) > 0
        else { throw OpenSSLErrors.failure(to: "make a certificate") }
        return certificate
    }

    /// 127 random bits, which no two certificates of an issuer share.
    private static func setSerialNumber(_ certificate: OpaquePointer) -> Bool {
        guard let number = BN_new() else { return false }
        defer { BN_free(number) }
        return BN_rand(number, 127, BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ANY) == 1
            && BN_to_ASN1_INTEGER(number, X509_get_serialNumber(certificate)) != nil
    }

    private static func setName(_ certificate: OpaquePointer, _ commonName: String) -> Bool {
        let bytes = Array(commonName.utf8)
        let name = X509_get_subject_name(certificate)
        let count = Int32(bytes.count)
        return X509_NAME_add_entry_by_NID(name, NID_commonName, MBSTRING_UTF8, bytes, count, -1, 0) == 1
    }

    private static func addExtensions(_ certificate: OpaquePointer, issuedBy issuer: OpaquePointer, isAuthority: Bool)
        -> Bool
    {
        var context = X509V3_CTX()
        X509V3_set_ctx(&context, issuer, certificate, nil, nil, 0)
        func add(_ kind: Int32, _ value: String) -> Bool {
            guard let part = X509V3_EXT_conf_nid(nil, &context, kind, value) else { return false }
            defer { X509_EXTENSION_free(part) }
            return X509_add_ext(certificate, part, -1) == 1
        }
        if isAuthority {
            return add(NID_basic_constraints, "critical,CA:TRUE") && add(NID_key_usage, "critical,keyCertSign,cRLSign")
                && add(NID_subject_key_identifier, "hash")
        }
        return add(NID_basic_constraints, "critical,CA:FALSE") && add(NID_key_usage, "critical,digitalSignature")
            && add(NID_ext_key_usage, "clientAuth") && add(NID_subject_key_identifier, "hash")
            // Its own identifier would be that of a certificate which nobody asks for.
            && (issuer == certificate || add(NID_authority_key_identifier, "keyid"))
    }
}
