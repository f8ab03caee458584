internal import COpenSSL
internal import Glibc

/// A certificate of OpenSSL's, freed with the last who holds it.
final class CertificateHandle: Sendable {
    // Safe: an X509 counts its references atomically and locks what it caches; nobody changes it once it is in here.
    nonisolated(unsafe) let pointer: OpaquePointer

    /// Takes over one reference.
    init(owning pointer: OpaquePointer) { self.pointer = pointer }

    deinit { X509_free(pointer) }

    /// First and last second of its life, since 1970-01-01T00:00:00Z; nil when they are no times.
    var validity: ClosedRange<Int64>? {
        guard let from = Self.seconds(X509_get0_notBefore(pointer)),
            let until = Self.seconds(X509_get0_notAfter(pointer))
        else { return nil }
        // One that ends before it begins is never good.
        return from...max(from, until)
    }

    private static func seconds(_ time: UnsafePointer<ASN1_TIME>?) -> Int64? {
        var parts = tm()
        guard let time, ASN1_TIME_to_tm(time, &parts) == 1 else { return nil }
        return Int64(timegm(&parts))
    }

    /// The first common name of the subject; nil when there is none.
    var commonName: String? {
        guard let name = X509_get_subject_name(pointer) else { return nil }
        let index = X509_NAME_get_index_by_NID(name, NID_commonName, -1)
        guard index >= 0, let entry = X509_NAME_get_entry(name, index) else { return nil }
        var bytes: UnsafeMutablePointer<UInt8>?
        let count = ASN1_STRING_to_UTF8(&bytes, X509_NAME_ENTRY_get_data(entry))
        guard count >= 0, let bytes else { return nil }
        defer { CRYPTO_free(bytes, #file, #line) }
        return String(validating: UnsafeBufferPointer(start: bytes, count: Int(count)), as: UTF8.self)
    }

    /// The digest of its DER form, in upper-case hexadecimal digits.
    func thumbprint(_ method: OpaquePointer?) -> String {
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: Int(EVP_MAX_MD_SIZE)) { digest in
            var count: UInt32 = 0
            guard X509_digest(pointer, method, digest.baseAddress, &count) == 1 else { return "" }
            let digits = Array("0123456789ABCDEF".utf8)
            var text: [UInt8] = []
            for byte in digest[..<Int(count)] { text += [digits[Int(byte >> 4)], digits[Int(byte & 15)]] }
            return String(decoding: text, as: UTF8.self)
        }
    }
}

/// A private key of OpenSSL's, freed with the last who holds it.
final class KeyHandle: Sendable {
    // Safe: an EVP_PKEY counts its references atomically and locks what it caches; nobody changes it once it is in here.
    nonisolated(unsafe) let pointer: OpaquePointer

    /// Takes over one reference.
    init(owning pointer: OpaquePointer) { self.pointer = pointer }

    deinit { EVP_PKEY_free(pointer) }
}

/// The certificates between a device's own and a root, in OpenSSL's form; devices of one authority share it.
final class CertificateChain: Sendable {
    let certificates: [CertificateHandle]
    // Safe: nobody changes the stack after `init`.
    nonisolated(unsafe) let stack: OpaquePointer?

    init(_ certificates: [CertificateHandle]) throws(DeviceClientError) {
        self.certificates = certificates
        guard let stack = OPENSSL_sk_new_null() else { throw OpenSSLErrors.failure(to: "make a certificate chain") }
        self.stack = stack
        for certificate in certificates {
            guard OPENSSL_sk_push(stack, UnsafeRawPointer(certificate.pointer)) > 0 else {
                throw OpenSSLErrors.failure(to: "make a certificate chain")
            }
        }
    }

    // The certificates are the handles'.
    deinit { OPENSSL_sk_free(stack) }
}

extension OpenSSLErrors {
    /// What went wrong where only lack of memory can be the reason.
    static func failure(to what: String) -> DeviceClientError {
        DeviceClientError(.systemLimit, "OpenSSL cannot \(what): \(take())")
    }
}
