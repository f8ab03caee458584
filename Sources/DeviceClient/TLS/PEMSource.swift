internal import COpenSSL
internal import Glibc

/// Certificates or a key in PEM, from a file or a text, with the words that errors call it by.
struct PEMSource {
    /// Far more than a certificate with its chain has, or a key.
    private static let largest = 1 << 20
    /// Far more certificates than there are between a device and a root.
    private static let mostCertificates = 16

    let bytes: [UInt8]
    let name: String

    /// A text; `name` says in errors which.
    init(text: String, name: String) {
        bytes = Self.withoutMark(Array(text.utf8))
        self.name = name
    }

    /// Reads a file; `kind` says in errors what it is for.
    init(file: String, kind: String) throws(DeviceClientError) {
        name = "\(kind) '\(file)'"
        guard let stream = fopen(file, "re") else {
            throw DeviceClientError(.invalidArgument, "cannot read \(name): \(SystemError.text(errno))")
        }
        defer { fclose(stream) }
        var bytes = [UInt8](repeating: 0, count: Self.largest + 1)
        let count = fread(&bytes, 1, bytes.count, stream)
        if ferror(stream) != 0 {
            throw DeviceClientError(.invalidArgument, "cannot read \(name): \(SystemError.text(errno))")
        }
        guard count <= Self.largest else {
            throw DeviceClientError(.invalidArgument, "\(name) has more than \(Self.largest >> 20) MB; that is no PEM")
        }
        self.bytes = Self.withoutMark(Array(bytes[..<count]))
    }

    /// Editors put a byte order mark before the first line, where OpenSSL would not know that line.
    private static func withoutMark(_ bytes: [UInt8]) -> [UInt8] {
        bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? Array(bytes.dropFirst(3)) : bytes
    }

    // MARK: Certificates

    /// The certificates, in order; at least one.
    func certificates() throws(DeviceClientError) -> [CertificateHandle] {
        let read = try withReader { bio in
            var all: [CertificateHandle] = []
            // Without a callback of ours OpenSSL would ask for a passphrase at the terminal.
            while all.count <= Self.mostCertificates, let next = PEM_read_bio_X509(bio, nil, givePassphrase, nil) {
                all.append(CertificateHandle(owning: next))
            }
            let code = ERR_peek_last_error()
            let isEnd =
                all.count > Self.mostCertificates
                || (ERR_GET_LIB(code) == ERR_LIB_PEM && ERR_GET_REASON(code) == PEM_R_NO_START_LINE)
            return (all, isEnd ? nil : OpenSSLErrors.take())
        }
        let (all, problem) = read
        if let problem {
            throw DeviceClientError(
                .invalidArgument,
                "certificate \(all.count + 1) of \(name) cannot be read (\(problem)); is the file whole?"
            )
        }
        if all.isEmpty { throw missing("certificate", "-----BEGIN CERTIFICATE-----", convert: "openssl x509") }
        guard all.count <= Self.mostCertificates else {
            throw DeviceClientError(
                .invalidArgument,
                "\(name) has more than \(Self.mostCertificates) certificates; expected the device's, and those between "
                    + "it and its root"
            )
        }
        return all
    }

    // MARK: Keys

    /// The private key; the passphrase is used when the key is encrypted.
    func privateKey(passphrase: String?) throws(DeviceClientError) -> KeyHandle {
        let question = PassphraseQuestion(passphrase)
        let (key, problem) = try withReader { bio in
            let user = Unmanaged.passUnretained(question).toOpaque()
            let key = PEM_read_bio_PrivateKey(bio, nil, givePassphrase, user).map { KeyHandle(owning: $0) }
            return (key, key == nil ? OpenSSLErrors.take() : "")
        }
        if let key {
            let type = EVP_PKEY_get_base_id(key.pointer)
            guard type == EVP_PKEY_RSA || type == EVP_PKEY_EC else {
                let found = EVP_PKEY_get0_type_name(key.pointer).map { String(cString: $0) } ?? "another"
                throw DeviceClientError(.invalidArgument, "the key of \(name) is a \(found) key; expected RSA or EC")
            }
            return key
        }
        if question.wasAsked {
            let what =
                passphrase == nil
                ? "is encrypted; give its passphrase"
                : "cannot be decrypted (\(problem)); is the passphrase right?"
            throw DeviceClientError(.invalidArgument, "the key of \(name) \(what)")
        }
        guard labels.contains(where: { $0.hasSuffix("PRIVATE KEY") }) else {
            throw missing("private key", "-----BEGIN PRIVATE KEY-----", convert: "openssl pkey")
        }
        throw DeviceClientError(.invalidArgument, "the key of \(name) cannot be read (\(problem)); is the file whole?")
    }

    // MARK: Reading

    private func withReader<Result>(_ body: (OpaquePointer) -> Result) throws(DeviceClientError) -> Result {
        ERR_clear_error()
        // What is left in the queue would be taken for the next call's.
        defer { ERR_clear_error() }
        let result = bytes.withUnsafeBytes { bytes -> Result? in
            guard let bio = BIO_new_mem_buf(bytes.baseAddress ?? UnsafeRawPointer(Self.nothing), Int32(bytes.count))
            else { return nil }
            defer { BIO_free(bio) }
            return body(bio)
        }
        guard let result else { throw OpenSSLErrors.failure(to: "read PEM") }
        return result
    }

    /// An address for no bytes at all.
    // Safe: nobody reads or writes what it points to.
    private nonisolated(unsafe) static let nothing = UnsafeMutableRawPointer.allocate(byteCount: 1, alignment: 1)

    /// What the `-----BEGIN …-----` lines name.
    private var labels: [String] {
        String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isNewline).compactMap { line in
            guard line.hasPrefix("-----BEGIN "), let end = line.dropFirst(11).firstRange(of: "-----") else {
                return nil
            }
            return String(line[line.index(line.startIndex, offsetBy: 11)..<end.lowerBound])
        }
    }

    /// There is none of what was expected; says what there is.
    private func missing(_ what: String, _ start: String, convert: String) -> DeviceClientError {
        let found: String
        if let label = labels.first {
            found = "found \(label)"
        } else if bytes.isEmpty {
            found = "it is empty"
        } else if bytes.first == 0x30 {
            // The tag of a SEQUENCE.
            found = "it looks like DER or PKCS#12; '\(convert)' and 'openssl pkcs12' convert those"
        } else {
            found = "found no PEM at all"
        }
        return DeviceClientError(.invalidArgument, "\(name) has no \(what) in PEM ('\(start)'): \(found)")
    }
}

/// OpenSSL's question for a passphrase, and whether it was asked.
private final class PassphraseQuestion {
    let passphrase: [UInt8]?
    var wasAsked = false

    init(_ passphrase: String?) { self.passphrase = passphrase.map { Array($0.utf8) } }
}

/// Passphrase callback: −1 when there is none, or it is too long for OpenSSL.
private func givePassphrase(
    _ buffer: UnsafeMutablePointer<CChar>?,
    _ size: Int32,
    _ isForWriting: Int32,
    _ user: UnsafeMutableRawPointer?
) -> Int32 {
    guard let user, let buffer else { return -1 }
    let question = Unmanaged<PassphraseQuestion>.fromOpaque(user).takeUnretainedValue()
    question.wasAsked = true
    guard let passphrase = question.passphrase, passphrase.count <= Int(size) else { return -1 }
    for (index, byte) in passphrase.enumerated() { buffer[index] = CChar(bitPattern: byte) }
    return Int32(passphrase.count)
}
