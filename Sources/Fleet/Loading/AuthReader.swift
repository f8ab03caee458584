import IoTHub

/// How devices of a template prove who they are, before the template is expanded.
enum AuthTemplate: Sendable {
    case sas
    case x509(X509Template)

    /// The authentication of one device.
    func make(_ values: TextTemplate.Values, _ reader: FileReader) -> DeviceAuthentication {
        switch self {
        case .sas: .sas
        case .x509(let template): template.make(values, reader)
        }
    }
}

/// A setting of certificates whose files may differ from device to device.
struct X509Template: Sendable {
    struct Files: Sendable {
        var certificate: TextTemplate
        var certificateNode: YAMLNode
        var key: TextTemplate
        var keyNode: YAMLNode
        var passphrase: String?
    }

    /// What all devices have in common.
    var setting: X509Setting
    var files: Files?

    func make(_ values: TextTemplate.Values, _ reader: FileReader) -> DeviceAuthentication {
        var setting = setting
        if let files {
            // Paths have no chance in them.
            var generator = SplitMix64(seed: 0)
            setting.files = X509Setting.Files(
                certificate: reader.path(of: files.certificate.text(values, using: &generator)),
                key: reader.path(of: files.key.text(values, using: &generator)),
                passphrase: files.passphrase
            )
        }
        return .x509(setting)
    }
}

/// Reads `auth:` of a device: `sas`, `x509`, shares of both, or a mapping that says which certificates.
struct AuthReader {
    /// The ways that may have shares.
    enum Name: String, CaseIterable {
        case sas
        case x509
    }

    let scalars: ScalarReader
    let files: FileReader
    /// Whether the fleet runs against the local hub.
    let isLocal: Bool

    private var mistakes: Mistakes { scalars.mistakes }

    static let deviceFiles = "a PEM file, relative to this file, as in certs/{id}.pem"
    private static let passphraseSource = "it from the environment, as in passphrase: ${NAME}"

    /// Nil when a mistake was told.
    func read(_ node: YAMLNode) -> Shares<AuthTemplate>? {
        if case .mapping(let entries) = node.content, !Self.areShares(entries) {
            return certificates(node).map { Shares(.x509($0)) }
        }
        let names = Name.allCases.map(\.rawValue)
        return ShareReader(scalars: scalars).read(node, what: Words.anyOf(names)) { (text) throws(Fault) in
            switch Name(rawValue: text) {
            case .sas: return .sas
            case .x509: return .x509(X509Template(setting: X509Setting(kind: madeKind)))
            case nil:
                throw Fault(
                    expected: Words.anyOf(names),
                    suggestion: Suggestion.nearest(to: text, among: names)
                )
            }
        }
    }

    /// The kind of certificates that the run makes by itself: only the local hub can be given an authority.
    private var madeKind: X509Setting.Kind { isLocal ? .certificateAuthority : .selfSigned }

    private static func areShares(_ entries: [YAMLEntry]) -> Bool {
        entries.contains { entry in
            guard case .scalar(let scalar) = entry.value.content else { return false }
            return entry.key == Name.sas.rawValue || scalar.marked.hasSuffix("%")
        }
    }

    // MARK: Certificates

    private func certificates(_ node: YAMLNode) -> X509Template? {
        guard let auth = MappingReader(node, .x509, mistakes) else { return nil }
        let before = mistakes.count
        let kind = auth["x509"].flatMap { scalars.choice($0, X509Setting.Kind.self, what: "certificates") }
        let deviceFiles = deviceFiles(auth)
        let authority = auth["ca"].flatMap { self.authority($0, mustSign: auth["certificate"] == nil) }
        guard let kind, mistakes.count == before else { return nil }
        if let fault = fault(auth, kind) {
            mistakes.add(fault)
            return nil
        }
        return X509Template(setting: X509Setting(kind: kind, authority: authority), files: deviceFiles)
    }

    /// What does not go together.
    private func fault(_ auth: MappingReader, _ kind: X509Setting.Kind) -> Fault.Placed? {
        switch (kind, auth.position(of: "ca")) {
        case (.selfSigned, let position?):
            return Fault("'ca' for self-signed certificates", expected: "it with 'x509: ca'").at(position)
        case (.certificateAuthority, nil) where auth["certificate"] == nil && !isLocal:
            return Fault(
                "'x509: ca' without 'ca', for a hub that is not the local one",
                expected: "'ca' with the files of an authority that the hub knows, or 'x509: selfSigned'"
            ).at(auth.position)
        case (.certificateAuthority, nil) where auth["certificate"] != nil && isLocal:
            return Fault(
                "certificates of an authority that the local hub does not know",
                expected: "'ca' with its certificate, as in ca: { certificate: ca.pem }"
            ).at(auth.position)
        case (.selfSigned, nil), (.certificateAuthority, _): return nil
        }
    }

    private func deviceFiles(_ auth: MappingReader) -> X509Template.Files? {
        switch (auth["certificate"], auth["key"]) {
        case (nil, nil):
            if let position = auth.position(of: "passphrase") {
                mistakes.add(Fault("'passphrase' without 'key'", expected: "'certificate' and 'key'").at(position))
            }
            return nil
        case (nil, _?), (_?, nil):
            let (one, other) = auth["key"] == nil ? ("certificate", "key") : ("key", "certificate")
            guard !auth.meant.contains(other) else { return nil }
            mistakes.add(
                Fault("'\(one)' without '\(other)'", expected: "both").at(auth.position(of: one) ?? auth.position)
            )
            return nil
        case (let certificateNode?, let keyNode?):
            let certificate = path(certificateNode)
            let key = path(keyNode)
            var passphrase: String?
            if let node = auth["passphrase"] { passphrase = scalars.secret(node, from: Self.passphraseSource) }
            guard let certificate, let key else { return nil }
            return X509Template.Files(
                certificate: certificate,
                certificateNode: certificateNode,
                key: key,
                keyNode: keyNode,
                passphrase: passphrase
            )
        }
    }

    private func path(_ node: YAMLNode) -> TextTemplate? {
        guard let text = scalars.fileName(node, expected: Self.deviceFiles) else { return nil }
        let (template, faults) = PlaceholderParser.parse(text.template, place: .file)
        for fault in faults { mistakes.add(fault, at: node) }
        return faults.isEmpty ? template : nil
    }

    private func authority(_ node: YAMLNode, mustSign: Bool) -> X509Setting.Authority? {
        guard let authority = MappingReader(node, .authority, mistakes) else { return nil }
        let certificate = authority["certificate"].flatMap {
            files.pemFile($0, with: ["CERTIFICATE"], scalars, expected: "a PEM file with an authority's certificate")
        }
        let key = authority["key"].flatMap {
            files.pemFile($0, with: ["PRIVATE KEY"], scalars, expected: "a PEM file with the authority's key")
        }
        if mustSign, authority["key"] == nil, !authority.meant.contains("key") {
            mistakes.add(
                Fault(
                    "an authority without 'key'",
                    expected: "its key, to sign with, or the devices' own 'certificate' and 'key' beside 'ca'"
                ).at(authority.position)
            )
        }
        return certificate.map { X509Setting.Authority(certificate: $0, key: key) }
    }
}
