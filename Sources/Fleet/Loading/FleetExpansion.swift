import IoTHub

/// Makes devices of templates.
struct FleetExpansion {
    private struct Origin {
        var template: Int
        var index: Int
    }

    let templates: [DeviceTemplate]
    let seed: UInt64
    let files: FileReader

    private var mistakes: Mistakes { files.mistakes }

    /// All devices in the order of the file; duplicates are told.
    func devices() -> [FleetDevice] {
        var devices: [FleetDevice] = []
        devices.reserveCapacity(templates.reduce(0) { $0 + $1.count })
        var origins: [String: Origin] = [:]
        for (position, template) in templates.enumerated() {
            let made = expand(template, position)
            tellDuplicates(of: made, template, position, &origins)
            tellMissingFiles(of: made, template)
            devices += made
        }
        return devices
    }

    private func expand(_ template: DeviceTemplate, _ position: Int) -> [FleetDevice] {
        var generator = SplitMix64(seed: seed, stream: 1, UInt64(position))
        var dealer = Dealer(count: template.count, using: &generator)
        let transports = dealer.deal(template.transports.shares)
        let connectivities = template.connectivities.map { dealer.deal($0.shares) }
        // Dealt last, and only where there is a choice: fleets without one stay as they were.
        let auths = template.auths.values.count > 1 ? dealer.deal(template.auths.shares) : []
        return (0..<template.count).map { index in
            var values = TextTemplate.Values(index: index)
            let id = template.id.text(values, using: &generator)
            values.id = id
            return FleetDevice(
                id: id,
                index: index,
                transport: template.transports.values[transports[index]],
                auth: template.auths.values[auths.isEmpty ? 0 : auths[index]].make(values, files),
                connectivity: connectivities.flatMap { template.connectivities?.values[$0[index]] },
                tags: template.tags.make(values, using: &generator)
            )
        }
    }

    /// One mistake per template, however many of its ids stand already.
    private func tellDuplicates(
        of devices: [FleetDevice],
        _ template: DeviceTemplate,
        _ position: Int,
        _ origins: inout [String: Origin]
    ) {
        var first: (device: FleetDevice, origin: Origin)?
        var others = 0
        for device in devices {
            if let origin = origins[device.id] {
                if first == nil { first = (device, origin) } else { others += 1 }
            } else {
                origins[device.id] = Origin(template: position, index: device.index)
            }
        }
        guard let first else { return }
        let id = template.idIsPrivate ? Words.quote(template.idText) : Words.quote(first.device.id)
        let isSame = first.origin.template == position
        let other = templates[first.origin.template].idPosition
        let place =
            isSame
            ? "by the indices \(first.origin.index) and \(first.device.index) of this template"
            : "which stands already at \(other.line):\(other.column)"
        let more = others > 0 ? ", and \(Words.number(others)) more like it" : ""
        mistakes.add(
            Fault(
                "the duplicate id \(id), \(place)\(more)",
                expected: isSame ? "ids that differ, as by {index:04}" : "every id once"
            ).at(template.idPosition)
        )
    }

    /// One mistake per template and kind of file, however many devices lack theirs.
    private func tellMissingFiles(of devices: [FleetDevice], _ template: DeviceTemplate) {
        for case .x509(let auth) in template.auths.values {
            guard let files = auth.files else { continue }
            for (node, file) in [(files.certificateNode, \X509Setting.Files.certificate), (files.keyNode, \.key)] {
                tellMissingFiles(devices.compactMap { $0.auth.x509?.files?[keyPath: file] }, node)
            }
        }
    }

    private func tellMissingFiles(_ paths: [String], _ node: YAMLNode) {
        var first: (path: String, words: String)?
        var others = 0
        for path in Set(paths).sorted() {
            guard let error = FileReader.problem(readingFile: path) else { continue }
            if first == nil { first = (path, error.words) } else { others += 1 }
        }
        guard let first else { return }
        let name = Words.namesVariable(node) ? Words.describe(node) : Words.quote(files.shortName(of: first.path))
        let more = others > 0 ? ", and \(Words.number(others)) more like it" : ""
        mistakes.add(
            Fault("\(name): \(first.words)\(more)", expected: AuthReader.deviceFiles).at(node.position)
        )
    }
}
