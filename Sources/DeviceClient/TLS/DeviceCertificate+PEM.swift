internal import COpenSSL

extension DeviceCertificate {
    /// The certificate and those between it and its root, in PEM.
    public var certificatePEM: String {
        PEMText.make { bio in
            for certificate in [leaf] + chain.certificates { PEM_write_bio_X509(bio, certificate.pointer) }
        }
    }

    /// The private key in PEM (PKCS#8).
    /// - Parameter passphrase: what to encrypt it with (AES-256); without one the text is all that it takes to be the device.
    /// - Returns: the text.
    public func keyPEM(passphrase: String? = nil) -> String {
        PEMText.make { bio in
            let cipher = passphrase == nil ? nil : EVP_aes_256_cbc()
            let count = Int32(clamping: passphrase?.utf8.count ?? 0)
            PEM_write_bio_PKCS8PrivateKey(bio, key.pointer, cipher, passphrase, count, nil, nil)
        }
    }
}

/// Texts that OpenSSL writes.
private enum PEMText {
    static func make(_ body: (OpaquePointer) -> Void) -> String {
        // Writing to memory fails only where allocations of Swift's would end the program.
        guard let bio = BIO_new(BIO_s_mem()) else { return "" }
        defer { BIO_free(bio) }
        body(bio)
        ERR_clear_error()
        var bytes: UnsafeMutablePointer<CChar>?
        let count = twinfleet_BIO_get_mem_data(bio, &bytes)
        let buffer = UnsafeRawBufferPointer(start: bytes, count: bytes == nil ? 0 : max(0, count))
        return String(decoding: buffer, as: UTF8.self)
    }
}
