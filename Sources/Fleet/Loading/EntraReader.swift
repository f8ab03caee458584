import IoTHub

/// Reads `entra:` of a hub: how the back end gets its tokens.
struct EntraReader {
    /// The ways that need no more words.
    private enum Name: String, CaseIterable {
        case environment
        case cli
    }

    let scalars: ScalarReader
    let files: FileReader

    private var mistakes: Mistakes { scalars.mistakes }

    private static let expectation =
        "environment (the variables AZURE_…), cli (the user of Azure CLI), or a mapping with 'tenant' and 'client'"
    /// The keys of what an application proves itself by.
    private static let proofs = ["secret", "secretFile", "certificate", "federatedTokenFile"]
    private static let certificate = "a PEM file with the application's certificate and its key"
    private static let token = "a file with a token of the federated issuer"

    /// Nil when a mistake was told.
    func read(_ node: YAMLNode) -> EntraSetting? {
        if case .mapping = node.content { return application(node) }
        guard let text = scalars.expanded(node, expected: Self.expectation)?.text else { return nil }
        switch Name(rawValue: text) {
        case .environment: return .environment
        case .cli: return .azureCLI
        case nil:
            mistakes.add(
                Fault(
                    expected: Self.expectation,
                    suggestion: Suggestion.nearest(to: text, among: Name.allCases.map(\.rawValue))
                ),
                at: node
            )
            return nil
        }
    }

    private func application(_ node: YAMLNode) -> EntraSetting? {
        guard let entra = MappingReader(node, .entra, mistakes) else { return nil }
        let before = mistakes.count
        let tenant = entra["tenant"].flatMap { scalars.text($0, expected: "a tenant's id or domain")?.text }
        let client = entra["client"].flatMap { scalars.text($0, expected: "an application's id")?.text }
        let proof = proof(entra)
        let authorityHost = entra["authorityHost"].flatMap(authorityHost)
        guard mistakes.count == before, let tenant, let client, let proof else { return nil }
        return .application(tenantID: tenant, clientID: client, proof: proof, authorityHost: authorityHost)
    }

    private func proof(_ entra: MappingReader) -> EntraSetting.Proof? {
        let present = Self.proofs.filter { entra[$0] != nil }
        guard present.count < 2 else {
            mistakes.add(
                Fault("both '\(present[0])' and '\(present[1])'", expected: "one of them")
                    .at(entra.position(of: present[1]) ?? entra.position)
            )
            return nil
        }
        if let secret = entra["secret"] {
            let source = "it from the environment, as in secret: ${NAME}, or from a file by 'secretFile'"
            return scalars.secret(secret, from: source).map(EntraSetting.Proof.secret)
        }
        if let file = entra["secretFile"] {
            let expected = "a file with the application's secret, relative to this file"
            guard let secret = files.firstLine(file, scalars, expected: expected) else { return nil }
            guard !secret.isEmpty else {
                mistakes.add(Fault("\(Words.describe(file)), an empty file", expected: expected).at(file.position))
                return nil
            }
            return .secret(secret)
        }
        if let file = entra["certificate"] {
            return files.pemFile(file, with: ["CERTIFICATE", "PRIVATE KEY"], scalars, expected: Self.certificate)
                .map(EntraSetting.Proof.certificateFile)
        }
        if let file = entra["federatedTokenFile"] {
            guard let name = scalars.fileName(file, expected: Self.token)?.text,
                files.read(name, for: file, expected: Self.token) != nil
            else { return nil }
            return .federatedTokenFile(files.path(of: name))
        }
        if entra.meant.isDisjoint(with: Self.proofs) {
            mistakes.add(
                Fault("an application without a proof", expected: Words.anyOf(Self.proofs.map { "'\($0)'" }))
                    .at(entra.position)
            )
        }
        return nil
    }

    private func authorityHost(_ node: YAMLNode) -> String? {
        let expected = "the URL of a login server, such as https://login.microsoftonline.us"
        guard let text = scalars.text(node, expected: expected)?.text else { return nil }
        do throws(IoTHubError) {
            _ = try WebAddress(parsing: text)
            return text
        } catch {
            mistakes.add(Fault(expected: expected), at: node)
            return nil
        }
    }
}
