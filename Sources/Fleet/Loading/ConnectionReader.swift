import IoTHub

/// Reads the connection string of a shared access policy, from the file's text with its key from elsewhere, or from a file
/// of its own.
struct ConnectionReader {
    let scalars: ScalarReader
    let files: FileReader

    private var mistakes: Mistakes { scalars.mistakes }

    static let expectation =
        "local, a connection string from the environment such as ${IOTHUB_CONNECTION_STRING}, or a mapping with 'connection'"

    func address(_ node: YAMLNode) -> HubSetting.Address? {
        if let fault = literalSecret(node) {
            mistakes.add(fault.at(node.position))
            return nil
        }
        guard let text = scalars.text(node, expected: Self.expectation)?.text else { return nil }
        if text == "local" { return .local }
        guard text.contains("=") else {
            mistakes.add(
                Fault(expected: Self.expectation, suggestion: Suggestion.nearest(to: text, among: ["local"])),
                at: node
            )
            return nil
        }
        return connection(text, isPrivate: Words.namesVariable(node), node)
    }

    func addressInFile(_ node: YAMLNode) -> HubSetting.Address? {
        let expected = "a file with a connection string, relative to this file"
        return files.firstLine(node, scalars, expected: expected).flatMap { connection($0, isPrivate: true, node) }
    }

    private func connection(_ text: String, isPrivate: Bool, _ node: YAMLNode) -> HubSetting.Address? {
        do throws(IoTHubError) {
            let connection = try ConnectionString(parsing: text)
            guard connection.deviceID == nil else {
                mistakes.add(
                    Fault(
                        "\(Words.describe(node)), a device's connection string",
                        expected: "that of a shared access policy, with SharedAccessKeyName"
                    ).at(node.position)
                )
                return nil
            }
            return .connection(connection.text)
        } catch {
            let reason = isPrivate ? Self.withoutValues(error, of: text) : error.message
            mistakes.add(
                Fault(
                    "\(Words.describe(node)), which is no connection string: \(reason)",
                    expected: "HostName=…;SharedAccessKeyName=…;SharedAccessKey=…"
                ).at(node.position)
            )
            return nil
        }
    }

    /// The reason, unless it quotes a part of a text that must not be shown.
    private static func withoutValues(_ error: IoTHubError, of text: String) -> String {
        let names = ["HostName", "GatewayHostName", "DeviceId", "ModuleId", "SharedAccessKeyName", "SharedAccessKey"]
        let parts = text.split { ";=".contains($0) || $0.isWhitespace }.map(String.init)
        let quotes = parts.contains { part in
            !names.contains { $0.lowercased() == part.lowercased() } && error.message.contains(part)
        }
        guard quotes else { return error.message }
        guard let path = error.path, names.contains(path) else { return "one of its parts is wrong" }
        return "\(path) is wrong"
    }

    /// A key or a token that stands in the file itself.
    private func literalSecret(_ node: YAMLNode) -> Fault? {
        guard case .scalar(let scalar) = node.content else { return nil }
        for part in scalar.marked.split(separator: ";") {
            guard let equals = part.firstIndex(of: "=") else { continue }
            let name = part[..<equals].filter { !$0.isWhitespace }.lowercased()
            guard name == "sharedaccesskey" || name == "sharedaccesssignature" else { continue }
            let value = part[part.index(after: equals)...]
            guard !value.isEmpty, !value.unicodeScalars.contains(VariableMarks.opening) else { continue }
            return Fault(
                "a secret in the fleet file",
                expected:
                    "it from the environment, as in hub: ${IOTHUB_CONNECTION_STRING}, or from a file by 'connectionFile'"
            )
        }
        return nil
    }
}
