import IoTHub

/// Reads `hub:`.
struct HubReader {
    let scalars: ScalarReader
    let files: FileReader

    private var mistakes: Mistakes { scalars.mistakes }
    private var connections: ConnectionReader { ConnectionReader(scalars: scalars, files: files) }

    /// The keys that say where the hub is.
    private static let places = ["connection", "connectionFile", "host"]
    /// The keys that the local hub has no use for.
    private static let remote = ["ca", "ports", "proxy"]

    /// Nil when a mistake was told.
    func read(_ node: YAMLNode) -> HubSetting? {
        switch node.content {
        case .mapping: return mapping(node)
        case .scalar:
            return connections.address(node).map { address in
                var setting = HubSetting(address: address)
                setting.webSocketPort = setting.httpsPort ?? setting.webSocketPort
                return setting
            }
        case .sequence:
            mistakes.add(Fault(expected: ConnectionReader.expectation), at: node)
            return nil
        }
    }

    private func mapping(_ node: YAMLNode) -> HubSetting? {
        guard let hub = MappingReader(node, .hub, mistakes) else { return nil }
        let before = mistakes.count
        var setting = HubSetting()
        if let address = address(hub) { setting.address = address }
        if let file = hub["ca"] {
            let expected = "a PEM file with certificates, relative to this file"
            setting.caFile = files.pemFile(file, with: ["CERTIFICATE"], scalars, expected: expected)
        }
        if let tier = hub["tier"] { setting.tier = scalars.choice(tier, HubTier.self, what: "a tier") }
        if let units = hub["units"] {
            let most = setting.tier?.maximumUnits ?? HubTier.s1.maximumUnits
            let whose = setting.tier.map { most < 200 ? ", for a hub of tier \($0.rawValue) has no more" : "" } ?? ""
            let expected = most == 1 ? "1" : "a whole number from 1 to \(most)"
            setting.units = scalars.integer(units, 1...most, expected: expected + whose) ?? 1
        }
        if let proxy = hub["proxy"] { setting.proxy = ProxyReader(scalars: scalars).read(proxy) ?? .environment }
        let httpsPort = hub["ports"].flatMap { readPorts($0, &setting) }
        guard mistakes.count == before else { return nil }
        if setting.address == .local {
            for key in Self.remote {
                guard let position = hub.position(of: key) else { continue }
                mistakes.add(Fault("'\(key)' for the local hub", expected: "it with another hub only").at(position))
            }
        }
        if let httpsPort { set(httpsPort, &setting) }
        setting.webSocketPort = setting.httpsPort ?? setting.webSocketPort
        return mistakes.count == before ? setting : nil
    }

    private func address(_ hub: MappingReader) -> HubSetting.Address? {
        let present = Self.places.filter { hub[$0] != nil }
        if present.count > 1, let second = present.dropFirst().first, let position = hub.position(of: second) {
            mistakes.add(Fault("both '\(present[0])' and '\(second)'", expected: "one of them").at(position))
            return nil
        }
        if let position = hub.position(of: "entra"), hub["host"] == nil, hub.meant.isDisjoint(with: Self.places) {
            mistakes.add(Fault("'entra' without 'host'", expected: "both, and no connection string").at(position))
            return nil
        }
        if let text = hub["connection"] { return connections.address(text) }
        if let file = hub["connectionFile"] { return connections.addressInFile(file) }
        guard let host = hub["host"] else {
            // A mapping that tells of a tier and of no place is the local hub, held against that tier.
            if hub["tier"] == nil, hub.meant.isDisjoint(with: Self.places.map { $0 } + ["tier"]) {
                mistakes.add(
                    Fault(
                        "a hub without 'connection'",
                        expected: Words.anyOf(Self.places.map { "'\($0)'" }) + ", or 'tier' for the local hub"
                    ).at(hub.position)
                )
            }
            return nil
        }
        let name = hostName(host)
        guard let entra = hub["entra"] else {
            if !hub.meant.contains("entra") {
                mistakes.add(
                    Fault("'host' without 'entra'", expected: "both, or 'connection' with a connection string")
                        .at(hub.position(of: "host") ?? hub.position)
                )
            }
            return nil
        }
        let setting = EntraReader(scalars: scalars, files: files).read(entra)
        guard let name, let setting else { return nil }
        return .entra(host: name, setting)
    }

    private func hostName(_ node: YAMLNode) -> String? {
        let expected = "a hub's host name, such as myhub.azure-devices.net"
        guard let text = scalars.text(node, expected: expected)?.text else { return nil }
        guard let host = HostAndPort(text) else {
            mistakes.add(Fault(expected: expected), at: node)
            return nil
        }
        guard host.port == nil else {
            mistakes.add(Fault(expected: "it without a port, which goes into 'ports: { https: … }'"), at: node)
            return nil
        }
        return text
    }

    /// - Returns: the port for HTTPS.
    private func readPorts(_ node: YAMLNode, _ setting: inout HubSetting) -> (port: Int, position: Position)? {
        guard let ports = MappingReader(node, .ports, mistakes) else { return nil }
        let expected = "a port from 1 to 65535"
        if let port = ports["mqtt"] { setting.mqttPort = scalars.integer(port, 1...65_535, expected: expected) ?? 8883 }
        if let port = ports["amqp"] { setting.amqpPort = scalars.integer(port, 1...65_535, expected: expected) ?? 5671 }
        guard let node = ports["https"] else { return nil }
        return scalars.integer(node, 1...65_535, expected: expected).map { ($0, node.position) }
    }

    /// Puts the port for HTTPS where the back end finds it: behind the host.
    private func set(_ https: (port: Int, position: Position), _ setting: inout HubSetting) {
        switch setting.address {
        case .local: return
        case .entra(let host, let entra): setting.address = .entra(host: "\(host):\(https.port)", entra)
        case .connection(let text):
            guard var connection = try? ConnectionString(parsing: text) else { return }
            if let other = connection.port, other != https.port {
                mistakes.add(
                    Fault(
                        "the port \(https.port) for HTTPS, and another one in the connection string",
                        expected: "one of them"
                    ).at(https.position)
                )
                return
            }
            connection.hostName = "\(connection.host):\(https.port)"
            setting.address = .connection(connection.text)
        }
    }
}

extension HubSetting {
    /// The port behind the host, if there is one.
    fileprivate var httpsPort: Int? {
        switch address {
        case .local: nil
        case .connection(let text): (try? ConnectionString(parsing: text))?.port
        case .entra(let host, _): HostAndPort(host)?.port
        }
    }
}
