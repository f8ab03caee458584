import IoTHub

/// Reads `proxy:` of a hub.
struct ProxyReader {
    private enum Name: String, CaseIterable {
        case environment
        case direct = "none"
    }

    let scalars: ScalarReader

    private static let expectation =
        "the URL of a proxy for devices' WebSockets, such as http://proxy:3128, or none, or environment"

    /// Nil when a mistake was told.
    func read(_ node: YAMLNode) -> HubSetting.Proxy? {
        guard let text = scalars.text(node, expected: Self.expectation)?.text else { return nil }
        switch Name(rawValue: text) {
        case .environment: return .environment
        case .direct: return .direct
        case nil: break
        }
        guard text.hasPrefix("http://") else {
            scalars.mistakes.add(
                Fault(
                    expected: Self.expectation,
                    suggestion: Suggestion.nearest(to: text, among: Name.allCases.map(\.rawValue))
                ),
                at: node
            )
            return nil
        }
        // What stands before the host may be a password.
        let server = text.dropFirst("http://".count).prefix { $0 != "/" }
        guard !server.contains("@") || Words.namesVariable(node) else {
            scalars.mistakes.add(
                Fault("a secret in the fleet file", expected: "it from the environment, as in proxy: ${NAME}")
                    .at(node.position)
            )
            return nil
        }
        return .url(text)
    }
}
