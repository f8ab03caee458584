import IoTHub

/// An item of `devices:` before it is expanded.
struct DeviceTemplate {
    var id: TextTemplate
    var idPosition: Position
    /// The id as written, for messages.
    var idText: String
    /// Whether parts of the id came from the environment and must not be shown.
    var idIsPrivate: Bool
    var count: Int
    var transports: Shares<TransportType>
    var auths: Shares<AuthTemplate>
    var connectivities: Shares<String>?
    var tags: DesiredTemplate
}

/// Reads one item of `devices:`.
struct DeviceReader {
    let scalars: ScalarReader
    let files: FileReader
    let deviceLimit: Int
    /// Whether the fleet runs against the local hub.
    let isLocal: Bool

    private var mistakes: Mistakes { scalars.mistakes }

    /// The transports that know device twins.
    static let transports: [TransportType] = [
        .mqtt, .mqttTcpOnly, .mqttWebSocketOnly, .amqp, .amqpTcpOnly, .amqpWebSocketOnly,
    ]

    /// Source: RFC 5280, upper bound of a common name.
    private static let longestCommonName = 64

    /// Nil when a mistake was told that leaves nothing to expand.
    func read(_ node: YAMLNode) -> DeviceTemplate? {
        guard let device = MappingReader(node, .device, mistakes) else { return nil }
        var count: Int? = 1
        if let node = device["count"] { count = self.count(node) }
        let transports = device["transport"].map(transports) ?? Shares(.mqtt)
        let connectivities = device["connectivity"].map(connectivities)
        let auths =
            device["auth"].map(AuthReader(scalars: scalars, files: files, isLocal: isLocal).read) ?? Shares(.sas)
        let tags: DesiredTemplate?
        if let node = device["tags"] {
            tags = TemplateReader(scalars: scalars, place: .tag, greatestIndex: max(0, (count ?? 1) - 1))
                .read(node, path: "tags", limit: TwinLimits.tagsSize)
        } else {
            tags = DesiredTemplate([:])
        }
        guard let idNode = device["id"], let id = id(idNode, count: count ?? 1), let count else { return nil }
        guard let transports, let auths else { return nil }
        checkLength(of: id, count: count, auths, idNode)
        var text = ""
        if case .scalar(let scalar) = idNode.content { text = scalar.raw }
        return DeviceTemplate(
            id: id,
            idPosition: idNode.position,
            idText: text,
            idIsPrivate: Words.namesVariable(idNode),
            count: count,
            transports: transports,
            auths: auths,
            connectivities: connectivities ?? nil,
            tags: tags ?? DesiredTemplate([:])
        )
    }

    private func count(_ node: YAMLNode) -> Int? {
        scalars.integer(
            node,
            1...deviceLimit,
            expected: "a whole number from 1 to \(Words.number(deviceLimit)), the most devices of a fleet"
        )
    }

    private func id(_ node: YAMLNode, count: Int) -> TextTemplate? {
        guard let text = scalars.text(node, expected: "a device id") else { return nil }
        let (template, faults) = PlaceholderParser.parse(text.template, place: .id)
        for fault in faults { mistakes.add(fault, at: node) }
        guard faults.isEmpty else { return nil }
        if count > 1, template.isConstant {
            let example = Words.namesVariable(node) ? "{index:04}" : "\"\(text.template.prefix(40))-{index:04}\""
            mistakes.add(
                Fault(
                    "the same id \(Words.quote(text.text)) for \(Words.number(count)) devices",
                    expected: "a placeholder in it, such as " + example
                ),
                at: node
            )
            return nil
        }
        // Ids of one template differ in digits only; the last one is the longest.
        var generator = SplitMix64(seed: 0)
        let last = template.text(TextTemplate.Values(index: max(0, count - 1)), using: &generator)
        if let problem = DeviceID.problem(with: last) {
            let parts = problem.split(separator: "; ", maxSplits: 1)
            let rule = parts.count > 1 ? ": " + parts[1] : " of at most \(DeviceID.maximumLength) characters"
            let isPrivate = Words.namesVariable(node)
            mistakes.add(
                Fault(
                    "the id \(Words.quote(last)), which \(parts[0])",
                    expected: "a device id" + (isPrivate ? "" : rule)
                ),
                at: node
            )
            return nil
        }
        return template
    }

    /// Tells ids that do not fit into the certificates that are made for them.
    private func checkLength(of id: TextTemplate, count: Int, _ auths: Shares<AuthTemplate>, _ node: YAMLNode) {
        let needsName = auths.values.contains { auth in
            guard case .x509(let template) = auth else { return false }
            return template.setting.kind == .certificateAuthority && template.files == nil
        }
        guard needsName else { return }
        var generator = SplitMix64(seed: 0)
        let last = id.text(TextTemplate.Values(index: max(0, count - 1)), using: &generator)
        guard last.utf8.count > Self.longestCommonName else { return }
        mistakes.add(
            Fault(
                "the id \(Words.quote(last)) of \(last.utf8.count) characters",
                expected: "at most \(Self.longestCommonName) with certificates of an authority, which name the device"
            ),
            at: node
        )
    }

    private func transports(_ node: YAMLNode) -> Shares<TransportType>? {
        let names = Self.transports.map(\.rawValue)
        let expected = "a transport: \(Words.anyOf(names))"
        return ShareReader(scalars: scalars).read(node, what: expected) { (text) throws(Fault) in
            guard let transport = TransportType(rawValue: text) else {
                let nearest = Suggestion.nearest(to: text, among: TransportType.allCases.map(\.rawValue))
                throw Fault(
                    "the unknown transport \(Words.quote(text))",
                    expected: Words.anyOf(names),
                    suggestion: nearest
                )
            }
            guard Self.transports.contains(transport) else {
                throw Fault("the transport '\(text)', which knows no device twins", expected: Words.anyOf(names))
            }
            return transport
        }
    }

    private func connectivities(_ node: YAMLNode) -> Shares<String>? {
        ShareReader(scalars: scalars).read(node, what: "a connectivity such as wifi or cellular") {
            (text) throws(Fault) in
            guard !text.isEmpty, text.utf8.count <= 64 else {
                throw Fault(expected: "a connectivity of 1 to 64 bytes, such as wifi or cellular")
            }
            return text
        }
    }
}
