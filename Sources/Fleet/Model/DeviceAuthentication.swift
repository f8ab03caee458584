/// How a device of a fleet proves who it is.
public enum DeviceAuthentication: Sendable, Hashable {
    /// By tokens, signed with the key that the hub has for it.
    case sas
    /// By a certificate.
    indirect case x509(X509Setting)

    /// The setting of a certificate; nil without one.
    public var x509: X509Setting? {
        if case .x509(let setting) = self { setting } else { nil }
    }
}

/// Where a device's certificate comes from, and by what the hub knows it.
public struct X509Setting: Sendable, Hashable {
    /// By what the hub knows a certificate.
    public enum Kind: String, Sendable, Hashable, CaseIterable {
        /// By its thumbprint.
        case selfSigned
        /// By the authority that has signed it.
        case certificateAuthority = "ca"
    }

    /// A certificate in PEM, its chain after it, and its key.
    public struct Files: Sendable, Hashable {
        /// The file with the certificate.
        public var certificate: String
        /// The file with the key.
        public var key: String
        /// What the key is encrypted with; nil when it is not.
        public var passphrase: String?

        /// Names the files of a certificate.
        public init(certificate: String, key: String, passphrase: String? = nil) {
            self.certificate = certificate
            self.key = key
            self.passphrase = passphrase
        }
    }

    /// An authority in PEM.
    public struct Authority: Sendable, Hashable {
        /// The file with its certificate.
        public var certificate: String
        /// The file with its key; nil where it has signed the certificates already.
        public var key: String?

        /// Names the files of an authority.
        public init(certificate: String, key: String? = nil) {
            self.certificate = certificate
            self.key = key
        }
    }

    /// By what the hub knows the certificate.
    public var kind: Kind
    /// The device's own files; nil for a certificate that is made for the run.
    public var files: Files?
    /// The authority that signs, or has signed, the certificate.
    ///
    /// Nil for self-signed ones, for an authority that is made for the run, and for one that a real hub knows already.
    public var authority: Authority?

    /// Creates a setting; with a kind only, certificates are made for the run.
    public init(kind: Kind, files: Files? = nil, authority: Authority? = nil) {
        self.kind = kind
        self.files = files
        self.authority = authority
    }

    /// Whether the certificate is signed by an authority that has to be made for the run.
    public var needsAuthorityOfRun: Bool { kind == .certificateAuthority && files == nil && authority == nil }
}
