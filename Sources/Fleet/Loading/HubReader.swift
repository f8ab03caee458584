import IoTHub

/// Reads `hub:`.
struct HubReader {
    let scalars: ScalarReader
    let files: FileReader

    private var mistakes: Mistakes { scalars.mistakes }

    private static let expectation =
        "local, a connection string from the environment such as ${IOTHUB_CONNECTION_STRING}, or a mapping with 'connection'"

    /// Nil when a mistake was told.
    func read(_ node: YAMLNode) -> HubSetting? {
        switch node.content {
        case .mapping: return mapping(node)
        case .scalar: return address(node).map { HubSetting(address: $0) }
        case .sequence:
            mistakes.add(Fault(expected: Self.expectation), at: node)
            return nil
        }
    }

    private func mapping(_ node: YAMLNode) -> HubSetting? {
        guard let hub = MappingReader(node, .hub, mistakes) else { return nil }
        let before = mistakes.count
        var setting = HubSetting()
        switch (hub["connection"], hub["connectionFile"]) {
        case (let text?, nil): setting.address = address(text) ?? .local
        case (nil, let file?): setting.address = addressInFile(file) ?? .local
        case (_?, _?):
            mistakes.add(
                Fault("both 'connection' and 'connectionFile'", expected: "one of them")
                    .at(hub.position(of: "connectionFile") ?? node.position)
            )
        case (nil, nil):
            if hub.meant.isDisjoint(with: ["connection", "connectionFile"]) {
                mistakes.add(
                    Fault("a hub without 'connection'", expected: "'connection' or 'connectionFile'").at(node.position)
                )
            }
        }
        if let file = hub["ca"] { setting.caFile = certificateFile(file) }
        if let tier = hub["tier"] { setting.tier = scalars.choice(tier, HubTier.self, what: "a tier") }
        if let units = hub["units"] {
            setting.units = scalars.integer(units, 1...200, expected: "a whole number from 1 to 200") ?? 1
        }
        if let ports = hub["ports"] { readPorts(ports, &setting) }
        guard mistakes.count == before else { return nil }
        if setting.address == .local {
            for key in ["ca", "ports"] {
                guard let position = hub.position(of: key) else { continue }
                mistakes.add(
                    Fault("'\(key)' for the local hub", expected: "it with a connection string only").at(position)
                )
            }
        }
        return mistakes.count == before ? setting : nil
    }

    private func address(_ node: YAMLNode) -> HubSetting.Address? {
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

    private func addressInFile(_ node: YAMLNode) -> HubSetting.Address? {
        let expected = "a file with a connection string, relative to this file"
        guard let name = scalars.text(node, expected: expected)?.text,
            let bytes = files.read(name, for: node, expected: expected)
        else { return nil }
        let text = String(decoding: bytes, as: UTF8.self)
        let trimmed = text.split(whereSeparator: \.isNewline).first.map(String.init) ?? ""
        return connection(trimmed, isPrivate: true, node)
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

    private func certificateFile(_ node: YAMLNode) -> String? {
        let expected = "a PEM file with certificates, relative to this file"
        guard let name = scalars.text(node, expected: expected)?.text,
            let bytes = files.read(name, for: node, expected: expected)
        else { return nil }
        guard String(decoding: bytes, as: UTF8.self).contains("-----BEGIN ") else {
            mistakes.add(
                Fault("\(Words.describe(node)), a file without certificates", expected: expected).at(node.position)
            )
            return nil
        }
        return files.path(of: name)
    }

    private func readPorts(_ node: YAMLNode, _ setting: inout HubSetting) {
        guard let ports = MappingReader(node, .ports, mistakes) else { return }
        let expected = "a port from 1 to 65535"
        if let port = ports["mqtt"] { setting.mqttPort = scalars.integer(port, 1...65_535, expected: expected) ?? 8883 }
        if let port = ports["amqp"] { setting.amqpPort = scalars.integer(port, 1...65_535, expected: expected) ?? 5671 }
        guard let node = ports["https"], let port = scalars.integer(node, 1...65_535, expected: expected),
            case .connection(let text) = setting.address, var connection = try? ConnectionString(parsing: text)
        else { return }
        if let other = connection.port, other != port {
            mistakes.add(
                Fault(
                    "the port \(port) for HTTPS, and another one in the connection string",
                    expected: "one of them"
                ).at(node.position)
            )
            return
        }
        connection.hostName = "\(connection.host):\(port)"
        setting.address = .connection(connection.text)
    }
}
